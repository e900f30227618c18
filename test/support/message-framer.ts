/**
 * Cuts a byte stream into HTTP/1.1 messages the way a textbook peer would (RFC 9112 6.3): for the raw test client and the
 * raw recording origin, so that neither depends on the parser under test. Lenient about fields, strict about framing.
 */

export interface FramedMessage {
  /** Start line and fields, Latin-1, without the blank line. */
  readonly head: string;
  readonly startLine: string;
  /** 0 for a request. */
  readonly status: number;
  /** Decoded. */
  readonly body: Buffer;
}

export interface MessageFramer {
  /** Takes the next bytes and returns the messages that they complete (never an interim 1xx answer). */
  push(bytes: Buffer): FramedMessage[];
  /** The peer closed: a message that is ended by the close is returned. */
  finish(): FramedMessage | null;
  /** Bytes that belong to no complete message yet. */
  rest(): Buffer;
}

export interface FramerOptions {
  readonly kind: 'request' | 'response';
  /** The method that the n-th answer (from 0) belongs to; answers to HEAD have no body. */
  readonly methodOf?: (index: number) => string;
}

type Body = { readonly end: number; readonly content: Buffer } | 'incomplete' | 'until-close' | 'broken';

const NONE = Buffer.alloc(0);

export function messageFramer(options: FramerOptions): MessageFramer {
  let pending: Buffer = NONE;
  let count = 0;

  function next(closed: boolean): FramedMessage | null {
    for (;;) {
      const headEnd = pending.indexOf('\r\n\r\n');
      if (headEnd < 0) return null;
      const head = pending.toString('latin1', 0, headEnd);
      const [startLine = ''] = head.split('\r\n', 1);
      const status = options.kind === 'response' ? Number(startLine.split(' ')[1] ?? 0) : 0;
      if (status >= 100 && status < 200 && status !== 101) {
        pending = pending.subarray(headEnd + 4);
        continue;
      }
      const bodyless =
        options.kind === 'response' &&
        (status === 101 || status === 204 || status === 304 || options.methodOf?.(count) === 'HEAD');
      const body = bodyless
        ? { end: headEnd + 4, content: NONE }
        : readBody(pending, head, headEnd + 4, options.kind);
      if (body === 'incomplete' || body === 'broken') return null;
      if (body === 'until-close') {
        if (!closed) return null;
        const content = pending.subarray(headEnd + 4);
        pending = NONE;
        return { head, startLine, status, body: content };
      }
      pending = pending.subarray(body.end);
      count += 1;
      return { head, startLine, status, body: body.content };
    }
  }

  return {
    push(bytes) {
      pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
      const messages: FramedMessage[] = [];
      for (let message = next(false); message !== null; message = next(false)) messages.push(message);
      return messages;
    },
    finish: () => next(true),
    rest: () => pending,
  };
}

/** The value of the first field of that name (any case), or null. */
export function fieldOf(head: string, name: string): string | null {
  const wanted = `${name.toLowerCase()}:`;
  for (const line of head.split('\r\n').slice(1)) {
    if (line.toLowerCase().startsWith(wanted)) return line.slice(wanted.length).trim();
  }
  return null;
}

function readBody(bytes: Buffer, head: string, start: number, kind: 'request' | 'response'): Body {
  const coding = fieldOf(head, 'transfer-encoding');
  if (coding !== null && /\bchunked$/i.test(coding)) return readChunked(bytes, start);
  const length = fieldOf(head, 'content-length');
  if (length !== null) {
    const end = start + Number(length);
    return bytes.length >= end ? { end, content: bytes.subarray(start, end) } : 'incomplete';
  }
  return kind === 'request' ? { end: start, content: NONE } : 'until-close';
}

function readChunked(bytes: Buffer, start: number): Body {
  const pieces: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return 'incomplete';
    const sizeText = bytes.toString('latin1', at, lineEnd).split(';', 1)[0] ?? '';
    if (!/^[0-9a-f]+$/i.test(sizeText)) return 'broken';
    const size = Number.parseInt(sizeText, 16);
    at = lineEnd + 2;
    if (size === 0) return endOfTrailers(bytes, at, pieces);
    if (bytes.length < at + size + 2) return 'incomplete';
    pieces.push(bytes.subarray(at, at + size));
    at += size + 2;
  }
}

function endOfTrailers(bytes: Buffer, start: number, pieces: Buffer[]): Body {
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return 'incomplete';
    if (lineEnd === at) return { end: at + 2, content: Buffer.concat(pieces) };
    at = lineEnd + 2;
  }
}

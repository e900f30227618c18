/** A client of HTTP/1.1 for the contract suite, on a socket of its own: it frames answers itself (RFC 9112 6 and 7). */

import type { Socket } from 'node:net';
import {
  type Ask,
  Call,
  HOST,
  type Leaving,
  NO_REPLY,
  openSocket,
  type Peer,
  type Reply,
} from './client-side-peer.ts';

const CRLF = '\r\n';
const HEAD_END = '\r\n\r\n';

interface Parsed {
  readonly reply: Reply;
  /** Where the next message begins. */
  readonly next: number;
}

export class Http1Peer implements Peer {
  readonly socket: Socket;
  readonly raw: Socket;
  closed: boolean;
  /** The server sends no more. */
  ended: boolean;
  readonly #calls: Http1Call[];
  #pieces: Buffer[];

  private constructor(socket: Socket, raw: Socket) {
    this.socket = socket;
    this.raw = raw;
    this.closed = false;
    this.ended = false;
    this.#calls = [];
    this.#pieces = [];
    socket.on('data', (piece: Buffer) => this.#pieces.push(piece));
    socket.on('end', () => {
      this.ended = true;
    });
    socket.on('close', () => {
      this.ended = true;
      this.closed = true;
    });
  }

  static async connect(port: number, tls: boolean): Promise<Http1Peer> {
    const { socket, raw } = await openSocket(port, tls, 'http/1.1');
    return new Http1Peer(socket, raw);
  }

  ask(ask: Ask): Http1Call {
    const { target, method = 'GET', fields = [], body } = ask;
    const lines = [`${method} ${target} HTTP/1.1`, `Host: ${HOST}`];
    for (const [name, value] of fields) lines.push(`${name}: ${value}`);
    if (body === 'stream') lines.push('Transfer-Encoding: chunked');
    else if (body !== undefined) lines.push(`Content-Length: ${body}`);
    const before = this.#calls.at(-1) ?? null;
    const call = new Http1Call(this, before, method, body === 'stream');
    this.#calls.push(call);
    this.socket.write(Buffer.from(lines.join(CRLF) + HEAD_END, 'latin1'));
    return call;
  }

  /** All that came. */
  bytes(): Buffer {
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] ?? Buffer.alloc(0);
  }

  endWriting(): void {
    this.socket.end();
  }

  close(): void {
    this.socket.destroy();
    this.raw.destroy();
  }
}

export class Http1Call extends Call {
  readonly #peer: Http1Peer;
  readonly #before: Http1Call | null;
  readonly #method: string;
  readonly #chunked: boolean;

  constructor(peer: Http1Peer, before: Http1Call | null, method: string, chunked: boolean) {
    super();
    this.#peer = peer;
    this.#before = before;
    this.#method = method;
    this.#chunked = chunked;
  }

  reply(): Reply {
    return this.#parse().reply;
  }

  send(bytes: Uint8Array): void {
    const { socket } = this.#peer;
    if (this.#chunked) socket.write(bytes.length.toString(16) + CRLF);
    socket.write(bytes);
    if (this.#chunked) socket.write(CRLF);
  }

  finish(trailers: readonly (readonly [name: string, value: string])[] = []): void {
    const lines = trailers.map(([name, value]) => `${name}: ${value}${CRLF}`).join('');
    if (this.#chunked) this.#peer.socket.write(`0${CRLF}${lines}${CRLF}`);
  }

  sendRaw(text: string): void {
    this.#peer.socket.write(text, 'latin1');
  }

  get unsent(): number {
    return this.#peer.socket.writableLength;
  }

  stopReading(): void {
    this.#peer.socket.pause();
  }

  readOn(): void {
    this.#peer.socket.resume();
  }

  leave(way: Leaving): void {
    if (way === 'reset') this.#peer.raw.resetAndDestroy();
    else if (way === 'close') this.#peer.close();
    else throw new Error('HTTP/1 has no streams');
  }

  #parse(): Parsed {
    const bytes = this.#peer.bytes();
    let from = 0;
    if (this.#before !== null) {
      const before = this.#before.#parse();
      if (before.reply.end === 'open') return { reply: NO_REPLY, next: 0 };
      from = before.next;
    }
    return parseMessage(bytes, from, this.#method, this.#peer.ended);
  }
}

function parseMessage(bytes: Buffer, from: number, method: string, ended: boolean): Parsed {
  const stillOpen = ended ? 'broken' : 'open';
  const headEnd = bytes.indexOf(HEAD_END, from);
  if (headEnd < 0) return { reply: { ...NO_REPLY, end: stillOpen }, next: bytes.length };
  const [statusLine = '', ...lines] = bytes.toString('latin1', from, headEnd).split(CRLF);
  const [, digits, reason = ''] = /^HTTP\/1\.1 (\d{3}) (.*)$/.exec(statusLine) ?? [];
  const status = Number(digits);
  if (Number.isNaN(status)) throw new Error(`no status line: ${JSON.stringify(statusLine.slice(0, 80))}`);
  const start = headEnd + HEAD_END.length;
  if (status < 200) {
    const { reply, next } = parseMessage(bytes, start, method, ended);
    return { reply: { ...reply, continued: true }, next };
  }
  const fields = lines.map(fieldOf);
  const fieldValue = (name: string): string | undefined => fields.find(([one]) => one === name)?.[1];
  const reply = { ...NO_REPLY, status, reason, fields };
  if (method === 'HEAD' || status === 204 || status === 304)
    return { reply: { ...reply, end: 'whole' }, next: start };
  if (fieldValue('transfer-encoding') === 'chunked') {
    const chunks = parseChunks(bytes, start);
    const { pieces, trailers, next } = chunks;
    const end = chunks.whole ? 'whole' : stillOpen;
    const streamed: Reply = {
      ...reply,
      trailers,
      end,
      // Only for who asks: looks are many.
      get body() {
        return Buffer.concat(pieces);
      },
    };
    return { reply: streamed, next };
  }
  const length = Number(fieldValue('content-length') ?? Number.NaN);
  if (Number.isNaN(length)) throw new Error('an answer of HTTP/1.1 without a length');
  const body = bytes.subarray(start, start + length);
  return {
    reply: { ...reply, body, end: body.length === length ? 'whole' : stillOpen },
    next: start + body.length,
  };
}

function parseChunks(
  bytes: Buffer,
  start: number,
): { pieces: Buffer[]; trailers: Reply['trailers']; whole: boolean; next: number } {
  const pieces: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf(CRLF, at);
    if (lineEnd < 0) break;
    const line = bytes.toString('latin1', at, lineEnd);
    if (!/^[0-9a-f]+$/i.test(line)) throw new Error(`no chunk size: ${JSON.stringify(line.slice(0, 80))}`);
    const size = Number.parseInt(line, 16);
    const from = lineEnd + CRLF.length;
    if (size === 0) {
      // The trailer section ends with an empty line; without trailers that is the CRLF at `from`.
      const end = bytes.indexOf(HEAD_END, lineEnd);
      if (end < 0) break;
      const section = bytes.toString('latin1', from, Math.max(from, end));
      const trailers = section === '' ? [] : section.split(CRLF).map(fieldOf);
      return { pieces, trailers, whole: true, next: end + HEAD_END.length };
    }
    pieces.push(bytes.subarray(from, from + size));
    if (bytes.length < from + size + CRLF.length) break;
    if (bytes.toString('latin1', from + size, from + size + CRLF.length) !== CRLF)
      throw new Error('no CRLF behind a chunk');
    at = from + size + CRLF.length;
  }
  return { pieces, trailers: [], whole: false, next: bytes.length };
}

function fieldOf(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

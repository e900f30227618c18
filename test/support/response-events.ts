/** Feeds a byte stream to the response parser in pieces and writes down what it says, in a form that compares well. */

import { Fault } from '../../src/kit/faults.ts';
import { LINE_WORDS, type ResponseHead, reasonOf } from '../../src/worker/upstream/response-head.ts';
import { ParserEvent, ResponseParser } from '../../src/worker/upstream/response-parser.ts';

export interface HeadRecord {
  readonly status: number;
  readonly httpMinor: number;
  readonly reason: string;
  /** `name|value|kind` */
  readonly lines: readonly string[];
  /** The bytes of each line as they would be forwarded. */
  readonly raw: readonly string[];
  readonly contentLength: number;
  readonly chunked: boolean;
  readonly keepAlive: boolean;
  readonly keepAliveTimeoutMs: number;
  readonly hasBody: boolean;
}

export interface ResponseRecord {
  readonly head: HeadRecord | null;
  /** Latin-1. */
  readonly body: string;
  /** `complete`, `open` (it wants more), or the number of the fault. */
  readonly end: 'complete' | 'open' | number;
  /** Bytes of the stream that no event used. */
  readonly extra: number;
  /** What a FIN at the end of the stream would mean. */
  readonly atFin: Fault;
  /** What a reset there would mean. */
  readonly atReset: Fault;
}

export interface FeedOptions {
  readonly requestIsHead?: boolean;
  readonly parser?: ResponseParser;
  /** Where the pieces end, ascending offsets into the stream. */
  readonly cuts?: readonly number[];
}

/** `position` never runs backwards and never stands still for ever: more turns than this is an endless loop. */
const MAX_TURNS_PER_PIECE = 100_000;

export function feed(stream: Uint8Array | string, options: FeedOptions = {}): ResponseRecord {
  const bytes = typeof stream === 'string' ? Buffer.from(stream, 'latin1') : stream;
  const parser = options.parser ?? new ResponseParser();
  parser.reset(options.requestIsHead === true);
  const bounds = [...(options.cuts ?? []), bytes.length];
  // One buffer for all pieces, overwritten each time, as a worker's read buffer is: a kept view would show.
  const shared = Buffer.alloc(bytes.length + 7);
  let head: HeadRecord | null = null;
  let body = '';
  let from = 0;
  for (const to of bounds) {
    shared.fill(0x58);
    const offset = from % 7;
    shared.set(bytes.subarray(from, to), offset);
    const end = offset + (to - from);
    let at = offset;
    for (let turn = 0; ; turn++) {
      if (turn > MAX_TURNS_PER_PIECE) throw new Error('the parser does not come to an end');
      const event = parser.execute(shared, at, end);
      if (parser.position < at || parser.position > end)
        throw new Error(`position ${parser.position} lies outside ${at}..${end}`);
      at = parser.position;
      if (event === ParserEvent.MORE) {
        if (at !== end) throw new Error('MORE before the end of the piece');
        break;
      }
      if (event === ParserEvent.HEAD) {
        if (head !== null) throw new Error('a second head');
        head = headRecord(parser.head, parser.hasBody);
      } else if (event === ParserEvent.BODY) {
        if (parser.bodyEnd <= parser.bodyStart) throw new Error('an empty piece');
        body += shared.toString('latin1', parser.bodyStart, parser.bodyEnd);
      } else {
        const extra = bytes.length - (from + (at - offset));
        const isDone = event === ParserEvent.COMPLETE;
        return {
          head,
          body,
          end: isDone ? 'complete' : parser.fault,
          extra: isDone ? extra : 0,
          ...ends(parser),
        };
      }
    }
    from = to;
  }
  return { head, body, end: 'open', extra: 0, ...ends(parser) };
}

function ends(parser: ResponseParser): { atFin: Fault; atReset: Fault } {
  return { atFin: parser.finish(), atReset: parser.broken(Fault.UPSTREAM_RESET) };
}

function headRecord(head: ResponseHead, hasBody: boolean): HeadRecord {
  const bytes = Buffer.from(head.bytes.buffer, head.bytes.byteOffset, head.bytes.length);
  const lines: string[] = [];
  const raw: string[] = [];
  for (let line = 0; line < head.fieldCount; line++) {
    const [nameStart, nameEnd, valueStart, valueEnd] = head.index.subarray(
      line * LINE_WORDS,
      (line + 1) * LINE_WORDS,
    );
    const name = bytes.toString('latin1', nameStart, nameEnd);
    lines.push(`${name}|${bytes.toString('latin1', valueStart, valueEnd)}|${head.kinds[line]}`);
    raw.push(bytes.toString('latin1', nameStart, valueEnd));
  }
  return {
    status: head.status,
    httpMinor: head.httpMinor,
    reason: reasonOf(head),
    lines,
    raw,
    contentLength: head.contentLength,
    chunked: head.chunked,
    keepAlive: head.keepAlive,
    keepAliveTimeoutMs: head.keepAliveTimeoutMs,
    hasBody,
  };
}

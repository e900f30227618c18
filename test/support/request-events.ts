/** Feeds a byte stream to the request parser in pieces and writes down what it says, in a form that compares well. */

import type { Fault } from '../../src/kit/faults.ts';
import type { Protocol } from '../../src/worker/listener/client-side.ts';
import {
  type HeadLimits,
  RequestEvent,
  RequestParser,
} from '../../src/worker/listener/node/request-parser.ts';
import type { RequestHead } from '../../src/worker/listener/request-head.ts';

export interface RequestRecord {
  readonly head: RequestHead;
  readonly protocol: Protocol;
  readonly keepAlive: boolean;
  /** HEAD came; else the head broke off, or is not whole. */
  readonly isWhole: boolean;
  /** Latin-1. */
  readonly body: string;
  readonly trailers: string;
  /** `complete`, `open` (it wants more), or the number of the fault. */
  readonly end: 'complete' | 'open' | Fault;
}

export interface FeedOptions {
  readonly limits?: HeadLimits;
  readonly parser?: RequestParser;
  /** Where the pieces end, ascending offsets into the stream. */
  readonly cuts?: readonly number[];
}

export const NO_LIMITS: HeadLimits = { headerBytes: 0, urlBytes: 0 };
/** `position` never stands still for ever: more turns than this is an endless loop. */
const MAX_TURNS_PER_PIECE = 100_000;

/** All requests of the stream in their order; the last one may be open or broken. Empty lines alone are no request. */
export function feed(stream: Uint8Array | string, options: FeedOptions = {}): RequestRecord[] {
  const bytes = typeof stream === 'string' ? Buffer.from(stream, 'latin1') : stream;
  const parser = options.parser ?? new RequestParser(options.limits ?? NO_LIMITS);
  parser.reset();
  const records: RequestRecord[] = [];
  // One memory for all pieces, overwritten each time, as a worker's read buffer is: a kept view would show.
  const shared = Buffer.alloc(bytes.length + 7);
  let isWhole = false;
  let body = '';
  const write = (end: RequestRecord['end']): void => {
    const { head, protocol, keepAlive, trailers } = parser;
    records.push({ head, protocol, keepAlive, isWhole, body, trailers, end });
    isWhole = false;
    body = '';
  };
  let from = 0;
  for (const to of [...(options.cuts ?? []), bytes.length]) {
    shared.fill(0x58);
    // Never the same place twice, and not the front, so that an offset forgotten shows.
    const offset = ((from + 2) % 6) + 1;
    shared.set(bytes.subarray(from, to), offset);
    const end = offset + (to - from);
    let at = offset;
    for (let turn = 0; ; turn++) {
      if (turn > MAX_TURNS_PER_PIECE) throw new Error('the parser does not come to an end');
      const event = parser.execute(shared, at, end);
      if (parser.position < at || parser.position > end)
        throw new Error(`position ${parser.position} lies outside ${at}..${end}`);
      at = parser.position;
      if (event === RequestEvent.MORE) {
        if (at !== end) throw new Error('MORE before the end of the piece');
        break;
      }
      if (event === RequestEvent.HEAD) {
        if (isWhole) throw new Error('a second head');
        isWhole = true;
      } else if (event === RequestEvent.BODY) {
        if (!isWhole) throw new Error('a body before its head');
        if (parser.bodyEnd <= parser.bodyStart) throw new Error('an empty piece');
        body += shared.toString('latin1', parser.bodyStart, parser.bodyEnd);
      } else if (event === RequestEvent.COMPLETE) {
        write('complete');
        parser.reset();
      } else {
        if (parser.execute(shared, at, end) !== RequestEvent.FAULT) throw new Error('a fault that heals');
        write(parser.fault);
        return records;
      }
    }
    from = to;
  }
  if (parser.started) write('open');
  return records;
}

/** The one request of a stream. */
export function feedOne(stream: Uint8Array | string, options: FeedOptions = {}): RequestRecord {
  const records = feed(stream, options);
  const [record] = records;
  if (record === undefined || records.length > 1) throw new Error(`${records.length} requests`);
  return record;
}

/** Every offset inside a stream: cut there, each piece is one byte. */
export function everyByte(stream: string): number[] {
  return Array.from({ length: Math.max(0, stream.length - 1) }, (_, i) => i + 1);
}

/** Feeds a stream whole, byte by byte, and cut in two and three at every byte; `check` sees what each way gave. */
export function feedEveryWay(
  stream: string,
  options: FeedOptions,
  check: (records: RequestRecord[], how: string) => void,
): void {
  check(feed(stream, { ...options, cuts: everyByte(stream) }), 'byte by byte');
  for (let first = 0; first <= stream.length; first++) {
    check(feed(stream, { ...options, cuts: [first] }), `cut at ${first}`);
    const second = Math.min(stream.length, first + 2);
    check(feed(stream, { ...options, cuts: [first, second] }), `cut at ${first} and ${second}`);
  }
}

// hot: runs once per request
/**
 * A strict HTTP/1.1 response parser (RFC 9112): bytes in, events out, nothing else. Worker thread; sans-io.
 * The caller asks `execute` again and again, from `position`, until it says MORE, COMPLETE or FAULT. Between two calls
 * the caller may do anything, abandoning the response included. No call throws, whatever the bytes are.
 */

import { Fault } from '../../kit/faults.ts';
import { ChunkReader, ChunkStep } from '../http1/chunk-reader.ts';
import { forwardableTrailers } from '../http1/trailers.ts';
import { connectionText, markNamedLines } from './framing-fields.ts';
import { HeadOutcome, HeadReader, MAX_HEAD_BYTES } from './head-reader.ts';
import { ResponseHead } from './response-head.ts';

/** What `ResponseParser.execute` came to. */
export const ParserEvent = {
  /** Everything given was used up. */
  MORE: 0,
  /** The final head is in `head`; `hasBody` says whether body pieces or COMPLETE follow. */
  HEAD: 1,
  /** A piece of the decoded body: `bodyStart`..`bodyEnd` of the bytes given. */
  BODY: 2,
  /** The response ended before `position`. Bytes behind it belong to no request of ours. */
  COMPLETE: 3,
  /** Broken, for the reason in `fault`; stays so until `reset`. */
  FAULT: 4,
  /** A 101 that was asked for is in `head`; all that follows is BODY. */
  UPGRADE: 5,
} as const;
export type ParserEvent = (typeof ParserEvent)[keyof typeof ParserEvent];

const State = { HEAD: 0, LENGTH: 1, CHUNKED: 2, UNTIL_CLOSE: 3, COMPLETE: 4, FAULT: 5 } as const;
type State = (typeof State)[keyof typeof State];

/** 1xx heads before one final head; each is skipped. */
export const MAX_INTERIM_HEADS = 32;
const FIRST_GATHER_BYTES = 2048;
/** A larger gather buffer is given up once its head was handed over. */
const KEPT_GATHER_BYTES = 8192;
const NO_BYTES = new Uint8Array(0);

export class ResponseParser {
  readonly head: ResponseHead;
  /** Index behind the last byte used of those given to `execute`. */
  position: number;
  hasBody: boolean;
  bodyStart: number;
  bodyEnd: number;
  fault: Fault;
  /** What may be forwarded of the trailer section, once the response is COMPLETE: lines as in `ChunkReader.trailers`. */
  trailers: string;
  /** What its Connection fields list beside close and keep-alive, in lower case; the head may be overwritten before the trailers come. */
  private connection: string;
  /** Any byte of an answer arrived since `reset`. */
  started: boolean;
  private state: State;
  private requestIsHead: boolean;
  private awaitsUpgrade: boolean;
  private interimHeads: number;
  private remaining: number;
  private readonly reader: HeadReader;
  private readonly chunks: ChunkReader;
  /** Holds a head that arrives in pieces: `gathered` bytes of it so far. */
  private gather: Uint8Array;
  private gathered: number;

  constructor() {
    this.head = new ResponseHead();
    this.position = 0;
    this.hasBody = false;
    this.bodyStart = 0;
    this.bodyEnd = 0;
    this.fault = Fault.NONE;
    this.trailers = '';
    this.connection = '';
    this.started = false;
    this.state = State.HEAD;
    this.requestIsHead = false;
    this.awaitsUpgrade = false;
    this.interimHeads = 0;
    this.remaining = 0;
    this.reader = new HeadReader(this.head);
    this.chunks = new ChunkReader();
    this.gather = NO_BYTES;
    this.gathered = 0;
  }

  /**
   * Awaits a new response. A response to HEAD has no body, whatever its fields say. `awaitsUpgrade`: the request asked for another
   * protocol.
   */
  reset(requestIsHead: boolean, awaitsUpgrade: boolean = false): void {
    this.state = State.HEAD;
    this.requestIsHead = requestIsHead;
    this.awaitsUpgrade = awaitsUpgrade;
    this.hasBody = false;
    this.fault = Fault.NONE;
    this.trailers = '';
    this.started = false;
    this.interimHeads = 0;
    this.gathered = 0;
  }

  /** Reads on in `bytes` from `start` to `end`; see `ParserEvent`. */
  execute(bytes: Uint8Array, start: number, end: number): ParserEvent {
    this.position = start;
    switch (this.state) {
      case State.HEAD:
        return this.readHeads(bytes, end);
      case State.LENGTH: {
        if (start === end) return ParserEvent.MORE;
        const available = end - start;
        const length = Math.min(available, this.remaining);
        this.remaining -= length;
        if (this.remaining === 0) this.state = State.COMPLETE;
        return this.piece(start, start + length);
      }
      case State.CHUNKED:
        return this.readChunks(bytes, end);
      case State.UNTIL_CLOSE:
        return start === end ? ParserEvent.MORE : this.piece(start, end);
      case State.COMPLETE:
        return ParserEvent.COMPLETE;
      case State.FAULT:
        return ParserEvent.FAULT;
    }
  }

  /** The endpoint closed in order (FIN). NONE: the response is complete; else what it means. */
  finish(): Fault {
    return this.state === State.UNTIL_CLOSE ? Fault.NONE : this.broken(Fault.UPSTREAM_CLOSED);
  }

  /**
   * The connection is lost. NONE: the response was complete. `before` if no byte of it arrived. A part of a head is no
   * HTTP answer: it must not look like a loss "before any response byte", after which the request may be sent again.
   */
  broken(before: Fault): Fault {
    if (this.state === State.COMPLETE) return Fault.NONE;
    if (this.state === State.FAULT) return this.fault;
    if (this.state !== State.HEAD) return Fault.RESPONSE_INCOMPLETE;
    return this.started ? Fault.BAD_RESPONSE : before;
  }

  private readHeads(bytes: Uint8Array, end: number): ParserEvent {
    while (this.position < end) {
      this.started = true;
      switch (this.readHead(bytes, end)) {
        case HeadOutcome.MORE:
          return ParserEvent.MORE;
        case HeadOutcome.MALFORMED:
          return this.fail(Fault.BAD_RESPONSE);
        case HeadOutcome.TOO_LARGE:
          return this.fail(Fault.RESPONSE_HEAD_TOO_LARGE);
      }
      this.gathered = 0;
      if (this.gather.length > KEPT_GATHER_BYTES) this.gather = NO_BYTES;
      if (this.head.status >= 200) return this.finalHead();
      if (this.head.status === 101) return this.upgrade();
      if (++this.interimHeads > MAX_INTERIM_HEADS) return this.fail(Fault.BAD_RESPONSE);
    }
    return ParserEvent.MORE;
  }

  /** Reads in place; only a head that goes on in the next read is copied. */
  private readHead(bytes: Uint8Array, end: number): HeadOutcome {
    const start = this.position;
    if (this.gathered === 0) {
      this.head.bytes = bytes;
      this.reader.begin(start);
      const outcome = this.reader.read(end);
      this.position = this.reader.position;
      if (outcome === HeadOutcome.MORE) {
        this.collect(bytes, start, end);
        this.reader.moveToFront();
      }
      return outcome;
    }
    const before = this.gathered;
    const room = MAX_HEAD_BYTES - before;
    this.collect(bytes, start, end - start < room ? end : start + room);
    const outcome = this.reader.read(this.gathered);
    this.position = start + (this.reader.position - before);
    return outcome;
  }

  private collect(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.gathered + (end - start);
    if (needed > this.gather.length) {
      const larger = new Uint8Array(Math.max(FIRST_GATHER_BYTES, Math.min(MAX_HEAD_BYTES, needed * 2)));
      larger.set(this.gather.subarray(0, this.gathered));
      this.gather = larger;
    }
    this.gather.set(bytes.subarray(start, end), this.gathered);
    this.gathered = needed;
    this.head.bytes = this.gather;
  }

  /** Where the body ends: RFC 9112 6.3, its rules in its order. */
  private finalHead(): ParserEvent {
    const head = this.head;
    const isOld = head.httpMinor === 0;
    // Rule 3: a proxy that sees both lengths, or a coding from HTTP/1.0, may be looking at a smuggled response.
    if (head.chunked && (isOld || head.contentLength !== -1)) return this.fail(Fault.BAD_RESPONSE);
    this.connection = head.namedOptions > 0 ? connectionText(head) : '';
    if (head.namedOptions > 0) markNamedLines(head);
    head.keepAlive = !head.closeOption && (!isOld || head.keepAliveOption);
    if (this.requestIsHead || head.status === 204 || head.status === 304 || head.contentLength === 0) {
      this.state = State.COMPLETE;
    } else if (head.chunked) {
      this.chunks.begin();
      this.state = State.CHUNKED;
    } else if (head.contentLength > 0) {
      this.remaining = head.contentLength;
      this.state = State.LENGTH;
    } else {
      head.keepAlive = false;
      this.state = State.UNTIL_CLOSE;
    }
    this.hasBody = this.state !== State.COMPLETE;
    return ParserEvent.HEAD;
  }

  /** RFC 9110 7.8: what follows the head is the other protocol's, until the connection closes. */
  private upgrade(): ParserEvent {
    if (!this.awaitsUpgrade) return this.fail(Fault.UNEXPECTED_UPGRADE);
    if (this.head.namedOptions > 0) markNamedLines(this.head);
    this.head.keepAlive = false;
    this.hasBody = true;
    this.state = State.UNTIL_CLOSE;
    return ParserEvent.UPGRADE;
  }

  private readChunks(bytes: Uint8Array, end: number): ParserEvent {
    const step = this.chunks.read(bytes, this.position, end);
    this.position = this.chunks.position;
    switch (step) {
      case ChunkStep.MORE:
        return ParserEvent.MORE;
      case ChunkStep.DATA:
        return this.piece(this.chunks.dataStart, this.chunks.position);
      case ChunkStep.DONE:
        this.state = State.COMPLETE;
        this.trailers = forwardableTrailers(this.chunks.trailers, this.connection);
        return ParserEvent.COMPLETE;
      case ChunkStep.MALFORMED:
        return this.fail(Fault.BAD_RESPONSE_BODY);
    }
  }

  private piece(start: number, end: number): ParserEvent {
    this.bodyStart = start;
    this.bodyEnd = end;
    this.position = end;
    return ParserEvent.BODY;
  }

  private fail(fault: Fault): ParserEvent {
    this.state = State.FAULT;
    this.fault = fault;
    return ParserEvent.FAULT;
  }
}

// hot: runs once per request
/**
 * A strict HTTP/1.1 request parser (RFC 9112): bytes in, events out, nothing else. Worker thread; sans-io.
 * The caller asks `execute` again and again, from `position`, until it says MORE, COMPLETE or FAULT; `reset` awaits the next
 * request. Between two calls the caller may do anything, abandoning the request included. No call throws, whatever the bytes are.
 *
 *     a head in one read:   octets checked in place ─▶ one string of the whole head ─▶ slices of it
 *     a head in pieces:     pieces gathered, each octet checked once ─▶ the same
 */

import { Fault } from '../../../kit/faults.ts';
import { normalizeHost } from '../../../kit/host.ts';
import { ChunkReader, ChunkStep } from '../../http1/chunk-reader.ts';
import { FieldSection, SectionOutcome } from '../../http1/field-section.ts';
import { forwardableTrailers } from '../../http1/trailers.ts';
import { Protocol } from '../client-side.ts';
import { RequestBody, RequestHead } from '../request-head.ts';
import type { KnownSections } from './known-sections.ts';
import { hasOption, takeFields } from './request-fields.ts';
import { RequestLine } from './request-line.ts';
import { isOriginForm, readOtherTarget } from './request-target.ts';

/** What `RequestParser.execute` came to. */
export const RequestEvent = {
  /** Everything given was used up. */
  MORE: 0,
  /** The head is in `head`. Body pieces and COMPLETE follow, or FAULT if `head.fault` is set. */
  HEAD: 1,
  /** A piece of the decoded body: `bodyStart`..`bodyEnd` of the bytes given. */
  BODY: 2,
  /** The request ended before `position`; also for one without a body. What is behind it belongs to the next one. */
  COMPLETE: 3,
  /** Broken, for the reason in `fault`; stays so until `reset`. Nothing behind it can be understood. */
  FAULT: 4,
} as const;
export type RequestEvent = (typeof RequestEvent)[keyof typeof RequestEvent];

/** Bytes; 0 = none. */
export interface HeadLimits {
  /** Of the field lines. */
  readonly headerBytes: number;
  /** Of the request target. */
  readonly urlBytes: number;
}

/** What "no limit" comes to for the field lines and for the target, each: a head lies in memory until it is whole. */
export const MAX_BYTES: number = 16 * 1024 * 1024;
/** Field lines of a head: three times what browsers and clients behind several proxies send. */
export const MAX_FIELDS = 256;

const State = { HEAD: 0, LENGTH: 1, CHUNKED: 2, COMPLETE: 3, FAULT: 4 } as const;
type State = (typeof State)[keyof typeof State];

const EMPTY_LINE_BYTES = 2;
const ONE_HOST = 1;
/** For one that comes by the octet; it grows by doubling. */
const FIRST_GATHER_BYTES = 64;
/** Copied at once: what stands behind the end of a head is copied in vain, and may be a body of any size. */
const GATHER_STEP_BYTES = 4096;
const NO_BYTES = new Uint8Array(0);
/** Stands in `head` while there is none, so that an idle connection keeps no head alive. */
const NO_HEAD = new RequestHead('', '', 0);
Object.freeze(NO_HEAD);

/** What `Buffer.toString('latin1', …)` calls, for any Uint8Array and without a view made first; missing in Node's types. */
const { latin1Slice } = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
};

export class RequestParser {
  /**
   * Of the request being read; a new object for each. Valid from HEAD on. Where FAULT came instead of HEAD it says what is
   * known: method and target, each maybe empty, and `fault`.
   */
  head: RequestHead;
  /** HTTP/1.0 or HTTP/1.1; the latter until it is known. */
  protocol: Protocol;
  /** The connection may carry another request after this one (RFC 9112 9.3). Valid from HEAD on. */
  keepAlive: boolean;
  /** Index behind the last byte used of those given to `execute`. */
  position: number;
  bodyStart: number;
  bodyEnd: number;
  /** What may be forwarded of the trailer section, once the request is COMPLETE: lines, each with its CRLF. */
  trailers: string;
  fault: Fault;
  /** Any octet of the request arrived; the empty lines before it do not count. */
  started: boolean;
  /** For the next head. */
  private limits: HeadLimits;
  /** For the head being read. */
  private headLimits: HeadLimits;
  private state: State;
  private remaining: number;
  private readonly line: RequestLine;
  private readonly fields: FieldSection;
  private inFields: boolean;
  private readonly known: KnownSections | null;
  /** Where the section ends, or goes on, that `known` was last asked about; -1: it was not asked. */
  private asked: number;
  private readonly chunks: ChunkReader;
  /** Holds a head that arrives in pieces: `gathered` bytes of it so far, from the method on. */
  private gather: Uint8Array;
  private gathered: number;

  /** `known`: of the worker; null: every section is read. */
  constructor(limits: HeadLimits, known: KnownSections | null = null) {
    this.head = NO_HEAD;
    this.protocol = Protocol.HTTP1_1;
    this.keepAlive = false;
    this.position = 0;
    this.bodyStart = 0;
    this.bodyEnd = 0;
    this.trailers = '';
    this.fault = Fault.NONE;
    this.started = false;
    this.limits = limits;
    this.headLimits = limits;
    this.state = State.HEAD;
    this.remaining = 0;
    this.line = new RequestLine();
    this.fields = new FieldSection(MAX_FIELDS);
    this.inFields = false;
    this.known = known;
    this.asked = -1;
    this.chunks = new ChunkReader();
    this.gather = NO_BYTES;
    this.gathered = 0;
  }

  /** From the next head on: one that has begun is read to its end under the limits that it began with. */
  useLimits(limits: HeadLimits): void {
    this.limits = limits;
  }

  /** Awaits the next request on the same connection. */
  reset(): void {
    this.head = NO_HEAD;
    this.protocol = Protocol.HTTP1_1;
    this.keepAlive = false;
    this.trailers = '';
    this.fault = Fault.NONE;
    this.started = false;
    this.state = State.HEAD;
    this.line.reset();
    this.inFields = false;
    this.letGo();
  }

  /** Reads on in `bytes` from `start` to `end`; see `RequestEvent`. */
  execute(bytes: Uint8Array, start: number, end: number): RequestEvent {
    this.position = start;
    switch (this.state) {
      case State.HEAD:
        return this.gathered === 0
          ? this.readInPlace(bytes, start, end)
          : this.readGathered(bytes, start, end);
      case State.LENGTH: {
        if (start === end) return RequestEvent.MORE;
        const length = Math.min(end - start, this.remaining);
        this.remaining -= length;
        if (this.remaining === 0) this.state = State.COMPLETE;
        return this.piece(start, start + length);
      }
      case State.CHUNKED:
        return this.readChunks(bytes, end);
      case State.COMPLETE:
        return RequestEvent.COMPLETE;
      case State.FAULT:
        return RequestEvent.FAULT;
    }
  }

  /** Nothing of this head is held yet. Only one that goes on in the next read is copied. */
  private readInPlace(bytes: Uint8Array, start: number, end: number): RequestEvent {
    this.headLimits = this.limits;
    this.asked = -1;
    const event = this.readHead(bytes, start, end);
    this.position = this.reached();
    if (event === RequestEvent.MORE && this.started) {
      const first = this.line.start;
      this.collect(bytes, first, end);
      this.line.shift(-first);
      if (this.inFields) this.fields.shift(-first);
    }
    return event;
  }

  private readGathered(bytes: Uint8Array, start: number, end: number): RequestEvent {
    let at = start;
    while (at < end) {
      const before = this.gathered;
      const next = Math.min(end, at + GATHER_STEP_BYTES);
      this.collect(bytes, at, next);
      const event = this.readHead(this.gather, before, this.gathered);
      if (event !== RequestEvent.MORE) {
        this.position = at + (this.reached() - before);
        this.letGo();
        return event;
      }
      at = next;
    }
    this.position = end;
    return RequestEvent.MORE;
  }

  /** Behind the last octet of the head that was looked at. */
  private reached(): number {
    return this.inFields ? this.fields.position : this.line.position;
  }

  private collect(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.gathered + (end - start);
    if (needed > this.gather.length) {
      // From Node's pool while it is small: memory of its own costs as much as the whole parsing. Read only as far as written.
      const larger = Buffer.allocUnsafe(Math.max(FIRST_GATHER_BYTES, needed * 2));
      larger.set(this.gather.subarray(0, this.gathered));
      this.gather = larger;
    }
    this.gather.set(bytes.subarray(start, end), this.gathered);
    this.gathered = needed;
  }

  private letGo(): void {
    if (this.gather === NO_BYTES) return;
    this.gather = NO_BYTES;
    this.gathered = 0;
    this.fields.release();
  }

  /** Goes on with the head in `bytes`, which hold all of it so far: MORE, HEAD or FAULT. */
  private readHead(bytes: Uint8Array, from: number, to: number): RequestEvent {
    const { line, fields } = this;
    if (!this.inFields) {
      const isWhole = line.read(bytes, from, to, bound(this.headLimits.urlBytes));
      this.started = line.begun;
      if (!isWhole) return line.fault === Fault.NONE ? RequestEvent.MORE : this.refuse(bytes, line.fault);
      this.inFields = true;
      if (line.minor === 0) this.protocol = Protocol.HTTP1_0;
      // What is too much is only what comes before the empty line.
      const first = line.position;
      const maximum = bound(this.headLimits.headerBytes) + EMPTY_LINE_BYTES;
      fields.begin(first, first + maximum);
      if (this.known !== null && this.gathered === 0 && to - first <= maximum) {
        const known = this.known.find(fields.viewOf(bytes), first, to);
        if (known !== null) {
          fields.skipTo(to);
          return this.takeHead(bytes, known);
        }
        this.asked = to;
      }
    }
    const outcome = fields.read(bytes, to);
    if (outcome === SectionOutcome.DONE) return this.takeHead(bytes, null);
    if (outcome === SectionOutcome.MORE) return RequestEvent.MORE;
    const isTooLarge = outcome === SectionOutcome.TOO_LARGE;
    return this.refuse(bytes, isTooLarge ? Fault.HEADERS_TOO_LARGE : Fault.BAD_REQUEST);
  }

  /**
   * The head is whole, and its fields are those of `known`, if that is not null. What it means may still be wrong, which the answer can say
   * in peace.
   */
  private takeHead(bytes: Uint8Array, known: RequestHead | null): RequestEvent {
    const { line } = this;
    const origin = line.start;
    const text = latin1Slice.call(bytes, origin, known === null ? this.fields.position : line.targetEnd);
    const method = text.slice(0, line.methodEnd - origin);
    const received = text.slice(line.methodEnd - origin + 1, line.targetEnd - origin);
    const isOrigin = isOriginForm(received);
    const other = isOrigin ? null : readOtherTarget(method, received);
    const target = other === null ? received : other.target;
    const head = new RequestHead(method, target, pathEnd(target));
    const hosts = known === null ? this.takeFields(head, text, bytes) : ONE_HOST;
    if (known !== null) head.takeFieldsOf(known);
    this.head = head;
    const isOld = this.protocol === Protocol.HTTP1_0;
    const isTargetSound = (isOrigin || other !== null) && method !== 'CONNECT';
    // RFC 9112 3.2: one Host, and a sound one, whatever the target says; in origin-form the exchange looks at it. HTTP/1.0 knows none, nor a transfer coding (6.1).
    const isHostSound =
      hosts === ONE_HOST ? isOrigin || normalizeHost(head.host) !== null : hosts === 0 && isOld;
    if (!isTargetSound || !isHostSound || (isOld && head.body === RequestBody.CHUNKED))
      head.fault = Fault.BAD_REQUEST;
    if (head.fault !== Fault.NONE) {
      this.fail(head.fault);
      return RequestEvent.HEAD;
    }
    if (other !== null && other.authority !== '') head.host = other.authority;
    // RFC 9110 10.1.1: not from a client that cannot know what to do with a 100.
    if (isOld) head.expectsContinue = false;
    this.keepAlive = isOld
      ? hasOption(head.connection, 'keep-alive') && !hasOption(head.connection, 'close')
      : !hasOption(head.connection, 'close');
    this.awaitBody(head);
    return RequestEvent.HEAD;
  }

  /** The lines of the section go into the head. Gives the number of Host lines. */
  private takeFields(head: RequestHead, text: string, bytes: Uint8Array): number {
    const { known, fields } = this;
    const hosts = takeFields(head, text, fields, this.line.start);
    if (known !== null && fields.position === this.asked && hosts === ONE_HOST && head.fault === Fault.NONE)
      known.offer(fields.viewOf(bytes), fields.start, fields.position, head);
    return hosts;
  }

  /** RFC 9112 6.3, of which `RequestHead` has ruled out every contradiction. */
  private awaitBody(head: RequestHead): void {
    if (head.body === RequestBody.CHUNKED) {
      this.chunks.begin();
      this.state = State.CHUNKED;
    } else if (head.contentLength > 0) {
      this.remaining = head.contentLength;
      this.state = State.LENGTH;
    } else this.state = State.COMPLETE;
  }

  private readChunks(bytes: Uint8Array, end: number): RequestEvent {
    const { chunks } = this;
    const step = chunks.read(bytes, this.position, end);
    this.position = chunks.position;
    switch (step) {
      case ChunkStep.MORE:
        return RequestEvent.MORE;
      case ChunkStep.DATA:
        return this.piece(chunks.dataStart, chunks.position);
      case ChunkStep.DONE:
        this.state = State.COMPLETE;
        this.trailers = forwardableTrailers(chunks.trailers, this.head.connection);
        return RequestEvent.COMPLETE;
      case ChunkStep.MALFORMED:
        return this.fail(Fault.BAD_REQUEST);
    }
  }

  private piece(start: number, end: number): RequestEvent {
    this.bodyStart = start;
    this.bodyEnd = end;
    this.position = end;
    return RequestEvent.BODY;
  }

  /** The head broke off: all that can be said of the request. */
  private refuse(bytes: Uint8Array, fault: Fault): RequestEvent {
    const { start, methodEnd, targetEnd } = this.line;
    const method = methodEnd > start ? latin1Slice.call(bytes, start, methodEnd) : '';
    const target = targetEnd > methodEnd ? latin1Slice.call(bytes, methodEnd + 1, targetEnd) : '';
    this.head = new RequestHead(method, target, pathEnd(target));
    this.head.fault = fault;
    return this.fail(fault);
  }

  private fail(fault: Fault): RequestEvent {
    this.keepAlive = false;
    this.state = State.FAULT;
    this.fault = fault;
    return RequestEvent.FAULT;
  }
}

/** Index of the `?`, or the length. */
function pathEnd(target: string): number {
  const question = target.indexOf('?');
  return question < 0 ? target.length : question;
}

function bound(limit: number): number {
  return limit === 0 ? MAX_BYTES : Math.min(limit, MAX_BYTES);
}

// hot: runs once per request
/**
 * Reads a request line octet by octet, resumable at any octet: `method SP target SP HTTP/1.x CRLF` (RFC 9112 3), with exactly
 * these blanks. Worker thread; sans-io. It says where its parts lie and copies none; what the target means is
 * `request-target.ts`. What is read does not depend on where the pieces end.
 */

import { Fault } from '../../../kit/faults.ts';
import { CR, DIGIT_0, DIGIT_9, LF, SP, TOKEN, word } from '../../http1/octet-tables.ts';

/** Empty lines before a request line that are passed over (RFC 9112 2.2): old clients send one behind a body. */
export const MAX_EMPTY_LINES = 4;
/** Octets of a method. The longest one registered has 17 (UPDATEREDIRECTREF); beyond this it is no request. */
export const MAX_METHOD_BYTES = 64;

const Phase = { START: 0, EMPTY_LF: 1, METHOD: 2, TARGET: 3, VERSION: 4 } as const;
type Phase = (typeof Phase)[keyof typeof Phase];

/**
 * 1 for what a target may hold: every visible character but `#`, since a fragment never leaves the client (RFC 9110 7.1), and
 * 0x80 up, which clients do send and RFC 3986 would have them escape. It has one reading only, and goes on as it came.
 */
const TARGET_TEXT: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet > 0x20 && octet !== 0x7f && octet !== 0x23 ? 1 : 0,
);
/** In exactly this case (RFC 9112 2.3); any digits where the two digits stand. */
const VERSION = word('HTTP/1.1\r\n');
const MAJOR_AT = 5;
const MINOR_AT = 7;

export class RequestLine {
  /** Where the method begins. */
  start: number;
  /** The blank behind the method; not above `start` until it came. */
  methodEnd: number;
  /** The blank behind the target, which begins behind the one before it; not above `methodEnd` until it came. */
  targetEnd: number;
  /** Behind the last octet looked at; once the line is whole, behind it. */
  position: number;
  /** The version behind `HTTP/1.`. Higher ones than 1 are understood as 1 (RFC 9110 2.5). */
  minor: number;
  /** An octet of the line itself arrived. */
  begun: boolean;
  /** Why it is no request line, or NONE. */
  fault: Fault;
  private phase: Phase;
  private emptyLines: number;
  private major: number;

  constructor() {
    this.start = 0;
    this.methodEnd = 0;
    this.targetEnd = 0;
    this.position = 0;
    this.minor = 1;
    this.begun = false;
    this.fault = Fault.NONE;
    this.phase = Phase.START;
    this.emptyLines = 0;
    this.major = 1;
  }

  /** Awaits a new line. */
  reset(): void {
    this.start = 0;
    this.methodEnd = 0;
    this.targetEnd = 0;
    this.minor = 1;
    this.begun = false;
    this.fault = Fault.NONE;
    this.phase = Phase.START;
    this.emptyLines = 0;
  }

  /** The bytes of the line so far moved by `distance`, to another buffer. */
  shift(distance: number): void {
    this.start += distance;
    this.methodEnd += distance;
    this.targetEnd += distance;
    this.position += distance;
  }

  /** Goes on in `bytes` from `from` to `to`. True: the line is whole. False: more is wanted, or `fault` says why not. */
  read(bytes: Uint8Array, from: number, to: number, maxTargetBytes: number): boolean {
    let at = from;
    while (this.phase < Phase.METHOD) {
      if (at === to) return this.stop(at, Fault.NONE);
      if (!this.startOctet(bytes[at]!, at)) return this.stop(at, Fault.BAD_REQUEST);
      if (this.phase < Phase.METHOD) at++;
    }
    // The phases stand in their order, so that a whole line runs through.
    if (this.phase === Phase.METHOD) {
      const token = TOKEN;
      const limit = Math.min(to, this.start + MAX_METHOD_BYTES);
      while (at < limit && token[bytes[at]!] === 1) at++;
      if (at === to) return this.stop(at, Fault.NONE);
      if (bytes[at] !== SP || at === this.start) return this.stop(at, Fault.BAD_REQUEST);
      this.methodEnd = at++;
      this.phase = Phase.TARGET;
    }
    if (this.phase === Phase.TARGET) {
      const first = this.methodEnd + 1;
      const last = first + maxTargetBytes;
      const limit = Math.min(to, last);
      while (at < limit && TARGET_TEXT[bytes[at]!] === 1) at++;
      if (at === to) return this.stop(at, Fault.NONE);
      if (bytes[at] !== SP || at === first) {
        const isLong = at === last && TARGET_TEXT[bytes[at]!] === 1;
        return this.stop(at, isLong ? Fault.URL_TOO_LONG : Fault.BAD_REQUEST);
      }
      this.targetEnd = at++;
      this.phase = Phase.VERSION;
    }
    const end = this.targetEnd + 1 + VERSION.length;
    const limit = Math.min(to, end);
    while (at < limit) {
      if (!this.versionOctet(bytes[at]!, at - end + VERSION.length)) return this.stop(at, Fault.BAD_REQUEST);
      at++;
    }
    if (at < end) return this.stop(at, Fault.NONE);
    this.stop(at, this.versionFault());
    return this.fault === Fault.NONE;
  }

  /** One octet before the method; false: neither an empty line nor a beginning. */
  private startOctet(octet: number, at: number): boolean {
    if (this.phase === Phase.EMPTY_LF) {
      this.phase = Phase.START;
      return octet === LF;
    }
    if (octet === CR) {
      this.phase = Phase.EMPTY_LF;
      return ++this.emptyLines <= MAX_EMPTY_LINES;
    }
    this.start = at;
    this.begun = true;
    this.phase = Phase.METHOD;
    return true;
  }

  private versionOctet(octet: number, offset: number): boolean {
    if (offset !== MAJOR_AT && offset !== MINOR_AT) return octet === VERSION[offset];
    if (octet < DIGIT_0 || octet > DIGIT_9) return false;
    if (offset === MAJOR_AT) this.major = octet - DIGIT_0;
    else this.minor = octet - DIGIT_0;
    return true;
  }

  /** HTTP/0.9 has no version in its line: what says so there is no such request, and no other either. */
  private versionFault(): Fault {
    if (this.major === 1) return Fault.NONE;
    return this.major === 0 ? Fault.BAD_REQUEST : Fault.VERSION_NOT_SUPPORTED;
  }

  private stop(at: number, fault: Fault): false {
    this.position = at;
    this.fault = fault;
    return false;
  }
}

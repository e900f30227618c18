// hot: runs once per request
/**
 * One field of a response as the encoder looks at it: where its octets lie, and what they are known by. Worker thread. One
 * object is used for all fields of all responses.
 *
 *     Vary:  Accept-Encoding CR LF
 *     |   |  |              |     |
 *     |   |  valueFrom      |     next
 *     |   nameEnd           valueEnd
 *     nameFrom
 */

import { COLON, CR, HTAB, LF, SP } from '../http1/octet-tables.ts';
import { knownName, NAME_OCTET, sample, UNKNOWN_NAME } from './response-field-policy.ts';

/** In the key of every name that is not known. */
const UNKNOWN_KEY = 0x10000;
/** Buckets that are tried for a key: known names do not drive out each other's. */
const KNOWN_APART = 4;

export class ResponseFieldLine {
  bytes: Uint8Array;
  nameFrom: number;
  nameEnd: number;
  valueFrom: number;
  valueEnd: number;
  /** Where the next line begins. */
  next: number;
  /** Of response-field-policy.ts. */
  knownName: number;
  /** Where to look for an entry of this name. A known name has one of its own, below UNKNOWN_KEY. */
  nameKey: number;

  constructor() {
    this.bytes = NO_BYTES;
    this.nameFrom = 0;
    this.nameEnd = 0;
    this.valueFrom = 0;
    this.valueEnd = 0;
    this.next = 0;
    this.knownName = UNKNOWN_NAME;
    this.nameKey = 0;
  }

  /** Reads the name of the line at `from`. False: HTTP/2 has no such field (RFC 9113 8.2.1), and the line is read. */
  readName(bytes: Uint8Array, from: number): boolean {
    const { length } = bytes;
    const nameOctet = NAME_OCTET;
    let at = from;
    while (at < length && nameOctet[bytes[at]!] !== 0) at++;
    if (at === from || at === length || bytes[at] !== COLON) {
      this.next = lineEnd(bytes, at) + 2;
      return false;
    }
    this.setName(bytes, from, at);
    at++;
    while (at < length && isBlank(bytes[at]!)) at++;
    this.valueFrom = at;
    return true;
  }

  /** Reads the value, which goes to CRLF or to the end of the lines. */
  readValue(): void {
    const { bytes, valueFrom } = this;
    const end = lineEnd(bytes, valueFrom);
    let valueEnd = end;
    // HTTP/2 has no blanks around a value (RFC 9113 8.2.1).
    while (valueEnd > valueFrom && isBlank(bytes[valueEnd - 1]!)) valueEnd--;
    this.valueEnd = valueEnd;
    this.next = end + 2;
  }

  /** The value is what the caller has seen to end here. */
  takeValue(end: number): void {
    this.valueEnd = end;
    this.next = end + 2;
  }

  /** Whether the line ends at `at`. */
  endsAt(at: number): boolean {
    const { bytes } = this;
    const { length } = bytes;
    return at === length || (at < length - 1 && bytes[at] === CR && bytes[at + 1] === LF);
  }

  /** A field that was not read from lines: its name in lower case up to `nameEnd`, its value behind it. */
  set(bytes: Uint8Array, nameEnd: number): void {
    this.setName(bytes, 0, nameEnd);
    this.valueFrom = nameEnd;
    this.valueEnd = bytes.length;
  }

  /** Where to look for an entry of this name and value. */
  key(): number {
    return sample(this.bytes, this.valueFrom, this.valueEnd, this.nameKey);
  }

  private setName(bytes: Uint8Array, from: number, end: number): void {
    const sampled = sample(bytes, from, end, 0);
    this.bytes = bytes;
    this.nameFrom = from;
    this.nameEnd = end;
    this.knownName = knownName(bytes, from, end, sampled);
    this.nameKey = this.knownName === UNKNOWN_NAME ? sampled | UNKNOWN_KEY : this.knownName * KNOWN_APART;
  }
}

const NO_BYTES: Uint8Array = Buffer.alloc(0);

function isBlank(octet: number): boolean {
  return octet === SP || octet === HTAB;
}

/** The CRLF at or behind `from`, else the end. */
function lineEnd(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  let at = from;
  for (;;) {
    while (at < length && bytes[at] !== CR) at++;
    if (at >= length - 1 || bytes[at + 1] === LF) return at;
    at++;
  }
}

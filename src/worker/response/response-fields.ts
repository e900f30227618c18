// hot: runs once per request
/**
 * The field lines of an endpoint's answer as the client gets them: the bytes as they came, less hop-by-hop and framing
 * fields, with the route's own changes. Lines are copied into one scratch buffer of the worker; the run that comes out
 * is valid until the next call. No line becomes a string.
 */

import type { HeaderOps } from '../../bridge/snapshot/model.ts';
import { lengthBit } from '../../kit/length-bit.ts';
import { HSTS_FIELD } from './hsts.ts';

/** The part of the upstream side's `ResponseHead` that is read here. */
export interface FieldLines {
  readonly bytes: Uint8Array;
  readonly fieldCount: number;
  /** Four words a line: nameStart, nameEnd, valueStart, valueEnd. */
  readonly index: Int32Array;
  /** One a line; 0 = forward. */
  readonly kinds: Uint8Array;
}

const LINE_WORDS = 4;
const COLON = 0x3a;
const SPACE = 0x20;
const CR = 0x0d;
const LF = 0x0a;

export class ResponseFields {
  #scratch: Buffer = Buffer.allocUnsafe(65_536 + 4096);
  #end = 0;

  /**
   * `Name: value` lines joined by CRLF, without the last CRLF; empty if there are none. `own`: a line of penstock's own that no
   * route changes, without its CRLF; empty if there is none. `hsts`: what stands in place of the endpoint's
   * Strict-Transport-Security; empty = that stays.
   */
  build(lines: FieldLines, ops: HeaderOps | null, own = '', hsts = ''): Uint8Array {
    this.#end = 0;
    this.#reserve(lines.bytes.length + lines.fieldCount * 4);
    for (let line = 0; line < lines.fieldCount; line++) {
      if (lines.kinds[line] !== 0) continue;
      if (ops !== null && goes(lines, line, ops)) continue;
      if (hsts !== '' && isLine(lines, line, HSTS_FIELD)) continue;
      this.#copyLine(lines, line);
    }
    if (ops !== null) this.#addBytes(ops.lines);
    if (hsts !== '') this.#addText(`${HSTS_FIELD}: ${hsts}\r\n`);
    if (own !== '') this.#addText(`${own}\r\n`);
    return this.#scratch.subarray(0, this.#end > 0 ? this.#end - 2 : 0);
  }

  /** Name and value as they are, with exactly `: ` between them, so that the run has one form. */
  #copyLine(lines: FieldLines, line: number): void {
    const at = line * LINE_WORDS;
    const { bytes, index } = lines;
    const scratch = this.#scratch;
    const nameStart = index[at] as number;
    const nameEnd = index[at + 1] as number;
    const valueStart = index[at + 2] as number;
    const valueEnd = index[at + 3] as number;
    let end = this.#end;
    // Short runs: a loop is faster than a native copy for what a field line usually is.
    for (let i = nameStart; i < nameEnd; i++) scratch[end++] = bytes[i] as number;
    scratch[end++] = COLON;
    scratch[end++] = SPACE;
    for (let i = valueStart; i < valueEnd; i++) scratch[end++] = bytes[i] as number;
    scratch[end++] = CR;
    scratch[end++] = LF;
    this.#end = end;
  }

  /** `text`: a byte string. */
  #addBytes(text: string): void {
    this.#reserve(text.length);
    this.#end += this.#scratch.write(text, this.#end, 'latin1');
  }

  #addText(text: string): void {
    this.#reserve(Buffer.byteLength(text));
    this.#end += this.#scratch.write(text, this.#end);
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#scratch.length) return;
    const larger = Buffer.allocUnsafe((this.#end + bytes) * 2);
    this.#scratch.copy(larger, 0, 0, this.#end);
    this.#scratch = larger;
  }
}

/** Whether the route removes a line, or sets another in its place. */
function goes(lines: FieldLines, line: number, { replaced, replacedLengths }: HeaderOps): boolean {
  const { index } = lines;
  const length = (index[line * LINE_WORDS + 1] as number) - (index[line * LINE_WORDS] as number);
  if ((replacedLengths & lengthBit(length)) === 0) return false;
  for (let i = 0; i < replaced.length; i++) if (isLine(lines, line, replaced[i] as string)) return true;
  return false;
}

/** Whether a line has this name. Case-insensitive (RFC 9110 5.1). From its end: names of one family begin alike. */
function isLine({ bytes, index }: FieldLines, line: number, name: string): boolean {
  const start = index[line * LINE_WORDS] as number;
  const end = index[line * LINE_WORDS + 1] as number;
  if (end - start !== name.length) return false;
  for (let i = name.length - 1; i >= 0; i--) {
    if (lower(bytes[start + i] as number) !== lower(name.charCodeAt(i))) return false;
  }
  return true;
}

function lower(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}

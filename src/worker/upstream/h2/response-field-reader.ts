// hot: runs once per request
/**
 * From the fields of an HTTP/2 answer to the form in which penstock forwards any: a `ResponseHead` over bytes, or trailer
 * lines. Worker thread. nghttp2 has checked them, but on their way to a client of HTTP/1 a CR or LF would split the answer,
 * so every octet is looked at again as it is copied.
 */

import { Fault } from '../../../kit/faults.ts';
import { COLON, DIGIT_0, DIGIT_9, FIELD_TEXT, SP, TOKEN } from '../../http1/octet-tables.ts';
import { FieldKind, fieldKind } from '../field-kind.ts';
import { takeFramingField } from '../framing-fields.ts';
import { MAX_FIELDS, MAX_HEAD_BYTES } from '../head-reader.ts';
import { ResponseHead } from '../response-head.ts';

const STATUS = ':status';
const STATUS_DIGITS = 3;

/** Names and values in turn, as node:http2 gives them beside the object: in their order, none joined, byte strings. */
export type RawFields = readonly string[];

export class ResponseFieldReader {
  /** Filled by `readHead`; its bytes are those of this reader, until the next call. */
  readonly head: ResponseHead;
  #end = 0;

  constructor() {
    this.head = new ResponseHead();
    this.head.bytes = Buffer.allocUnsafeSlow(MAX_HEAD_BYTES);
  }

  /** NONE: the head is filled. */
  readHead(raw: RawFields): Fault {
    const { head } = this;
    head.clear();
    this.#end = 0;
    if (raw.length > 2 * (MAX_FIELDS + 1)) return Fault.RESPONSE_HEAD_TOO_LARGE;
    if (raw[0] !== STATUS) return Fault.BAD_RESPONSE;
    head.status = statusOf(raw[1] as string);
    if (head.status < 200) return Fault.BAD_RESPONSE;
    for (let i = 2; i < raw.length; i += 2) {
      const fault = this.#addLine(raw[i] as string, raw[i + 1] as string);
      if (fault !== Fault.NONE) return fault;
    }
    return Fault.NONE;
  }

  #addLine(name: string, value: string): Fault {
    const { head } = this;
    const bytes = head.bytes;
    const nameStart = this.#end;
    const nameEnd = nameStart + name.length;
    const valueStart = nameEnd + 2;
    if (valueStart + value.length > bytes.length) return Fault.RESPONSE_HEAD_TOO_LARGE;
    if (name === '' || !copy(name, TOKEN, bytes, nameStart)) return Fault.BAD_RESPONSE;
    bytes[nameEnd] = COLON;
    bytes[nameEnd + 1] = SP;
    if (!copy(value, FIELD_TEXT, bytes, valueStart)) return Fault.BAD_RESPONSE;
    const valueEnd = valueStart + value.length;
    this.#end = valueEnd;
    const kind = fieldKind(bytes, nameStart, nameEnd);
    const line = head.addLine(nameStart, nameEnd, valueStart, valueEnd, kind);
    // Of all that frames a message only the length exists in HTTP/2.
    if (kind === FieldKind.CONTENT_LENGTH && !takeFramingField(head, line)) return Fault.BAD_RESPONSE;
    return Fault.NONE;
  }
}

/** `Name: value` lines with CRLF each, as trailers travel; null if they cannot be forwarded. */
export function trailerLines(raw: RawFields): string | null {
  let lines = '';
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    if (name === '' || !isOf(name, TOKEN) || !isOf(value, FIELD_TEXT)) return null;
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** Three digits; 0 for anything else. */
function statusOf(text: string): number {
  let status = 0;
  if (text.length !== STATUS_DIGITS) return 0;
  for (let i = 0; i < STATUS_DIGITS; i++) {
    const digit = text.charCodeAt(i);
    if (digit < DIGIT_0 || digit > DIGIT_9) return 0;
    status = status * 10 + (digit - DIGIT_0);
  }
  return status;
}

/** False if one of the characters is not in the table. Fields are short: a loop beats a native copy. */
function copy(text: string, allowed: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (allowed[code] !== 1) return false;
    bytes[at + i] = code;
  }
  return true;
}

function isOf(text: string, allowed: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) {
    if (allowed[text.charCodeAt(i)] !== 1) return false;
  }
  return true;
}

// hot: runs once per request
/**
 * Reads the values of the fields that decide where a response ends and whether its connection lives on:
 * Content-Length, Transfer-Encoding, Connection, Keep-Alive. Worker thread; pure; writes into the head that it is given.
 */

import {
  COMMA,
  DIGIT_0,
  DIGIT_9,
  EQUALS,
  HTAB,
  LOWER,
  SP,
  startsWithWord,
  word,
} from '../http1/octet-tables.ts';
import { FieldKind } from './field-kind.ts';
import { LINE_WORDS, type ResponseHead } from './response-head.ts';

/** More options than this in Connection fields are no honest server's; each costs a look at every line. */
const MAX_NAMED_OPTIONS = 32;
const CLOSE = word('close');
const KEEP_ALIVE = word('keep-alive');
const CHUNKED = word('chunked');
const TIMEOUT = word('timeout');

/** Takes in a line just added. False: the response cannot be trusted. */
export function takeFramingField(head: ResponseHead, line: number): boolean {
  const start = head.index[line * LINE_WORDS + 2]!;
  const end = head.index[line * LINE_WORDS + 3]!;
  switch (head.kinds[line]) {
    case FieldKind.CONTENT_LENGTH:
      return takeContentLength(head, start, end);
    case FieldKind.TRANSFER_ENCODING:
      return takeTransferEncoding(head, start, end);
    case FieldKind.CONNECTION:
      return takeConnection(head, start, end);
    case FieldKind.KEEP_ALIVE:
      takeKeepAlive(head, start, end);
      return true;
    default:
      return true;
  }
}

/** RFC 9110 8.6: digits; a list of equal values ("5, 5", or several lines) is one value, anything else an error. */
function takeContentLength(head: ResponseHead, start: number, end: number): boolean {
  let at = start;
  for (;;) {
    let value = 0;
    const first = at;
    while (at < end) {
      const octet = head.bytes[at]!;
      if (octet < DIGIT_0 || octet > DIGIT_9) break;
      value = value * 10 + (octet - DIGIT_0);
      if (value > Number.MAX_SAFE_INTEGER) return false;
      at++;
    }
    if (at === first) return false;
    if (head.contentLength !== -1 && head.contentLength !== value) return false;
    head.contentLength = value;
    at = skipBlank(head.bytes, at, end);
    if (at === end) return true;
    if (head.bytes[at] !== COMMA) return false;
    at = skipBlank(head.bytes, at + 1, end);
  }
}

/** RFC 9112 6.1: penstock decodes chunked and nothing else, once. */
function takeTransferEncoding(head: ResponseHead, start: number, end: number): boolean {
  if (head.chunked || end - start !== CHUNKED.length) return false;
  if (!startsWithWord(head.bytes, start, CHUNKED)) return false;
  head.chunked = true;
  return true;
}

/** RFC 9110 7.6.1: a list of options; an option that is no token names no field and is passed over. */
function takeConnection(head: ResponseHead, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const stop = elementEnd(head.bytes, at, end);
    const from = skipBlank(head.bytes, at, stop);
    const length = trimBlank(head.bytes, from, stop) - from;
    if (length === CLOSE.length && startsWithWord(head.bytes, from, CLOSE)) {
      head.closeOption = true;
    } else if (length === KEEP_ALIVE.length && startsWithWord(head.bytes, from, KEEP_ALIVE)) {
      head.keepAliveOption = true;
    } else if (length > 0) {
      head.namedOptions++;
      if (head.namedOptions > MAX_NAMED_OPTIONS) return false;
    }
    at = stop + 1;
  }
  return true;
}

/** `Keep-Alive: timeout=5, max=100` (RFC 2068 19.7.1.1, as servers send it). Advice only: what is malformed is ignored. */
function takeKeepAlive(head: ResponseHead, start: number, end: number): void {
  let at = start;
  while (at < end) {
    const stop = elementEnd(head.bytes, at, end);
    const from = skipBlank(head.bytes, at, stop);
    const digits = from + TIMEOUT.length + 1;
    if (
      digits < stop &&
      startsWithWord(head.bytes, from, TIMEOUT) &&
      head.bytes[from + TIMEOUT.length] === EQUALS
    ) {
      const seconds = decimal(head.bytes, digits, trimBlank(head.bytes, digits, stop));
      if (seconds >= 0) head.keepAliveTimeoutMs = seconds * 1000;
    }
    at = stop + 1;
  }
}

/** Marks every forwardable line that a Connection field names. Called once, when the head is complete. */
export function markNamedLines(head: ResponseHead): void {
  for (let line = 0; line < head.fieldCount; line++) {
    if (head.kinds[line] !== FieldKind.CONNECTION) continue;
    const end = head.index[line * LINE_WORDS + 3]!;
    let at = head.index[line * LINE_WORDS + 2]!;
    while (at < end) {
      const stop = elementEnd(head.bytes, at, end);
      const from = skipBlank(head.bytes, at, stop);
      markLines(head, from, trimBlank(head.bytes, from, stop));
      at = stop + 1;
    }
  }
}

/** The values of all Connection fields, joined by commas, in lower case. */
export function connectionText(head: ResponseHead): string {
  let text = '';
  for (let line = 0; line < head.fieldCount; line++) {
    if (head.kinds[line] !== FieldKind.CONNECTION) continue;
    const end = head.index[line * LINE_WORDS + 3]!;
    text += ',';
    for (let at = head.index[line * LINE_WORDS + 2]!; at < end; at++)
      text += String.fromCharCode(head.bytes[at]!);
  }
  return text.toLowerCase();
}

function markLines(head: ResponseHead, from: number, to: number): void {
  for (let line = 0; line < head.fieldCount; line++) {
    if (head.kinds[line] !== FieldKind.FORWARD && head.kinds[line] !== FieldKind.DATE) continue;
    const start = head.index[line * LINE_WORDS]!;
    if (head.index[line * LINE_WORDS + 1]! - start !== to - from) continue;
    if (sameName(head.bytes, start, from, to - from)) head.kinds[line] = FieldKind.NAMED_BY_CONNECTION;
  }
}

function sameName(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    if (LOWER[bytes[a + i]!] !== LOWER[bytes[b + i]!]) return false;
  }
  return true;
}

/** At most nine digits, so that the milliseconds stay exact; -1 for anything else. */
function decimal(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > 9) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const octet = bytes[at]!;
    if (octet < DIGIT_0 || octet > DIGIT_9) return -1;
    value = value * 10 + (octet - DIGIT_0);
  }
  return value;
}

function elementEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== COMMA) at++;
  return at;
}

function skipBlank(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === SP || bytes[at] === HTAB)) at++;
  return at;
}

function trimBlank(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && (bytes[at - 1] === SP || bytes[at - 1] === HTAB)) at--;
  return at;
}

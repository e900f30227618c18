// hot: runs once per request
/**
 * The fields of a response as node:http2 takes them: an object of lower-case names (RFC 9113 8.2). Whatever it would throw for
 * is dropped or joined before. Texts are byte strings: it writes one byte per character. Worker thread; pure.
 */

import type { OutgoingHttpHeaders } from 'node:http2';
import { COLON, HTAB, SP } from '../../http1/octet-tables.ts';
import { knownName } from './http2-field-names.ts';

/** RFC 9110 5.6.2, in lower case. */
const BAD_NAME = /[^!#$%&'*+.^_`|~0-9a-z-]/;

/** What `Buffer.toString('latin1', …)` calls, for any Uint8Array; missing in Node's types. */
const { latin1Slice } = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
};

/** Framing, what belongs to one HTTP/1 connection (RFC 9113 8.2.2), and Date: dropped, or written here. */
const NOT_FORWARDED: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'date',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/**
 * node:http2 throws where one of these comes twice, so two are joined to one: the same to a reader (RFC 9110 5.3), where
 * several lines of it mean anything at all. Its documentation does not list them; a test compares.
 */
export const SINGLE_FIELDS: ReadonlySet<string> = new Set([
  'access-control-allow-credentials',
  'access-control-max-age',
  'access-control-request-method',
  'age',
  'authorization',
  'content-encoding',
  'content-language',
  'content-location',
  'content-md5',
  'content-range',
  'content-type',
  'dnt',
  'etag',
  'expires',
  'from',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'range',
  'referer',
  'retry-after',
  'tk',
  'upgrade-insecure-requests',
  'user-agent',
  'x-content-type-options',
]);

type FieldObject = OutgoingHttpHeaders & Record<string, string | string[] | number>;

/** Makes objects without inherited names, so that a field may be called `constructor`, of the same shape for the same fields. */
const Fields = function Fields() {} as unknown as new () => FieldObject;
Fields.prototype = Object.freeze(Object.create(null));

/** What node:http2 refuses to send: any status but a final one of RFC 9110 15. */
const HIGHEST_STATUS = 599;
const BAD_GATEWAY = 502;

/**
 * `lines`: `Name: value` joined by CRLF, as bytes. `date`: its value. `length`: of Content-Length; -1 for none. A status that is
 * none (600 and above) becomes 502: a client is to read it as a 5xx anyway (RFC 9110 15).
 */
export function responseFields(
  status: number,
  date: string,
  lines: Uint8Array,
  length: number,
): OutgoingHttpHeaders {
  const fields = new Fields();
  fields[':status'] = status > HIGHEST_STATUS ? BAD_GATEWAY : status;
  fields.date = date;
  if (lines.length > 0) addLines(fields, lines, latin1Slice.call(lines, 0, lines.length));
  if (length >= 0) fields['content-length'] = String(length);
  return fields;
}

/** `lines`: `Name: value`, each with its CRLF, as a byte string. */
export function trailerFields(lines: string): OutgoingHttpHeaders {
  const fields = new Fields();
  addLines(fields, Buffer.from(lines, 'latin1'), lines);
  return fields;
}

/** `text` is what `bytes` says, one character per byte. */
function addLines(fields: FieldObject, bytes: Uint8Array, text: string): void {
  const { length } = bytes;
  let at = 0;
  while (at < length) {
    const found = text.indexOf('\r\n', at);
    const end = found < 0 ? length : found;
    let colon = at;
    while (colon < end && bytes[colon] !== COLON) colon++;
    if (colon > at && colon < end) {
      const name = knownName(bytes, at, colon) ?? unknownName(text.slice(at, colon));
      if (!NOT_FORWARDED.has(name)) addField(fields, name, valueIn(bytes, text, colon + 1, end));
    }
    at = end + 2;
  }
}

/** In lower case (RFC 9113 8.2.1); one that HTTP/2 cannot carry becomes one that is not forwarded. */
function unknownName(name: string): string {
  const lower = name.toLowerCase();
  return BAD_NAME.test(lower) ? 'connection' : lower;
}

/** Without the blanks around it, which HTTP/2 does not have (RFC 9113 8.2.1). */
function valueIn(bytes: Uint8Array, text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && (bytes[start] === SP || bytes[start] === HTAB)) start++;
  while (end > start && (bytes[end - 1] === SP || bytes[end - 1] === HTAB)) end--;
  return text.slice(start, end);
}

function addField(fields: FieldObject, name: string, value: string): void {
  const present = fields[name];
  if (present === undefined) fields[name] = value;
  else if (Array.isArray(present)) present.push(value);
  else if (SINGLE_FIELDS.has(name)) fields[name] = `${present}, ${value}`;
  else fields[name] = [String(present), value];
}

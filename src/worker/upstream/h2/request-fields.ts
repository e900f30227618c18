// hot: runs once per request
/**
 * From a request head as HTTP/1.1 writes it to the fields of HTTP/2 (RFC 9113 8.3.1), in one pass. Worker thread; pure.
 * Values are byte strings, which node:http2 writes as they are.
 */

import { HTAB, SP } from '../../http1/octet-tables.ts';
import type { FieldNames } from './field-names.ts';

/**
 * The longest field line, the pseudo fields included: most endpoints decode with nghttp2, which ends the whole session for
 * a value of more than 64 KiB.
 */
export const MAX_FIELD_BYTES = 65_536;

/** A value, or the values of a repeated field. */
export type RequestFields = Record<string, string | string[]>;

/** Whether every field is short enough to be sent. `text`: as for `requestFields`. */
export function fitsFields(text: string): boolean {
  if (text.length <= MAX_FIELD_BYTES) return true;
  let at = 0;
  for (;;) {
    const end = text.indexOf('\r\n', at);
    if (end - at > MAX_FIELD_BYTES) return false;
    if (end <= at) return true;
    at = end + 2;
  }
}

/** `text`: a well-formed head, from the request line to the empty line. `acceptsTrailers`: the client said so (TE). */
export function requestFields(
  text: string,
  scheme: string,
  acceptsTrailers: boolean,
  names: FieldNames,
): RequestFields {
  const lineEnd = text.indexOf('\r\n');
  const methodEnd = text.indexOf(' ');
  const targetEnd = text.lastIndexOf(' ', lineEnd);
  const fields = emptyFields();
  fields[':method'] = text.slice(0, methodEnd);
  fields[':scheme'] = scheme;
  fields[':path'] = text.slice(methodEnd + 1, targetEnd);
  // Host stands first: see `requestText`. An empty one is left out, and the session's own name takes its place.
  const hostEnd = text.indexOf('\r\n', lineEnd + 2);
  const host = trimmed(text, text.indexOf(':', lineEnd) + 1, hostEnd);
  if (host !== '') fields[':authority'] = host;
  takeLines(fields, text, hostEnd + 2, names);
  if (acceptsTrailers) fields.te = 'trailers';
  return fields;
}

/** `lines`: `Name: value` lines with CRLF each. */
export function trailerFields(lines: string, names: FieldNames): RequestFields {
  const fields = emptyFields();
  takeLines(fields, lines, 0, names);
  return fields;
}

/**
 * Every repeated field as one (RFC 9110 5.3), for a request in which node:http2 refuses to repeat one (Authorization,
 * Content-Type and others that have one value). Such a request is malformed, but that is for the endpoint to say.
 */
export function joinRepeated(fields: RequestFields): void {
  for (const name in fields) {
    const value = fields[name];
    if (typeof value !== 'object') continue;
    const joined = value.join(name === 'cookie' ? '; ' : ', ');
    // An empty last value leaves a blank at the end.
    fields[name] = trimmed(joined, 0, joined.length);
  }
}

function takeLines(fields: RequestFields, text: string, from: number, names: FieldNames): void {
  let at = from;
  for (;;) {
    const end = text.indexOf('\r\n', at);
    // The empty line, or the end of trailers.
    if (end <= at) return;
    const colon = text.indexOf(':', at);
    const name = names.lower(text.slice(at, colon));
    if (name !== '') add(fields, name, trimmed(text, colon + 1, end));
    at = end + 2;
  }
}

function add(fields: RequestFields, name: string, value: string): void {
  const before = fields[name];
  if (before === undefined) fields[name] = value;
  else if (typeof before === 'string') fields[name] = [before, value];
  else before.push(value);
}

/**
 * Without the blanks around it, which HTTP/2 forbids (RFC 9113 8.2.1). Not `trim`: to that, a byte of UTF-8 may be a blank.
 */
function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SP || code === HTAB;
}

/** Without a prototype: a field may have any name. */
function emptyFields(): RequestFields {
  return { __proto__: null } as unknown as RequestFields;
}

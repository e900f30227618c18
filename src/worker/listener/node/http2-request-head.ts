// hot: runs once per request
/**
 * The head of an HTTP/2 request in the one shape that the exchange knows (RFC 9113 8.3). What goes on to an endpoint as HTTP/1
 * lines must have one reading there: a CR or LF that came through would be a second request. Worker thread; pure.
 */

import { Fault } from '../../../kit/faults.ts';
import { COLON, HTAB, SP } from '../../http1/octet-tables.ts';
import { forwardableTrailers } from '../../http1/trailers.ts';
import { FieldKind, fieldKind } from '../request-field-kind.ts';
import { RequestBody, RequestHead } from '../request-head.ts';
import { KNOWN_NAMES } from './http2-field-names.ts';

/** RFC 9110 9.1; the longest method in use has 17 characters. */
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
/** Origin-form (RFC 9112 3.2.1) in the octets that HTTP/1 takes: visible ASCII and everything above it, no fragment. */
const ORIGIN_FORM = /^\/[\x21\x22\x24-\x7e\x80-\xff]*$/;
/** RFC 9113 8.2.1: lower case only. */
const BAD_NAME = /[^!#$%&'*+.^_`|~0-9a-z-]/;
/** RFC 9110 5.5: no control but HTAB. */
const BAD_OCTET = /[\x00-\x08\x0a-\x1f\x7f]/;
/** Name, colon, space, value, CR, LF. */
const LINE_OVERHEAD = 4;

/**
 * `fields`: names and values in turn, as byte strings. `ended`: no body follows. Null: it is malformed (RFC 9113 8.1.1), which ends the
 * stream. What is sound HTTP/2 but nothing that is served here is said by `RequestHead.fault`.
 */
export function readRequestHead(fields: readonly string[], ended: boolean): RequestHead | null {
  let method = '';
  let target = '';
  let scheme = '';
  let authority: string | null = null;
  let at = 0;
  // They come first (RFC 9113 8.3), each once, and none of these is empty.
  for (; at < fields.length; at += 2) {
    const name = fields[at]!;
    if (name.charCodeAt(0) !== COLON) break;
    const value = fields[at + 1]!;
    if (name === ':method' && method === '') method = value;
    else if (name === ':path' && target === '') target = value;
    else if (name === ':scheme' && scheme === '') scheme = value;
    else if (name === ':authority' && authority === null) authority = value;
    // `:protocol`: extended CONNECT (RFC 8441) was not offered.
    else return null;
    if (value === '' && name !== ':authority') return null;
  }
  const isConnect = method === 'CONNECT';
  if (!METHOD.test(method) || isConnect !== (target === '') || isConnect !== (scheme === '')) return null;
  const queryAt = target.indexOf('?');
  const head = new RequestHead(method, target, queryAt < 0 ? target.length : queryAt);
  if (!addFields(head, fields, at) || !takeAuthority(head, authority) || !takeBody(head, ended)) return null;
  if (!isTarget(method, target) || (scheme !== 'https' && scheme !== 'http')) head.fault = Fault.BAD_REQUEST;
  return head;
}

/** Trailer fields as lines, less those that mean nothing there; names and values in turn. Null: they are malformed. */
export function readTrailers(fields: readonly string[]): string | null {
  let lines = '';
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!;
    const value = fields[at + 1]!;
    if (!isField(name, value) || isOfConnection(name, value)) return null;
    lines += `${name}: ${value}\r\n`;
  }
  return forwardableTrailers(lines);
}

/** CONNECT has no path (RFC 9113 8.5): it is refused here. */
function isTarget(method: string, target: string): boolean {
  if (target === '*') return method === 'OPTIONS';
  return method !== 'CONNECT' && ORIGIN_FORM.test(target);
}

/** False: one of them has no place in a request. */
function addFields(head: RequestHead, fields: readonly string[], from: number): boolean {
  let cookie = '';
  for (let at = from; at < fields.length; at += 2) {
    const name = fields[at]!;
    const value = fields[at + 1]!;
    if (!isField(name, value) || isOfConnection(name, value)) return false;
    head.bytes += name.length + value.length + LINE_OVERHEAD;
    const kind = fieldKind(name, 0, name.length);
    // Once, and not empty (RFC 9113 8.3.1).
    if (kind === FieldKind.HOST && (head.host !== '' || value === '')) return false;
    if (kind !== FieldKind.PLAIN) head.takeField(kind, name, value);
    // Crumbs of one field, sent apart so that they compress better (RFC 9113 8.2.3).
    else if (name === 'cookie')
      cookie = cookie === '' || value === '' ? cookie + value : `${cookie}; ${value}`;
    else head.addLine(name, value);
  }
  if (cookie !== '') head.addLine('cookie', cookie);
  // Of its length.
  return head.fault === Fault.NONE;
}

function isField(name: string, value: string): boolean {
  if ((!KNOWN_NAMES.has(name) && (name === '' || BAD_NAME.test(name))) || BAD_OCTET.test(value)) return false;
  return !isBlank(value.charCodeAt(0)) && !isBlank(value.charCodeAt(value.length - 1));
}

/** Also asked for the octets of an empty value: there are none. */
function isBlank(code: number): boolean {
  return code === SP || code === HTAB;
}

/** What belongs to one HTTP/1 connection has no place here (RFC 9113 8.2.2). */
function isOfConnection(name: string, value: string): boolean {
  switch (name) {
    case 'connection':
    case 'keep-alive':
    case 'proxy-connection':
    case 'transfer-encoding':
    case 'upgrade':
      return true;
    case 'te':
      return value.toLowerCase() !== 'trailers';
    default:
      return false;
  }
}

/** One of the two must name the host, and where both do they must agree (RFC 9113 8.3.1). */
function takeAuthority(head: RequestHead, authority: string | null): boolean {
  if (authority === null) return head.host !== '';
  head.bytes += 'host'.length + authority.length + LINE_OVERHEAD;
  const agrees =
    head.host === '' || head.host === authority || head.host.toLowerCase() === authority.toLowerCase();
  head.host = authority;
  if (authority === '') head.fault = Fault.BAD_REQUEST;
  return agrees;
}

/** The end of the body is told by the stream, and must be where Content-Length says (RFC 9113 8.1.1). */
function takeBody(head: RequestHead, ended: boolean): boolean {
  if (!ended && head.body === RequestBody.NONE) head.body = RequestBody.CHUNKED;
  return !ended || head.contentLength === 0;
}

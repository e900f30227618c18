// hot: runs once per request
/**
 * Compares one parameter of a raw query (a byte string) with a decoded value, in place: nothing is decoded into a new string. A
 * worker reads it for routes with query conditions. Escapes are UTF-8, `+` is a space (the form encoding of the URL Standard 5.1,
 * which clients use in queries), a malformed escape stands for itself. It never throws.
 */

import { hexPairAt } from '../../kit/path.ts';

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

/**
 * Whether the first parameter with this name has exactly this value; later ones of the same name do not count, as in the
 * Kubernetes Gateway API. `flag` and `flag=` both have the empty value. Name and value are given decoded.
 */
export function queryParameterIs(query: string, name: string, value: string): boolean {
  const end = query.length;
  let from = 0;
  while (from < end) {
    let to = query.indexOf('&', from);
    if (to < 0) to = end;
    const nameEnd = pastText(query, from, to, name, EQUALS);
    if (nameEnd === to) return value.length === 0;
    if (nameEnd >= 0 && query.charCodeAt(nameEnd) === EQUALS) {
      return pastText(query, nameEnd + 1, to, value, AMPERSAND) === to;
    }
    from = to + 1;
  }
  return false;
}

/** Where the encoded text at `from` ends that decodes to `expected`, or -1. An unescaped `stop` is never a part of it. */
function pastText(query: string, from: number, to: number, expected: string, stop: number): number {
  let at = from;
  for (let index = 0; index < expected.length && at >= 0; index += 1) {
    const point = expected.codePointAt(index) ?? 0;
    if (point > 0xffff) index += 1;
    at = at < to ? pastPoint(query, at, point, stop) : -1;
  }
  return at;
}

/** Where the encoded form of one code point ends, or -1 if another one stands at `at`. */
function pastPoint(query: string, at: number, point: number, stop: number): number {
  const code = query.charCodeAt(at);
  if (code === stop) return -1;
  if (code === PERCENT && hexPairAt(query, at + 1) >= 0) return pastEscapes(query, at, point);
  if (code === PLUS) return point === SPACE ? at + 1 : -1;
  if (point >= 0x80) return pastBytes(query, at, point);
  return code === point ? at + 1 : -1;
}

/** The same for a code point that is written as it is: the query is a byte string. */
function pastBytes(query: string, from: number, point: number): number {
  const bytes = utf8Length(point);
  for (let index = 0; index < bytes; index += 1) {
    if (query.charCodeAt(from + index) !== utf8Byte(point, index, bytes)) return -1;
  }
  return from + bytes;
}

/** The same for a code point that is written as escapes: one for each byte of its UTF-8 form. */
function pastEscapes(query: string, from: number, point: number): number {
  const bytes = utf8Length(point);
  let at = from;
  for (let index = 0; index < bytes; index += 1) {
    if (query.charCodeAt(at) !== PERCENT) return -1;
    if (hexPairAt(query, at + 1) !== utf8Byte(point, index, bytes)) return -1;
    at += 3;
  }
  return at;
}

function utf8Length(point: number): number {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
}

/** Byte `index` of the UTF-8 form of `point`, which has `bytes` bytes (RFC 3629 3). */
function utf8Byte(point: number, index: number, bytes: number): number {
  if (bytes === 1) return point;
  const bits = point >>> (6 * (bytes - 1 - index));
  if (index > 0) return 0x80 | (bits & 0x3f);
  return (bytes === 2 ? 0xc0 : bytes === 3 ? 0xe0 : 0xf0) | bits;
}

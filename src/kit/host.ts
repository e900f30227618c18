/**
 * The normal form of a Host field, in which routes and server names are compared. Both threads use it.
 * Never throws; a field that has this form already is returned as is, without an allocation.
 */

import { isIPv6 } from 'node:net';

const DOT = 0x2e;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;

/** No name that can be resolved is longer (RFC 1035 2.3.4); an IPv6 literal is shorter anyway. */
const MAX_HOST_LENGTH = 255;
const MAX_PORT = 65_535;

/**
 * The host of a Host field (RFC 9110 7.2): lower-case, without port and one trailing dot; an IPv6 literal without its
 * brackets, otherwise as written. Empty for an empty field, null for a malformed one. Names are letters, digits, `-`, `_`
 * and dots between labels: RFC 3986 also allows escapes and `!$&'()*+,;=`, but no client resolves such a name, and
 * a comma in it would read as a list in X-Forwarded-Host.
 */
export function normalizeHost(field: string): string | null {
  const length = field.length;
  if (length === 0) return '';
  if (field.charCodeAt(0) === OPEN_BRACKET) return normalizeLiteral(field);
  let end = length;
  let upper = false;
  let previous = DOT;
  for (let at = 0; at < length; at += 1) {
    const code = field.charCodeAt(at);
    if (code === COLON) {
      if (!isPort(field, at + 1)) return null;
      end = at;
      break;
    }
    if (code === DOT) {
      if (previous === DOT) return null;
    } else if (code >= 0x41 && code <= 0x5a) {
      upper = true;
    } else if (!isLowerNameCode(code)) {
      return null;
    }
    previous = code;
  }
  if (end === 0) return null;
  if (previous === DOT) end -= 1;
  if (end > MAX_HOST_LENGTH) return null;
  const name = end === length ? field : field.slice(0, end);
  return upper ? name.toLowerCase() : name;
}

/** `[v6]` or `[v6]:port`. Zones are meant for one machine only and are refused (RFC 6874 1). */
function normalizeLiteral(field: string): string | null {
  const close = field.indexOf(']');
  if (close < 0 || close > MAX_HOST_LENGTH) return null;
  const afterClose = close + 1;
  if (afterClose < field.length) {
    if (field.charCodeAt(afterClose) !== COLON || !isPort(field, afterClose + 1)) return null;
  }
  const address = field.slice(1, close);
  if (address.includes('%') || !isIPv6(address)) return null;
  return address.toLowerCase();
}

/** Whether the rest of the field is a port: digits up to 65535, or nothing (RFC 3986 3.2.3). */
function isPort(field: string, from: number): boolean {
  let port = 0;
  for (let at = from; at < field.length; at += 1) {
    const digit = field.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
    if (port > MAX_PORT) return false;
  }
  return true;
}

/** a-z, 0-9, `-`, `_`. */
function isLowerNameCode(code: number): boolean {
  if (code >= 0x61 && code <= 0x7a) return true;
  if (code >= 0x30 && code <= 0x39) return true;
  return code === 0x2d || code === 0x5f;
}

/**
 * The normal form of a URL path (RFC 3986 6.2.2), in which routes are written and requests are matched.
 * Both threads use it. It never changes what is forwarded, never throws, and is linear in the length of its input.
 */

const SLASH = 0x2f;
const DOT = 0x2e;
const PERCENT = 0x25;

/** Why a path has no normal form. */
export const PathFault = {
  /** It does not begin with `/`, or a `%` is not followed by two hex digits (RFC 3986 2.1). */
  MALFORMED: 1,
  /** A `..` segment leads above the root. */
  ABOVE_ROOT: 2,
} as const;

export type PathFault = (typeof PathFault)[keyof typeof PathFault];

/**
 * Puts a path (without query) into normal form: escaped unreserved characters are decoded, the hex digits of all
 * other escapes are upper-case (`%2f` becomes `%2F` and stays an escape), dot segments, also escaped ones, are
 * resolved. Empty segments and characters from 0x80 up are kept. A path that has this form already is returned as is.
 */
export function resolvePath(path: string): string | PathFault {
  if (path.charCodeAt(0) !== SLASH) return PathFault.MALFORMED;
  const length = path.length;
  for (let at = 0; at < length; at += 1) {
    const code = path.charCodeAt(at);
    if (code === PERCENT || (code === SLASH && isDotSegment(path, at + 1))) return resolveFrom(path, at);
  }
  return path;
}

/** The one spelling of a prefix: `/api/` and `/api//` are the prefix `/api`; the root stays `/`. */
export function prefixPath(path: string): string {
  let end = path.length;
  while (end > 1 && path.charCodeAt(end - 1) === SLASH) end -= 1;
  return path.slice(0, end);
}

/**
 * Escapes every character from 0x80 up as UTF-8, as clients do before they send it (RFC 3987 3.1), so that a route may be
 * written `/bücher`. A lone surrogate becomes U+FFFD. Not for the request path.
 */
export function asciiPath(path: string): string {
  if (/^[\x00-\x7f]*$/.test(path)) return path;
  let ascii = '';
  for (const byte of new TextEncoder().encode(path)) {
    ascii += byte < 0x80 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase()}`;
  }
  return ascii;
}

/** The value of the two hex digits at `at`, or -1. */
export function hexPairAt(text: string, at: number): number {
  const high = hexDigit(text.charCodeAt(at));
  const low = hexDigit(text.charCodeAt(at + 1));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/** NaN, from beyond the end, is no digit: every comparison with it is false. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Whether the segment that begins at `at` is `.` or `..`. */
function isDotSegment(path: string, at: number): boolean {
  if (path.charCodeAt(at) !== DOT) return false;
  const next = path.charCodeAt(at + 1) === DOT ? at + 2 : at + 1;
  return next >= path.length || path.charCodeAt(next) === SLASH;
}

/** The slow path, from the first character on that may need it: escapes, then the dots, which they may have hidden. */
function resolveFrom(path: string, from: number): string | PathFault {
  let decoded = '';
  let copied = 0;
  let at = path.indexOf('%', from);
  while (at >= 0) {
    const value = hexPairAt(path, at + 1);
    if (value < 0) return PathFault.MALFORMED;
    decoded += path.slice(copied, at);
    decoded += isUnreserved(value) ? String.fromCharCode(value) : path.slice(at, at + 3).toUpperCase();
    copied = at + 3;
    at = path.indexOf('%', copied);
  }
  decoded += path.slice(copied);
  return decoded.includes('/.') ? resolveDots(decoded) : decoded;
}

/** RFC 3986 2.3. */
function isUnreserved(code: number): boolean {
  const lower = code | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return true;
  if (code >= 0x30 && code <= 0x39) return true;
  return code === 0x2d || code === DOT || code === 0x5f || code === 0x7e;
}

/** RFC 3986 5.2.4, but a `..` without a segment before it is a fault and not dropped. */
function resolveDots(path: string): string | PathFault {
  const segments = path.split('/');
  const last = segments.length - 1;
  let kept = 0;
  // segments[0] is what stands before the leading slash: always empty, never taken away.
  for (let index = 1; index <= last; index += 1) {
    const segment = segments[index] ?? '';
    const dots = segment === '.' ? 1 : segment === '..' ? 2 : 0;
    if (dots === 2) {
      if (kept === 0) return PathFault.ABOVE_ROOT;
      kept -= 1;
    }
    if (dots === 0) {
      kept += 1;
      segments[kept] = segment;
    } else if (index === last) {
      // `/a/.` and `/a/b/..` both end in a slash.
      kept += 1;
      segments[kept] = '';
    }
  }
  segments.length = kept + 1;
  return segments.join('/');
}

// hot: runs once per request
/** One cookie of a request, read strictly (RFC 6265 4.2.1). Pure. */

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const SPACE = 0x20;
const TAB = 0x09;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/**
 * The value of the first cookie of that name (in its own case), without quotes around it; null where there is none, or where it
 * holds what no value may. `field`: the Cookie field, or null. Pairs of other names are passed over, whatever they hold.
 */
export function cookieValue(field: string | null, name: string): string | null {
  if (field === null) return null;
  const start = cookieStart(field, name);
  return start < 0 ? null : octets(field, start, cookieEnd(field, start));
}

/**
 * Whether the value that begins at `start`, as `cookieStart` gives it, is this one: what `cookieValue` would tell, without making a text
 * of it. `value` holds only what values may.
 */
export function isCookieValue(field: string, start: number, value: string): boolean {
  const first = afterQuote(field, start);
  if (!field.startsWith(value, first)) return false;
  let at = first + value.length;
  if (first !== start && field.charCodeAt(at++) !== QUOTE) return false;
  while (at < field.length && isBlank(field.charCodeAt(at))) at++;
  return at === field.length || field.charCodeAt(at) === SEMICOLON;
}

/** Where the characters of a value begin. */
export function afterQuote(field: string, start: number): number {
  return field.charCodeAt(start) === QUOTE ? start + 1 : start;
}

/** Where the value of the first cookie of that name, a token, begins; -1 where there is none. */
export function cookieStart(field: string, name: string): number {
  let at = 0;
  while (at < field.length) {
    while (isBlank(field.charCodeAt(at))) at++;
    const value = at + name.length + 1;
    if (field.charCodeAt(value - 1) === EQUALS && field.startsWith(name, at)) return value;
    at = cookieEnd(field, at) + 1;
  }
  return -1;
}

function cookieEnd(field: string, from: number): number {
  const end = field.indexOf(';', from);
  return end < 0 ? field.length : end;
}

/** cookie-value, blanks behind it dropped. */
function octets(field: string, from: number, to: number): string | null {
  let start = from;
  let end = to;
  while (end > start && isBlank(field.charCodeAt(end - 1))) end--;
  if (end - start >= 2 && field.charCodeAt(start) === QUOTE && field.charCodeAt(end - 1) === QUOTE) {
    start++;
    end--;
  }
  for (let i = start; i < end; i++) if (!isCookieOctet(field.charCodeAt(i))) return null;
  return field.slice(start, end);
}

function isCookieOctet(code: number): boolean {
  if (code <= SPACE || code >= 0x7f) return false;
  return code !== QUOTE && code !== COMMA && code !== SEMICOLON && code !== BACKSLASH;
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

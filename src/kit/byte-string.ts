/**
 * Byte strings: text of which each character stands for one byte (Latin-1), so that what came over the wire goes on as the
 * same bytes whatever their meaning. The head of a request is made of them; text of the configuration is not. Both threads.
 */

const NOT_ASCII = /[^\x00-\x7f]/;
const NOT_ASCII_EACH = /[^\x00-\x7f]/g;

/** The UTF-8 bytes of a text. ASCII is returned as is. */
export function toByteString(text: string): string {
  return NOT_ASCII.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

/** What a byte string says to a reader: decoded as UTF-8, U+FFFD for what is none. */
export function readable(bytes: string): string {
  return NOT_ASCII.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}

/** A byte string as a part of a URI, which is ASCII (RFC 3986 2.1): bytes from 0x80 up are percent-encoded. */
export function escapeBytes(bytes: string): string {
  if (!NOT_ASCII.test(bytes)) return bytes;
  // hot-ok: only for what is not ASCII
  return bytes.replace(NOT_ASCII_EACH, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}

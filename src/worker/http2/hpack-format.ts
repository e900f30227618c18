// hot: runs once per request
/**
 * The representations of HPACK (RFC 7541 5 and 6) as both directions know them. Worker thread; pure.
 *
 *     1 index(7)                        indexed field                         6.1
 *     0 1 index(6)     name? value      literal, becomes an entry             6.2.1
 *     0 0 0 0 index(4) name? value      literal, without indexing             6.2.2
 *     0 0 0 1 index(4) name? value      literal, never indexed                6.2.3
 *     0 0 1 bytes(5)                    size of the dynamic table from now on 6.3
 *
 * An index of 0 says that the name is there as a text: H(1) length(7) octets, Huffman coded where H is set (5.2).
 */

/** The first bits of the representations. */
export const INDEXED = 0x80;
export const LITERAL_INDEXED = 0x40;
export const TABLE_SIZE = 0x20;
export const LITERAL_NEVER_INDEXED = 0x10;
export const LITERAL = 0x00;
/** The first bit of a text. */
export const HUFFMAN = 0x80;

/** The greatest values that the prefixes of the integers can hold; it says that more octets follow (RFC 7541 5.1). */
export const INDEX_PREFIX = 0x7f;
export const LITERAL_INDEXED_PREFIX = 0x3f;
export const TABLE_SIZE_PREFIX = 0x1f;
export const LITERAL_PREFIX = 0x0f;
export const TEXT_PREFIX = 0x7f;

/** What a field counts for beside its name and value: in a table (RFC 7541 4.1) and in a list (RFC 9113 6.5.2). */
export const FIELD_OVERHEAD = 32;
/** The size of a table before anybody has said another (RFC 9113 6.5.2). */
export const DEFAULT_TABLE_BYTES = 4096;

/** Writes `value` behind the bits of `first`, in 1 to 6 octets (RFC 7541 5.1). `prefix`: see above. Returns where it ends. */
export function writeInteger(
  out: Uint8Array,
  at: number,
  first: number,
  prefix: number,
  value: number,
): number {
  if (value < prefix) {
    out[at] = first | value;
    return at + 1;
  }
  out[at] = first | prefix;
  let end = at + 1;
  let rest = value - prefix;
  while (rest >= 0x80) {
    out[end++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[end++] = rest;
  return end;
}

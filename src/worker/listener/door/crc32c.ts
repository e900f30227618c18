// cold: runs once per connection
/** CRC-32C (Castagnoli), the checksum of RFC 9260 appendix A that a PROXY header may carry. Worker; pure. */

/** The polynomial 0x1EDC6F41, its bits reversed: octets are read from their lowest bit. */
const POLYNOMIAL = 0x82f6_3b78;

const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, octet) => {
  let remainder = octet;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
  return remainder;
});

/** The checksum of `bytes`, as an unsigned number, with the octets from `zeroStart` to before `zeroEnd` taken as zeros. */
export function crc32c(bytes: Uint8Array, zeroStart = 0, zeroEnd = 0): number {
  let remainder = 0xffff_ffff;
  for (let at = 0; at < bytes.length; at++) {
    const octet = at >= zeroStart && at < zeroEnd ? 0 : bytes[at]!;
    remainder = (remainder >>> 8) ^ TABLE[(remainder ^ octet) & 0xff]!;
  }
  return ~remainder >>> 0;
}

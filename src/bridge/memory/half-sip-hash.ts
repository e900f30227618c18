/**
 * A keyed hash for tables that strangers choose the keys of. Any thread; pure. Who does not know the secret cannot find keys
 * that share a place in the table, which he could with FNV or the like, whatever their seed.
 *
 * HalfSipHash-1-3 (Aumasson and Bernstein, the family of "SipHash: a fast short-input PRF", 2012): one round a word and three
 * to finish, the variant made for hash tables. Not for signatures.
 */

const FINAL_ROUNDS = 3;

/**
 * Hashes `text` as UTF-16, little-endian, into the first two words of `digest`: the 32-bit hash, and a second one, drawn
 * from the same state as the 64-bit variant draws its second half. `key0` and `key1` are the secret, 32 bits each.
 */
export function halfSipHash(key0: number, key1: number, text: string, digest: Int32Array): void {
  let v0 = key0 | 0;
  let v1 = key1 | 0;
  let v2 = key0 ^ 0x6c796765;
  let v3 = key1 ^ 0x74656462;
  const { length } = text;
  const last = length >>> 1;
  const finish = last + 1;
  const extend = finish + FINAL_ROUNDS;
  for (let step = 0; step < extend + FINAL_ROUNDS; step++) {
    let word = 0;
    if (step < last) {
      word = text.charCodeAt(2 * step) | (text.charCodeAt(2 * step + 1) << 16);
    } else if (step === last) {
      // The length in bytes, modulo 256, above what is left of the text.
      word = (length << 25) | (length & 1 ? text.charCodeAt(length - 1) : 0);
    } else if (step === finish) {
      v2 ^= 0xff;
    } else if (step === extend) {
      digest[0] = v1 ^ v3;
      v1 ^= 0xdd;
    }
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  digest[1] = v1 ^ v3;
}

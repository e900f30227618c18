/** Sets of lengths in one word, to rule out most of what is compared with a list of names. Any thread; pure. */

/** One bit of 32; lengths that are 32 apart share one. */
export function lengthBit(length: number): number {
  return 1 << (length & 31);
}

/**
 * Many encoded messages in two byte strings (the `Packed` message): item i lies at offsets[i]..offsets[i + 1] of data.
 * Both threads. Everything is read where it lies: reading one item touches no other and taking a message over copies nothing, which is
 * what keeps the cost of a swap independent of its size.
 */

export interface Packed {
  /** count + 1 words as `wordAt` reads them, ascending. */
  readonly offsets: Uint8Array;
  readonly data: Uint8Array;
}

const WORD_BYTES = Uint32Array.BYTES_PER_ELEMENT;

export function packedCount({ offsets }: Packed): number {
  return wordCount(offsets) - 1;
}

/** A view of item `index`; the caller has checked the bound. */
export function packedItem({ offsets, data }: Packed, index: number): Uint8Array {
  return data.subarray(wordAt(offsets, index), wordAt(offsets, index + 1));
}

export function pack(items: readonly Uint8Array[]): Packed {
  const offsets = new Uint32Array(items.length + 1);
  let total = 0;
  items.forEach((item, index) => {
    total += item.length;
    offsets[index + 1] = total;
  });
  const data = new Uint8Array(total);
  items.forEach((item, index) => {
    data.set(item, offsets[index] as number);
  });
  return { offsets: wordBytes(offsets), data };
}

/** Whether the offsets have the length, the beginning and the end that they must have. Costs the same for any number of items. */
export function isPacked({ offsets, data }: Packed): boolean {
  if (offsets.length === 0 || offsets.length % WORD_BYTES !== 0) return false;
  return wordAt(offsets, 0) === 0 && wordAt(offsets, wordCount(offsets) - 1) === data.length;
}

/** Whether no item ends before it begins: what `isPacked` leaves out. Linear in their number. */
export function isAscending({ offsets }: Packed): boolean {
  for (let i = 1; i < wordCount(offsets); i++) if (wordAt(offsets, i) < wordAt(offsets, i - 1)) return false;
  return true;
}

/** Of a byte string of little-endian words. */
export function wordCount(bytes: Uint8Array): number {
  return bytes.length / WORD_BYTES;
}

/** The word `index` of little-endian bytes, wherever they lie; 0 behind their end. */
export function wordAt(bytes: Uint8Array, index: number): number {
  const at = index * WORD_BYTES;
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  return (low | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}

/** The words as little-endian bytes. penstock runs on little-endian machines only (x64, arm64). */
export function wordBytes(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** How many bytes lie between `offset` and the next place where a word may be read as one. */
export function bytesToWord(offset: number): number {
  return (WORD_BYTES - (offset % WORD_BYTES)) % WORD_BYTES;
}

/** Little-endian bytes as words: a view where they lie at a multiple of 4, else a copy, since a protobuf field may begin anywhere. */
export function wordsOf(bytes: Uint8Array): Uint32Array | null {
  if (bytes.length % WORD_BYTES !== 0) return null;
  if (bytesToWord(bytes.byteOffset) === 0)
    return new Uint32Array(bytes.buffer, bytes.byteOffset, wordCount(bytes));
  const words = new Uint32Array(wordCount(bytes));
  wordBytes(words).set(bytes);
  return words;
}

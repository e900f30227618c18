/**
 * Many encoded messages in two byte strings (the `Packed` message): item i lies at offsets[i]..offsets[i + 1] of data.
 * Both threads. Reading one item touches no other, which is what keeps the cost of a swap independent of its size.
 */

export interface Packed {
  /** count + 1 entries, ascending. */
  readonly offsets: Uint32Array;
  readonly data: Uint8Array;
}

export interface PackedBytes {
  readonly offsets: Uint8Array;
  readonly data: Uint8Array;
}

export function packedCount(packed: Packed): number {
  return packed.offsets.length - 1;
}

/** A view of item `index`; the caller has checked the bound. */
export function packedItem(packed: Packed, index: number): Uint8Array {
  return packed.data.subarray(packed.offsets[index], packed.offsets[index + 1]);
}

export function pack(items: readonly Uint8Array[]): PackedBytes {
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

/** Checks and views what `pack` made. Null where the offsets are not what they must be. */
export function unpack(bytes: PackedBytes): Packed | null {
  const offsets = wordsOf(bytes.offsets);
  if (offsets === null || offsets.length === 0 || offsets[0] !== 0) return null;
  for (let i = 1; i < offsets.length; i++) {
    if ((offsets[i] as number) < (offsets[i - 1] as number)) return null;
  }
  return offsets[offsets.length - 1] === bytes.data.length ? { offsets, data: bytes.data } : null;
}

/** The words as little-endian bytes. penstock runs on little-endian machines only (x64, arm64). */
export function wordBytes(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** Little-endian bytes as words. Copies, since a protobuf field may begin at an address that is no multiple of 4. */
export function wordsOf(bytes: Uint8Array): Uint32Array | null {
  if (bytes.length % 4 !== 0) return null;
  const words = new Uint32Array(bytes.length / 4);
  new Uint8Array(words.buffer).set(bytes);
  return words;
}

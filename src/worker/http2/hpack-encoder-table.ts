// hot: runs once per request
/**
 * The dynamic table of an encoder: the entries that the peer has as well, and can be told by number (RFC 7541 2.3.2, 4). Worker
 * thread. The octets of an entry lie in a ring; what was found by its key is compared octet by octet, since a field that only
 * looks the same would be sent as another's.
 *
 *     slots    key of name and value · key of the name · where in the ring · lengths    a ring of entries, oldest first out
 *     buckets  slots by key, four tried one after the other; one that points to an entry of another key is free
 *
 * It may know less than the peer: the oldest entry is forgotten where the slots are all in use, and a bucket may lose its entry
 * to a newer one. Then a field is sent as a literal again, and nothing is wrong.
 */

import { DEFAULT_TABLE_BYTES, FIELD_OVERHEAD } from './hpack-format.ts';
import type { ResponseFieldLine } from './response-field-line.ts';
import { NAME_OCTET, UNKNOWN_NAME } from './response-field-policy.ts';

/** Entries have 50 to 100 octets, as RFC 7541 4.1 counts. */
const SLOTS = 64;
const SLOT_WORDS = 4;
const KEY = 0;
const NAME_KEY = 1;
const AT = 2;
/** Of the name in the upper half, of the value in the lower. */
const LENGTHS = 3;
const BUCKETS = 256;
const TRIES = 4;
const RING_MASK: number = DEFAULT_TABLE_BYTES - 1;

export const NOT_FOUND = -1;
/** The number of no entry: never found. */
export const NO_ENTRY = 0;

export class HpackEncoderTable {
  /** Entries ever added: that of an entry tells later how old it is. */
  added: number;
  /** At most the size of the ring. */
  private limit: number;
  private size: number;
  /** Entries known here, and the slot of the next one. */
  private count: number;
  private next: number;
  /** Where the octets of the next entry go. */
  private ringEnd: number;
  private readonly ring: Uint8Array;
  private readonly slots: Int32Array;
  private readonly byField: Uint8Array;
  private readonly byName: Uint8Array;

  constructor() {
    this.added = 0;
    this.limit = DEFAULT_TABLE_BYTES;
    this.size = 0;
    this.count = 0;
    this.next = 0;
    this.ringEnd = 0;
    this.ring = new Uint8Array(DEFAULT_TABLE_BYTES);
    this.slots = new Int32Array(SLOTS * SLOT_WORDS);
    this.byField = new Uint8Array(BUCKETS);
    this.byName = new Uint8Array(BUCKETS);
  }

  /** `limit`: DEFAULT_TABLE_BYTES at most. The oldest entries go where it is too small for them. */
  resize(limit: number): void {
    this.limit = limit;
    this.evictTo(limit);
  }

  /** Whether a field may become an entry: one that drives out more than half of the others is not worth it. */
  takes(line: ResponseFieldLine): boolean {
    return sizeOf(line.nameEnd - line.nameFrom, line.valueEnd - line.valueFrom) <= this.limit >>> 1;
  }

  /** The age of the entry that is this field, 0 for the newest; NOT_FOUND. Only for one that the table takes. */
  find(line: ResponseFieldLine): number {
    const lengths = lengthsOf(line);
    const key = line.key();
    for (let i = 0; i < TRIES; i++) {
      const slot = this.byField[(key + i) & (BUCKETS - 1)]!;
      const age = this.ageOf(slot);
      const word = slot * SLOT_WORDS;
      if (age >= this.count || this.slots[word + KEY] !== key) continue;
      if (
        this.slots[word + LENGTHS] === lengths &&
        this.isName(word, line) &&
        this.isValue(word, line, line.valueEnd)
      )
        return age;
    }
    return NOT_FOUND;
  }

  /** The age of an entry of this name; NOT_FOUND. */
  findName(line: ResponseFieldLine): number {
    for (let i = 0; i < TRIES; i++) {
      const slot = this.byName[(line.nameKey + i) & (BUCKETS - 1)]!;
      const age = this.ageOf(slot);
      const word = slot * SLOT_WORDS;
      if (age >= this.count || this.slots[word + NAME_KEY] !== line.nameKey) continue;
      if (this.slots[word + LENGTHS]! >>> 16 === line.nameEnd - line.nameFrom && this.isName(word, line))
        return age;
    }
    return NOT_FOUND;
  }

  /** Whether the value that is still to be read is that of the entry of this age, which has its name. Then it is read. */
  readsAs(age: number, line: ResponseFieldLine): boolean {
    const word = ((this.next - 1 - age) & (SLOTS - 1)) * SLOT_WORDS;
    const valueEnd = line.valueFrom + (this.slots[word + LENGTHS]! & 0xffff);
    if (!line.endsAt(valueEnd) || !this.isValue(word, line, valueEnd)) return false;
    line.takeValue(valueEnd);
    return true;
  }

  /** The age of the entry that was the `number`th to be added, from 1 on; NOT_FOUND if it is gone. */
  ageOfNumber(number: number): number {
    const age = this.added - number;
    return age < this.count ? age : NOT_FOUND;
  }

  /** Only a field that the table takes. */
  add(line: ResponseFieldLine): void {
    const { bytes, nameFrom, nameEnd, valueFrom, valueEnd } = line;
    const size = sizeOf(nameEnd - nameFrom, valueEnd - valueFrom);
    this.evictTo(this.limit - size);
    if (this.count === SLOTS) this.forgetOldest();
    const word = this.next * SLOT_WORDS;
    const key = line.key();
    this.slots[word + KEY] = key;
    this.slots[word + NAME_KEY] = line.nameKey;
    this.slots[word + AT] = this.ringEnd;
    this.slots[word + LENGTHS] = lengthsOf(line);
    let at = this.ringEnd;
    for (let i = nameFrom; i < nameEnd; i++) this.ring[at++ & RING_MASK] = NAME_OCTET[bytes[i]!]!;
    for (let i = valueFrom; i < valueEnd; i++) this.ring[at++ & RING_MASK] = bytes[i]!;
    this.ringEnd = at & RING_MASK;
    this.place(this.byField, KEY, key);
    this.place(this.byName, NAME_KEY, line.nameKey);
    this.next = (this.next + 1) & (SLOTS - 1);
    this.count++;
    this.added++;
    this.size += size;
  }

  /** Into the first bucket that is free, or that of the oldest entry. The slot is that of the next entry. */
  private place(buckets: Uint8Array, keyWord: number, key: number): void {
    let best = key & (BUCKETS - 1);
    let bestAge = -1;
    for (let i = 0; i < TRIES; i++) {
      const bucket = (key + i) & (BUCKETS - 1);
      const slot = buckets[bucket]!;
      const isFree = ((bucket - this.slots[slot * SLOT_WORDS + keyWord]!) & (BUCKETS - 1)) >= TRIES;
      const age = isFree ? SLOTS : this.ageOf(slot);
      if (age > bestAge) {
        best = bucket;
        bestAge = age;
      }
    }
    buckets[best] = this.next;
  }

  private ageOf(slot: number): number {
    return (this.next - 1 - slot) & (SLOTS - 1);
  }

  private isName(word: number, line: ResponseFieldLine): boolean {
    const { bytes, nameEnd } = line;
    const { ring } = this;
    if (line.knownName !== UNKNOWN_NAME) return this.slots[word + NAME_KEY] === line.nameKey;
    let at = this.slots[word + AT]!;
    for (let i = line.nameFrom; i < nameEnd; i++) {
      if (ring[at++ & RING_MASK] !== NAME_OCTET[bytes[i]!]) return false;
    }
    return true;
  }

  private isValue(word: number, line: ResponseFieldLine, valueEnd: number): boolean {
    const { bytes } = line;
    const { ring } = this;
    let at = this.slots[word + AT]! + line.nameEnd - line.nameFrom;
    for (let i = line.valueFrom; i < valueEnd; i++) if (ring[at++ & RING_MASK] !== bytes[i]) return false;
    return true;
  }

  private evictTo(size: number): void {
    while (this.size > size) this.forgetOldest();
  }

  private forgetOldest(): void {
    const slot = (this.next - this.count) & (SLOTS - 1);
    const lengths = this.slots[slot * SLOT_WORDS + LENGTHS]!;
    this.size -= sizeOf(lengths >>> 16, lengths & 0xffff);
    this.count--;
  }
}

function sizeOf(nameLength: number, valueLength: number): number {
  return nameLength + valueLength + FIELD_OVERHEAD;
}

function lengthsOf(line: ResponseFieldLine): number {
  return ((line.nameEnd - line.nameFrom) << 16) | (line.valueEnd - line.valueFrom);
}

// hot: runs once per request
/**
 * The dynamic table of a decoder (RFC 7541 2.3.2, 4): the fields that the peer refers to by number. Worker thread.
 *
 *     ring   | … | newest | free … free | oldest | … |     two texts an entry, name and value
 *              number 62 ┘                       └ number 61 + count
 *
 * An entry comes and goes in constant time. The ring grows with what it holds: most connections use a few entries.
 */

import { FIELD_OVERHEAD } from './hpack-format.ts';

const FIRST_ENTRIES = 16;

export class HpackDecoderTable {
  /** Entries in it. */
  count: number;
  /** What they may come to, as RFC 7541 4.1 counts. */
  private capacity: number;
  private size: number;
  private ring: string[];
  /** Entries that the ring has room for, less one: a power of two less one. */
  private mask: number;
  /** Where the next entry goes. */
  private next: number;

  constructor(capacity: number) {
    this.count = 0;
    this.capacity = capacity;
    this.size = 0;
    this.ring = [];
    this.mask = -1;
    this.next = 0;
  }

  /** The greatest length, name and value together, that an entry can have. */
  get room(): number {
    return this.capacity - FIELD_OVERHEAD;
  }

  /** `age`: 0 for the newest entry; below `count`. */
  nameAt(age: number): string {
    return this.ring[((this.next - 1 - age) & this.mask) * 2]!;
  }

  valueAt(age: number): string {
    return this.ring[((this.next - 1 - age) & this.mask) * 2 + 1]!;
  }

  /** The oldest entries go where the new size is too small for them (RFC 7541 4.3). */
  resize(capacity: number): void {
    this.capacity = capacity;
    this.evictTo(capacity);
  }

  /** One that is larger than the table empties it, and is not added (RFC 7541 4.4). `size`: as RFC 7541 4.1 counts. */
  add(name: string, value: string, size: number): void {
    this.evictTo(Math.max(this.capacity - size, 0));
    if (size > this.capacity) return;
    if (this.count > this.mask) this.grow();
    const at = (this.next & this.mask) * 2;
    this.ring[at] = name;
    this.ring[at + 1] = value;
    this.next = (this.next + 1) & this.mask;
    this.count++;
    this.size += size;
  }

  private evictTo(size: number): void {
    while (this.size > size) {
      const at = ((this.next - this.count) & this.mask) * 2;
      this.size -= this.ring[at]!.length + this.ring[at + 1]!.length + FIELD_OVERHEAD;
      // Nothing is kept for a peer beyond the size of its table.
      this.ring[at] = '';
      this.ring[at + 1] = '';
      this.count--;
    }
  }

  private grow(): void {
    const entries = this.count === 0 ? FIRST_ENTRIES : this.count * 2;
    const ring = new Array<string>(entries * 2).fill('');
    for (let age = this.count - 1, at = 0; age >= 0; age--) {
      ring[at++] = this.nameAt(age);
      ring[at++] = this.valueAt(age);
    }
    this.ring = ring;
    this.mask = entries - 1;
    this.next = this.count;
  }
}

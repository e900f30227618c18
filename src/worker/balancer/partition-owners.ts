// hot: runs once per request
/**
 * Remembers who owns the partitions of hashed services (`rendezvous.ts`), so that a choice among hundreds of endpoints costs as much as
 * one among ten. One per worker, of one size however many services there are: each partition of a list of candidates has one place, and
 * who comes there last has it. What is not there is worked out again. A list that changed is another one, and nothing needs to be cleared.
 */

import type { Candidates } from './candidates.ts';
import { PARTITIONS, type Rendezvous } from './rendezvous.ts';

/** Each place: the serial of a list, 0 for none │ the index of the owner. */
const WORDS = 2;
/** Spreads the partitions of different lists apart (Knuth, 6.4: 2^32 by the golden ratio). */
const SPREAD = 0x9e3779b1;

export class PartitionOwners {
  /** 1 MiB, of which the system gives what is touched. */
  readonly #places: Int32Array = new Int32Array(PARTITIONS * WORDS);
  #serial = 0;

  /** As `rendezvous.ownerOf`. The candidates keep their serial until they change. */
  ownerOf(rendezvous: Rendezvous, partition: number, candidates: Candidates): number {
    if (candidates.serial === 0) candidates.serial = this.#nextSerial();
    const { serial } = candidates;
    const places = this.#places;
    // By the serial and the place, the partition is told: it needs no word of its own.
    const at = ((partition + Math.imul(serial, SPREAD)) & (PARTITIONS - 1)) * WORDS;
    if (places[at] === serial) return places[at + 1] as number;
    const owner = rendezvous.ownerOf(partition, candidates);
    places[at] = serial;
    places[at + 1] = owner;
    return owner;
  }

  /** 32 bits, which come around after four billion changes of health. */
  #nextSerial(): number {
    this.#serial = (this.#serial + 1) | 0;
    return this.#serial === 0 ? this.#nextSerial() : this.#serial;
  }
}

/**
 * How many connections there are under a key (a listener, a client address), over all workers, exact at every moment. Every
 * worker counts, the primary takes off what a dead one had. Offsets are known nowhere else; nothing here throws or grows.
 *
 *   head      key of the hash 2 words │ a word that never changes │ 13 unused
 *   locks     a word a bucket:  0, or who gives a slot of it to a new key and which one
 *   hashes    a word a slot:    first word of its key's hash, 0 before its first key
 *   checks    a word a slot:    second word
 *   columns   a word a slot and worker: twice the connections that this worker counts there, +1 while it tries one more
 *
 * A key lives in one of the 16 slots of the bucket that its hash names. A slot whose columns are all 0 is free for another
 * key; its own key still finds it until then. There is no stored total: the count of a key is the sum of its columns, each of
 * which has one writer. So whatever moment a worker dies at, its column is its whole share, and nothing can leak.
 *
 * All accesses are atomic, hence in one order that all threads agree on. To enter is to
 *   1. put own column one up, as a try,
 *   2. see that the slot is still the key's and is not being given away,
 *   3. read all columns: together not above the limit, tries of others included → the try becomes a connection.
 * Why no more than the limit ever get in: of all who are in, take the one whose step 1 came last. The others' steps 1 came
 * before it, so its step 3 counted every one of them.
 */

import { halfSipHash } from './half-sip-hash.ts';

/** The limit is reached: nothing was counted. */
export const REFUSED = -1;
/** Nothing was counted, as there is no room in the table: let in, with nothing to give back. */
export const UNCOUNTED = -2;

const BUCKETS = 4096;
const BUCKET_SLOTS = 16;
const SLOTS = BUCKETS * BUCKET_SLOTS;

const KEY_0 = 0;
const KEY_1 = 1;
const ALWAYS_ZERO = 2;
const LOCKS = 16;
const HASHES = LOCKS + BUCKETS;
const CHECKS = HASHES + SLOTS;
const COLUMNS = CHECKS + SLOTS;

/** What a try and a connection are worth in a column. */
const TRY = 1;
const CONNECTION = 2;

/** A lock is `(worker + 1) * LOCK_OWNER + place`: the slot of the bucket that is being given away, or NO_PLACE. */
const LOCK_OWNER = 32;
const NO_PLACE = BUCKET_SLOTS;

/** Outcomes of single steps, beside REFUSED and UNCOUNTED, where a slot number is one too. */
const BUSY = -3;
const LOST = -4;
const REACHED = -5;
const CONTENDED = -6;

/**
 * After so many attempts a worker sleeps between two of them, so that one which the system has taken off its core in the
 * middle of a step can go on; all in all not longer than 16 ms. One attempt is enough unless two workers meet in one step.
 */
const SPINNING_ATTEMPTS = 48;
const MAX_ATTEMPTS = 64;
const SLEEP_MS = 1;

/** Bytes of the shared buffer for so many workers. Pages that no key has come to cost no memory. */
export function connectionTableBytes(workers: number): number {
  return (COLUMNS + SLOTS * workers) * Int32Array.BYTES_PER_ELEMENT;
}

/** By the primary, before any worker has the buffer. `seed`: an integer of up to 48 random bits, from a secure source. */
export function initConnectionTable(buffer: SharedArrayBuffer, seed: number): void {
  const words = new Int32Array(buffer);
  Atomics.store(words, KEY_0, seed | 0);
  Atomics.store(words, KEY_1, Math.floor(seed / 2 ** 32));
}

/** One worker's side of the table. */
export class ConnectionTable {
  readonly #words: Int32Array;
  readonly #workers: number;
  readonly #worker: number;
  readonly #key0: number;
  readonly #key1: number;
  readonly #digest: Int32Array = new Int32Array(2);

  /** `worker`: its number, from 0. Two threads never have the same one at a time. */
  constructor(buffer: SharedArrayBuffer, worker: number, workers: number) {
    this.#words = new Int32Array(buffer);
    this.#workers = workers;
    this.#worker = worker;
    this.#key0 = Atomics.load(this.#words, KEY_0);
    this.#key1 = Atomics.load(this.#words, KEY_1);
  }

  /**
   * Counts one connection under `key` unless that would make more than `limit` (1 or more). A slot number of 0 or more, to be
   * given back with `leave`; REFUSED: the limit is reached; UNCOUNTED: all slots of the key's bucket count other keys.
   *
   * Where workers stay in each other's way for all attempts, because one died in the middle of a step and the primary has not
   * yet seen it, or was kept off its core for long: REFUSED if a limit was the matter, UNCOUNTED if a slot was.
   */
  enter(key: string, limit: number): number {
    halfSipHash(this.#key0, this.#key1, key, this.#digest);
    // 0 marks a slot that has had no key.
    const hash = this.#digest[0] || 1;
    const check = this.#digest[1] as number;
    let before = BUSY;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const outcome = this.#attempt(hash, check, limit);
      if (outcome >= 0 || outcome === UNCOUNTED) return outcome;
      // The columns are not read at one moment: one connection that ends at a worker already read, and another that begins at
      // one not yet read, are both counted. That a limit never reached looks reached twice in a row needs this twice.
      if (outcome === REACHED && before === REACHED) return REFUSED;
      before = outcome;
      if (outcome !== REACHED) this.#pause(attempt);
    }
    return before === REACHED || before === CONTENDED ? REFUSED : UNCOUNTED;
  }

  /** Gives back what `enter` gave. REFUSED and UNCOUNTED held nothing and are left alone. */
  leave(slot: number): void {
    if (slot < 0) return;
    const words = this.#words;
    const own = this.#column(slot);
    const count = Atomics.load(words, own);
    // One store: a worker that dies before it has left, one that dies after it has. Nobody else writes here, so it is a load
    // and a store. The slot was not given away meanwhile, since this column was not 0.
    if (count >= CONNECTION) Atomics.store(words, own, count - CONNECTION);
  }

  /**
   * By the primary: a worker died, and its connections are gone. Only when its thread has ended, and before another one gets
   * its number. Takes off its share exactly, and frees what it was in the middle of giving away.
   */
  static clearWorker(buffer: SharedArrayBuffer, worker: number, workers: number): void {
    const words = new Int32Array(buffer);
    // Columns first: a bucket that is free again may be given away at once, and then the dead worker's slots are free too.
    for (let column = COLUMNS + worker; column < COLUMNS + SLOTS * workers; column += workers) {
      // Mostly pages that were never written: reading them costs no memory, writing them would.
      if (Atomics.load(words, column) !== 0) Atomics.store(words, column, 0);
    }
    for (let lock = LOCKS; lock < LOCKS + BUCKETS; lock++) {
      const held = Atomics.load(words, lock);
      // No other thread takes or frees a lock that the dead one held, so nothing comes between the load and the store. Half a key
      // may be left in the slot: `#give` writes none before it has seen that nobody counts there, and a half one fits no key.
      if (Math.floor(held / LOCK_OWNER) === worker + 1) Atomics.store(words, lock, 0);
    }
  }

  #attempt(hash: number, check: number, limit: number): number {
    const bucket = hash & (BUCKETS - 1);
    let slot = this.#find(bucket, hash, check);
    if (slot < 0) slot = this.#claim(bucket, hash, check);
    return slot < 0 ? slot : this.#tryAt(slot, hash, check, limit);
  }

  /** The slot that has this key; LOST if none. What it finds may be given away at once: `#tryAt` looks again. */
  #find(bucket: number, hash: number, check: number): number {
    const words = this.#words;
    const first = bucket * BUCKET_SLOTS;
    for (let slot = first; slot < first + BUCKET_SLOTS; slot++) {
      if (Atomics.load(words, HASHES + slot) === hash && Atomics.load(words, CHECKS + slot) === check)
        return slot;
    }
    return LOST;
  }

  /** Gives a free slot of the bucket to this key. UNCOUNTED: there is none; BUSY: another worker is giving one away. */
  #claim(bucket: number, hash: number, check: number): number {
    const words = this.#words;
    const lock = LOCKS + bucket;
    const mine = (this.#worker + 1) * LOCK_OWNER;
    // Two workers that meet a new key at once would give it a slot each, and each slot a limit of its own. All who claim for a
    // key take the same lock, and look once more whether the key has come since they looked without it.
    if (Atomics.compareExchange(words, lock, 0, mine + NO_PLACE) !== 0) return BUSY;
    let slot = this.#find(bucket, hash, check);
    for (let place = 0; slot < 0 && place < BUCKET_SLOTS; place++) {
      if (this.#give(bucket, place, mine, hash, check)) slot = bucket * BUCKET_SLOTS + place;
    }
    Atomics.store(words, lock, 0);
    return slot < 0 ? UNCOUNTED : slot;
  }

  /** Gives one slot of a locked bucket to a key, if nobody counts there. */
  #give(bucket: number, place: number, mine: number, hash: number, check: number): boolean {
    const words = this.#words;
    const slot = bucket * BUCKET_SLOTS + place;
    // A worker may enter the slot under its old key at this moment. It writes its column and then reads this lock; here the lock
    // is written and then the columns are read. One of the two sees the other, and withdraws; if both do, both look again.
    Atomics.store(words, LOCKS + bucket, mine + place);
    const first = COLUMNS + slot * this.#workers;
    for (let column = first; column < first + this.#workers; column++) {
      if (Atomics.load(words, column) !== 0) return false;
    }
    // No key while the check word is another's: who reads between these stores finds nothing here, and comes to the lock.
    Atomics.store(words, HASHES + slot, 0);
    Atomics.store(words, CHECKS + slot, check);
    Atomics.store(words, HASHES + slot, hash);
    return true;
  }

  /** One try to count a connection at a slot. The slot; or LOST, REACHED or CONTENDED, and nothing is counted. */
  #tryAt(slot: number, hash: number, check: number, limit: number): number {
    const words = this.#words;
    const own = this.#column(slot);
    const count = Atomics.load(words, own);
    Atomics.store(words, own, count + TRY);
    if (!this.#isStill(slot, hash, check)) {
      Atomics.store(words, own, count);
      return LOST;
    }
    let connections = 0;
    let tries = 0;
    const first = COLUMNS + slot * this.#workers;
    for (let column = first; column < first + this.#workers; column++) {
      const value = Atomics.load(words, column);
      connections += value >> 1;
      tries += value & TRY;
    }
    if (connections + tries <= limit) {
      // One store turns the try into a connection: at no moment does the column show less than it must.
      Atomics.store(words, own, count + CONNECTION);
      return slot;
    }
    Atomics.store(words, own, count);
    // Several tries for the last place: each has seen the others, and all withdraw. They try again at different moments.
    return connections < limit ? CONTENDED : REACHED;
  }

  /**
   * Whether the slot is this key's and nobody is giving it away. Own column shows a try already, so the answer stays true: who
   * began to give it away before must be in the lock or have written another key, and who begins after sees the try. The lock
   * is read first: a worker that frees it between the two looks has written its key by then.
   */
  #isStill(slot: number, hash: number, check: number): boolean {
    const words = this.#words;
    const lock = Atomics.load(words, LOCKS + Math.floor(slot / BUCKET_SLOTS));
    if (lock !== 0 && lock % LOCK_OWNER === slot % BUCKET_SLOTS) return false;
    return Atomics.load(words, HASHES + slot) === hash && Atomics.load(words, CHECKS + slot) === check;
  }

  #column(slot: number): number {
    return COLUMNS + slot * this.#workers + this.#worker;
  }

  /** Waits a little, each worker another while, so that those who met in one step do not meet again. */
  #pause(attempt: number): void {
    const words = this.#words;
    if (attempt >= SPINNING_ATTEMPTS) {
      Atomics.wait(words, ALWAYS_ZERO, 0, SLEEP_MS);
      return;
    }
    for (let i = this.#worker * attempt; i > 0; i--) Atomics.load(words, ALWAYS_ZERO);
  }
}

/**
 * When the next request may pass under a key (a limit and a client address, a host, …), over all workers, exact at every
 * moment: the generic cell rate algorithm (ITU-T I.371 A.1) in shared memory. Offsets are known nowhere else; nothing here
 * throws or grows.
 *
 *   head      key of the hash 2 words │ when the table was made, in seconds │ a word that never changes │ 12 unused
 *   bucket    lock     │ 5 slots
 *             unused   │ 5 slots
 *             unused   │ 5 slots
 *   slot      check:   second word of the key's hash, 0 before the first key
 *             time:    when all requests of the key will have been earned, or NO_TIME
 *             full-at: a tick not before that time
 *
 * A time counts in whole parts of the limit's own interval between two requests, in 32 bits that wrap: a rate is kept without
 * rounding, and one compare-and-exchange decides. What the bits cannot tell, how often they have wrapped, the full-at does: a
 * coarse clock that all limits share. Once it has passed, the bucket is full again and the time means nothing.
 *   1. Before a time is set, the full-at is raised to it: at no moment is it behind the time. It is never lowered.
 *   2. A time that has passed is brought up to now before the full-at is raised again: nobody takes old bits for new ones.
 *
 * A key lives in one of the 15 slots of the bucket that its hash names. Another key is given the slot with the lowest full-at;
 * mostly it has passed, and nothing is lost. If not, the key that loses its slot might come back to a full bucket, and a flood
 * of keys would wash any limit away. So a new key begins as if it had itself been used until the full-at of the slot it gets. That
 * is at or after what any key of the bucket has lost, since the lowest full-at never falls: no key can gain by being forgotten.
 */

import { halfSipHash } from './half-sip-hash.ts';

/** What a limit allows each of its keys. */
export interface Allowance {
  /** More than 0, at most MAX_PER_SECOND. */
  readonly requestsPerSecond: number;
  /** Requests that may pass at once; 1 to MAX_BURST, and no more than come in MAX_FILL_SECONDS. */
  readonly burst: number;
  /** 32 random bits each, which tell limits apart that have keys in common. */
  readonly seed0: number;
  readonly seed1: number;
}

export const MAX_PER_SECOND = 1_000_000;
export const MAX_BURST = 1_000_000;
/** 30 days. */
export const MAX_FILL_SECONDS: number = 30 * 86_400;

const HEAD = 16;
const KEY_0 = 0;
const KEY_1 = 1;
const MADE_AT = 2;
const ALWAYS_ZERO = 3;

const BUCKET = 48;
const LOCK = 0;
/** A line of the processor's cache: most keys are found in the first of their bucket. */
const LINE = 16;
const LINE_SLOTS = 5;
const SLOT = 3;
/** From a slot's check, which its number names, to its other words. */
const TIME = 1;
const FULL_AT = 2;

/** The slot is being given to another key, or has had none. */
const NO_TIME = 0;

/** Of the full-at: 31 bits last for eight years. */
const TICK_MS = 125;
/** A whole burst is so many units at most, and two ticks are no more: together half of what 31 bits can tell from the past. */
const MAX_UNITS = 2 ** 29;

/** An attempt came to nothing; else its outcome is a number of units to wait, from 0. */
const LOST = -1;

/** As in the connection table: sleeps are for a worker that was taken off its core in the middle of a step, 16 ms in all. */
const SPINNING_ATTEMPTS = 48;
const MAX_ATTEMPTS = 64;
const SLEEP_MS = 1;

/** At most so many bytes for each of `keys` keys; they fill half of the slots then. Pages that no key has come to cost no memory. */
const BYTES_PER_KEY = 24;

/** Bytes of the shared buffer that holds so many keys at a time. */
export function limiterTableBytes(keys: number): number {
  const words = Math.floor((keys * BYTES_PER_KEY) / Int32Array.BYTES_PER_ELEMENT);
  const buckets = Math.max(1, Math.floor((words - HEAD) / BUCKET));
  return (HEAD + buckets * BUCKET) * Int32Array.BYTES_PER_ELEMENT;
}

/** By the primary, before any worker has the buffer. `seed`: 48 random bits from a secure source. `nowMs`: the shared clock. */
export function initLimiterTable(buffer: SharedArrayBuffer, seed: number, nowMs: number): void {
  const words = new Int32Array(buffer);
  Atomics.store(words, KEY_0, seed | 0);
  Atomics.store(words, KEY_1, Math.floor(seed / 2 ** 32));
  Atomics.store(words, MADE_AT, Math.floor(nowMs / 1000));
}

/** Whether an allowance is one that the table can keep. */
export function isSoundAllowance({ requestsPerSecond, burst }: Allowance): boolean {
  if (!(requestsPerSecond > 0 && requestsPerSecond <= MAX_PER_SECOND)) return false;
  return burst >= 1 && burst <= MAX_BURST && burst / requestsPerSecond <= MAX_FILL_SECONDS;
}

/** One worker's side of the table. */
export class LimiterTable {
  readonly #words: Int32Array;
  readonly #buckets: number;
  readonly #worker: number;
  readonly #key0: number;
  readonly #key1: number;
  readonly #madeAtMs: number;
  readonly #digest: Int32Array = new Int32Array(2);
  // What `aim` found.
  /** The bucket that a key's hash names. */
  bucket = 0;
  /** What marks the key's slot in it; never 0. */
  check = 1;
  // What the attempt under way is about.
  #bucket = 0;
  #check = 0;
  #burst = 1;
  /** Units of the time in one interval. */
  #interval = 1;
  #unitsPerMs = 1;
  /** Since the table was made, in milliseconds and in units. */
  #nowMs = 0;
  #now = 0;
  #takes = false;
  // What the last `take` that passed did, for `giveBack`.
  /** The slot's number, which is never 0. */
  slot = 0;
  before = 0;
  after = 0;
  /** What the last `peek` found: how many requests may pass at once. */
  left = 0;

  /** `worker`: its number, from 0; two threads never have the same one at a time. NO_WORKER only peeks. */
  constructor(buffer: SharedArrayBuffer, worker: number) {
    this.#words = new Int32Array(buffer);
    this.#buckets = Math.floor((this.#words.length - HEAD) / BUCKET);
    this.#worker = worker;
    this.#key0 = Atomics.load(this.#words, KEY_0);
    this.#key1 = Atomics.load(this.#words, KEY_1);
    this.#madeAtMs = Atomics.load(this.#words, MADE_AT) * 1000;
  }

  /**
   * Counts one request under `key`, if it may pass: 0. Else nothing is counted, and it is the milliseconds until one may.
   * `nowMs`: the clock that all threads share. In any window of t seconds no more than burst + rate × t requests pass.
   *
   * A worker that comes to nothing in all attempts, because one died in the middle of a step and the primary has not yet seen it,
   * lets nothing pass.
   */
  take(allowance: Allowance, key: string, nowMs: number): number {
    this.aim(allowance, key);
    return this.takeAt(allowance, this.bucket, this.check, nowMs);
  }

  /** What `take` would give at this moment. Counts nothing. */
  peek(allowance: Allowance, key: string, nowMs: number): number {
    this.aim(allowance, key);
    return this.peekAt(allowance, this.bucket, this.check, nowMs);
  }

  /** Sets `bucket` and `check`, which say where the key is, for who asks about it more than once. */
  aim(allowance: Allowance, key: string): void {
    halfSipHash(this.#key0 ^ allowance.seed0, this.#key1 ^ allowance.seed1, key, this.#digest);
    const hash = (this.#digest[0] as number) >>> 0;
    this.bucket = HEAD + Math.floor((hash * this.#buckets) / 2 ** 32) * BUCKET;
    // 0 marks a slot that has had no key.
    this.check = (this.#digest[1] as number) || 1;
  }

  /** `take`, of a key that was aimed at. */
  takeAt(allowance: Allowance, bucket: number, check: number, nowMs: number): number {
    return this.#ask(allowance, bucket, check, nowMs, true);
  }

  /** `peek`, of a key that was aimed at. */
  peekAt(allowance: Allowance, bucket: number, check: number, nowMs: number): number {
    this.left = 0;
    return this.#ask(allowance, bucket, check, nowMs, false);
  }

  /**
   * Takes back what `take` counted: `slot`, `before` and `after` as it left them. Only where nobody has come to the slot
   * since: a time that is moved back under a request that built on it would let one too many pass.
   */
  giveBack(slot: number, before: number, after: number): void {
    Atomics.compareExchange(this.#words, slot + TIME, after, before);
  }

  /**
   * By the primary: a worker died. Only when its thread has ended, and before another one gets its number. Frees the buckets
   * that it was giving a slot of away.
   */
  static clearWorker(buffer: SharedArrayBuffer, worker: number): void {
    const words = new Int32Array(buffer);
    for (let bucket = HEAD; bucket + BUCKET <= words.length; bucket += BUCKET) {
      // Mostly pages that were never written: reading them costs no memory. No other thread takes or frees a lock that the dead
      // one held, so nothing comes between this load and the last store.
      if (Atomics.load(words, bucket + LOCK) !== worker + 1) continue;
      for (let slot = bucket + 1; slot < bucket + BUCKET; slot = nextSlot(slot)) {
        // Nobody's now, whichever key stands there. Its full-at stays, which is not before that of the key that has lost it.
        if (Atomics.load(words, slot + TIME) === NO_TIME) Atomics.store(words, slot, 0);
      }
      Atomics.store(words, bucket + LOCK, 0);
    }
  }

  #ask(allowance: Allowance, bucket: number, check: number, nowMs: number, takes: boolean): number {
    this.#bucket = bucket;
    this.#check = check;
    this.#burst = allowance.burst;
    this.#interval = intervalOf(allowance);
    this.#unitsPerMs = (allowance.requestsPerSecond * this.#interval) / 1000;
    this.#nowMs = nowMs - this.#madeAtMs;
    this.#now = Math.floor(this.#nowMs * this.#unitsPerMs) | 0;
    this.#takes = takes;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const slot = this.#find();
      const outcome = slot === 0 ? this.#claim() : this.#admit(slot);
      if (outcome >= 0) return outcome / this.#unitsPerMs;
      this.#pause(attempt);
    }
    return this.#interval / this.#unitsPerMs;
  }

  /** The slot that has this key; 0 if none. What it finds may be given away at once: `#admit` looks again. */
  #find(): number {
    const words = this.#words;
    const check = this.#check;
    const end = this.#bucket + BUCKET;
    for (let slot = this.#bucket + 1; slot < end; slot = nextSlot(slot)) {
      if (Atomics.load(words, slot) === check) return slot;
    }
    return 0;
  }

  /** One attempt at the slot of the key. Units to wait; or LOST, and nothing has happened. */
  #admit(slot: number): number {
    const words = this.#words;
    const time = Atomics.load(words, slot + TIME);
    // After the time: the full-at that is read here is at or after the time that was read, by rule 1. The other way round, the
    // time could be one that was set since the full-at was read, and would be taken for an old one.
    const fullAt = Atomics.load(words, slot + FULL_AT);
    // After both: if the slot is still this key's, so are they. One that is being given away shows its next key before its time.
    if (time === NO_TIME || Atomics.load(words, slot) !== this.#check) return LOST;
    // More than anyone could have set at the moment that is now to this worker: it was taken off its core after it had read the clock,
    // and the time may be too far ahead for its bits.
    if (fullAt > this.#tickAt(this.#burst * this.#interval) + 2) return this.#interval;
    const hasPassed = fullAt <= this.#tickAt(0);
    const ahead = hasPassed ? 0 : Math.max(0, (time - this.#now) | 0);
    const wait = ahead - this.#room();
    if (wait > 0) {
      // The time may be an old one whose full-at another worker has raised since it was read. By rule 2 it is another one then.
      return Atomics.load(words, slot + TIME) === time && Atomics.load(words, slot) === this.#check
        ? wait
        : LOST;
    }
    if (!this.#takes) return this.#noteLeft(wait);
    const before = timeAt(this.#now + ahead);
    // Rule 2. Who has set a time since it was read wins. Elsewhere `before` is not written, but what is given back.
    if (hasPassed && Atomics.compareExchange(words, slot + TIME, time, before) !== time) return LOST;
    // `#now` is rounded down, which makes who asks no later than it is; who is counted is so from the unit that ends after it.
    const from = Math.max(ahead, 1);
    const due = this.#tickAt(from + this.#interval) + 1;
    // Rule 1. Not a store: another worker may have raised it higher since. If the slot is another key's by now, it is higher too.
    if (due > fullAt && Atomics.compareExchange(words, slot + FULL_AT, fullAt, due) !== fullAt) return LOST;
    const after = timeAt(this.#now + from + this.#interval);
    // Two workers that read the same time would both count from it, and one request would be lost: the second finds another time,
    // and looks again. So does who comes to a slot that was given away since: its time was NO_TIME, and is another then. (Unless
    // this worker was off its core for so long that it is the very same bits again: one request too many, once in 2^32.)
    const expected = hasPassed ? before : time;
    if (Atomics.compareExchange(words, slot + TIME, expected, after) !== expected) return LOST;
    this.#note(slot, before, after);
    return 0;
  }

  /** Gives a slot of the bucket to the key. Units to wait, and nothing has happened; or LOST. */
  #claim(): number {
    const words = this.#words;
    const lock = this.#bucket + LOCK;
    if (!this.#takes) {
      const fullAt = Atomics.load(words, this.#emptiest() + FULL_AT);
      const wait = this.#aheadOfNew(fullAt) - this.#room();
      return wait > 0 ? wait : this.#noteLeft(wait);
    }
    // Two workers that meet a new key at once would give it a slot each, and each slot a burst of its own. All who claim for a
    // key take the same lock, and look once more whether the key has come since they looked without it.
    if (Atomics.compareExchange(words, lock, 0, this.#worker + 1) !== 0) return LOST;
    const outcome = this.#find() === 0 ? this.#give(this.#emptiest()) : LOST;
    Atomics.store(words, lock, 0);
    return outcome;
  }

  /** Gives one slot of the locked bucket to the key, with its first request counted, if that may pass. */
  #give(slot: number): number {
    const words = this.#words;
    const time = Atomics.load(words, slot + TIME);
    // After the time, as in `#admit`: it is at or after it.
    const fullAt = Atomics.load(words, slot + FULL_AT);
    const ahead = this.#aheadOfNew(fullAt);
    const wait = ahead - this.#room();
    // Nothing to remember: it follows from the full-ats, which are there the next time too.
    if (wait > 0) return wait;
    // A request of the old key may be counted at this moment. It sets the time that it has read to another one; so does this. One
    // of the two fails, and looks again.
    if (Atomics.compareExchange(words, slot + TIME, time, NO_TIME) !== time) return LOST;
    const from = Math.max(ahead, 1);
    // Above the old one, which `ahead` reaches to; so no request of the old key can raise it from now on. One that has raised it
    // since it was read fails for the time's sake, but what it wrote is none of the new key's business: all over again.
    const due = this.#tickAt(from + this.#interval) + 1;
    if (Atomics.compareExchange(words, slot + FULL_AT, fullAt, due) !== fullAt) {
      Atomics.store(words, slot + TIME, time);
      return LOST;
    }
    Atomics.store(words, slot, this.#check);
    // Last: whoever finds the key before this sees NO_TIME and waits. Never the old key's time, for which its requests look.
    const wanted = timeAt(this.#now + from + this.#interval);
    const after = wanted === time ? timeAt(wanted + 1) : wanted;
    Atomics.store(words, slot + TIME, after);
    this.#note(slot, timeAt(this.#now + ahead), after);
    return 0;
  }

  /** The slot of the bucket with the lowest full-at. */
  #emptiest(): number {
    const words = this.#words;
    const first = this.#bucket + 1;
    const end = this.#bucket + BUCKET;
    let emptiest = first;
    let lowest = Atomics.load(words, first + FULL_AT);
    for (let slot = nextSlot(first); slot < end; slot = nextSlot(slot)) {
      const fullAt = Atomics.load(words, slot + FULL_AT);
      if (fullAt >= lowest) continue;
      emptiest = slot;
      lowest = fullAt;
    }
    return emptiest;
  }

  /**
   * How far ahead the time of a new key is, in units, that gets a slot with this full-at: until then, but no farther than it could be
   * if it had been there all the time, which is too far for a request.
   */
  #aheadOfNew(fullAt: number): number {
    const aheadMs = fullAt * TICK_MS - this.#nowMs;
    return aheadMs <= 0 ? 0 : Math.min(Math.ceil(aheadMs * this.#unitsPerMs), this.#burst * this.#interval);
  }

  /** How far ahead of now a time may be for one more request to pass. */
  #room(): number {
    return (this.#burst - 1) * this.#interval;
  }

  /** `wait`: 0 or less, and below that by what the bucket has beyond one request. */
  #noteLeft(wait: number): number {
    this.left = 1 + Math.floor(-wait / this.#interval);
    return 0;
  }

  /** The tick in which a time lies that is so many units ahead of now. */
  #tickAt(ahead: number): number {
    return Math.floor((this.#nowMs + ahead / this.#unitsPerMs) / TICK_MS);
  }

  #note(slot: number, before: number, after: number): void {
    this.slot = slot;
    this.before = before;
    this.after = after;
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

/** How many units an interval has: as many as may be, so that neither a burst nor two ticks are more than MAX_UNITS. */
function intervalOf({ requestsPerSecond, burst }: Allowance): number {
  const inTwoTicks = (2 * TICK_MS * requestsPerSecond) / 1000;
  return Math.floor(MAX_UNITS / Math.max(burst, inTwoTicks));
}

/** Buckets begin at multiples of LINE; each line has one word before its slots. */
function nextSlot(slot: number): number {
  return slot % LINE < 1 + (LINE_SLOTS - 1) * SLOT ? slot + SLOT : slot + SLOT + 1;
}

/** As 32 bits, but for NO_TIME: a little later is never too early. */
function timeAt(units: number): number {
  return (units | 0) === NO_TIME ? NO_TIME + 1 : units | 0;
}

/**
 * The retry budget of each service (as Finagle's and Envoy's): in no span of `window` are more requests sent again than `percent` of
 * those that came, over all workers. They write, the primary reads. Offsets are known nowhere else; nothing here throws.
 *
 * A table is a list of segments, which grows with a snapshot as the endpoint table does. The row of a service is its row in the
 * counters.
 *
 *   row       a column for each worker, which alone writes it
 *   column    a ring of RING parts of the time, each a PARTS-th of the window:   part number │ requests │ retries
 *
 * A window begins in the middle of a part. That part counts whole where retries are summed, and not at all where requests are, so the
 * sums err on the side of fewer retries. A window that a reload changes has parts of another length: its budget begins anew.
 *
 * Why two workers never take the last retry both: each writes its retry first and sums all columns after that. Atomic accesses have one
 * order that all threads agree on; of all retries that were let go, take the one that was written last: its sum held every other one.
 * Two that meet may both find too many, and both stay: the error is again on the side of fewer. `endpoint-table.ts` does the same.
 */

import type { SharedClock } from '../../kit/clock.ts';

const SEGMENT_BITS = 6;
const SEGMENT_ROWS = 1 << SEGMENT_BITS;
const ROW_MASK = SEGMENT_ROWS - 1;

const PARTS = 10;
/**
 * Beside those of a window and the one in which it begins, one more: a worker whose clock is read a moment later begins the next part
 * in the place of one that nobody counts any more.
 */
const RING = PARTS + 2;
const REQUESTS = 1;
const RETRIES = 2;
const PART_WORDS = 3;
const COLUMN_WORDS = RING * PART_WORDS;
/** Long over for everybody: what a part whose counts are being cleared is called. */
const NO_PART = -RING;
/** Part numbers are positive 32-bit integers; they begin anew after years. */
const PART_MASK = 0x7fff_ffff;

/**
 * So many in a window are within every budget above 0 %, over all workers: a service with few requests would get none at all else.
 * 50 requests in a window at 20 % have as many.
 */
export const MIN_RETRIES = 10;

/** How many segments it takes for so many rows. */
export function budgetSegmentsFor(rows: number): number {
  return Math.ceil(rows / SEGMENT_ROWS);
}

/** Bytes of one segment for so many workers. */
export function budgetSegmentBytes(workers: number): number {
  return SEGMENT_ROWS * workers * COLUMN_WORDS * Int32Array.BYTES_PER_ELEMENT;
}

/** The part of a service's retry policy that its budget is made of. */
export interface Budget {
  /** Milliseconds. */
  readonly windowMs: number;
  /** Of the requests. */
  readonly budgetPercent: number;
}

/** What a budget comes to at a moment. */
export interface RetryBudgetView {
  /** Of the window: those that came and might have been sent again, and those that were. */
  readonly requests: number;
  readonly retries: number;
  /** How many more may be sent again now. */
  readonly left: number;
}

/** One thread's side of the table. */
export class RetryBudgets {
  readonly #segments: Int32Array[] = [];
  readonly #worker: number;
  readonly #workers: number;
  readonly #clock: SharedClock;
  // Of the window that was summed last, over all workers.
  #requests = 0;
  #retries = 0;

  /** `worker`: its number, from 0; two threads never have the same one at a time. NO_WORKER only reads. */
  constructor(worker: number, workers: number, clock: SharedClock) {
    this.#worker = worker;
    this.#workers = workers;
    this.#clock = clock;
  }

  /** All segments that there are. Those that are known stay. */
  adopt(segments: readonly SharedArrayBuffer[]): void {
    for (let i = this.#segments.length; i < segments.length; i++)
      this.#segments.push(new Int32Array(segments[i] as SharedArrayBuffer));
  }

  /** A request came that may be sent again. */
  countRequest(row: number, { windowMs }: Budget): void {
    this.#count(row, windowMs, REQUESTS);
  }

  /** It is sent again, whatever the budget says. */
  spend(row: number, { windowMs }: Budget): void {
    this.#count(row, windowMs, RETRIES);
  }

  /** Whether the budget has one more retry, which is spent then. Never for a row of no segment. */
  take(row: number, { windowMs, budgetPercent }: Budget): boolean {
    const words = this.#segments[row >>> SEGMENT_BITS];
    if (words === undefined || budgetPercent === 0) return false;
    const part = this.#partNow(windowMs);
    const at = this.#place(words, row, part) + RETRIES;
    const before = words[at] as number;
    // Written before the columns are read: of two workers that try at once, at least one sees the other.
    Atomics.store(words, at, before + 1);
    this.#sum(words, row, part);
    if (this.#retries <= this.#allowed(budgetPercent)) return true;
    Atomics.store(words, at, before);
    return false;
  }

  /** What `take` goes by. Writes nothing. */
  view(row: number, { windowMs, budgetPercent }: Budget): RetryBudgetView {
    const words = this.#segments[row >>> SEGMENT_BITS];
    if (words === undefined) return { requests: 0, retries: 0, left: 0 };
    this.#sum(words, row, this.#partNow(windowMs));
    const left = budgetPercent === 0 ? 0 : Math.max(0, this.#allowed(budgetPercent) - this.#retries);
    return { requests: this.#requests, retries: this.#retries, left };
  }

  #count(row: number, windowMs: number, word: number): void {
    const words = this.#segments[row >>> SEGMENT_BITS];
    if (words === undefined) return;
    const at = this.#place(words, row, this.#partNow(windowMs)) + word;
    // Nobody else writes here.
    Atomics.store(words, at, (words[at] as number) + 1);
  }

  #allowed(percent: number): number {
    return Math.max(MIN_RETRIES, Math.floor((this.#requests * percent) / 100));
  }

  #sum(words: Int32Array, row: number, part: number): void {
    let requests = 0;
    let retries = 0;
    const end = this.#rowStart(row) + this.#workers * COLUMN_WORDS;
    for (let at = this.#rowStart(row); at < end; at += PART_WORDS) {
      // The number first: counts that are read after it are of this part, or of one that replaced it later still.
      const age = part - Atomics.load(words, at);
      // -1: another worker read its clock after this one did.
      if (age < -1 || age > PARTS) continue;
      if (age < PARTS) requests += Atomics.load(words, at + REQUESTS);
      retries += Atomics.load(words, at + RETRIES);
    }
    this.#requests = requests;
    this.#retries = retries;
  }

  #partNow(windowMs: number): number {
    return Math.floor((this.#clock.sharedMs() * PARTS) / windowMs) & PART_MASK;
  }

  #rowStart(row: number): number {
    return (row & ROW_MASK) * this.#workers * COLUMN_WORDS;
  }

  /** Where this worker counts in the part; begins it if it is new. */
  #place(words: Int32Array, row: number, part: number): number {
    const at = this.#rowStart(row) + this.#worker * COLUMN_WORDS + (part % RING) * PART_WORDS;
    if (words[at] === part) return at;
    // In this order: who reads meanwhile finds no part, never the number of the new one with the counts of the old.
    Atomics.store(words, at, NO_PART);
    Atomics.store(words, at + REQUESTS, 0);
    Atomics.store(words, at + RETRIES, 0);
    Atomics.store(words, at, part);
    return at;
  }
}

/**
 * What all threads know of each endpoint: whether it takes part in balancing, how often it failed in a row, and how many requests
 * are under way there, exact over all workers at every moment. A worker counts, the primary reads, and takes off what a dead worker
 * had. Offsets are known nowhere else; nothing here throws.
 *
 * A table is a list of segments. It grows by one more segment, told with a snapshot. None is ever moved or replaced: what was
 * counted up under one snapshot is counted down in the same place under the next.
 *
 *   segment   head      epoch, in the first segment: how many states have changed │ 15 unused
 *             states    2 words a slot: state │ failures in a row.  All 0: takes part in balancing.
 *                       The state is a word of `endpoint-state.ts`. The primary alone writes it, so that health, ejection and slow start
 *                       need no agreement between threads, and no time that they share. Failures are counted by all workers
 *             columns   one a worker, a word a slot: twice the requests that this worker has there, +1 while it tries one more
 *
 * There is no stored total: the requests at an endpoint are the sum of its columns, each of which has one writer. So whatever moment
 * a worker dies at, its column is its whole share, and nothing can leak.
 *
 * Where there is no limit a column is counted up and read plainly: a word is written whole, and who sees it a moment late chooses by
 * what was true a moment before. Accesses of who enters below a limit are atomic, hence in one order that all threads agree on:
 *   1. put own column one up, as a try,
 *   2. read all columns: together not above the limit, tries of others included → the try becomes a request.
 * Why no more than the limit are ever in: of all who are in, take the one whose step 1 came last. The others' steps 1 came before it,
 * so its step 2 counted every one of them; who has left and is not yet seen to have makes them fewer. `connection-table.ts` does the
 * same for keys that nobody knows beforehand.
 */

const SLOT_BITS = 8;
const SEGMENT_SLOTS = 1 << SLOT_BITS;
const SLOT_MASK = SEGMENT_SLOTS - 1;
/** A line of the processor's cache: the workers read the epoch at every request, and nobody writes beside it. */
const HEAD = 16;
const EPOCH = 0;
const STATE_WORDS = 2;
/** From a slot's first word. */
const STATE = 0;
const FAILURES = 1;
const COLUMNS: number = HEAD + SEGMENT_SLOTS * STATE_WORDS;
/** There are columns for a multiple of so many workers, so that they are added up without a loop where that suffices. */
const ADDED_AT_ONCE = 4;

/** What a try and a request are worth in a column. */
const TRY = 1;
const REQUEST = 2;

/** The limit that `enter` may be given at most: columns are 32-bit words. */
export const MAX_ENDPOINT_REQUESTS = 1_000_000;
/** The number of who only reads: the primary. */
export const NO_WORKER = -1;

const Outcome = { ENTERED: 0, REACHED: 1, CONTENDED: 2 } as const;
type Outcome = (typeof Outcome)[keyof typeof Outcome];

/**
 * After so many attempts a worker sleeps between two of them, so that one which the system has taken off its core in the middle of a
 * try can go on; all in all not longer than 16 ms. One attempt is enough unless workers meet at the last free place.
 */
const SPINNING_ATTEMPTS = 48;
const MAX_ATTEMPTS = 64;
const SLEEP_MS = 1;

/** How many segments it takes for so many slots. */
export function segmentsFor(slots: number): number {
  return Math.ceil(slots / SEGMENT_SLOTS);
}

/** Bytes of one segment for so many workers. */
export function endpointSegmentBytes(workers: number): number {
  return (COLUMNS + SEGMENT_SLOTS * columnsFor(workers)) * Int32Array.BYTES_PER_ELEMENT;
}

function columnsFor(workers: number): number {
  return Math.ceil(workers / ADDED_AT_ONCE) * ADDED_AT_ONCE;
}

/** One thread's side of the table. */
export class EndpointTable {
  readonly #segments: Int32Array[] = [];
  readonly #workers: number;
  readonly #own: number;
  /** Nobody writes it: what a thread waits on that wants to sleep. */
  readonly #bed: Int32Array = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

  /** `worker`: its number, from 0, or NO_WORKER. Two threads never have the same one at a time. */
  constructor(worker: number, workers: number) {
    this.#workers = workers;
    this.#own = COLUMNS + worker * SEGMENT_SLOTS;
  }

  /** All segments that there are. Those that are known stay. */
  adopt(segments: readonly SharedArrayBuffer[]): void {
    for (let i = this.#segments.length; i < segments.length; i++)
      this.#segments.push(new Int32Array(segments[i] as SharedArrayBuffer));
  }

  /**
   * Counts one request at an endpoint unless that would make more than `limit`; 0 = no limit. False: the limit is reached, and
   * nothing was counted. What was counted is given back with `leave`. A slot of no segment is let in and counted nowhere.
   *
   * False too where workers stay in each other's way for all attempts, because one was kept off its core for long in its try.
   */
  enter(slot: number, limit: number): boolean {
    const words = this.#segments[slot >>> SLOT_BITS];
    if (words === undefined) return true;
    const index = slot & SLOT_MASK;
    if (limit > 0) return this.#enterBelow(words, index, limit);
    const own = this.#own + index;
    words[own] = (words[own] as number) + REQUEST;
    return true;
  }

  /** Gives back what `enter` counted. */
  leave(slot: number): void {
    const words = this.#segments[slot >>> SLOT_BITS];
    if (words === undefined) return;
    const own = this.#own + (slot & SLOT_MASK);
    const count = words[own] as number;
    // One store: a worker that dies before it has left, one that dies after it has.
    if (count >= REQUEST) words[own] = count - REQUEST;
  }

  /** Requests under way at an endpoint, over all workers. The columns are not read at one moment. */
  requests(slot: number): number {
    const words = this.#segments[slot >>> SLOT_BITS];
    if (words === undefined) return 0;
    let twice = 0;
    const end = words.length;
    for (let at = COLUMNS + (slot & SLOT_MASK); at < end; at += ADDED_AT_ONCE * SEGMENT_SLOTS) {
      twice += (words[at] as number) & ~TRY;
      twice += (words[at + SEGMENT_SLOTS] as number) & ~TRY;
      twice += (words[at + 2 * SEGMENT_SLOTS] as number) & ~TRY;
      twice += (words[at + 3 * SEGMENT_SLOTS] as number) & ~TRY;
    }
    return twice / REQUEST;
  }

  /** A word of `endpoint-state.ts`; 0: takes part in balancing, whole. A slot of no segment does. */
  state(slot: number): number {
    // Plain: a worker may see a change one request late, and never half of it.
    return this.#segments[slot >>> SLOT_BITS]?.[statesOf(slot) + STATE] ?? 0;
  }

  /** Another number after each change of a state: who has read the states under this one knows them. */
  epoch(): number {
    const words = this.#segments[0];
    // Atomic: read before any state. The other way round, a state that changes in between would be kept under the epoch that tells of it.
    return words === undefined ? 0 : Atomics.load(words, EPOCH);
  }

  /** By the primary alone. */
  setState(slot: number, state: number): void {
    const words = this.#segments[slot >>> SLOT_BITS];
    const first = this.#segments[0];
    if (words === undefined || first === undefined) return;
    // Atomic, and before the epoch: who sees the new epoch sees the new state.
    if (Atomics.exchange(words, statesOf(slot) + STATE, state) !== state) Atomics.add(first, EPOCH, 1);
  }

  /** One more failure in a row. Gives how many there are. */
  countFailure(slot: number): number {
    const words = this.#segments[slot >>> SLOT_BITS];
    if (words === undefined) return 0;
    // Atomic: of workers that fail at once each adds one and gets a number of its own, so exactly one sees a threshold reached.
    return Atomics.add(words, statesOf(slot) + FAILURES, 1) + 1;
  }

  /** The endpoint did what it was asked to. Writes only where there were failures, so that those that are well cost a read. */
  clearFailures(slot: number): void {
    const words = this.#segments[slot >>> SLOT_BITS];
    if (words === undefined) return;
    const word = statesOf(slot) + FAILURES;
    // A failure that another worker counts between the two is forgotten: it came at the same moment as the success.
    if (words[word] !== 0) Atomics.store(words, word, 0);
  }

  /** By the primary: the slot goes to another endpoint, which begins in good health. */
  resetState(slot: number): void {
    const words = this.#segments[slot >>> SLOT_BITS];
    if (words === undefined) return;
    const first = statesOf(slot);
    // No snapshot names the slot yet: whoever reads these words does so after it has got one.
    for (let word = first; word < first + STATE_WORDS; word++) Atomics.store(words, word, 0);
  }

  /**
   * By the primary: a worker died, and its requests are gone. Only when its thread has ended, and before another one gets its
   * number: then its column has no other writer.
   */
  static clearWorker(segments: readonly SharedArrayBuffer[], worker: number): void {
    for (const segment of segments) {
      const words = new Int32Array(segment);
      const first = COLUMNS + worker * SEGMENT_SLOTS;
      // Atomic, as others read the column meanwhile: they count the dead one's share whole or not at all.
      for (let column = first; column < first + SEGMENT_SLOTS; column++) Atomics.store(words, column, 0);
    }
  }

  #enterBelow(words: Int32Array, index: number, limit: number): boolean {
    let before: Outcome = Outcome.CONTENDED;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const outcome = this.#tryAt(words, index, limit);
      if (outcome === Outcome.ENTERED) return true;
      // The columns are not read at one moment: a request that ends at a worker already read and another that begins at one not yet
      // read are both counted. That a limit never reached looks reached twice in a row needs this twice.
      if (outcome === Outcome.REACHED && before === Outcome.REACHED) return false;
      before = outcome;
      if (outcome === Outcome.CONTENDED) this.#pause(attempt);
    }
    return false;
  }

  #tryAt(words: Int32Array, index: number, limit: number): Outcome {
    const own = this.#own + index;
    // Nobody else writes here.
    const count = words[own] as number;
    // The try is written before the columns are read: of two workers that try at once, at least one sees the other.
    Atomics.store(words, own, count + TRY);
    let requests = 0;
    let tries = 0;
    let column = COLUMNS + index;
    for (let worker = 0; worker < this.#workers; worker++) {
      const value = Atomics.load(words, column);
      requests += value >> 1;
      tries += value & TRY;
      column += SEGMENT_SLOTS;
    }
    if (requests + tries <= limit) {
      // One store turns the try into a request: at no moment does the column show less than it must.
      Atomics.store(words, own, count + REQUEST);
      return Outcome.ENTERED;
    }
    Atomics.store(words, own, count);
    // Several tries for the last place: each has seen the others, and all withdraw. They try again at different moments.
    return requests < limit ? Outcome.CONTENDED : Outcome.REACHED;
  }

  /** Waits a little, each worker another while, so that those who met in one try do not meet again. */
  #pause(attempt: number): void {
    if (attempt >= SPINNING_ATTEMPTS) {
      Atomics.wait(this.#bed, 0, 0, SLEEP_MS);
      return;
    }
    const spins = ((this.#own - COLUMNS) >> SLOT_BITS) * attempt;
    for (let i = 0; i < spins; i++) Atomics.load(this.#bed, 0);
  }
}

/** Where the states of a slot begin in its segment. */
function statesOf(slot: number): number {
  return HEAD + (slot & SLOT_MASK) * STATE_WORDS;
}

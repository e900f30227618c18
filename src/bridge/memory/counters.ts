/**
 * Counters in shared memory: one column a worker, one row a route or service. Each column has one writer, its worker;
 * the primary reads all of them when metrics are scraped. No atomics: a cell is an aligned 64-bit float or 32-bit integer, whose loads
 * and stores are whole on every machine that penstock runs on (x64, arm64), and a reader that sees a value one request old is
 * still right. Offsets are known nowhere else.
 *
 * A row:   [ 1xx 2xx 3xx 4xx 5xx | sum of seconds | bytes in | bytes out | new | reused | denied | limited | retries | longest
 *            | octave 0 … octave 21 | coarse bucket 0 … coarse bucket 176 ]      floats up to the octaves, then integers
 *
 * `new` and `reused` count upstream connections that a request got, `retries` requests sent once more; rows of routes leave them at 0.
 * `denied` counts requests that an access list refused, `limited` those that a rate limit did; rows of services leave both at 0.
 *
 * Octaves are what scrapes show: octave i counts durations of at most OCTAVE_BOUNDS[i] seconds that no smaller one holds, the last one
 * everything longer. Coarse buckets (`latency-buckets.ts`) are what percentiles are read from. They are integers because they are many:
 * a bucket that is full halves all of its row, which leaves percentiles as they were and would not do for what only goes up.
 */

import { COARSE, type LatencyCounts, latencyBucketOf, MICROS_PER_SECOND, tickOf } from './latency-buckets.ts';

const STATUS_CLASSES = 5;
const SUM = 5;
const BYTES_IN = 6;
const BYTES_OUT = 7;
const CONNECTIONS_NEW = 8;
const CONNECTIONS_REUSED = 9;
const DENIED = 10;
const LIMITED = 11;
const RETRIES = 12;
const LONGEST = 13;
const FIRST_OCTAVE = 14;

/** The first octave ends at 2^6 µs. */
const FIRST_OCTAVE_BITS = 6;

/** Upper bounds in seconds of all octaves but the last, which has none: 64 µs, 128 µs … 67 s. */
export const OCTAVE_BOUNDS: readonly number[] = Object.freeze(
  Array.from({ length: 21 }, (_, octave) => 2 ** (FIRST_OCTAVE_BITS + octave) / MICROS_PER_SECOND),
);

const OCTAVES = OCTAVE_BOUNDS.length + 1;
const CELLS = FIRST_OCTAVE + OCTAVES;
const CELL_BYTES = 8;
const FULL = 2 ** 32 - 1;
/** Of a row: whole cells, since those of the next row are aligned. */
const ROW_CELLS = CELLS + Math.ceil((COARSE.buckets * Uint32Array.BYTES_PER_ELEMENT) / CELL_BYTES);
/** The same in integers, and where the buckets begin. */
const ROW_WORDS = ROW_CELLS * 2;
const FIRST_WORD = CELLS * 2;

export function counterBufferBytes(rows: number): number {
  return rows * ROW_CELLS * CELL_BYTES;
}

/** The octave of a tick (`latency-buckets.ts`): its number of bits, less those of the first one. */
export function octaveOf(tick: number): number {
  return Math.min(Math.max(0, 32 - Math.clz32(tick) - FIRST_OCTAVE_BITS), OCTAVES - 1);
}

/** One worker's column. */
export class CounterColumn {
  readonly rows: number;
  readonly #cells: Float64Array;
  /** The same memory as integers. */
  readonly #words: Uint32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#cells = new Float64Array(buffer);
    this.#words = new Uint32Array(buffer);
    this.rows = Math.floor(this.#cells.length / ROW_CELLS);
  }

  /** Counts one finished request. A row that this column does not have is counted as row 0. */
  add(row: number, status: number, seconds: number, bytesIn: number, bytesOut: number): void {
    const cells = this.#cells;
    const known = row < this.rows ? row : 0;
    const base = known * ROW_CELLS;
    const statusClass = status >= 100 && status < 600 ? ((status / 100) | 0) - 1 : STATUS_CLASSES - 1;
    const tick = tickOf(seconds);
    const octave = base + FIRST_OCTAVE + octaveOf(tick);
    cells[base + statusClass] = (cells[base + statusClass] as number) + 1;
    cells[base + SUM] = (cells[base + SUM] as number) + seconds;
    cells[base + BYTES_IN] = (cells[base + BYTES_IN] as number) + bytesIn;
    cells[base + BYTES_OUT] = (cells[base + BYTES_OUT] as number) + bytesOut;
    cells[octave] = (cells[octave] as number) + 1;
    if (seconds > (cells[base + LONGEST] as number)) cells[base + LONGEST] = seconds;
    const words = this.#words;
    const bucket = known * ROW_WORDS + FIRST_WORD + latencyBucketOf(COARSE, tick);
    if (words[bucket] === FULL) this.#halve(known);
    words[bucket] = (words[bucket] as number) + 1;
  }

  #halve(row: number): void {
    const words = this.#words;
    const first = row * ROW_WORDS + FIRST_WORD;
    for (let i = first; i < first + COARSE.buckets; i++) words[i] = (words[i] as number) >>> 1;
  }

  /** A request got an upstream connection: a new one, or one that had served before. */
  countConnection(row: number, reused: boolean): void {
    const cell = (row < this.rows ? row * ROW_CELLS : 0) + (reused ? CONNECTIONS_REUSED : CONNECTIONS_NEW);
    this.#cells[cell] = (this.#cells[cell] as number) + 1;
  }

  /** An access list kept the client out. */
  countDenied(row: number): void {
    const cell = (row < this.rows ? row * ROW_CELLS : 0) + DENIED;
    this.#cells[cell] = (this.#cells[cell] as number) + 1;
  }

  /** A rate limit let the request not pass. */
  countLimited(row: number): void {
    const cell = (row < this.rows ? row * ROW_CELLS : 0) + LIMITED;
    this.#cells[cell] = (this.#cells[cell] as number) + 1;
  }

  /** A request is sent to an endpoint once more. */
  countRetry(row: number): void {
    const cell = (row < this.rows ? row * ROW_CELLS : 0) + RETRIES;
    this.#cells[cell] = (this.#cells[cell] as number) + 1;
  }

  /** Adds this column's row to `total`. */
  sumInto(row: number, total: CounterRow): void {
    if (row >= this.rows) return;
    const cells = this.#cells;
    const base = row * ROW_CELLS;
    for (let i = 0; i < STATUS_CLASSES; i++)
      total.statuses[i] = (total.statuses[i] ?? 0) + (cells[base + i] as number);
    total.seconds += cells[base + SUM] as number;
    total.bytesIn += cells[base + BYTES_IN] as number;
    total.bytesOut += cells[base + BYTES_OUT] as number;
    total.connectionsNew += cells[base + CONNECTIONS_NEW] as number;
    total.connectionsReused += cells[base + CONNECTIONS_REUSED] as number;
    total.denied += cells[base + DENIED] as number;
    total.limited += cells[base + LIMITED] as number;
    total.retries += cells[base + RETRIES] as number;
    for (let i = 0; i < OCTAVES; i++) {
      total.octaves[i] = (total.octaves[i] ?? 0) + (cells[base + FIRST_OCTAVE + i] as number);
    }
  }

  /** How many requests were counted in this column's row. */
  requests(row: number): number {
    if (row >= this.rows) return 0;
    const base = row * ROW_CELLS;
    let total = 0;
    for (let i = 0; i < STATUS_CLASSES; i++) total += this.#cells[base + i] as number;
    return total;
  }

  /** Adds how long the requests of this column's row took to `total`, whose buckets are coarse ones. */
  sumLatencyInto(row: number, total: LatencyCounts): void {
    if (row >= this.rows) return;
    const first = row * ROW_WORDS + FIRST_WORD;
    for (let i = 0; i < COARSE.buckets; i++)
      total.counts[i] = (total.counts[i] as number) + (this.#words[first + i] as number);
    total.longestSeconds = Math.max(total.longestSeconds, this.#cells[row * ROW_CELLS + LONGEST] as number);
  }
}

/** A row read out: sums over columns. */
export interface CounterRow {
  /** Requests by status class 1xx…5xx. */
  readonly statuses: number[];
  /** One more than OCTAVE_BOUNDS; not cumulative. */
  readonly octaves: number[];
  seconds: number;
  bytesIn: number;
  bytesOut: number;
  connectionsNew: number;
  connectionsReused: number;
  denied: number;
  limited: number;
  retries: number;
}

export function emptyCounterRow(): CounterRow {
  return {
    statuses: new Array<number>(STATUS_CLASSES).fill(0),
    octaves: new Array<number>(OCTAVES).fill(0),
    seconds: 0,
    bytesIn: 0,
    bytesOut: 0,
    connectionsNew: 0,
    connectionsReused: 0,
    denied: 0,
    limited: 0,
    retries: 0,
  };
}

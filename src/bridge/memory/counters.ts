/**
 * Counters in shared memory: one column a worker, one row a route or service. Each column has one writer, its worker;
 * the primary reads all of them when metrics are scraped. No atomics: a cell is an aligned 64-bit float, whose loads and
 * stores are whole on every machine that penstock runs on (x64, arm64), and a reader that sees a value one request old is
 * still right. Offsets are known nowhere else.
 *
 * A row:   [ 1xx 2xx 3xx 4xx 5xx | sum of seconds | bytes in | bytes out | new | reused | denied | limited | retries
 *            | bucket 0 … bucket 41 ]
 *
 * `new` and `reused` count upstream connections that a request got, `retries` requests sent once more; rows of routes leave them at 0.
 * `denied` counts requests that an access list refused, `limited` those that a rate limit did; rows of services leave both at 0.
 *
 * Buckets are log-linear: two an octave, from 64 µs up; bucket i counts durations of at most BUCKET_BOUNDS[i] seconds
 * that no smaller bucket holds, the last one everything longer.
 */

const STATUS_CLASSES = 5;
const SUM = 5;
const BYTES_IN = 6;
const BYTES_OUT = 7;
const CONNECTIONS_NEW = 8;
const CONNECTIONS_REUSED = 9;
const DENIED = 10;
const LIMITED = 11;
const RETRIES = 12;
const FIRST_BUCKET = 13;

const FIRST_BOUND_SECONDS = 64e-6;
const OCTAVES = 20;
const PER_OCTAVE = 2;

/** Upper bounds in seconds of all buckets but the last, which has none. */
export const BUCKET_BOUNDS: readonly number[] = Object.freeze(
  Array.from({ length: OCTAVES * PER_OCTAVE + 1 }, (_, index) => {
    const octave = 2 ** Math.floor(index / PER_OCTAVE);
    return FIRST_BOUND_SECONDS * octave * (1 + (index % PER_OCTAVE) / PER_OCTAVE);
  }),
);

const BUCKETS = BUCKET_BOUNDS.length + 1;
const CELLS = FIRST_BUCKET + BUCKETS;
const CELL_BYTES = 8;

export function counterBufferBytes(rows: number): number {
  return rows * CELLS * CELL_BYTES;
}

/** The bucket of a duration: the first whose bound is not below it. Pure arithmetic, no search. */
export function bucketOf(seconds: number): number {
  if (!(seconds > FIRST_BOUND_SECONDS)) return 0;
  const ratio = seconds / FIRST_BOUND_SECONDS;
  // 31 - clz32 is the octave; the fraction of the octave, doubled, is the place in it.
  const whole = Math.min(ratio, 2 ** 30);
  const octave = 31 - Math.clz32(whole);
  const base = 2 ** octave;
  const steps = Math.ceil(((whole - base) * PER_OCTAVE) / base);
  const bucket = octave * PER_OCTAVE + steps;
  return Math.min(bucket, BUCKETS - 1);
}

/** One worker's column. */
export class CounterColumn {
  readonly rows: number;
  readonly #cells: Float64Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#cells = new Float64Array(buffer);
    this.rows = Math.floor(this.#cells.length / CELLS);
  }

  /** Counts one finished request. A row that this column does not have is counted as row 0. */
  add(row: number, status: number, seconds: number, bytesIn: number, bytesOut: number): void {
    const cells = this.#cells;
    const base = row < this.rows ? row * CELLS : 0;
    const statusClass = status >= 100 && status < 600 ? ((status / 100) | 0) - 1 : STATUS_CLASSES - 1;
    const bucket = base + FIRST_BUCKET + bucketOf(seconds);
    cells[base + statusClass] = (cells[base + statusClass] as number) + 1;
    cells[base + SUM] = (cells[base + SUM] as number) + seconds;
    cells[base + BYTES_IN] = (cells[base + BYTES_IN] as number) + bytesIn;
    cells[base + BYTES_OUT] = (cells[base + BYTES_OUT] as number) + bytesOut;
    cells[bucket] = (cells[bucket] as number) + 1;
  }

  /** A request got an upstream connection: a new one, or one that had served before. */
  countConnection(row: number, reused: boolean): void {
    const cell = (row < this.rows ? row * CELLS : 0) + (reused ? CONNECTIONS_REUSED : CONNECTIONS_NEW);
    this.#cells[cell] = (this.#cells[cell] as number) + 1;
  }

  /** An access list kept the client out. */
  countDenied(row: number): void {
    const cell = (row < this.rows ? row * CELLS : 0) + DENIED;
    this.#cells[cell] = (this.#cells[cell] as number) + 1;
  }

  /** A rate limit let the request not pass. */
  countLimited(row: number): void {
    const cell = (row < this.rows ? row * CELLS : 0) + LIMITED;
    this.#cells[cell] = (this.#cells[cell] as number) + 1;
  }

  /** A request is sent to an endpoint once more. */
  countRetry(row: number): void {
    const cell = (row < this.rows ? row * CELLS : 0) + RETRIES;
    this.#cells[cell] = (this.#cells[cell] as number) + 1;
  }

  /** Adds this column's row to `total`. */
  sumInto(row: number, total: CounterRow): void {
    if (row >= this.rows) return;
    const cells = this.#cells;
    const base = row * CELLS;
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
    for (let i = 0; i < BUCKETS; i++) {
      total.buckets[i] = (total.buckets[i] ?? 0) + (cells[base + FIRST_BUCKET + i] as number);
    }
  }
}

/** A row read out: sums over columns. */
export interface CounterRow {
  /** Requests by status class 1xx…5xx. */
  readonly statuses: number[];
  /** One more than BUCKET_BOUNDS; not cumulative. */
  readonly buckets: number[];
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
    buckets: new Array<number>(BUCKETS).fill(0),
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

/**
 * Plans the counters tables: a row for each route and service name, stable while the name stands in the configuration,
 * and one column of every row for each worker; and one more column for the durations of all requests. Primary thread. A table that is too
 * small is replaced by one twice its size together with a snapshot; the old one stays and is summed, since exchanges that began before go
 * on counting in it.
 */

import {
  CounterColumn,
  type CounterRow,
  counterBufferBytes,
  emptyCounterRow,
} from '../../bridge/memory/counters.ts';
import {
  bucketCeilingMicros,
  COARSE,
  emptyLatencyCounts,
  FINE,
  type LatencyCounts,
  MICROS_PER_SECOND,
} from '../../bridge/memory/latency-buckets.ts';
import { LATENCY_BUFFER_BYTES, LatencyColumn } from '../../bridge/memory/latency-column.ts';
import type { CountersBuffers } from '../../bridge/messages.ts';

const FIRST_ROWS = 64;
/** A row that lost its name is given to another one only after exchanges of before have surely ended. */
const REUSE_AFTER_MS = 10 * 60_000;

/** Row 0 is for what belongs to no name. */
export const NO_ROW = 0;

/** What one worker counts into, and how it is read. */
interface Column {
  readonly buffer: SharedArrayBuffer;
  readonly counters: CounterColumn;
}

/** What a row that is given to another name had counted by then. */
interface Before {
  readonly row: CounterRow;
  readonly latency: LatencyCounts;
}

class CounterTable {
  readonly #workers: number;
  readonly #rows = new Map<string, number>();
  /** Names that are gone, the longest gone first: one that comes back goes on counting in its row. */
  readonly #freed = new Map<string, { readonly row: number; readonly atMs: number }>();
  /** What a reused row had counted for the name before. */
  readonly #before = new Map<number, Before>();
  #used = 1;
  /** Generations of columns, one a worker; the last one is written to by new exchanges. */
  readonly #generations: Column[][] = [];

  constructor(workers: number) {
    this.#workers = workers;
    this.#grow(FIRST_ROWS);
  }

  row(name: string, nowMs: number): number {
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    const own = this.#freed.get(name);
    if (own !== undefined) {
      this.#freed.delete(name);
      this.#rows.set(name, own.row);
      return own.row;
    }
    const [oldest] = this.#freed;
    let row: number;
    if (oldest !== undefined && nowMs - oldest[1].atMs > REUSE_AFTER_MS) {
      this.#freed.delete(oldest[0]);
      row = oldest[1].row;
      this.#before.set(row, { row: this.#sum(row), latency: this.#sumLatency(row) });
    } else row = this.#used++;
    this.#rows.set(name, row);
    return row;
  }

  /** Frees the rows of names that are gone. */
  settle(names: ReadonlySet<string>, nowMs: number): void {
    for (const [name, row] of this.#rows) {
      if (names.has(name)) continue;
      this.#rows.delete(name);
      this.#freed.set(name, { row, atMs: nowMs });
    }
  }

  /** Room for every row that was given. */
  makeRoom(): void {
    const bytes = this.buffer(0).byteLength;
    if (counterBufferBytes(this.#used) > bytes) this.#grow(this.#used * 2);
  }

  buffer(worker: number): SharedArrayBuffer {
    const latest = this.#generations[this.#generations.length - 1] as Column[];
    // More workers than before: their columns are as long as the others'.
    latest[worker] ??= newColumn((latest[0] as Column).buffer.byteLength);
    return latest[worker].buffer;
  }

  /** Every name with what was counted for it. */
  *read(): Generator<readonly [string, CounterRow]> {
    for (const [name, row] of this.#rows) yield [name, this.readRow(row)];
  }

  readRow(row: number): CounterRow {
    const total = this.#sum(row);
    const before = this.#before.get(row);
    if (before !== undefined) subtract(total, before.row);
    return total;
  }

  /** Every name that counted requests, with how many and how long they took. */
  *readLatencies(): Generator<readonly [string, number, LatencyCounts]> {
    for (const [name, row] of this.#rows) {
      const requests = this.requests(row);
      if (requests > 0) yield [name, requests, this.readLatency(row)];
    }
  }

  requests(row: number): number {
    let total = 0;
    for (const generation of this.#generations)
      for (const column of generation) total += column?.counters.requests(row) ?? 0;
    const before = this.#before.get(row)?.row.statuses ?? [];
    return before.reduce((left, count) => left - count, total);
  }

  readLatency(row: number): LatencyCounts {
    const total = this.#sumLatency(row);
    const before = this.#before.get(row);
    if (before !== undefined) subtractLatency(total, before.latency);
    return total;
  }

  #sum(row: number): CounterRow {
    const total = emptyCounterRow();
    for (const generation of this.#generations)
      for (const column of generation) column?.counters.sumInto(row, total);
    return total;
  }

  #sumLatency(row: number): LatencyCounts {
    const total = emptyLatencyCounts(COARSE);
    for (const generation of this.#generations)
      for (const column of generation) column?.counters.sumLatencyInto(row, total);
    return total;
  }

  #grow(rows: number): void {
    const bytes = counterBufferBytes(rows);
    this.#generations.push(Array.from({ length: this.#workers }, () => newColumn(bytes)));
  }
}

function newColumn(bytes: number): Column {
  const buffer = new SharedArrayBuffer(bytes);
  return { buffer, counters: new CounterColumn(buffer) };
}

function subtract(total: CounterRow, before: CounterRow): void {
  before.statuses.forEach((count, index) => {
    total.statuses[index] = (total.statuses[index] ?? 0) - count;
  });
  before.octaves.forEach((count, index) => {
    total.octaves[index] = (total.octaves[index] ?? 0) - count;
  });
  total.seconds -= before.seconds;
  total.bytesIn -= before.bytesIn;
  total.bytesOut -= before.bytesOut;
  total.connectionsNew -= before.connectionsNew;
  total.connectionsReused -= before.connectionsReused;
  total.denied -= before.denied;
  total.limited -= before.limited;
  total.retries -= before.retries;
}

/** The longest duration cannot be taken away: what is left is at most as long as the last bucket that holds any of it. */
function subtractLatency(total: LatencyCounts, before: LatencyCounts): void {
  const { counts, layout } = total;
  // A row that was halved meanwhile has less than before.
  before.counts.forEach((count, bucket) => {
    counts[bucket] = Math.max(0, (counts[bucket] as number) - count);
  });
  const last = counts.findLastIndex((count) => count > 0);
  const ceiling = last < 0 ? 0 : bucketCeilingMicros(layout, last) / MICROS_PER_SECOND;
  total.longestSeconds = Math.min(total.longestSeconds, ceiling);
}

export class CountersPlan {
  readonly routes: CounterTable;
  readonly services: CounterTable;
  /** Of all requests: one a worker. */
  readonly #latencies: SharedArrayBuffer[] = [];

  constructor(workers: number) {
    this.routes = new CounterTable(workers);
    this.services = new CounterTable(workers);
  }

  /** How long all requests took, those of routes that are gone included. */
  readLatency(): LatencyCounts {
    const total = emptyLatencyCounts(FINE);
    for (const buffer of this.#latencies) if (buffer !== undefined) new LatencyColumn(buffer).sumInto(total);
    return total;
  }

  /** Before a snapshot is published: its columns are as long as its rows ask. */
  makeRoom(): void {
    this.routes.makeRoom();
    this.services.makeRoom();
  }

  /**
   * Once a snapshot serves: these are all the names there are. Not before, since what is refused leaves the rows of the
   * one before in use. `nowMs` is monotonic.
   */
  settle(routeNames: Iterable<string>, serviceNames: Iterable<string>, nowMs: number): void {
    this.routes.settle(new Set(routeNames), nowMs);
    this.services.settle(new Set(serviceNames), nowMs);
  }

  buffers(worker: number): CountersBuffers {
    this.#latencies[worker] ??= new SharedArrayBuffer(LATENCY_BUFFER_BYTES);
    return {
      routes: this.routes.buffer(worker),
      services: this.services.buffer(worker),
      latency: this.#latencies[worker],
    };
  }
}

export type { CounterTable };

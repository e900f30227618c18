/**
 * Plans the counters tables: a row for each route and service name, stable while the name stands in the configuration,
 * and one column of every row for each worker. Primary thread. A table that is too small is replaced by one twice its size
 * together with a snapshot; the old one stays and is summed, since exchanges that began before go on counting in it.
 */

import {
  CounterColumn,
  type CounterRow,
  counterBufferBytes,
  emptyCounterRow,
} from '../../bridge/memory/counters.ts';
import type { CountersBuffers } from '../../bridge/messages.ts';

const FIRST_ROWS = 64;
/** A row that lost its name is given to another one only after exchanges of before have surely ended. */
const REUSE_AFTER_MS = 10 * 60_000;

/** Row 0 is for what belongs to no name. */
export const NO_ROW = 0;

class CounterTable {
  readonly #workers: number;
  readonly #rows = new Map<string, number>();
  /** Names that are gone, the longest gone first: one that comes back goes on counting in its row. */
  readonly #freed = new Map<string, { readonly row: number; readonly atMs: number }>();
  /** What a reused row had counted for the name before. */
  readonly #before = new Map<number, CounterRow>();
  #used = 1;
  /** Generations of buffers, one buffer a worker; the last one is written to by new exchanges. */
  readonly #generations: SharedArrayBuffer[][] = [];

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
      this.#before.set(row, this.#sum(row));
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
    const latest = this.#generations[this.#generations.length - 1] as SharedArrayBuffer[];
    const known = latest[worker];
    if (known !== undefined) return known;
    // More workers than before: their columns are as long as the others'.
    const rows = (latest[0] as SharedArrayBuffer).byteLength;
    const added = new SharedArrayBuffer(rows);
    latest[worker] = added;
    return added;
  }

  /** Every name with what was counted for it. */
  *read(): Generator<readonly [string, CounterRow]> {
    for (const [name, row] of this.#rows) yield [name, this.readRow(row)];
  }

  readRow(row: number): CounterRow {
    const total = this.#sum(row);
    const before = this.#before.get(row);
    if (before !== undefined) subtract(total, before);
    return total;
  }

  #sum(row: number): CounterRow {
    const total = emptyCounterRow();
    for (const generation of this.#generations) {
      for (const buffer of generation)
        if (buffer !== undefined) new CounterColumn(buffer).sumInto(row, total);
    }
    return total;
  }

  #grow(rows: number): void {
    const bytes = counterBufferBytes(rows);
    this.#generations.push(Array.from({ length: this.#workers }, () => new SharedArrayBuffer(bytes)));
  }
}

function subtract(total: CounterRow, before: CounterRow): void {
  before.statuses.forEach((count, index) => {
    total.statuses[index] = (total.statuses[index] ?? 0) - count;
  });
  before.buckets.forEach((count, index) => {
    total.buckets[index] = (total.buckets[index] ?? 0) - count;
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

export class CountersPlan {
  readonly routes: CounterTable;
  readonly services: CounterTable;

  constructor(workers: number) {
    this.routes = new CounterTable(workers);
    this.services = new CounterTable(workers);
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
    return { routes: this.routes.buffer(worker), services: this.services.buffer(worker) };
  }
}

export type { CounterTable };

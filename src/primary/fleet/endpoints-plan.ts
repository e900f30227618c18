/**
 * Plans the endpoint table: a slot for each endpoint, by its key, stable while the endpoint stands in the configuration. Primary
 * thread. A slot is given to another endpoint once its own has left every snapshot and nothing is counted there any more.
 */

import {
  EndpointTable,
  endpointSegmentBytes,
  NO_WORKER,
  segmentsFor,
} from '../../bridge/memory/endpoint-table.ts';

/** No exchange that began under a snapshot with the endpoint turns to it so late: it would have to wait for longer before its try. */
const REUSE_AFTER_MS = 10 * 60_000;

export class EndpointsPlan {
  /** All segments so far, in the order that slots know. The list only grows. */
  readonly segments: SharedArrayBuffer[] = [];
  readonly #table: EndpointTable;
  readonly #workers: number;
  readonly #slots = new Map<string, number>();
  /** Endpoints that are gone, the longest gone first: one that comes back finds its slot. */
  readonly #freed = new Map<string, { readonly slot: number; readonly atMs: number }>();
  #used = 0;

  constructor(workers: number) {
    this.#workers = workers;
    this.#table = new EndpointTable(NO_WORKER, workers);
  }

  /** `key`: as `endpointKey` makes it. `nowMs` is monotonic. */
  slot(key: string, nowMs: number): number {
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const own = this.#freed.get(key);
    if (own !== undefined) this.#freed.delete(key);
    const slot = own?.slot ?? this.#reuse(nowMs) ?? this.#used++;
    this.#slots.set(key, slot);
    return slot;
  }

  /** Before a snapshot is published: room for every slot that was given. */
  makeRoom(): void {
    while (this.segments.length < segmentsFor(this.#used))
      this.segments.push(new SharedArrayBuffer(endpointSegmentBytes(this.#workers)));
    this.#table.adopt(this.segments);
  }

  /** Once a snapshot serves: these are all the endpoints there are. */
  settle(keys: ReadonlySet<string>, nowMs: number): void {
    for (const [key, slot] of this.#slots) {
      if (keys.has(key)) continue;
      this.#slots.delete(key);
      this.#freed.set(key, { slot, atMs: nowMs });
    }
  }

  /** Whether the endpoint takes part in balancing: a word of `endpoint-state.ts`. */
  setState(slot: number, state: number): void {
    this.#table.setState(slot, state);
  }

  /** What failed before does not count any more. */
  clearFailures(slot: number): void {
    this.#table.clearFailures(slot);
  }

  /** Requests under way at the endpoint, over all workers. */
  requests(slot: number): number {
    return this.#table.requests(slot);
  }

  /** The slot of an endpoint that left long ago and has no request any more; null if there is none. */
  #reuse(nowMs: number): number | null {
    for (const [key, { slot, atMs }] of this.#freed) {
      if (nowMs - atMs <= REUSE_AFTER_MS) return null;
      if (this.#table.requests(slot) > 0) continue;
      this.#freed.delete(key);
      this.#table.resetState(slot);
      return slot;
    }
    return null;
  }
}

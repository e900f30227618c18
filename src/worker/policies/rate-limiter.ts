// hot: runs once per request
/**
 * How often requests may pass (contract, "Rate limits"): the limits of a route, each with its key of the request, asked of the
 * table that all workers share. One a worker; remembers why it refused the last request, until the next one.
 */

import { type LimitedRequest, limitKey } from '../../bridge/memory/limit-key.ts';
import type { LimiterTable } from '../../bridge/memory/limiter-table.ts';
import type { RateLimit } from '../../bridge/snapshot/model.ts';
import type { SharedClock } from '../../kit/clock.ts';

/** What of the table a limiter asks. `penstock explain` has the answers of a running penstock in its place. */
export type Buckets = Pick<LimiterTable, 'take' | 'peek' | 'giveBack' | 'slot' | 'before' | 'after'>;

export class RateLimiter {
  /** All that the last request was asked about. */
  limits: readonly RateLimit[] = [];
  /** The limit that keeps the request of the last refusal out for longest; null before the first. */
  refusedBy: RateLimit | null = null;
  /** For how long: milliseconds, more than 0. */
  waitMs = 0;
  readonly #table: Buckets;
  readonly #clock: SharedClock;
  /** Of the request under way: a key and what `take` noted, for each limit. */
  readonly #keys: string[] = [];
  readonly #slots: number[] = [];
  readonly #befores: number[] = [];
  readonly #afters: number[] = [];

  constructor(table: Buckets, clock: SharedClock) {
    this.#table = table;
    this.#clock = clock;
  }

  /**
   * Whether one of the limits does not let the request pass; none of them has counted it then. Else all have. `address`: the
   * client's.
   */
  refuses(limits: readonly RateLimit[], address: string, request: LimitedRequest): boolean {
    const nowMs = this.#clock.sharedMs();
    this.limits = limits;
    this.waitMs = 0;
    for (let i = 0; i < limits.length; i++)
      this.#keys[i] = limitKey(limits[i] as RateLimit, address, request);
    // A client that is over one limit shall not use another one up, which it may share with others: nothing is counted before
    // all have been asked.
    if (limits.length > 1 && !this.#allWouldPass(limits, nowMs)) return true;
    const table = this.#table;
    for (let i = 0; i < limits.length; i++) {
      const limit = limits[i] as RateLimit;
      this.#note(limit, table.take(limit, this.#keys[i] as string, nowMs));
      if (this.waitMs > 0) {
        // Another worker's request came in between.
        this.#giveBack(i);
        return true;
      }
      this.#slots[i] = table.slot;
      this.#befores[i] = table.before;
      this.#afters[i] = table.after;
    }
    return false;
  }

  /** Asks all, so that the longest wait is known: whoever waits for a shorter one would be refused once more. */
  #allWouldPass(limits: readonly RateLimit[], nowMs: number): boolean {
    for (let i = 0; i < limits.length; i++) {
      const limit = limits[i] as RateLimit;
      this.#note(limit, this.#table.peek(limit, this.#keys[i] as string, nowMs));
    }
    return this.waitMs === 0;
  }

  #note(limit: RateLimit, waitMs: number): void {
    if (waitMs <= this.waitMs) return;
    this.waitMs = waitMs;
    this.refusedBy = limit;
  }

  /** What the first `count` limits have counted. */
  #giveBack(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#table.giveBack(this.#slots[i] as number, this.#befores[i] as number, this.#afters[i] as number);
    }
  }
}

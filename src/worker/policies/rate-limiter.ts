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
export type Buckets = Pick<
  LimiterTable,
  'aim' | 'bucket' | 'check' | 'takeAt' | 'peekAt' | 'giveBack' | 'slot' | 'before' | 'after'
>;

export class RateLimiter {
  /** All that the last request was asked about. */
  limits: readonly RateLimit[] = [];
  /** The limit that keeps the request of the last refusal out for longest; null before the first. */
  refusedBy: RateLimit | null = null;
  /** For how long: milliseconds, more than 0. */
  waitMs = 0;
  readonly #table: Buckets;
  readonly #clock: SharedClock;
  /** Of the request under way: where its key is and what `take` noted, for each limit. */
  readonly #buckets: number[] = [];
  readonly #checks: number[] = [];
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
    const table = this.#table;
    this.limits = limits;
    this.waitMs = 0;
    for (let i = 0; i < limits.length; i++) {
      const limit = limits[i] as RateLimit;
      table.aim(limit, limitKey(limit, address, request));
      this.#buckets[i] = table.bucket;
      this.#checks[i] = table.check;
    }
    // A client that is over one limit shall not use another one up, which it may share with others: nothing is counted before
    // all others would let it pass.
    for (let i = 1; i < limits.length; i++) this.#peek(limits, i, nowMs);
    if (this.waitMs > 0) {
      // The longest wait is told: whoever waits for a shorter one would be refused once more.
      this.#peek(limits, 0, nowMs);
      return true;
    }
    for (let i = 0; i < limits.length; i++) {
      const limit = limits[i] as RateLimit;
      this.#note(limit, table.takeAt(limit, this.#buckets[i] as number, this.#checks[i] as number, nowMs));
      if (this.waitMs > 0) {
        // The first limit; or another worker's request came in between.
        this.#giveBack(i);
        return true;
      }
      this.#slots[i] = table.slot;
      this.#befores[i] = table.before;
      this.#afters[i] = table.after;
    }
    return false;
  }

  #peek(limits: readonly RateLimit[], i: number, nowMs: number): void {
    const limit = limits[i] as RateLimit;
    this.#note(
      limit,
      this.#table.peekAt(limit, this.#buckets[i] as number, this.#checks[i] as number, nowMs),
    );
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

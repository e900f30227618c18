/** Whatever comes in whatever order to whichever worker: no span of a window has more retries than its budget, and few less. */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Budget,
  budgetSegmentBytes,
  MIN_RETRIES,
  RetryBudgets,
} from '../../src/bridge/memory/retry-budgets.ts';
import { AtomicSteps } from '../support/atomic-steps.ts';

const WORKERS = 3;
/** Its neighbours in the segment must not be touched. */
const ROW = 63;

const atomics = new AtomicSteps();
beforeAll(() => atomics.install());
afterAll(() => atomics.restore());

/** The table and, beside it, when each request and retry was. */
class World {
  nowMs = 1_000_000;
  readonly requests: number[] = [];
  readonly retries: number[] = [];
  readonly budget: Budget;
  readonly #budgets: RetryBudgets[];

  constructor(budget: Budget) {
    this.budget = budget;
    const segment = new SharedArrayBuffer(budgetSegmentBytes(WORKERS));
    this.#budgets = Array.from({ length: WORKERS }, (_, worker) => {
      const budgets = new RetryBudgets(worker, WORKERS, { sharedMs: () => this.nowMs });
      budgets.adopt([segment]);
      return budgets;
    });
  }

  request(worker: number): void {
    this.#of(worker).countRequest(ROW, this.budget);
    this.requests.push(this.nowMs);
  }

  spend(worker: number): void {
    this.#of(worker).spend(ROW, this.budget);
    this.retries.push(this.nowMs);
  }

  /** `meanwhile`: nobody can say what is there in the midst of another's try. */
  take(worker: number, meanwhile = false): boolean {
    const taken = this.#of(worker).take(ROW, this.budget);
    if (taken) {
      this.retries.push(this.nowMs);
      expect(this.#within(this.retries, 1)).toBeLessThanOrEqual(this.#allowed(1));
    } else if (!meanwhile) expect(this.#within(this.retries, 1.1) + 1).toBeGreaterThan(this.#allowed(0.9));
    return taken;
  }

  #of(worker: number): RetryBudgets {
    return this.#budgets[worker] as RetryBudgets;
  }

  #allowed(windows: number): number {
    const { budgetPercent } = this.budget;
    if (budgetPercent === 0) return 0;
    return Math.max(MIN_RETRIES, Math.floor((this.#within(this.requests, windows) * budgetPercent) / 100));
  }

  #within(times: readonly number[], windows: number): number {
    return times.filter((time) => time > this.nowMs - windows * this.budget.windowMs).length;
  }
}

const budget: fc.Arbitrary<Budget> = fc.record({
  windowMs: fc.constantFrom(1_000, 7_777, 10_000),
  budgetPercent: fc.constantFrom(0, 1, 20, 50, 100),
});

const worker = fc.nat(WORKERS - 1);
/** Many at once: a budget that is never used up shows nothing. */
const times = fc.integer({ min: 1, max: 30 });
const step = fc.oneof(
  fc.record({ kind: fc.constant('request' as const), worker, times }),
  fc.record({ kind: fc.constant('take' as const), worker, times }),
  fc.record({ kind: fc.constant('spend' as const), worker, times: fc.constant(1) }),
  fc.record({
    kind: fc.constant('wait' as const),
    worker,
    times: fc.oneof(fc.integer({ min: 1, max: 1_200 }), fc.integer({ min: 1, max: 12_000 })),
  }),
);

describe('the retry budget', () => {
  it('is never exceeded in any span of its window, and is there to be used', () => {
    let granted = 0;
    let refused = 0;
    fc.assert(
      fc.property(budget, fc.array(step, { maxLength: 60 }), (of, steps) => {
        const world = new World(of);
        for (const { kind, worker: one, times: count } of steps) {
          if (kind === 'wait') world.nowMs += count;
          for (let i = 0; i < count && kind !== 'wait'; i++) {
            if (kind !== 'take') world[kind](one);
            else if (world.take(one)) granted++;
            else refused++;
          }
        }
      }),
      { numRuns: 400 },
    );
    expect(Math.min(granted, refused)).toBeGreaterThan(1_000);
  });

  it('is never exceeded wherever other workers come in between', () => {
    let disturbed = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: MIN_RETRIES - 3, max: MIN_RETRIES + 12 }),
        fc.nat(40),
        fc.array(fc.nat(1), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 1_100 }),
        (requests, before, at, others, waitMs) => {
          const world = new World({ windowMs: 10_000, budgetPercent: 20 });
          for (let i = 0; i < requests; i++) world.request(i % WORKERS);
          for (let i = 0; i < before; i++) world.take(i % WORKERS);
          world.nowMs += waitMs;
          const meet = (operation: number): void => {
            if (operation !== at) return;
            disturbed++;
            for (const other of others) world.take(other, true);
          };
          atomics.disturb(meet, () => world.take(2, true));
        },
      ),
      { numRuns: 2_000 },
    );
    expect(disturbed).toBeGreaterThan(1_000);
  });

  it('holds a storm: all attempts fail for half a minute, and no more than 1.2 times the requests are sent', () => {
    const world = new World({ windowMs: 10_000, budgetPercent: 20 });
    for (let i = 0; i < 6_000; i++) {
      world.nowMs += 5;
      world.request(i % WORKERS);
      for (let attempt = 0; attempt < 2; attempt++) if (!world.take(i % WORKERS)) break;
    }
    const share = world.retries.length / world.requests.length;
    expect(share).toBeLessThanOrEqual(0.2);
    expect(share).toBeGreaterThan(0.17);
  });
});

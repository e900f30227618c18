/** Percentiles of whatever durations, counted by whichever workers, are those of the sorted list within what docs/metrics.md says. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CounterColumn } from '../../src/bridge/memory/counters.ts';
import { LatencyColumn } from '../../src/bridge/memory/latency-column.ts';
import { CountersPlan } from '../../src/primary/fleet/counters-plan.ts';
import { type LatencySummary, latencyStatus } from '../../src/primary/latency-status.ts';

const WORKERS = 3;
const SHARES = [
  ['p50Ms', 0.5],
  ['p90Ms', 0.9],
  ['p99Ms', 0.99],
  ['p999Ms', 0.999],
] as const;

/** Of every order of magnitude alike, and some just at a bound of buckets. */
const durationMs = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: -6, max: 4.6, noNaN: true }).map((power) => 10 ** power) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 25 }), fc.constantFrom(-0.5, 0, 0.5))
      .map(([power, off]) => Math.max(0, 2 ** power + off) / 1000),
  },
);
const requests = fc.array(
  fc.record({ worker: fc.nat(WORKERS - 1), route: fc.constantFrom('a', 'b'), durationMs }),
  { minLength: 1, maxLength: 2_500, size: 'max' },
);

/** Of at least so many requests in a hundred, by the definition: the nearest rank. */
function exact(sorted: readonly number[], share: number): number {
  const rank = sorted.findIndex((_, index) => (index + 1) / sorted.length >= share - 1e-12);
  return sorted[rank] as number;
}

/** `part` and `leastMs`: the greater of both is how far off a percentile may be. */
function expectWithin(
  summary: LatencySummary | undefined,
  durations: readonly number[],
  part: number,
  leastMs: number,
): void {
  const sorted = durations.toSorted((a, b) => a - b);
  expect(summary?.requests).toBe(sorted.length);
  for (const [key, share] of SHARES) {
    const wanted = exact(sorted, share);
    const off = Math.abs((summary?.[key] ?? Number.NaN) - wanted);
    // A tenth of a microsecond is what the answer is rounded to.
    const allowed = Math.max(part * wanted, leastMs) + 0.0001;
    if (!(off <= allowed)) expect({ key, wanted, gave: summary?.[key] }).toBe(`off by at most ${allowed} ms`);
  }
  expect(summary?.maxMs).toBeCloseTo(sorted.at(-1) as number, 3);
}

describe('percentiles of latencies', () => {
  it('are as exact as promised: per route, and of all, over workers, reloads and growth', () => {
    fc.assert(
      fc.property(requests, fc.nat(2_500), (all, growsAt) => {
        const plan = new CountersPlan(WORKERS);
        const rows = { a: plan.routes.row('a', 0), b: plan.routes.row('b', 0) };
        const columns = () =>
          Array.from({ length: WORKERS }, (_, worker) => {
            const { routes, latency } = plan.buffers(worker);
            return { routes: new CounterColumn(routes), latency: new LatencyColumn(latency) };
          });
        let now = columns();
        all.forEach((request, index) => {
          if (index === growsAt) {
            for (let i = 0; i < 100; i++) plan.routes.row(`r${i}`, 0);
            plan.makeRoom();
            now = columns();
          }
          const column = now[request.worker] as (typeof now)[number];
          column.routes.add(rows[request.route as 'a' | 'b'], 200, request.durationMs / 1000, 0, 0);
          column.latency.add(request.durationMs / 1000);
        });
        const status = latencyStatus(plan);
        expectWithin(
          status.all,
          all.map((request) => request.durationMs),
          1 / 256,
          0.0005,
        );
        for (const route of ['a', 'b']) {
          const own = all.filter((request) => request.route === route);
          const summary = status.routes.find((one) => one.route === route);
          if (own.length === 0) expect(summary).toBeUndefined();
          else
            expectWithin(
              summary,
              own.map((request) => request.durationMs),
              1 / 16,
              0.002,
            );
        }
      }),
      { numRuns: 150 },
    );
  });
});

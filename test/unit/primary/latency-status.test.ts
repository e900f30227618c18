import { describe, expect, it } from 'vitest';
import { CounterColumn } from '../../../src/bridge/memory/counters.ts';
import { LatencyColumn } from '../../../src/bridge/memory/latency-column.ts';
import { CountersPlan } from '../../../src/primary/fleet/counters-plan.ts';
import { latencyStatus } from '../../../src/primary/latency-status.ts';

/** Of one worker that counted these durations, in seconds, for its one route or for none. */
function statusOf(durations: readonly number[], route: string | null = 'a') {
  const plan = new CountersPlan(1);
  const row = route === null ? 0 : plan.routes.row(route, 0);
  const { routes, latency } = plan.buffers(0);
  for (const seconds of durations) {
    new CounterColumn(routes).add(row, 200, seconds, 0, 0);
    new LatencyColumn(latency).add(seconds);
  }
  return latencyStatus(plan);
}

describe('latency-status', () => {
  it('has nothing to say of no requests', () => {
    const none = { requests: 0, p50Ms: null, p90Ms: null, p99Ms: null, p999Ms: null, maxMs: null };
    expect(statusOf([])).toEqual({ all: none, routes: [], services: [] });
  });

  it('takes the nearest rank: of 1,000 requests the 999th is the 99.9th percentile, of 1,001 the one after', () => {
    const short = new Array<number>(999).fill(0.001);
    expect(statusOf([...short, 1]).all.p999Ms).toBeCloseTo(1, 1);
    expect(statusOf([...short, 1, 1]).all.p999Ms).toBeCloseTo(1_000, -1);
  });

  it('never says more than the longest took', () => {
    const { all, routes } = statusOf([0.1231]);
    for (const { p50Ms, p999Ms, maxMs } of [all, ...routes]) {
      expect(maxMs).toBe(123.1);
      expect(p999Ms).toBe(p50Ms);
      expect(p999Ms).toBeLessThanOrEqual(123.1);
    }
  });

  it('has the requests that no route took under the label that they have in metrics', () => {
    const { routes } = statusOf([0.001, 0.001], null);
    expect(routes).toEqual([{ route: '(none)', ...routes[0], requests: 2 }]);
  });

  it.each(['routes', 'services'] as const)('has the %s with most requests first', (table) => {
    const plan = new CountersPlan(1);
    const rows = ['rare', 'idle', 'busy'].map((name) => plan[table].row(name, 0));
    const counters = new CounterColumn(plan.buffers(0)[table]);
    for (const row of [rows[0], rows[2], rows[2]]) counters.add(row as number, 200, 0.001, 0, 0);
    const status = latencyStatus(plan);
    const names = {
      routes: status.routes.map(({ route }) => route),
      services: status.services.map(({ service }) => service),
    };
    expect(names).toEqual({ routes: [], services: [], [table]: ['busy', 'rare'] });
  });

  it('tells what is longer than the buckets as the longest', () => {
    const { all, routes } = statusOf([100, 9_000]);
    // All requests have finer buckets, and longer ones.
    expect(all.p50Ms).toBeCloseTo(100_000, -3);
    expect(routes[0]).toMatchObject({ p50Ms: 9_000_000, maxMs: 9_000_000 });
  });
});

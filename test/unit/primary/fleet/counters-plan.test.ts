import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { CounterColumn, counterBufferBytes } from '../../../../src/bridge/memory/counters.ts';
import { LatencyColumn } from '../../../../src/bridge/memory/latency-column.ts';
import { CountersPlan, NO_ROW } from '../../../../src/primary/fleet/counters-plan.ts';

const MINUTE_MS = 60_000;

/** Counts one request on a name, as worker `worker` does with the buffers that it has now. */
function count(plan: CountersPlan, worker: number, name: string, nowMs = 0, seconds = 0.001): void {
  const row = plan.routes.row(name, nowMs);
  plan.makeRoom();
  const { routes, latency } = plan.buffers(worker);
  new CounterColumn(routes).add(row, 200, seconds, 0, 0);
  new LatencyColumn(latency).add(seconds);
}

const requestsOf = (plan: CountersPlan, name: string): number | undefined =>
  [...plan.routes.read()].find(([known]) => known === name)?.[1].statuses[1];

/** Of every name that counted any: requests, those in its buckets, the longest. */
const latenciesOf = (plan: CountersPlan): Record<string, readonly [number, number, number]> =>
  Object.fromEntries(
    [...plan.routes.readLatencies()].map(([name, requests, { counts, longestSeconds }]) => [
      name,
      [requests, counts.reduce((sum, one) => sum + one, 0), longestSeconds],
    ]),
  );

describe('CountersPlan', () => {
  it('gives every name one row, the same each time, and none gets the row of what has no name', () => {
    const plan = new CountersPlan(2);
    const rows = ['a', 'b', 'c'].map((name) => plan.routes.row(name, 0));
    expect(new Set([...rows, NO_ROW]).size).toBe(4);
    expect(['a', 'b', 'c'].map((name) => plan.routes.row(name, 1))).toEqual(rows);
  });

  it('sums the columns of all workers', () => {
    const plan = new CountersPlan(3);
    for (const worker of [0, 1, 2, 2]) count(plan, worker, 'a');
    expect(requestsOf(plan, 'a')).toBe(4);
  });

  it('grows by new buffers and still counts what is written to the ones before', () => {
    const plan = new CountersPlan(1);
    count(plan, 0, 'a');
    const before = plan.buffers(0).routes;
    const underWay = new CounterColumn(before);
    for (let i = 0; i < 500; i++) plan.routes.row(`r${i}`, 0);
    plan.makeRoom();
    const after = plan.buffers(0).routes;
    expect(after).not.toBe(before);
    expect(after.byteLength).toBeGreaterThanOrEqual(counterBufferBytes(501));
    // An exchange that began before the growth ends after it.
    underWay.add(plan.routes.row('a', 0), 200, 0.001, 0, 0);
    count(plan, 0, 'a');
    count(plan, 0, 'r499');
    expect([requestsOf(plan, 'a'), requestsOf(plan, 'r499')]).toEqual([3, 1]);
  });

  it('keeps a table that is long enough', () => {
    const plan = new CountersPlan(2);
    const before = plan.buffers(1);
    for (const name of ['a', 'b']) plan.routes.row(name, 0);
    plan.makeRoom();
    expect(plan.buffers(1)).toEqual(before);
    expect(plan.buffers(1).routes).toBe(before.routes);
  });

  it('shows only names that are there, and lets one that comes back go on counting', () => {
    const plan = new CountersPlan(1);
    count(plan, 0, 'a');
    count(plan, 0, 'b');
    plan.settle(['b'], [], 0);
    expect([requestsOf(plan, 'a'), requestsOf(plan, 'b')]).toEqual([undefined, 1]);
    count(plan, 0, 'a', MINUTE_MS);
    plan.settle(['a', 'b'], [], MINUTE_MS);
    expect([requestsOf(plan, 'a'), requestsOf(plan, 'b')]).toEqual([2, 1]);
  });

  it('takes a row away from nobody while a request of before may still end', () => {
    const plan = new CountersPlan(1);
    const row = plan.routes.row('a', 0);
    plan.settle([], [], 0);
    expect(plan.routes.row('soon', 9 * MINUTE_MS)).not.toBe(row);
  });

  it('gives a row that has long been free to another name, which begins at 0', () => {
    const plan = new CountersPlan(1);
    count(plan, 0, 'a');
    const row = plan.routes.row('a', 0);
    plan.settle([], [], 0);
    plan.routes.row('late', 11 * MINUTE_MS);
    expect(latenciesOf(plan)).toEqual({});
    count(plan, 0, 'late', 11 * MINUTE_MS);
    expect(plan.routes.row('late', 11 * MINUTE_MS)).toBe(row);
    expect(requestsOf(plan, 'late')).toBe(1);
  });

  it('reads how long requests took: of names that had any, on all workers, through growth', () => {
    const plan = new CountersPlan(2);
    plan.routes.row('idle', 0);
    count(plan, 0, 'a', 0, 0.002);
    for (let i = 0; i < 500; i++) plan.routes.row(`r${i}`, 0);
    count(plan, 1, 'a', 0, 0.004);
    count(plan, 0, 'b', 0, 0.008);
    expect(latenciesOf(plan)).toEqual({ a: [2, 2, 0.004], b: [1, 1, 0.008] });
    plan.settle(['b'], [], 0);
    expect(latenciesOf(plan)).toEqual({ b: [1, 1, 0.008] });
    // What all requests took, those of `a` included.
    const { counts, longestSeconds } = plan.readLatency();
    expect([counts.reduce((sum, one) => sum + one, 0), longestSeconds]).toEqual([3, 0.008]);
  });

  it('does not take the longest request of the name before for one of the name that has its row now', () => {
    const plan = new CountersPlan(1);
    count(plan, 0, 'a', 0, 30);
    plan.settle([], [], 0);
    count(plan, 0, 'late', 11 * MINUTE_MS, 0.001);
    const [requests, counted, longest] = latenciesOf(plan).late ?? [0, 0, 0];
    expect([requests, counted]).toEqual([1, 1]);
    // The end of the bucket that 1 ms is in.
    expect(longest).toBeGreaterThanOrEqual(0.001);
    expect(longest).toBeLessThanOrEqual(0.001 * (1 + 1 / 8));
  });

  it('needs no more rows than there are names, however long they change', () => {
    const plan = new CountersPlan(1);
    for (let hour = 0; hour < 500; hour++) {
      plan.routes.row(`r${hour}`, hour * 60 * MINUTE_MS);
      plan.makeRoom();
      plan.settle([`r${hour}`], [], hour * 60 * MINUTE_MS);
    }
    expect(plan.buffers(0).routes.byteLength).toBe(counterBufferBytes(64));
  });

  it('loses no count of threads that write their columns at the same time', async () => {
    const ROUNDS = 200_000;
    const plan = new CountersPlan(2);
    const row = plan.routes.row('a', 0);
    plan.makeRoom();
    // Plain JavaScript that writes as `CounterColumn.add` does: a worker of a test cannot load TypeScript. Cell `row`'s
    // second status class is what the test then reads through the real reader.
    const cells = plan.buffers(0).routes.byteLength / 8;
    const rows = new CounterColumn(plan.buffers(0).routes).rows;
    const cell = row * (cells / rows) + 1;
    const source = `
      const { workerData } = require('node:worker_threads');
      const cells = new Float64Array(workerData.buffer);
      for (let i = 0; i < workerData.rounds; i++) cells[workerData.cell] = cells[workerData.cell] + 1;
    `;
    const ends = [0, 1].map(
      (worker) =>
        new Promise<void>((resolve, reject) => {
          const workerData = { buffer: plan.buffers(worker).routes, cell, rounds: ROUNDS };
          const thread = new Worker(source, { eval: true, workerData });
          thread.once('error', reject).once('exit', () => resolve());
        }),
    );
    let last = 0;
    const reading = setInterval(() => {
      const now = requestsOf(plan, 'a') ?? 0;
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }, 1);
    await Promise.all(ends);
    clearInterval(reading);
    expect(requestsOf(plan, 'a')).toBe(2 * ROUNDS);
  });
});

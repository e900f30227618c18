/** Real threads that meet in the limiter table as fast as they can: no request too many passes, and hardly one too few, for which they need the cores. */

import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { initLimiterTable, limiterTableBytes } from '../../src/bridge/memory/limiter-table.ts';
import { systemSharedClock } from '../../src/kit/clock.ts';
import { within } from '../support/wait-for.ts';

const THREADS = 4;
const MS = 1000;

interface Orders {
  readonly requestsPerSecond: number;
  readonly burst: number;
  /** Keys that there is room for. */
  readonly keys: number;
  readonly flood: number;
}

interface Seen {
  readonly passed: number;
  readonly refused: number;
  readonly others: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

const moduleUrl = (path: string): string => new URL(`../../build/${path}`, import.meta.url).href;

async function hammer({ requestsPerSecond, burst, keys, flood }: Orders): Promise<Seen> {
  const buffer = new SharedArrayBuffer(limiterTableBytes(keys));
  initLimiterTable(buffer, 99, systemSharedClock.sharedMs());
  const shared = new SharedArrayBuffer(4);
  const orders = {
    table: moduleUrl('bridge/memory/limiter-table.js'),
    clock: moduleUrl('kit/clock.js'),
    limit: { requestsPerSecond, burst, seed0: 1, seed1: 2 },
    ...{ buffer, flood, shared, members: THREADS, ms: MS },
  };
  const ends = Array.from({ length: THREADS }, (_, worker) => {
    const thread = new Worker(new URL('../support/limiter-hammer.mjs', import.meta.url), {
      workerData: { ...orders, worker },
    });
    return new Promise<Seen>((resolve, reject) => {
      thread.once('message', resolve).once('error', reject);
    });
  });
  const all = await within(Promise.all(ends), { what: 'the threads', timeoutMs: 30_000 });
  const sum = (field: 'passed' | 'refused' | 'others'): number =>
    all.reduce((total, one) => total + one[field], 0);
  return {
    passed: sum('passed'),
    refused: sum('refused'),
    others: sum('others'),
    firstMs: Math.min(...all.map(({ firstMs }) => firstMs)),
    lastMs: Math.max(...all.map(({ lastMs }) => lastMs)),
  };
}

describe('four threads in the limiter table', () => {
  it.each([
    [100_000, 20_000],
    [5_000, 1_000],
  ])(
    'let %d requests of one key pass in a second and %i at once: no more, and hardly less',
    async (rate, burst) => {
      const seen = await hammer({ requestsPerSecond: rate, burst, keys: 1000, flood: 0 });
      const most = burst + (rate * (seen.lastMs - seen.firstMs)) / 1000;
      expect(seen.passed).toBeLessThanOrEqual(most);
      expect(seen.passed).toBeGreaterThanOrEqual(most * 0.98);
      expect(seen.refused).toBeGreaterThan(1000);
    },
  );

  it('let no more of it pass while they push it out of its slot with new keys', async () => {
    const seen = await hammer({ requestsPerSecond: 20, burst: 50, keys: 1, flood: 8 });
    expect(seen.passed).toBeLessThanOrEqual(50 + (20 * (seen.lastMs - seen.firstMs)) / 1000);
    // The flood itself went on, through the fifteen slots of one bucket.
    expect(seen.others).toBeGreaterThan(100);
  });
});

/** Threads that meet at one endpoint for real: what no interleaving of single steps can show (see test/property/endpoint-table.test.ts). */

import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { EndpointTable, endpointSegmentBytes } from '../../src/bridge/memory/endpoint-table.ts';

const THREADS = 4;
const SLOT = 200;
const MS = 400;
const MODULE = new URL('../../build/bridge/memory/endpoint-table.js', import.meta.url).href;
const HAMMER = new URL('../support/endpoint-hammer.mjs', import.meta.url);

interface Seen {
  entered: number;
  refused: number;
  /** How often more were in than the limit says. */
  above: number;
}

async function hammer(segment: SharedArrayBuffer, limit: number, most: number): Promise<Seen> {
  const shared = new SharedArrayBuffer(8);
  const threads = Array.from(
    { length: THREADS },
    (_, worker) =>
      new Worker(HAMMER, {
        workerData: { module: MODULE, segment, worker, workers: THREADS, limit, most, shared, ms: MS },
      }),
  );
  const all = await Promise.all(
    threads.map(
      (thread) =>
        new Promise<Seen>((resolve, reject) => {
          thread.once('message', resolve);
          thread.once('error', reject);
        }),
    ),
  );
  return all.reduce((sum, one) => ({
    entered: sum.entered + one.entered,
    refused: sum.refused + one.refused,
    above: sum.above + one.above,
  }));
}

describe('four threads at one endpoint', () => {
  it.each([
    ['one place', 1, 1],
    ['fewer places than they want', 5, 3],
    ['as many places as they want: none is refused', 12, 3],
  ])('never have more requests there than the limit says, and end at none: %s', async (_, limit, most) => {
    const segment = new SharedArrayBuffer(endpointSegmentBytes(THREADS));
    const seen = await hammer(segment, limit, most);
    expect(seen.above).toBe(0);
    expect(seen.entered).toBeGreaterThan(1000);
    if (limit < THREADS * most) expect(seen.refused).toBeGreaterThan(1000);
    else expect(seen.refused).toBe(0);
    const table = new EndpointTable(0, THREADS);
    table.adopt([segment]);
    expect(table.requests(SLOT)).toBe(0);
    for (let i = 0; i < limit; i++) expect(table.enter(SLOT, limit)).toBe(true);
    expect(table.enter(SLOT, limit)).toBe(false);
  });
});

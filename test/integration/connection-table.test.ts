/** Real threads that meet in the connection table as fast as they can: the limit holds at every moment, and nothing is lost. */

import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  ConnectionTable,
  connectionTableBytes,
  initConnectionTable,
  REFUSED,
} from '../../src/bridge/memory/connection-table.ts';
import { waitFor, within } from '../support/wait-for.ts';

const THREADS = 4;
const SEED = 99;
const SLOTS = 65_536;
const BUCKET_SLOTS = 16;

interface Orders {
  readonly keys: readonly string[];
  readonly limit: number;
  /** Connections that a thread holds at a time. */
  readonly most: number;
  /** Threads that may be inside at a time; 0: all of them. */
  readonly gate?: number;
  readonly ms?: number;
}

interface Seen {
  readonly entered: number;
  readonly refused: number;
  readonly uncounted: number;
  /** Moments at which there were more holders than the limit says. */
  readonly above: number;
}

interface Hammering {
  readonly threads: readonly Worker[];
  /** What the threads saw that came to their end, added up. */
  readonly seen: Promise<Seen>;
  readonly begun: Promise<unknown>;
}

function newTable(): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(connectionTableBytes(THREADS));
  initConnectionTable(buffer, SEED);
  return buffer;
}

function hammer(buffer: SharedArrayBuffer, { keys, limit, most, gate = 0, ms = 1000 }: Orders): Hammering {
  const shared = new SharedArrayBuffer((2 + keys.length) * 4);
  const threads = Array.from({ length: THREADS }, (_, worker) => {
    const workerData = {
      module: new URL('../../build/bridge/memory/connection-table.js', import.meta.url).href,
      ...{ buffer, worker, workers: THREADS, keys, limit, most, gate, shared, members: THREADS, ms },
    };
    return new Worker(new URL('../support/connection-hammer.mjs', import.meta.url), { workerData });
  });
  const ends = threads.map(
    (thread) =>
      new Promise<Seen | null>((resolve, reject) => {
        thread
          .once('message', resolve)
          .once('error', reject)
          .once('exit', () => resolve(null));
      }),
  );
  const sum = (all: readonly (Seen | null)[], field: keyof Seen): number =>
    all.reduce((total, one) => total + (one?.[field] ?? 0), 0);
  const seen = within(Promise.all(ends), { what: 'the threads', timeoutMs: 40_000 }).then((all) => ({
    entered: sum(all, 'entered'),
    refused: sum(all, 'refused'),
    uncounted: sum(all, 'uncounted'),
    above: sum(all, 'above'),
  }));
  const words = new Int32Array(shared);
  const begun = waitFor(() => Atomics.load(words, 0) === THREADS, {
    what: 'all threads to begin',
    timeoutMs: 20_000,
  });
  return { threads, seen, begun };
}

/** Nothing is counted under any of the keys: each has room for all of its limit, and for no more. */
function expectEmpty(buffer: SharedArrayBuffer, keys: readonly string[], limit: number): void {
  const table = new ConnectionTable(buffer, 0, THREADS);
  for (const key of keys) {
    const slots = Array.from({ length: limit }, () => table.enter(key, limit));
    expect(slots.filter((slot) => slot < 0)).toEqual([]);
    expect(table.enter(key, limit)).toBe(REFUSED);
    for (const slot of slots) table.leave(slot);
  }
}

/** More keys of one bucket than half its slots, and fewer than all. */
function keysOfOneBucket(count: number): readonly string[] {
  const table = new ConnectionTable(newTable(), 0, THREADS);
  const byBucket = new Map<number, string[]>();
  for (let i = 0; i < 100 * SLOTS; i++) {
    const slot = table.enter(`key ${i}`, 1);
    table.leave(slot);
    const bucket = Math.floor(slot / BUCKET_SLOTS);
    const keys = byBucket.get(bucket) ?? [];
    byBucket.set(bucket, keys);
    if (keys.push(`key ${i}`) === count) return keys;
  }
  throw new Error('no bucket has so many keys');
}

describe('four threads in the connection table', () => {
  it.each([
    ['one key, one place', ['listener http :80'], 1],
    ['one key, a few places', ['listener http :80'], 5],
    ['a few keys', ['address 10.0.0.1', 'address 10.0.0.2', 'address 10.0.0.3'], 3],
  ])('never have more connections than the limit says, and end at none: %s', async (_, keys, limit) => {
    const buffer = newTable();
    const seen = await hammer(buffer, { keys, limit, most: 6 }).seen;
    expect(seen.above).toBe(0);
    expect(seen.uncounted).toBe(0);
    expect(Math.min(seen.entered, seen.refused)).toBeGreaterThan(1000);
    expectEmpty(buffer, keys, limit);
  });

  it('hold the limit while keys take over each other’s slots all the time', async () => {
    const buffer = newTable();
    // At most 12 connections in 16 slots: there is always a free one, mostly with the key of another.
    const keys = keysOfOneBucket(40);
    const seen = await hammer(buffer, { keys, limit: 1, most: 3 }).seen;
    expect(seen.above).toBe(0);
    // A thread may be kept off its core while it gives a slot away for longer than others wait.
    expect(seen.uncounted).toBeLessThan(seen.entered / 100);
    expect(Math.min(seen.entered, seen.refused)).toBeGreaterThan(1000);
    for (const key of keys) expectEmpty(buffer, [key], 1);
  });

  it('are not refused while the limit is not reached', async () => {
    const buffer = newTable();
    const keys = ['listener http :80'];
    const seen = await hammer(buffer, { keys, limit: 2, most: 1, gate: 2 }).seen;
    expect(seen).toMatchObject({ refused: 0, uncounted: 0, above: 0 });
    expect(seen.entered).toBeGreaterThan(1000);
    expectEmpty(buffer, keys, 2);
  });

  it('leave nothing behind when one is ended at any point and the primary clears it', async () => {
    const keys = [...keysOfOneBucket(30), 'listener http :80'];
    const buffer = newTable();
    for (let round = 0; round < 8; round++) {
      const { threads, seen, begun } = hammer(buffer, { keys, limit: 3, most: 6, ms: 300 });
      await begun;
      await threads[2]?.terminate();
      ConnectionTable.clearWorker(buffer, 2, THREADS);
      expect((await seen).entered).toBeGreaterThan(100);
      expectEmpty(buffer, keys, 3);
    }
  });
});

import { describe, expect, it } from 'vitest';
import {
  type Allowance,
  initLimiterTable,
  LimiterTable,
  limiterTableBytes,
} from '../../../../src/bridge/memory/limiter-table.ts';

const SEED = 0x1234_5678_9abc;
const SLOTS = 15;
/** The machine was started long before the table was made. */
const START_MS = 123_456_789_012.5;
const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;

const allowance = (requestsPerSecond: number, burst: number, seed0 = 1): Allowance => ({
  requestsPerSecond,
  burst,
  seed0,
  seed1: 2,
});

/** `keys`: how many there is room for; 1 gives a single bucket. */
function tablesOf(workers: number, keys: number): readonly [LimiterTable, ...LimiterTable[]] {
  const buffer = new SharedArrayBuffer(limiterTableBytes(keys));
  initLimiterTable(buffer, SEED, START_MS);
  const [first, ...others] = Array.from({ length: workers }, (_, id) => new LimiterTable(buffer, id));
  return [first as LimiterTable, ...others];
}

/** Between two requests of a burst, in milliseconds. */
const STEP_MS = 0.001;

/** How many of `tries` requests pass, one right after the other. */
function passing(table: LimiterTable, limit: Allowance, key: string, ms: number, tries = 1000): number {
  let passed = 0;
  for (let i = 0; i < tries; i++) if (table.take(limit, key, START_MS + ms + i * STEP_MS) === 0) passed++;
  return passed;
}

describe('LimiterTable', () => {
  it('lets a burst pass at once, then one an interval, over all workers together', () => {
    const [one, other] = tablesOf(2, 100) as [LimiterTable, LimiterTable];
    const limit = allowance(10, 5);
    expect(passing(one, limit, 'a', 0, 3) + passing(other, limit, 'a', 0)).toBe(5);
    expect(passing(one, limit, 'a', 99)).toBe(0);
    expect(passing(other, limit, 'a', 101)).toBe(1);
    expect(passing(one, limit, 'a', 150)).toBe(0);
    expect(passing(one, limit, 'a', 401)).toBe(3);
  });

  it('tells how many may pass at once, exactly, and counts nothing by it', () => {
    const [one, other] = tablesOf(2, 100) as [LimiterTable, LimiterTable];
    const limit = allowance(0.1, 7);
    const leftAt = (ms: number): number => {
      other.peek(limit, 'a', START_MS + ms);
      return other.left;
    };
    expect(leftAt(0)).toBe(7);
    for (let taken = 1; taken <= 7; taken++) {
      expect(one.take(limit, 'a', START_MS + taken * STEP_MS)).toBe(0);
      expect(leftAt(1)).toBe(7 - taken);
    }
    expect(other.peek(limit, 'a', START_MS + 1)).toBeGreaterThan(0);
    // A request comes back in ten seconds.
    for (const seconds of [11, 21, 35, 71, 3600]) {
      const left = leftAt(seconds * SECOND);
      expect(left).toBe(Math.min(7, Math.floor(seconds / 10)));
      expect(leftAt(seconds * SECOND)).toBe(left);
    }
    expect(passing(one, limit, 'a', 35 * SECOND)).toBe(3);
  });

  it('says how long to wait: no shorter, and hardly longer', () => {
    const [table] = tablesOf(1, 100);
    const limit = allowance(0.1, 2);
    expect(passing(table, limit, 'a', 0)).toBe(2);
    const waitMs = table.take(limit, 'a', START_MS + 3 * SECOND);
    expect(waitMs).toBeGreaterThanOrEqual(7 * SECOND);
    expect(waitMs).toBeLessThan(7 * SECOND + 20);
    expect(table.take(limit, 'a', START_MS + 3 * SECOND + waitMs - 20)).toBeGreaterThan(0);
    expect(table.take(limit, 'a', START_MS + 3 * SECOND + waitMs)).toBe(0);
  });

  it.each([
    // A full bucket of one earns nothing while it waits for a request: those come a hundred times an interval.
    [0.00001, 1, 100 * DAY, 1000 * SECOND],
    [0.1, 1, HOUR, SECOND / 10],
    [3, 7, HOUR, 100],
    [100, 200, 60 * SECOND, 1],
    [33_333.3, 1, SECOND / 10, 0.0003],
    [100_000, 100_000, SECOND, 0.002],
    [1_000_000, 5, 50, 0.0002],
  ])('keeps a rate of %d with a burst of %i, neither more nor 2 % less', (rate, burst, ms, stepMs) => {
    const [table] = tablesOf(1, 1);
    const limit = allowance(rate, burst);
    let passed = 0;
    const steps = Math.round(ms / stepMs);
    for (let i = 0; i <= steps; i++) if (table.take(limit, 'a', START_MS + i * stepMs) === 0) passed++;
    // A full bucket that is asked once a step cannot give its burst at once.
    const most = Math.min(burst + (rate * ms) / 1000, steps + 1);
    expect(passed).toBeLessThanOrEqual(most);
    expect(passed).toBeGreaterThanOrEqual(Math.floor(most * 0.98));
  });

  it.each([
    [1_000_000, 1_000_000],
    [1_000_000, 5],
    [100, 1],
    [100, 200],
    [0.1, 10],
  ])('gives all of the burst after any pause: %d a second, %i at once', (rate, burst) => {
    const [table] = tablesOf(1, 1);
    const limit = allowance(rate, burst);
    const fillMs = (burst / rate) * 1000 + 1;
    // The bits of a time wrap after about so long: pauses around whole and half turns of them, and long ones.
    const turnMs = 4 * Math.max(fillMs, SECOND / 4);
    const expected = Math.min(burst, 3);
    let ms = 0;
    for (const pause of [0.5, 0.99, 1, 1.01, 1.5, 2, 100.3].map((turns) => turns * turnMs + fillMs)) {
      expect(passing(table, limit, 'a', ms, 3)).toBe(expected);
      ms += Math.min(pause, 1000 * DAY);
    }
  });

  it('keeps keys apart, and limits that have keys in common', () => {
    const [table] = tablesOf(1, 10_000);
    const [one, other] = [allowance(1, 1), allowance(1, 1, 7)];
    const keys = Array.from({ length: 2000 }, (_, i) => `key ${i}`);
    for (const limit of [one, other]) {
      expect(keys.filter((key) => table.take(limit, key, START_MS) > 0)).toEqual([]);
      expect(keys.filter((key) => table.take(limit, key, START_MS) === 0)).toEqual([]);
    }
  });

  it('counts nothing when it is only asked', () => {
    const [table] = tablesOf(1, 100);
    const limit = allowance(1, 2);
    const asked = (): number => table.peek(limit, 'a', START_MS);
    for (let i = 0; i < 10; i++) expect(asked()).toBe(0);
    expect(passing(table, limit, 'a', 0)).toBe(2);
    expect(asked()).toBe(table.take(limit, 'a', START_MS));
    expect(asked()).toBeGreaterThan(0);
    // After the pause that makes the bucket full again too.
    expect(table.peek(limit, 'a', START_MS + HOUR)).toBe(0);
    expect(passing(table, limit, 'a', HOUR)).toBe(2);
  });

  it('takes back what was counted, but not from under another request', () => {
    const [one, other] = tablesOf(2, 100) as [LimiterTable, LimiterTable];
    const limit = allowance(1, 2);
    for (const ms of [0, 400, HOUR]) {
      for (let i = 0; i < 5; i++) {
        expect(one.take(limit, 'a', START_MS + ms)).toBe(0);
        one.giveBack(one.slot, one.before, one.after);
      }
    }
    expect(passing(one, limit, 'a', HOUR, 1)).toBe(1);
    const { slot, before, after } = one;
    expect(passing(other, limit, 'a', HOUR)).toBe(1);
    one.giveBack(slot, before, after);
    expect(passing(other, limit, 'a', HOUR)).toBe(0);
  });

  it('has 24 bytes at most for each of a million keys, and room for nearly all of them', () => {
    const bytes = limiterTableBytes(1_000_000);
    expect(bytes).toBeLessThanOrEqual(24_000_000);
    const [table] = tablesOf(1, 1_000_000);
    const limit = allowance(0.001, 1);
    const passed = (): number => {
      let count = 0;
      for (let i = 0; i < 1_000_000; i++) if (table.take(limit, `key ${i}`, START_MS) === 0) count++;
      return count;
    };
    // The others meet a bucket in which all slots are taken.
    expect(passed()).toBeGreaterThan(995_000);
    expect(passed()).toBe(0);
  });
});

describe('LimiterTable under a flood of new keys', () => {
  const flood = (table: LimiterTable, limit: Allowance, ms: number, first: number, count: number): number => {
    let passed = 0;
    for (let i = first; i < first + count; i++)
      if (table.take(limit, `flood ${i}`, START_MS + ms) === 0) passed++;
    return passed;
  };

  it.each([
    [100, 200],
    [10, 1],
    [1, 30],
    [0.1, 5],
  ])('a key that is limited gets nothing for being pushed out: %d a second, %i at once', (rate, burst) => {
    const [table] = tablesOf(1, 1);
    const limit = allowance(rate, burst);
    let passed = 0;
    let flooded = 0;
    const seconds = Math.max(20, (3 * burst) / rate);
    for (let i = 0; i <= 200; i++) {
      const ms = (i * seconds * 1000) / 200;
      passed += passing(table, limit, 'limited', ms, 2 * burst);
      flooded += flood(table, limit, ms, i * 40, 40);
    }
    expect(passed).toBeLessThanOrEqual(burst + rate * seconds);
    expect(flooded).toBeGreaterThan(SLOTS);
  });

  it('nor does one whose own flood goes over a faster limit', () => {
    const [table] = tablesOf(1, 1);
    const [slow, fast] = [allowance(0.1, 3), allowance(1000, 1000, 9)];
    let passed = 0;
    for (let i = 0; i <= 600; i++) {
      passed += passing(table, slow, 'limited', i * 100, 5);
      flood(table, fast, i * 100, i * 60, 60);
    }
    expect(passed).toBeLessThanOrEqual(3 + 6);
  });

  it('gives new keys slots whose buckets are full again, with all of their burst', () => {
    const [table] = tablesOf(1, 1);
    const limit = allowance(10, 10);
    for (let i = 0; i < 100; i++) {
      const ms = i * 2000;
      for (let k = 0; k < SLOTS; k++) expect(passing(table, limit, `key ${i} ${k}`, ms)).toBe(10);
    }
  });

  it('keeps those who are the farthest from a full bucket', () => {
    const [table] = tablesOf(1, 1);
    const limit = allowance(1, 100);
    expect(passing(table, limit, 'spent', 0)).toBe(100);
    // Each of them gets what its bucket lacks from those that it pushes out; one more than the second before.
    for (let i = 0; i < 50; i++) flood(table, limit, 0, i, 1);
    expect(passing(table, limit, 'spent', 1100)).toBe(1);
  });
});

describe('LimiterTable.clearWorker', () => {
  it('leaves buckets alone that the worker had not locked', () => {
    const buffer = new SharedArrayBuffer(limiterTableBytes(100));
    initLimiterTable(buffer, SEED, START_MS);
    const table = new LimiterTable(buffer, 0);
    const limit = allowance(1, 2);
    expect(passing(table, limit, 'a', 0)).toBe(2);
    LimiterTable.clearWorker(buffer, 0);
    expect(passing(table, limit, 'a', 0)).toBe(0);
    expect(passing(table, limit, 'a', 1100)).toBe(1);
  });
});

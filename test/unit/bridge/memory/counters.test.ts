import { describe, expect, it } from 'vitest';
import {
  CounterColumn,
  counterBufferBytes,
  emptyCounterRow,
  OCTAVE_BOUNDS,
  octaveOf,
} from '../../../../src/bridge/memory/counters.ts';
import {
  COARSE,
  emptyLatencyCounts,
  latencyBucketOf,
  tickOf,
} from '../../../../src/bridge/memory/latency-buckets.ts';

const column = (rows: number): CounterColumn =>
  new CounterColumn(new SharedArrayBuffer(counterBufferBytes(rows)));

/** The number of each bucket that holds any, and how many. */
const latencies = (counters: CounterColumn, row: number): Record<number, number> => {
  const total = emptyLatencyCounts(COARSE);
  counters.sumLatencyInto(row, total);
  return Object.fromEntries([...total.counts.entries()].filter(([, count]) => count > 0));
};

const coarseBucketOf = (seconds: number): number => latencyBucketOf(COARSE, tickOf(seconds));

describe('a row', () => {
  it('takes less than 1 KiB of a worker', () => {
    expect(counterBufferBytes(1)).toBeLessThanOrEqual(1_024);
  });
});

describe('octaves', () => {
  it('are bounded by doublings of 64 µs, up to about a minute', () => {
    expect(OCTAVE_BOUNDS[0]).toBe(64e-6);
    expect(OCTAVE_BOUNDS.at(-1)).toBeCloseTo(67.1, 0);
    for (let i = 1; i < OCTAVE_BOUNDS.length; i++)
      expect(OCTAVE_BOUNDS[i]).toBe(2 * (OCTAVE_BOUNDS[i - 1] as number));
  });

  it('hold exactly what their bound says, on it and on either side of it', () => {
    OCTAVE_BOUNDS.forEach((bound, octave) => {
      expect({ bound, octave: octaveOf(tickOf(bound)) }).toEqual({ bound, octave });
      expect(octaveOf(tickOf(bound - 1e-8))).toBe(octave);
      expect(octaveOf(tickOf(bound + 1e-8))).toBe(octave + 1);
    });
  });

  it.each([0, Number.POSITIVE_INFINITY])('have a place for %s s', (seconds) => {
    expect(octaveOf(tickOf(seconds))).toBe(seconds === 0 ? 0 : OCTAVE_BOUNDS.length);
  });
});

describe('CounterColumn', () => {
  it('counts status class, time, bytes and bucket of each request in its row alone', () => {
    const counters = column(3);
    counters.add(1, 200, 0.001, 10, 20);
    counters.add(1, 204, 0.5, 0, 0);
    counters.add(1, 503, 0.001, 1, 2);
    counters.countConnection(1, false);
    counters.countConnection(1, true);
    counters.countConnection(1, true);
    const row = emptyCounterRow();
    counters.sumInto(1, row);
    expect(row.statuses).toEqual([0, 2, 0, 0, 1]);
    expect(row.seconds).toBeCloseTo(0.502, 9);
    expect([row.bytesIn, row.bytesOut]).toEqual([11, 22]);
    expect([row.connectionsNew, row.connectionsReused]).toEqual([1, 2]);
    expect(row.octaves[octaveOf(tickOf(0.001))]).toBe(2);
    expect(row.octaves[octaveOf(tickOf(0.5))]).toBe(1);
    expect(row.octaves.reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(latencies(counters, 1)).toEqual({ [coarseBucketOf(0.001)]: 2, [coarseBucketOf(0.5)]: 1 });
    expect(counters.requests(1)).toBe(3);
    for (const other of [0, 2]) {
      const untouched = emptyCounterRow();
      counters.sumInto(other, untouched);
      expect(untouched).toEqual(emptyCounterRow());
      expect([latencies(counters, other), counters.requests(other)]).toEqual([{}, 0]);
    }
  });

  it.each([
    [100, 0],
    [199, 0],
    [200, 1],
    [399, 2],
    [499, 3],
    [599, 4],
    [0, 4],
    [99, 4],
    [600, 4],
  ])('counts status %i in class %i', (status, statusClass) => {
    const counters = column(1);
    counters.add(0, status, 0, 0, 0);
    const row = emptyCounterRow();
    counters.sumInto(0, row);
    expect(row.statuses.indexOf(1)).toBe(statusClass);
  });

  it('counts a row that it does not have as row 0, and reads one as nothing', () => {
    const counters = column(2);
    counters.add(7, 200, 0.001, 0, 0);
    counters.countConnection(7, false);
    const zero = emptyCounterRow();
    counters.sumInto(0, zero);
    expect([zero.statuses[1], zero.connectionsNew]).toEqual([1, 1]);
    const none = emptyCounterRow();
    counters.sumInto(7, none);
    expect(none).toEqual(emptyCounterRow());
    expect([latencies(counters, 0), latencies(counters, 7)]).toEqual([{ [coarseBucketOf(0.001)]: 1 }, {}]);
    expect(counters.requests(7)).toBe(0);
  });

  it('fills its first and its last row with the longest durations and touches no other', () => {
    const counters = column(3);
    for (const row of [0, 2]) counters.add(row, 599, Number.POSITIVE_INFINITY, 1, 1);
    const middle = emptyCounterRow();
    counters.sumInto(1, middle);
    expect(middle).toEqual(emptyCounterRow());
    expect([0, 1, 2].map((row) => latencies(counters, row))).toEqual([
      { [COARSE.buckets - 1]: 1 },
      {},
      { [COARSE.buckets - 1]: 1 },
    ]);
  });

  it('keeps the longest duration of a row', () => {
    const counters = column(2);
    for (const seconds of [0.25, 7_200, 0.5]) counters.add(1, 200, seconds, 0, 0);
    const total = emptyLatencyCounts(COARSE);
    counters.sumLatencyInto(1, total);
    expect(total.longestSeconds).toBe(7_200);
  });

  it('halves the buckets of a row where one is full, and nothing else', () => {
    const buffer = new SharedArrayBuffer(counterBufferBytes(3));
    const counters = new CounterColumn(buffer);
    for (const row of [0, 1, 2]) for (let i = 0; i < 5; i++) counters.add(row, 200, 0.5, 0, 0);
    const before = new Uint32Array(buffer.slice(0));
    counters.add(1, 200, 0.001, 0, 0);
    const words = new Uint32Array(buffer);
    // The one integer that went from 0 to 1: a float that did would have changed in its upper half.
    const [full, ...others] = [...words.keys()].filter((i) => before[i] === 0 && words[i] === 1);
    expect([full === undefined, others]).toEqual([false, []]);
    words[full ?? 0] = 2 ** 32 - 1;
    counters.add(1, 200, 0.001, 0, 0);
    expect(latencies(counters, 1)).toEqual({
      [coarseBucketOf(0.001)]: 2 ** 31,
      [coarseBucketOf(0.5)]: 2,
    });
    for (const row of [0, 2]) expect(latencies(counters, row)).toEqual({ [coarseBucketOf(0.5)]: 5 });
    const row = emptyCounterRow();
    counters.sumInto(1, row);
    expect([row.statuses[1], row.octaves[octaveOf(tickOf(0.5))]]).toEqual([7, 5]);
  });

  it('adds columns up', () => {
    const columns = [column(2), column(2)];
    columns.forEach((one, index) => {
      for (let i = 0; i <= index; i++) one.add(1, 200, 0.25, 1, 1);
    });
    const total = emptyCounterRow();
    for (const one of columns) one.sumInto(1, total);
    expect([total.statuses[1], total.seconds, total.bytesIn]).toEqual([3, 0.75, 3]);
  });
});

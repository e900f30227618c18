import { describe, expect, it } from 'vitest';
import {
  BUCKET_BOUNDS,
  bucketOf,
  CounterColumn,
  counterBufferBytes,
  emptyCounterRow,
} from '../../../../src/bridge/memory/counters.ts';

const column = (rows: number): CounterColumn =>
  new CounterColumn(new SharedArrayBuffer(counterBufferBytes(rows)));

/** The definition of a bucket, by search. */
function bucketBySearch(seconds: number): number {
  const found = BUCKET_BOUNDS.findIndex((bound) => seconds <= bound);
  return found < 0 ? BUCKET_BOUNDS.length : found;
}

describe('buckets', () => {
  it('are bounded by ascending durations from 64 µs to about a minute', () => {
    expect(BUCKET_BOUNDS[0]).toBe(64e-6);
    expect(BUCKET_BOUNDS.at(-1)).toBeCloseTo(67.1, 0);
    for (let i = 1; i < BUCKET_BOUNDS.length; i++) {
      expect(BUCKET_BOUNDS[i]).toBeGreaterThan(BUCKET_BOUNDS[i - 1] as number);
      // Two an octave: no bucket is wider than half of what it begins with.
      expect((BUCKET_BOUNDS[i] as number) / (BUCKET_BOUNDS[i - 1] as number)).toBeLessThanOrEqual(1.5);
    }
  });

  it('hold exactly what their bound says, on it and on either side of it', () => {
    BUCKET_BOUNDS.forEach((bound, index) => {
      expect({ bound, bucket: bucketOf(bound) }).toEqual({ bound, bucket: index });
      expect(bucketOf(bound * (1 - 1e-9))).toBe(index);
      expect(bucketOf(bound * (1 + 1e-9))).toBe(index + 1);
    });
  });

  it('agree with a search over durations of every size', () => {
    for (let exponent = -9; exponent <= 6; exponent += 0.013) {
      const seconds = 10 ** exponent;
      expect({ seconds, bucket: bucketOf(seconds) }).toEqual({ seconds, bucket: bucketBySearch(seconds) });
    }
  });

  it.each([0, -1, Number.NaN])('take %s for the shortest', (seconds) => {
    expect(bucketOf(seconds)).toBe(0);
  });

  it('take infinity for the longest', () => {
    expect(bucketOf(Number.POSITIVE_INFINITY)).toBe(BUCKET_BOUNDS.length);
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
    expect(row.buckets[bucketOf(0.001)]).toBe(2);
    expect(row.buckets[bucketOf(0.5)]).toBe(1);
    expect(row.buckets.reduce((sum, count) => sum + count, 0)).toBe(3);
    for (const other of [0, 2]) {
      const untouched = emptyCounterRow();
      counters.sumInto(other, untouched);
      expect(untouched).toEqual(emptyCounterRow());
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

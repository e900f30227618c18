import { describe, expect, it } from 'vitest';
import {
  bucketCeilingMicros,
  bucketFloorMicros,
  COARSE,
  FINE,
  type LatencyLayout,
  latencyBucketOf,
  tickOf,
} from '../../../../src/bridge/memory/latency-buckets.ts';

const bucketOfMicros = (layout: LatencyLayout, micros: number): number =>
  latencyBucketOf(layout, tickOf(micros / 1e6));

describe.each([
  { name: 'coarse', layout: COARSE, part: 1 / 8, narrowestMicros: 4, lastFloorMicros: 2 ** 26 },
  { name: 'fine', layout: FINE, part: 1 / 128, narrowestMicros: 1, lastFloorMicros: 255 * 2 ** 24 },
])('$name buckets', ({ layout, part, narrowestMicros, lastFloorMicros }) => {
  const last = layout.buckets - 1;

  it('follow each other without a gap, from 0 up, the last without an end', () => {
    expect(bucketFloorMicros(layout, 0)).toBe(0);
    for (let bucket = 0; bucket < last; bucket++)
      expect(bucketFloorMicros(layout, bucket + 1)).toBe(bucketCeilingMicros(layout, bucket));
    expect(bucketFloorMicros(layout, last)).toBe(lastFloorMicros);
    expect(bucketCeilingMicros(layout, last)).toBe(Number.POSITIVE_INFINITY);
  });

  it('are never wider than their part of what they hold, but for the narrowest', () => {
    for (let bucket = 0; bucket < last; bucket++) {
      const floor = bucketFloorMicros(layout, bucket);
      const width = bucketCeilingMicros(layout, bucket) - floor;
      expect(width).toBeLessThanOrEqual(Math.max(narrowestMicros, floor * part));
    }
  });

  it('hold what is longer than their floor and at most as long as their ceiling', () => {
    for (let bucket = 0; bucket < last; bucket++) {
      const ceiling = bucketCeilingMicros(layout, bucket);
      expect({ ceiling, bucket: bucketOfMicros(layout, ceiling) }).toEqual({ ceiling, bucket });
      expect(bucketOfMicros(layout, ceiling - 0.01)).toBe(bucket);
      expect(bucketOfMicros(layout, ceiling + 0.01)).toBe(bucket + 1);
    }
  });
});

describe('ticks', () => {
  it.each([0, -1, Number.NaN, 1e-6])('take %s s for the shortest', (seconds) => {
    expect(tickOf(seconds)).toBe(0);
  });

  it.each([4_294.967_296, 7_200, Number.POSITIVE_INFINITY])('take %s s for the longest', (seconds) => {
    expect(tickOf(seconds)).toBe(2 ** 32 - 1);
    expect(latencyBucketOf(FINE, tickOf(seconds))).toBe(FINE.buckets - 1);
    expect(latencyBucketOf(COARSE, tickOf(seconds))).toBe(COARSE.buckets - 1);
  });
});

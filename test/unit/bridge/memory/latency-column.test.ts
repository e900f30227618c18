import { describe, expect, it } from 'vitest';
import {
  emptyLatencyCounts,
  FINE,
  latencyBucketOf,
  tickOf,
} from '../../../../src/bridge/memory/latency-buckets.ts';
import { LATENCY_BUFFER_BYTES, LatencyColumn } from '../../../../src/bridge/memory/latency-column.ts';

describe('LatencyColumn', () => {
  it('counts each duration in its bucket, keeps the longest, and is summed with others', () => {
    const columns = [0, 1].map(() => new LatencyColumn(new SharedArrayBuffer(LATENCY_BUFFER_BYTES)));
    columns[0]?.add(0.25);
    columns[0]?.add(0);
    columns[1]?.add(0.25);
    columns[1]?.add(7_200);
    const total = emptyLatencyCounts(FINE);
    for (const column of columns) column.sumInto(total);
    const held = [...total.counts.entries()].filter(([, count]) => count > 0);
    expect(held).toEqual([
      [0, 1],
      [latencyBucketOf(FINE, tickOf(0.25)), 2],
      [FINE.buckets - 1, 1],
    ]);
    expect(total.longestSeconds).toBe(7_200);
  });
});

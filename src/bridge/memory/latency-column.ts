/**
 * How long the requests of one worker took, whatever their route, in fine buckets. Shared memory with one writer (the worker) and one
 * reader (the primary); see `counters.ts` for why plain cells do. One buffer for the worker's place, never replaced by a snapshot.
 *
 *   [ longest, in seconds | bucket 0 … bucket 3327 ]
 */

import { FINE, type LatencyCounts, latencyBucketOf, tickOf } from './latency-buckets.ts';

const LONGEST = 0;
const FIRST_BUCKET = 1;

export const LATENCY_BUFFER_BYTES: number = (FIRST_BUCKET + FINE.buckets) * 8;

export class LatencyColumn {
  readonly #cells: Float64Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#cells = new Float64Array(buffer);
  }

  /** Counts one finished request. */
  add(seconds: number): void {
    const cells = this.#cells;
    // Before the bucket: who reads in between would take a first request for one of no length.
    if (seconds > (cells[LONGEST] as number)) cells[LONGEST] = seconds;
    const bucket = FIRST_BUCKET + latencyBucketOf(FINE, tickOf(seconds));
    cells[bucket] = (cells[bucket] as number) + 1;
  }

  /** Adds this column to `total`, whose buckets are fine ones. */
  sumInto(total: LatencyCounts): void {
    const cells = this.#cells;
    for (let i = 0; i < FINE.buckets; i++)
      total.counts[i] = (total.counts[i] as number) + (cells[FIRST_BUCKET + i] as number);
    total.longestSeconds = Math.max(total.longestSeconds, cells[LONGEST] as number);
  }
}

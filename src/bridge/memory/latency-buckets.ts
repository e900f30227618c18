/**
 * Log-linear buckets for durations, the layout of HDR histograms (HdrHistogram, "bucket and sub-bucket"): every doubling has the
 * same number of equally wide buckets, so that a bucket is at most a fixed part of what it holds. Pure arithmetic without a search; any thread.
 *
 *   coarse   0   4   8 …  64  72 …  128  144 …  67,108,864 µs …    4 µs wide to begin with, 8 a doubling: one to a route, 708 bytes
 *   fine     0   1   2 … 256 258 …  512  516 …  about 71 min …     1 µs wide to begin with, 128 a doubling: one to a worker, 26 KiB
 *
 * Durations are counted in ticks: tick t is what is longer than t µs and at most t + 1. So a bucket holds its upper bound and not its
 * lower one, as `le` of Prometheus has it, and every power of two from 64 µs to 67 s is the bound of a bucket.
 */

export interface LatencyLayout {
  /** The narrowest buckets are 2^unitBits µs wide. */
  readonly unitBits: number;
  /** Every doubling has 2^octaveBits buckets. */
  readonly octaveBits: number;
  /** How many there are. The last has no upper bound. */
  readonly buckets: number;
}

/** Within 1/16 = 6.3 % of what was measured, or 2 µs below 64 µs; up to 67 s. */
export const COARSE: LatencyLayout = Object.freeze({ unitBits: 2, octaveBits: 3, buckets: 177 });

/** Within 1/256 = 0.4 % of what was measured, or 0.5 µs below 256 µs; up to 71 minutes. */
export const FINE: LatencyLayout = Object.freeze({ unitBits: 0, octaveBits: 7, buckets: 3_328 });

/** What a table of counts says, summed over workers. */
export interface LatencyCounts {
  readonly layout: LatencyLayout;
  /** How many requests each bucket holds. */
  readonly counts: Float64Array;
  longestSeconds: number;
}

export function emptyLatencyCounts(layout: LatencyLayout): LatencyCounts {
  return { layout, counts: new Float64Array(layout.buckets), longestSeconds: 0 };
}

export const MICROS_PER_SECOND = 1e6;
const LAST_TICK = 2 ** 32 - 1;
/** Microseconds: what the multiplication may round up. */
const ROUNDING = 1e-6;

/** An integer of 32 bits without sign. Nothing is shorter than the first tick; the last is everything above 71 minutes. */
export function tickOf(seconds: number): number {
  const micros = seconds * MICROS_PER_SECOND - ROUNDING;
  if (!(micros > 1)) return 0;
  return micros < LAST_TICK ? Math.ceil(micros) - 1 : LAST_TICK;
}

export function latencyBucketOf(layout: LatencyLayout, tick: number): number {
  const units = tick >>> layout.unitBits;
  // By how many bits the bucket is wider than the narrowest.
  const widening = Math.max(0, 31 - Math.clz32(units) - layout.octaveBits);
  const bucket = (widening << layout.octaveBits) + (units >>> widening);
  return Math.min(bucket, layout.buckets - 1);
}

/** Microseconds: what is in the bucket is longer than this. */
export function bucketFloorMicros(layout: LatencyLayout, bucket: number): number {
  const widening = wideningOf(layout, bucket);
  return (bucket - (widening << layout.octaveBits)) * 2 ** (widening + layout.unitBits);
}

/** Microseconds: what is in the bucket is at most this long. */
export function bucketCeilingMicros(layout: LatencyLayout, bucket: number): number {
  if (bucket >= layout.buckets - 1) return Number.POSITIVE_INFINITY;
  return bucketFloorMicros(layout, bucket) + 2 ** (wideningOf(layout, bucket) + layout.unitBits);
}

function wideningOf({ octaveBits }: LatencyLayout, bucket: number): number {
  return Math.max(0, (bucket >> octaveBits) - 1);
}

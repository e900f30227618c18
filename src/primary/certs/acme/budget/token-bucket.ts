/**
 * A token bucket as authorities count their limits: it holds `capacity` tokens, and one comes back every `refillMs`. What is kept of one is the
 * time at which it is full again (the "theoretical arrival time" of the generic cell rate algorithm), so that a bucket is one number, and one
 * that is full need not be kept. Pure. All times are milliseconds since the epoch; a clock that is set back makes a bucket look emptier, never
 * fuller, and never emptier than empty.
 */

export interface BucketSize {
  readonly capacity: number;
  readonly refillMs: number;
}

/** The bucket after a token was taken. One that was empty stays empty. */
export function take(fullAtMs: number, { capacity, refillMs }: BucketSize, nowMs: number): number {
  return Math.min(Math.max(fullAtMs, nowMs) + refillMs, nowMs + capacity * refillMs);
}

/** When `tokens` will be there, if none is taken before; now or earlier: they are. `tokens` is at most the capacity. */
export function hasAtMs(
  fullAtMs: number,
  { capacity, refillMs }: BucketSize,
  nowMs: number,
  tokens: number,
): number {
  const fullMs = Math.min(fullAtMs, nowMs + capacity * refillMs);
  return fullMs - (capacity - tokens) * refillMs;
}

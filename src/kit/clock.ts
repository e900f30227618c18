/**
 * The only door to time and randomness. Tests pass their own; everything else passes `systemClock`.
 * A guard test bans `Date.now`, `performance.now` and `Math.random` everywhere else in src.
 */

export interface Clock {
  /** Milliseconds since the epoch, for what people read. */
  epochMs(): number;
  /** Milliseconds on a clock that never goes back, with fractions, for durations and deadlines. */
  nowMs(): number;
}

export const systemClock: Clock = Object.freeze({
  epochMs: () => Date.now(),
  nowMs: () => performance.now(),
});

/** Uniform in [0, 1). Not for secrets. */
export type Random = () => number;

export const systemRandom: Random = Math.random;

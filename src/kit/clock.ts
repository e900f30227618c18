/**
 * The only door to time and randomness. Tests pass their own; everything else passes `systemClock`.
 * A guard test bans `Date.now`, `performance.now`, `process.hrtime` and `Math.random` everywhere else in src.
 */

export interface Clock {
  /** Milliseconds since the epoch, for what people read. */
  epochMs(): number;
  /** Milliseconds on a clock that never goes back, with fractions, for durations and deadlines. */
  nowMs(): number;
}

/** What threads measure together. `nowMs` counts from the start of its own thread. */
export interface SharedClock {
  /** Milliseconds on a clock that never goes back and that all threads of the machine read alike, with fractions. */
  sharedMs(): number;
}

export const systemClock: Clock = Object.freeze({
  epochMs: () => Date.now(),
  nowMs: () => performance.now(),
});

export const systemSharedClock: SharedClock = Object.freeze({
  sharedMs: () => {
    // CLOCK_MONOTONIC on Linux. The other form of it makes a bigint, which costs more.
    const time = process.hrtime();
    return time[0] * 1000 + time[1] / 1e6;
  },
});

/** Uniform in [0, 1). Not for secrets. */
export type Random = () => number;

export const systemRandom: Random = Math.random;

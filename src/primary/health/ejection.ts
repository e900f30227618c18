/**
 * How long one endpoint is ejected, as Envoy's outlier detection has it: the n-th time in a row n times as long. Time comes in;
 * primary thread, pure.
 */

import type { Outlier } from '../../bridge/snapshot/model.ts';

/** An ejection grows up to this, unless `eject_for` alone is longer. */
const MAX_EJECT_MS = 300_000;

export class Ejection {
  /** Null: not ejected. */
  #untilMs: number | null = null;
  /** Times in a row. */
  #times = 0;
  #returnedMs = 0;

  get active(): boolean {
    return this.#untilMs !== null;
  }

  /** Milliseconds; 0 where it is not ejected or its time is up. */
  leftMs(nowMs: number): number {
    return Math.max(0, (this.#untilMs ?? nowMs) - nowMs);
  }

  /** Gives for how long. Each `eject_for` that it served well since the last time takes one time off. */
  begin(nowMs: number, { ejectMs }: Pick<Outlier, 'ejectMs'>): number {
    const longest = Math.max(ejectMs, MAX_EJECT_MS);
    const servedWell = Math.floor((nowMs - this.#returnedMs) / ejectMs);
    this.#times = Math.min(Math.max(0, this.#times - servedWell) + 1, Math.ceil(longest / ejectMs));
    const forMs = Math.min(this.#times * ejectMs, longest);
    this.#untilMs = nowMs + forMs;
    return forMs;
  }

  end(nowMs: number): void {
    this.#untilMs = null;
    this.#returnedMs = nowMs;
  }
}

/** What the rules look at. */
export interface EjectionCandidate {
  /** It may get requests: it is well, not ejected, and has a weight. */
  readonly serves: boolean;
  readonly ejected: boolean;
}

/** `endpoint` is one of `all`, those of one service. */
export function mayEject(
  endpoint: EjectionCandidate,
  all: readonly EjectionCandidate[],
  { maxEjectedPercent }: Pick<Outlier, 'maxEjectedPercent'>,
): boolean {
  const ejected = all.filter((other) => other.ejected).length;
  return (
    ejected < maxEjected(all.length, maxEjectedPercent) &&
    all.some((other) => other !== endpoint && other.serves)
  );
}

/** One may always be, as in Envoy: of few endpoints a part is none. */
export function maxEjected(endpoints: number, percent: number): number {
  return Math.max(1, Math.floor((endpoints * percent) / 100));
}

// hot: runs once per request
/**
 * Whose turn it is among many, by weight: each turn is one step of the golden ratio around a circle on which everybody has an arc as
 * long as his weight (the additive recurrence of Weyl, 1916). Any n turns are spread about as evenly as n turns can be. Not exact to
 * one turn, as `SmoothWeights` is, but a turn costs a binary search, where that walks over all of them.
 */

import type { Candidates } from './candidates.ts';
import { weightedRandom } from './weighted-random.ts';

/** 1 / φ: of all numbers the one whose multiples keep farthest apart. */
const STEP = (Math.sqrt(5) - 1) / 2;
/** Workers begin apart, and not where another one is a few turns later. */
const WORKER_STEP = Math.SQRT2 - 1;

export class QuickTurns {
  /** In [0, 1). */
  #angle: number;

  constructor(workerId: number) {
    this.#angle = (workerId * WORKER_STEP) % 1;
  }

  /** The place among the candidates of the one whose turn it is. There is at least one, and each has a weight. */
  next(weights: Float64Array, candidates: Candidates): number {
    const angle = this.#angle;
    const next = angle + STEP;
    this.#angle = next < 1 ? next : next - 1;
    return weightedRandom(weights, candidates, angle);
  }
}

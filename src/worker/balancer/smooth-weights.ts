// hot: runs once per request
/**
 * Smooth weighted round robin (as nginx does it): each turn every candidate's weight is added to its credit, the richest
 * is taken and pays the total. Over any `total` turns each candidate is taken exactly `weight` times, evenly spread.
 * One instance per worker and list of weights; not shared. Who is no candidate at a turn keeps its credit.
 */

import { Candidates } from './candidates.ts';

export class SmoothWeights {
  readonly #weights: Float64Array;
  readonly #credits: Float64Array;

  /** `start`: turns to skip, so that workers do not begin with the same candidate. */
  // hot-ok: once per snapshot and service
  constructor(weights: Float64Array, start: number) {
    this.#weights = weights;
    this.#credits = new Float64Array(weights.length);
    const all = Candidates.all(weights.length);
    for (let i = 0; i < start; i++) this.next(all);
  }

  /**
   * The index of the next of the candidates; -1 if none of them has a weight. All have one, or all there are take part: the credits of
   * all add up to nothing, so one without a weight, whose credit is 0, is never the richest.
   */
  next(candidates: Candidates): number {
    const weights = this.#weights;
    const credits = this.#credits;
    const total = candidates.total(weights);
    if (total === 0) return -1;
    const { indices, count } = candidates;
    let best = -1;
    let bestCredit = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const index = indices[i] as number;
      const credit = (credits[index] as number) + (weights[index] as number);
      credits[index] = credit;
      if (credit > bestCredit) {
        best = index;
        bestCredit = credit;
      }
    }
    credits[best] = bestCredit - total;
    return best;
  }
}

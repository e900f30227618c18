// hot: runs once per request
/**
 * Smooth weighted round robin (as nginx does it): each turn every weight is added to its candidate's credit, the richest
 * is taken and pays the total. Over any `total` turns each candidate is taken exactly `weight` times, evenly spread.
 * One instance per worker and list of candidates; not shared.
 */

export class SmoothWeights {
  readonly #weights: readonly number[];
  readonly #credits: number[];
  readonly #total: number;

  /** `start`: turns to skip, so that workers do not begin with the same candidate. */
  // hot-ok: once per snapshot and service
  constructor(weights: readonly number[], start: number) {
    this.#weights = weights;
    this.#credits = weights.map(() => 0);
    this.#total = weights.reduce((sum, weight) => sum + weight, 0);
    for (let i = 0; i < start; i++) this.next();
  }

  /** The index of the next candidate; -1 if there is none with a weight. */
  next(): number {
    const weights = this.#weights;
    const credits = this.#credits;
    let best = -1;
    let bestCredit = 0;
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i] as number;
      if (weight === 0) continue;
      const credit = (credits[i] as number) + weight;
      credits[i] = credit;
      if (best < 0 || credit > bestCredit) {
        best = i;
        bestCredit = credit;
      }
    }
    if (best >= 0) credits[best] = bestCredit - this.#total;
    return best;
  }
}

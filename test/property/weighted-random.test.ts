/** Draws by weight in running sums, against a walk over the weights. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Candidates } from '../../src/worker/balancer/candidates.ts';
import { weightedRandom, weightedRandomBut } from '../../src/worker/balancer/weighted-random.ts';

/** Of so few bits that no sum is rounded. */
const draws = fc.integer({ min: 0, max: 2 ** 20 - 1 }).map((bits) => bits / 2 ** 20);
const weightsOf = (minLength: number) =>
  fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength, maxLength: 20 });

/** The place whose weight, the one at `except` passed over, takes the sum above the draw. */
function walk(weights: readonly number[], draw: number, except: number): number {
  const left = weights.map((weight, place) => (place === except ? 0 : weight));
  const drawn = draw * left.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return left.findIndex((weight) => {
    sum += weight;
    return sum > drawn;
  });
}

describe('weighted draws', () => {
  it('take the place that the draw falls on', () => {
    fc.assert(
      fc.property(weightsOf(1), draws, (weights, draw) => {
        const all = Candidates.all(weights.length);
        expect(weightedRandom(Float64Array.from(weights), all, draw)).toBe(walk(weights, draw, -1));
      }),
    );
  });

  it('pass over one, wherever it stands', () => {
    fc.assert(
      fc.property(weightsOf(2), draws, fc.nat(), (weights, draw, number) => {
        const except = number % weights.length;
        const all = Candidates.all(weights.length);
        expect(weightedRandomBut(Float64Array.from(weights), all, draw, except)).toBe(
          walk(weights, draw, except),
        );
      }),
    );
  });
});

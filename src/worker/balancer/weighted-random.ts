// hot: runs once per request
/** One of the candidates by weight, at random: a binary search in their running sums. Pure but for the draw. */

import type { Candidates } from './candidates.ts';

export const NO_INDEX = -1;

/** The place among the candidates of the one drawn. There is at least one, and each has a weight. `draw`: in [0, 1). */
export function weightedRandom(weights: Float64Array, candidates: Candidates, draw: number): number {
  const { count } = candidates;
  const sums = candidates.sums(weights);
  return placeAbove(sums, count, draw * (sums[count - 1] as number));
}

/** As `weightedRandom`, of all but the one at the place `except`. There are at least two. */
export function weightedRandomBut(
  weights: Float64Array,
  candidates: Candidates,
  draw: number,
  except: number,
): number {
  const { count } = candidates;
  const sums = candidates.sums(weights);
  const before = except === 0 ? 0 : (sums[except - 1] as number);
  const passed = (sums[except] as number) - before;
  const drawn = draw * ((sums[count - 1] as number) - passed);
  // What lies behind the one that is passed over moves up into its part.
  const place = placeAbove(sums, count, drawn < before ? drawn : drawn + passed);
  // A sum that was rounded must not give back the one that is passed over.
  return place === except ? (place + 1) % count : place;
}

/** The first place whose sum is above `value`, else the last. */
function placeAbove(sums: Float64Array, count: number, value: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sums[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

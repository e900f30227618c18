// hot: runs once per request
/** One of the candidates by weight, at random. Pure but for the draw. */

import type { Candidates } from './candidates.ts';

export const NO_INDEX = -1;

/**
 * The index of the one taken; NO_INDEX if there is none. `draw`: in [0, 1). `except`: a candidate that is passed over, or NO_INDEX.
 * Every candidate has a weight.
 */
export function weightedRandom(
  weights: Float64Array,
  { indices, count }: Candidates,
  draw: number,
  except: number,
): number {
  let total = 0;
  for (let i = 0; i < count; i++) {
    const index = indices[i] as number;
    if (index !== except) total += weights[index] as number;
  }
  let left = draw * total;
  let taken = NO_INDEX;
  for (let i = 0; i < count; i++) {
    const index = indices[i] as number;
    if (index === except) continue;
    taken = index;
    left -= weights[index] as number;
    if (left < 0) break;
  }
  return taken;
}

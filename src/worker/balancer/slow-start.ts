// hot: runs once per request
/**
 * Slow start: an endpoint that came back gets a growing share of its requests. It is left out of some choices, by chance, which works
 * the same for every way of balancing that spreads by turn, chance or load. Pure but for the draws and the table.
 */

import { shareOf } from '../../bridge/memory/endpoint-state.ts';
import type { Endpoint } from '../../bridge/snapshot/model.ts';
import type { Random } from '../../kit/clock.ts';
import type { Candidates } from './candidates.ts';
import type { EndpointStates } from './eligibility.ts';

/** Takes out candidates in a slow start, each as often as its share of the weight is missing, but never the last one. */
export function leaveOutStarting(
  endpoints: readonly Endpoint[],
  states: EndpointStates,
  candidates: Candidates,
  random: Random,
): void {
  const { indices } = candidates;
  let left = candidates.count;
  let kept = 0;
  for (let i = 0; i < candidates.count; i++) {
    const index = indices[i] as number;
    const state = states.state((endpoints[index] as Endpoint).slot);
    const out = state !== 0 && left > 1 && random() >= shareOf(state);
    if (out) left--;
    else indices[kept++] = index;
  }
  candidates.renew(kept);
}

// hot: runs once per request
/**
 * Choices by load: requests under way at an endpoint, over all workers, in proportion to its weight. Pure but for the draws and the
 * table, which other workers write meanwhile: a choice is as good as what it saw.
 */

import type { EndpointTable } from '../../bridge/memory/endpoint-table.ts';
import type { Endpoint } from '../../bridge/snapshot/model.ts';
import type { Candidates } from './candidates.ts';
import { NO_INDEX, weightedRandom, weightedRandomBut } from './weighted-random.ts';

/** Fills `out` with the candidates of least load: one, or those between which turn decides. */
export function leastLoaded(
  endpoints: readonly Endpoint[],
  table: EndpointTable,
  candidates: Candidates,
  out: Candidates,
): void {
  const { indices, count } = candidates;
  out.reserve(count);
  let least = 0;
  let leastRequests = 0;
  let leastWeight = 0;
  for (let i = 0; i < count; i++) {
    const index = indices[i] as number;
    const { slot, weight } = endpoints[index] as Endpoint;
    const requests = table.requests(slot);
    // requests / weight against leastRequests / leastWeight, without a division.
    const order = least === 0 ? -1 : requests * leastWeight - leastRequests * weight;
    if (order > 0) continue;
    if (order < 0) {
      least = 0;
      leastRequests = requests;
      leastWeight = weight;
    }
    out.indices[least++] = index;
  }
  out.renew(least);
}

/**
 * The candidate of least load, of equal ones the first from the place `start` on. One that has no request under way ends the search:
 * none has less. `slots` and `weights` are those of the service's list.
 */
export function leastLoadedFrom(
  start: number,
  slots: Int32Array,
  weights: Float64Array,
  table: EndpointTable,
  { indices, count }: Candidates,
): number {
  let least = NO_INDEX;
  let leastRequests = 0;
  let leastWeight = 0;
  let at = start;
  for (let i = 0; i < count; i++) {
    const index = indices[at] as number;
    at = at + 1 === count ? 0 : at + 1;
    const requests = table.requests(slots[index] as number);
    if (requests === 0) return index;
    const weight = weights[index] as number;
    // requests / weight against leastRequests / leastWeight, without a division.
    if (least !== NO_INDEX && requests * leastWeight >= leastRequests * weight) continue;
    least = index;
    leastRequests = requests;
    leastWeight = weight;
  }
  return least;
}

/**
 * The less loaded of two candidates drawn at random by weight, the first of them where they are equal (Mitzenmacher, "The power of
 * two choices in randomized load balancing", 2001). There are at least two candidates; the draws are in [0, 1).
 */
export function lessLoadedOfTwo(
  endpoints: readonly Endpoint[],
  weights: Float64Array,
  table: EndpointTable,
  candidates: Candidates,
  firstDraw: number,
  secondDraw: number,
): number {
  const firstPlace = weightedRandom(weights, candidates, firstDraw);
  const secondPlace = weightedRandomBut(weights, candidates, secondDraw, firstPlace);
  const first = candidates.indices[firstPlace] as number;
  const second = candidates.indices[secondPlace] as number;
  const one = endpoints[first] as Endpoint;
  const other = endpoints[second] as Endpoint;
  return table.requests(other.slot) * one.weight < table.requests(one.slot) * other.weight ? second : first;
}

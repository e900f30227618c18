// hot: runs once per request
/** Which endpoints of a service may be taken now (contract, Health): one pure function, the same for workers and `penstock explain`. */

import { takesPart } from '../../bridge/memory/endpoint-state.ts';
import type { EndpointTable } from '../../bridge/memory/endpoint-table.ts';
import type { Endpoint } from '../../bridge/snapshot/model.ts';
import type { Candidates } from './candidates.ts';

/** What eligibility needs to know of the running penstock. */
export type EndpointStates = Pick<EndpointTable, 'state'>;

/**
 * Fills `out` with those that are well. `backup` false: the endpoints that serve first. True: those that serve while none of the
 * former can. One of weight 0 drains: a client that sticks to it goes there without being asked here.
 */
export function eligible(
  endpoints: readonly Endpoint[],
  backup: boolean,
  states: EndpointStates,
  out: Candidates,
): void {
  out.clear(endpoints.length);
  const { indices } = out;
  let count = 0;
  for (let index = 0; index < endpoints.length; index++) {
    const endpoint = endpoints[index] as Endpoint;
    if (endpoint.backup !== backup || endpoint.weight === 0) continue;
    const state = states.state(endpoint.slot);
    if (state !== 0) {
      if (!takesPart(state)) continue;
      out.starting = true;
    }
    indices[count++] = index;
  }
  out.count = count;
}

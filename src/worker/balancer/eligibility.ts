// hot: runs once per request
/** Which endpoints of a service may be taken now (contract, Health): one pure function, the same for workers and `penstock explain`. */

import { takesPart } from '../../bridge/memory/endpoint-state.ts';
import type { EndpointTable } from '../../bridge/memory/endpoint-table.ts';
import type { Endpoint } from '../../bridge/snapshot/model.ts';
import type { Candidates } from './candidates.ts';

/** What eligibility needs to know of the running penstock. */
export type EndpointStates = Pick<EndpointTable, 'state'>;

/**
 * Makes `out` those that are well; where it holds just these already, what was worked out for it stays. `backup` false: the endpoints
 * that serve first. True: those that serve while none of the former can. One of weight 0 drains: a client that sticks to it goes there
 * without being asked here.
 */
export function eligible(
  endpoints: readonly Endpoint[],
  backup: boolean,
  states: EndpointStates,
  out: Candidates,
): void {
  out.reserve(endpoints.length);
  out.starting = false;
  const { indices } = out;
  let count = 0;
  let isSame = true;
  for (let index = 0; index < endpoints.length; index++) {
    const endpoint = endpoints[index] as Endpoint;
    if (endpoint.backup !== backup || endpoint.weight === 0) continue;
    const state = states.state(endpoint.slot);
    if (state !== 0) {
      if (!takesPart(state)) continue;
      out.starting = true;
    }
    if (indices[count] !== index) {
      indices[count] = index;
      isSame = false;
    }
    count++;
  }
  if (!isSame || count !== out.count) out.renew(count);
}

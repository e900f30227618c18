// hot: runs once per request
/**
 * Which endpoints of a service may be taken now (contract, Health): one pure function, the same for workers and `penstock explain`.
 * Health checks and ejection, once they are built, join here.
 */

import type { Endpoint } from '../../bridge/snapshot/model.ts';
import type { Candidates } from './candidates.ts';

/**
 * Fills `out`. `backup` false: the endpoints that serve first. True: those that serve while none of the former can. One of weight
 * 0 drains: a client that sticks to it goes there without being asked here.
 */
export function eligible(endpoints: readonly Endpoint[], backup: boolean, out: Candidates): void {
  out.clear(endpoints.length);
  const { indices } = out;
  let count = 0;
  for (let index = 0; index < endpoints.length; index++) {
    const endpoint = endpoints[index] as Endpoint;
    if (endpoint.backup === backup && endpoint.weight > 0) indices[count++] = index;
  }
  out.count = count;
}

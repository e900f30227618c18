import { describe, expect, it } from 'vitest';
import type { Service } from '../../../../src/bridge/snapshot/model.ts';
import { Fault } from '../../../../src/kit/faults.ts';
import type { Balancer } from '../../../../src/worker/balancer/balancer.ts';
import {
  balanceRequest,
  balancerOf,
  endpoint,
  endpointsOf,
  newSegment,
  place,
  service,
  tableOf,
} from '../../../support/balancing.ts';

/** Where a request goes that fails wherever it goes: as many places as `moves` and one. */
function journey(balancer: Balancer, of: Service, moves: number, request = balanceRequest()): string {
  const { placement, id } = place(balancer, of, request);
  const ids = [id];
  for (let i = 0; i < moves; i++) {
    const before = placement.endpoint;
    const moved = balancer.placeElsewhere(of, request, '192.0.2.1', placement);
    expect(moved).toBe(placement.endpoint !== before);
    ids.push(placement.endpoint?.id ?? '-');
  }
  balancer.leave(placement);
  return ids.join('');
}

describe('placeElsewhere', () => {
  it('goes where the request has not been, by turn, then anywhere but where it is', () => {
    const of = service({ endpoints: endpointsOf(1, 1, 1) });
    const balancer = balancerOf();
    const where = journey(balancer, of, 5);
    expect(where.slice(0, 3).split('').sort()).toEqual(['a', 'b', 'c']);
    for (let i = 1; i < where.length; i++) expect(where[i]).not.toBe(where[i - 1]);
  });

  it('stays where there is no other endpoint', () => {
    expect(journey(balancerOf(), service({ endpoints: endpointsOf(1) }), 2)).toBe('aaa');
    // One that drains is not for newcomers.
    expect(journey(balancerOf(), service({ endpoints: endpointsOf(1, 0) }), 1)).toBe('aa');
  });

  it('goes to backups once the others have been tried', () => {
    const endpoints = [...endpointsOf(1, 1), endpoint('z', 2, { backup: true })];
    expect(journey(balancerOf(), service({ endpoints }), 2)).toBe('abz');
  });

  it('asks the hash again, without the one that failed: the same client has the same second one', () => {
    const of = service({ endpoints: endpointsOf(1, 1, 1, 1), balance: 'hash', hashOn: { kind: 'path' } });
    const paths = Array.from({ length: 30 }, (_, index) => balanceRequest({}, `/${index}`));
    const first = paths.map((request) => journey(balancerOf(), of, 3, request));
    expect(paths.map((request) => journey(balancerOf({ workerId: 1 }), of, 3, request))).toEqual(first);
    expect(new Set(first.map((where) => where.slice(0, 2))).size).toBeGreaterThan(6);
    for (const where of first) expect(new Set(where).size).toBe(4);
  });

  it('takes the new place before it gives the old one back, and holds the limit', () => {
    const segment = newSegment(2);
    const table = tableOf(segment, 0, 2);
    const other = tableOf(segment, 1, 2);
    const balancer = balancerOf({ table });
    const of = service({ endpoints: endpointsOf(1, 1), maxRequestsPerEndpoint: 1 });
    const request = balanceRequest();
    const counts = (): number[] => [table.requests(0), table.requests(1)];

    const { placement } = place(balancer, of);
    expect(counts()).toEqual([1, 0]);
    expect(balancer.placeElsewhere(of, request, '192.0.2.1', placement)).toBe(true);
    expect(counts()).toEqual([0, 1]);
    // The other endpoint is full by another worker's request: no move, and nothing is lost.
    expect(other.enter(0, 1)).toBe(true);
    expect(balancer.placeElsewhere(of, request, '192.0.2.1', placement)).toBe(false);
    expect(counts()).toEqual([1, 1]);
    balancer.leave(placement);
    expect(counts()).toEqual([1, 0]);
  });

  it('leaves the endpoint that the cookie names, and names the new one', () => {
    const balancer = balancerOf();
    const of = service({ endpoints: endpointsOf(1, 1), stickyCookie: 'at' });
    const [a, b] = [place(balancer, of).placement, place(balancer, of).placement];
    const request = balanceRequest({ cookie: `at=${a.stickyValue}` });
    const { placement, fault } = place(balancer, of, request);
    expect([fault, placement.endpoint?.id, placement.setCookie(false)]).toEqual([Fault.NONE, 'a', '']);
    balancer.placeElsewhere(of, request, '192.0.2.1', placement);
    expect([placement.endpoint?.id, placement.stickyValue]).toEqual(['b', b.stickyValue]);
  });
});

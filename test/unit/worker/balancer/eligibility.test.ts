import { describe, expect, it } from 'vitest';
import { endpointState } from '../../../../src/bridge/memory/endpoint-state.ts';
import { Fault } from '../../../../src/kit/faults.ts';
import type { Balancer } from '../../../../src/worker/balancer/balancer.ts';
import {
  balanceRequest,
  balancerOf,
  endpoint,
  endpointsOf,
  newSegment,
  place,
  STICKY_KEY,
  service,
  tableOf,
} from '../../../support/balancing.ts';

const UNHEALTHY = endpointState(true, false, 1);
const EJECTED = endpointState(false, true, 1);

/** Draws that go round. */
function draws(...values: readonly number[]): () => number {
  let at = 0;
  return () => values[at++ % values.length] ?? 0;
}

const table = () => tableOf(newSegment(1), 0, 1);

/** `count` requests that end at once, as the ids of their endpoints. */
function ids(balancer: Balancer, of: Parameters<typeof place>[1], count: number): string {
  return Array.from({ length: count }, () => {
    const { id, placement } = place(balancer, of);
    balancer.leave(placement);
    return id;
  }).join('');
}

describe('balancer: health', () => {
  it.each(['round_robin', 'random', 'p2c', 'least_requests', 'hash'] as const)(
    'gives nothing to those that are out (%s)',
    (balance) => {
      const states = table();
      states.setState(0, UNHEALTHY);
      states.setState(2, EJECTED);
      const balancer = balancerOf({ table: states, random: draws(0.1, 0.6, 0.99) });
      const of = service({ balance, endpoints: endpointsOf(1, 1, 1), hashOn: { kind: 'ip' } });
      expect(ids(balancer, of, 6)).toBe('bbbbbb');
    },
  );

  it('has backups serve where all others are out, and none where they are too', () => {
    const states = table();
    const of = service({ endpoints: [endpoint('a', 0), endpoint('b', 1, { backup: true })] });
    const balancer = balancerOf({ table: states });
    expect(ids(balancer, of, 2)).toBe('aa');
    states.setState(0, UNHEALTHY);
    expect(ids(balancer, of, 2)).toBe('bb');
    states.setState(1, UNHEALTHY);
    expect(place(balancer, of).fault).toBe(Fault.NO_ENDPOINT);
  });

  it('sends a client that sticks to one that is out elsewhere, with a new cookie', () => {
    const states = table();
    const of = service({ endpoints: endpointsOf(1, 1), stickyCookie: 'at' });
    const balancer = balancerOf({ table: states, stickyKey: STICKY_KEY });
    const first = place(balancer, of);
    const cookie = balanceRequest({ cookie: `at=${first.placement.stickyValue}` });
    expect(place(balancer, of, cookie).id).toBe(first.id);
    states.setState(first.placement.endpoint?.slot ?? -1, EJECTED);
    const next = place(balancer, of, cookie);
    expect(next.id).not.toBe(first.id);
    expect(next.placement.stickyValue).not.toBe('');
  });
});

describe('balancer: slow start', () => {
  const SLOW = endpointState(false, false, 0.25);

  it.each(['round_robin', 'random', 'least_requests'] as const)(
    'gives one that comes back its share of its weight (%s)',
    (balance) => {
      const states = table();
      states.setState(0, SLOW);
      let seed = 1;
      // Park and Miller's generator: the same draws at every run.
      const random = (): number => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed / 2_147_483_647;
      };
      const balancer = balancerOf({ table: states, random });
      const of = service({ balance, endpoints: endpointsOf(1, 1) });
      const got = ids(balancer, of, 4_000).split('a').length - 1;
      // Half of the requests would be its due; a quarter of the choices it is part of.
      expect(got).toBeGreaterThan(350);
      expect(got).toBeLessThan(1_050);
    },
  );

  it('does not leave out one that has room where the others are full', () => {
    const states = table();
    states.setState(0, SLOW);
    const balancer = balancerOf({ table: states, random: () => 0.99 });
    const of = service({ endpoints: endpointsOf(1, 1), maxRequestsPerEndpoint: 1 });
    expect([place(balancer, of).id, place(balancer, of).id, place(balancer, of).fault]).toEqual([
      'b',
      'a',
      Fault.ENDPOINTS_FULL,
    ]);
  });

  it('gives everything to one that starts where there is no other', () => {
    const states = table();
    states.setState(0, SLOW);
    states.setState(1, UNHEALTHY);
    const balancer = balancerOf({ table: states, random: () => 0.99 });
    expect(ids(balancer, service({ endpoints: endpointsOf(1, 1) }), 3)).toBe('aaa');
  });

  it('leaves keys where they are', () => {
    const states = table();
    const of = service({ balance: 'hash', hashOn: { kind: 'path' }, endpoints: endpointsOf(1, 1) });
    // No draw: `balancerOf` throws at one.
    const balancer = balancerOf({ table: states });
    const where = (): string =>
      Array.from({ length: 20 }, (_, n) => place(balancer, of, balanceRequest({}, `/${n}`)).id).join('');
    const before = where();
    states.setState(0, SLOW);
    expect(where()).toBe(before);
  });
});

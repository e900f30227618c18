import { describe, expect, it } from 'vitest';
import type { Endpoint, Service } from '../../../../src/bridge/snapshot/model.ts';
import { Fault } from '../../../../src/kit/faults.ts';
import type { Balancer } from '../../../../src/worker/balancer/balancer.ts';
import { StickyValues, stickyLine } from '../../../../src/worker/balancer/sticky-cookie.ts';
import {
  balanceRequest,
  balancerOf,
  endpoint,
  endpointsOf,
  place,
  route,
  STICKY_KEY,
  service,
} from '../../../support/balancing.ts';

const sticky = (endpoints: readonly Endpoint[], facts: Partial<Service> = {}): Service =>
  service({ endpoints, stickyCookie: 'at', ...facts });
const shows = (value: string) => balanceRequest({ cookie: `a=b; at=${value}` });

/** The cookie's value for the endpoint that a new client gets. */
function newClient(balancer: Balancer, of: Service): { readonly id: string; readonly value: string } {
  const { id, placement } = place(balancer, of);
  return { id, value: placement.stickyValue };
}

describe('sticky cookies', () => {
  it('keep a client at its endpoint, and are given once', () => {
    const balancer = balancerOf();
    const of = sticky(endpointsOf(1, 1, 1));
    const first = newClient(balancer, of);
    const second = newClient(balancer, of);
    expect([first.id, second.id]).toEqual(['a', 'b']);
    for (const { id, value } of [second, first, first]) {
      const again = place(balancer, of, shows(value));
      expect([again.id, again.placement.setCookie(false)]).toEqual([id, '']);
    }
  });

  it('are good in every worker, after a restart, and whatever the other endpoints and the weights are', () => {
    const { value } = newClient(balancerOf(), sticky(endpointsOf(1, 1)));
    const later = [endpoint('n', 5, { weight: 9 }), endpoint('a', 6, { weight: 1 })];
    const { id, placement } = place(balancerOf({ workerId: 3 }), sticky(later), shows(value));
    expect([id, placement.setCookie(false)]).toEqual(['a', '']);
  });

  it('keep a client at an endpoint that drains, where no new one comes', () => {
    const balancer = balancerOf();
    const { value } = newClient(balancer, sticky(endpointsOf(1, 1)));
    const drained = sticky(endpointsOf(0, 1));
    expect(place(balancer, drained, shows(value)).id).toBe('a');
    expect([1, 2, 3].map(() => newClient(balancer, drained).id)).toEqual(['b', 'b', 'b']);
    const all = sticky(endpointsOf(0, 0));
    expect([place(balancer, all, shows(value)).id, place(balancer, all).fault]).toEqual([
      'a',
      Fault.NO_ENDPOINT,
    ]);
  });

  it('of an endpoint that left or is at its limit lead to another one, and a new cookie', () => {
    const balancer = balancerOf();
    const { value } = newClient(balancer, sticky(endpointsOf(1)));
    const without = sticky([endpoint('b', 1)]);
    const moved = place(balancer, without, shows(value));
    expect([moved.id, moved.placement.stickyValue]).toEqual(['b', newClient(balancer, without).value]);
    const limited = sticky(endpointsOf(1, 1), { maxRequestsPerEndpoint: 1 });
    const fresh = balancerOf();
    expect(place(fresh, limited, shows(value)).id).toBe('a');
    const full = place(fresh, limited, shows(value));
    expect([full.id, full.placement.setCookie(false)]).toEqual([
      'b',
      `Set-Cookie: at=${full.placement.stickyValue}; Path=/; HttpOnly; SameSite=Lax`,
    ]);
  });

  it('keep a client at a backup that it came to while that served', () => {
    const balancer = balancerOf();
    const backup = endpoint('x', 2, { backup: true });
    const { id, value } = newClient(balancer, sticky([backup]));
    expect([id, place(balancer, sticky([...endpointsOf(1), backup]), shows(value)).id]).toEqual(['x', 'x']);
  });

  it.each([
    ['no cookie', balanceRequest()],
    ['nothing in it', shows('')],
    ['an address', shows('a')],
    ['a changed character', shows('0000000000000000000000')],
    ['the name in another case', balanceRequest({ cookie: 'AT=x' })],
  ])('are not believed where they are not ours: %s', (_, request) => {
    const { id, placement } = place(balancerOf(), sticky(endpointsOf(1, 1)), request);
    expect([id, placement.stickyName]).toEqual(['a', 'at']);
  });

  it('of another key, or of another service, are not believed', () => {
    const endpoints = endpointsOf(1, 1);
    const key = new Uint8Array(32).fill(8);
    const { value } = newClient(balancerOf({ stickyKey: key }), sticky(endpoints));
    expect(place(balancerOf(), sticky(endpoints), shows(value)).placement.stickyName).toBe('at');
    const others = endpoints.map((one) => ({ ...one, key: `other/${one.id}` }));
    const foreign = newClient(balancerOf(), sticky(others, { name: 'other' })).value;
    expect(place(balancerOf(), sticky(endpoints), shows(foreign)).placement.stickyName).toBe('at');
  });

  it('decide about the part of a split too', () => {
    const parts = [0, 1].map((index) =>
      sticky([endpoint(`e${index}`, index, { key: `s${index}/e` })], { index, name: `s${index}` }),
    );
    const snapshot = { service: (index: number): Service => parts[index] as Service };
    const split = route({ kind: 'split', services: [0, 1], bounds: [1, 2], total: 2 });
    const balancer = balancerOf();
    const { value } = newClient(balancer, parts[1] as Service);
    const chosen = (request = balanceRequest()): number => balancer.chooseService(snapshot, split, request);
    expect([chosen(), chosen(shows(value)), chosen(shows(value)), chosen(), chosen()]).toEqual([
      0, 1, 1, 1, 0,
    ]);
  });

  it('tell nothing of the endpoint', () => {
    const value = new StickyValues([endpoint('10.1.2.3:8080', 0)], STICKY_KEY).of(0);
    expect(value).toMatch(/^[\w-]{22}$/);
    expect(Buffer.from(value, 'base64url').toString('latin1')).not.toContain('10.1');
  });

  it('are Secure where the client speaks TLS', () => {
    expect(stickyLine('penstock', 'v', true)).toBe(
      'Set-Cookie: penstock=v; Path=/; HttpOnly; SameSite=Lax; Secure',
    );
  });
});

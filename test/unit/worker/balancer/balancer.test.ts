import { describe, expect, it } from 'vitest';
import type { Endpoint, Route, Service } from '../../../../src/bridge/snapshot/model.ts';
import { Balancer } from '../../../../src/worker/balancer/balancer.ts';
import { SmoothWeights } from '../../../../src/worker/balancer/smooth-weights.ts';

type ServiceFacts = Pick<Service, 'name' | 'balance' | 'endpoints'>;
type RouteFacts = Pick<Route, 'name' | 'action'>;

function endpoint(id: string, weight = 1): Endpoint {
  const address = { kind: 'tcp', host: '127.0.0.1', port: 1 } as const;
  return { id, key: `s/${id}`, address, weight, origin: { file: '', line: 0, column: 0 } };
}
/** The balancer looks at these parts alone. */
const service = (facts: Partial<ServiceFacts>): Service =>
  ({ name: 's', balance: 'round_robin', endpoints: [], ...facts }) as ServiceFacts as Service;
const route = (action: Route['action'], name = 'r'): Route => ({ name, action }) as RouteFacts as Route;

const noRandom = (): number => {
  throw new Error('nothing here is left to chance');
};
const take = (count: number, next: () => string): string => Array.from({ length: count }, next).join('');

describe('smooth-weights', () => {
  const turns = (weights: number[], count: number, start = 0): string => {
    const smooth = new SmoothWeights(weights, start);
    return take(count, () => 'abcdef'[smooth.next()] ?? '-');
  };

  it('spreads as nginx does', () => {
    expect(turns([5, 1, 1], 14)).toBe('aabacaaaabacaa');
    expect(turns([1, 1, 1], 6)).toBe('abcabc');
    expect(turns([2, 1], 6)).toBe('abaaba');
  });

  it('gives each its exact share over one round', () => {
    const all = turns([7, 3, 11, 1], 22);
    const counts = ['a', 'b', 'c', 'd'].map((id) => all.split(id).length - 1);
    expect(counts).toEqual([7, 3, 11, 1]);
  });

  it('passes over weight 0, and gives none where there is no other', () => {
    expect(turns([0, 1, 0, 1], 4)).toBe('bdbd');
    expect(turns([0, 0], 2)).toBe('--');
    expect(turns([], 1)).toBe('-');
  });

  it('begins where it is told to', () => {
    expect(turns([1, 1, 1], 3, 1)).toBe('bca');
    expect(turns([1, 1, 1], 3, 2)).toBe('cab');
  });
});

describe('balancer: endpoints', () => {
  const chosen = (balancer: Balancer, of: Service, count: number): string =>
    take(count, () => balancer.chooseEndpoint(of)?.id ?? '-');

  it('none of none, the one of one', () => {
    const balancer = new Balancer(0, noRandom);
    expect(balancer.chooseEndpoint(service({}))).toBeNull();
    expect(chosen(balancer, service({ endpoints: [endpoint('a')] }), 3)).toBe('aaa');
  });

  it('takes turns by weight; workers begin with different ones', () => {
    const endpoints = [endpoint('a', 2), endpoint('b')];
    expect(chosen(new Balancer(0, noRandom), service({ endpoints }), 6)).toBe('abaaba');
    expect(chosen(new Balancer(1, noRandom), service({ endpoints }), 6)).toBe('baabaa');
    expect(chosen(new Balancer(2, noRandom), service({ endpoints }), 6)).toBe('abaaba');
  });

  it('goes on where it was in a new snapshot with the same endpoints, begins anew with others', () => {
    const balancer = new Balancer(0, noRandom);
    const make = (...ids: string[]): Service => service({ endpoints: ids.map((id) => endpoint(id)) });
    expect(chosen(balancer, make('a', 'b', 'c'), 1)).toBe('a');
    expect(chosen(balancer, make('a', 'b', 'c'), 1)).toBe('b');
    expect(chosen(balancer, make('a', 'b', 'd'), 1)).toBe('a');
  });

  it('forgets a service that left', () => {
    const balancer = new Balancer(0, noRandom);
    const three = service({ endpoints: ['a', 'b', 'c'].map((id) => endpoint(id)) });
    expect(chosen(balancer, three, 1)).toBe('a');
    balancer.retain(new Set(['s']));
    expect(chosen(balancer, three, 1)).toBe('b');
    balancer.retain(new Set());
    expect(chosen(balancer, three, 1)).toBe('a');
  });

  it('random: by weight, for every draw', () => {
    const endpoints = [endpoint('a', 1), endpoint('b', 0), endpoint('c', 3)];
    const at = (draw: number): string =>
      new Balancer(0, () => draw).chooseEndpoint(service({ balance: 'random', endpoints }))?.id ?? '-';
    expect([0, 0.2499, 0.25, 0.5, 0.999_999_999].map(at)).toEqual(['a', 'a', 'c', 'c', 'c']);
  });
});

describe('balancer: services', () => {
  const split = (...bounds: number[]): Route['action'] => ({
    kind: 'split',
    services: bounds.map((_, i) => i + 10),
    bounds,
    total: bounds.at(-1) ?? 0,
  });

  it('the one of a plain route, none of a route without', () => {
    const balancer = new Balancer(0, noRandom);
    expect(balancer.chooseService(route({ kind: 'service', service: 7 }))).toBe(7);
    expect(balancer.chooseService(route({ kind: 'redirect', to: '/', status: 301 }))).toBe(-1);
  });

  it('a split by its weights, given as running sums', () => {
    const balancer = new Balancer(0, noRandom);
    const split31 = route(split(3, 4));
    expect(Array.from({ length: 8 }, () => balancer.chooseService(split31))).toEqual([
      10, 10, 11, 10, 10, 10, 11, 10,
    ]);
  });

  it('two splits take turns of their own', () => {
    const balancer = new Balancer(0, noRandom);
    const [a, b] = [route(split(1, 2), 'a'), route(split(1, 2), 'b')];
    expect([a, b, a, b].map((one) => balancer.chooseService(one))).toEqual([10, 10, 11, 11]);
  });
});

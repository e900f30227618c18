import { describe, expect, it } from 'vitest';
import type { Route, Service } from '../../../../src/bridge/snapshot/model.ts';
import { Fault } from '../../../../src/kit/faults.ts';
import type { Balancer } from '../../../../src/worker/balancer/balancer.ts';
import { Candidates } from '../../../../src/worker/balancer/candidates.ts';
import { SmoothWeights } from '../../../../src/worker/balancer/smooth-weights.ts';
import {
  balanceRequest,
  balancerOf,
  endpoint,
  endpointsOf,
  newSegment,
  place,
  route,
  service,
  tableOf,
} from '../../../support/balancing.ts';

const take = (count: number, next: () => string): string => Array.from({ length: count }, next).join('');

describe('smooth-weights', () => {
  const turns = (weights: number[], count: number, start = 0): string => {
    const smooth = new SmoothWeights(Float64Array.from(weights), start);
    const all = Candidates.all(weights.length);
    return take(count, () => 'abcdef'[smooth.next(all)] ?? '-');
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

  it('lets those take turns that are candidates, and the others keep theirs', () => {
    const smooth = new SmoothWeights(Float64Array.of(1, 1, 1), 0);
    const some = Candidates.all(3);
    some.remove(1);
    expect(take(4, () => 'abc'[smooth.next(some)] ?? '-')).toBe('acac');
    expect(take(3, () => 'abc'[smooth.next(Candidates.all(3))] ?? '-')).toBe('abc');
  });

  it('begins where it is told to', () => {
    expect(turns([1, 1, 1], 3, 1)).toBe('bca');
    expect(turns([1, 1, 1], 3, 2)).toBe('cab');
  });
});

describe('balancer: endpoints', () => {
  /** So many requests, all still under way. */
  const chosen = (balancer: Balancer, of: Service, count: number): string =>
    take(count, () => place(balancer, of).id);

  it('none of none, the one of one', () => {
    const balancer = balancerOf();
    expect(place(balancer, service({})).fault).toBe(Fault.NO_ENDPOINT);
    expect(chosen(balancer, service({ endpoints: endpointsOf(1) }), 3)).toBe('aaa');
  });

  it('takes turns by weight; workers begin with different ones', () => {
    const endpoints = endpointsOf(2, 1);
    const of = (workerId: number): string => chosen(balancerOf({ workerId }), service({ endpoints }), 6);
    expect([0, 1, 2].map(of)).toEqual(['abaaba', 'baabaa', 'abaaba']);
  });

  it('goes on where it was in a new snapshot with the same endpoints, begins anew with others', () => {
    const balancer = balancerOf();
    const make = (...ids: string[]): Service => service({ endpoints: ids.map((id, at) => endpoint(id, at)) });
    expect(chosen(balancer, make('a', 'b', 'c'), 1)).toBe('a');
    expect(chosen(balancer, make('a', 'b', 'c'), 1)).toBe('b');
    expect(chosen(balancer, make('a', 'b', 'd'), 1)).toBe('a');
  });

  it('forgets a service that left', () => {
    const balancer = balancerOf();
    const three = service({ endpoints: endpointsOf(1, 1, 1) });
    expect(chosen(balancer, three, 1)).toBe('a');
    balancer.drop(['other']);
    expect(chosen(balancer, three, 1)).toBe('b');
    balancer.drop(balancer.services());
    expect(chosen(balancer, three, 1)).toBe('a');
  });

  it('random: by weight, for every draw', () => {
    const endpoints = endpointsOf(1, 0, 3);
    const at = (draw: number): string =>
      place(balancerOf({ random: () => draw }), service({ balance: 'random', endpoints })).id;
    expect([0, 0.2499, 0.25, 0.5, 0.999_999_999].map(at)).toEqual(['a', 'a', 'c', 'c', 'c']);
  });

  it('weight 0 gets nothing; all of weight 0 is as good as none', () => {
    expect(chosen(balancerOf(), service({ endpoints: endpointsOf(0, 1, 0) }), 3)).toBe('bbb');
    const drained = service({ endpoints: endpointsOf(0, 0) });
    for (const balance of ['round_robin', 'random', 'least_requests', 'p2c', 'hash'] as const)
      expect(place(balancerOf(), { ...drained, balance }).fault).toBe(Fault.NO_ENDPOINT);
  });

  it('backups serve while no other endpoint can, by the same rules among themselves', () => {
    const backups = [endpoint('x', 2, { backup: true, weight: 2 }), endpoint('y', 3, { backup: true })];
    const serves = service({ endpoints: [...backups, ...endpointsOf(1, 1)] });
    expect(chosen(balancerOf(), serves, 4)).toBe('abab');
    const drained = service({ endpoints: [...backups, ...endpointsOf(0, 0)] });
    expect(chosen(balancerOf(), drained, 6)).toBe('xyxxyx');
  });

  it('least_requests: the lowest in proportion to its weight, over all workers; by turn where they are equal', () => {
    const segment = newSegment(2);
    const [one, two] = [tableOf(segment, 0, 2), tableOf(segment, 1, 2)];
    const of = service({ balance: 'least_requests', endpoints: endpointsOf(2, 1) });
    expect(chosen(balancerOf({ table: one }), of, 6)).toBe('ababaa');
    // Now 4 at a and 2 at b. The other worker adds three to a.
    for (let i = 0; i < 3; i++) two.enter(0, 0);
    expect(chosen(balancerOf({ table: one }), of, 2)).toBe('bb');
    expect([one.requests(0), one.requests(1)]).toEqual([7, 4]);
  });

  it('p2c: the less loaded of two that are drawn by weight, the first where they are equal', () => {
    const table = tableOf(newSegment(1), 0, 1);
    const of = service({ balance: 'p2c', endpoints: endpointsOf(1, 1, 2) });
    const draws: number[] = [];
    const balancer = balancerOf({ table, random: () => draws.shift() ?? Number.NaN });
    const drawn = (first: number, second: number): string => {
      draws.push(first, second);
      return place(balancer, of).id;
    };
    // Of 4: a < 0.25, b < 0.5, c. Of the rest in the same order.
    expect(drawn(0, 0)).toBe('a');
    expect(drawn(0, 0)).toBe('b');
    expect(drawn(0.3, 0)).toBe('b');
    expect([table.requests(0), table.requests(1)]).toEqual([1, 2]);
    expect(drawn(0.3, 0)).toBe('a');
    expect(drawn(0.5, 0.5)).toBe('c');
    // b has 2, and so has c, of twice the weight.
    place(balancerOf({ table }), service({ endpoints: [endpoint('c', 2)] }));
    expect(drawn(0.3, 0.99)).toBe('c');
    expect(draws).toEqual([]);
  });

  it('a choice that meets the limit goes to another endpoint, then to a backup, then nowhere', () => {
    const endpoints = [...endpointsOf(3, 1), endpoint('x', 2, { backup: true })];
    for (const balance of ['round_robin', 'random', 'least_requests', 'p2c', 'hash'] as const) {
      const balancer = balancerOf({ random: () => 0.1 });
      const of = service({ balance, endpoints, maxRequestsPerEndpoint: 2, hashOn: { kind: 'ip' } });
      const placed = Array.from({ length: 7 }, () => place(balancer, of));
      const ids = placed.map(({ id }) => id);
      expect([ids.slice(0, 4).sort().join(''), ids.slice(4).join('')], balance).toEqual(['aabb', 'xx-']);
      expect(placed[6]?.fault).toBe(Fault.ENDPOINTS_FULL);
      const [first] = placed;
      if (first !== undefined) balancer.leave(first.placement);
      expect(place(balancer, of).id, balance).toBe(ids[0]);
    }
  });

  it('counts a request until it leaves, and once', () => {
    const table = tableOf(newSegment(1), 0, 1);
    const balancer = balancerOf({ table });
    const of = service({ endpoints: endpointsOf(1) });
    const { placement } = place(balancer, of);
    place(balancer, of);
    expect(table.requests(0)).toBe(2);
    balancer.leave(placement);
    balancer.leave(placement);
    expect(table.requests(0)).toBe(1);
  });
});

describe('balancer: services', () => {
  const split = (...bounds: number[]): Route['action'] => ({
    kind: 'split',
    services: bounds.map((_, i) => i + 10),
    bounds,
    total: bounds.at(-1) ?? 0,
  });

  const services = { service: (index: number): Service => service({ index, name: `s${index}` }) };
  const choose = (balancer: Balancer, of: Route): number =>
    balancer.chooseService(services, of, balanceRequest());

  it('the one of a plain route, none of a route without', () => {
    const balancer = balancerOf();
    expect(choose(balancer, route({ kind: 'service', service: 7 }))).toBe(7);
    expect(choose(balancer, route({ kind: 'redirect', to: '/', status: 301 }))).toBe(-1);
  });

  it('a split by its weights, given as running sums', () => {
    const balancer = balancerOf();
    const split31 = route(split(3, 4));
    expect(Array.from({ length: 8 }, () => choose(balancer, split31))).toEqual([
      10, 10, 11, 10, 10, 10, 11, 10,
    ]);
  });

  it('two splits take turns of their own', () => {
    const balancer = balancerOf();
    const [a, b] = [route(split(1, 2), 'a'), route(split(1, 2), 'b')];
    expect([a, b, a, b].map((one) => choose(balancer, one))).toEqual([10, 10, 11, 11]);
  });

  it('a split is exact in proportion over 10,000 requests, in each of four workers and in total', () => {
    const weights = [70, 20, 9, 1];
    const sums = weights.map((_, at) => weights.slice(0, at + 1).reduce((sum, weight) => sum + weight));
    const total = [0, 0, 0, 0];
    for (let workerId = 0; workerId < 4; workerId++) {
      const balancer = balancerOf({ workerId });
      const counts = [0, 0, 0, 0];
      for (let i = 0; i < 10_000; i++) {
        const part = choose(balancer, route(split(...sums))) - 10;
        counts[part] = (counts[part] ?? 0) + 1;
      }
      counts.forEach((count, part) => {
        expect(Math.abs(count - (weights[part] ?? 0) * 100)).toBeLessThanOrEqual(1);
        total[part] = (total[part] ?? 0) + count;
      });
    }
    total.forEach((count, part) => {
      expect(Math.abs(count - (weights[part] ?? 0) * 400)).toBeLessThanOrEqual(4);
    });
  });
});

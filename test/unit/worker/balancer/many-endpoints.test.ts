/** What is done in another way among many endpoints than among few: hash, round_robin and least_requests; and what is kept between two requests. */

import { describe, expect, it } from 'vitest';
import { endpointState } from '../../../../src/bridge/memory/endpoint-state.ts';
import type { Endpoint, Service } from '../../../../src/bridge/snapshot/model.ts';
import type { Balancer } from '../../../../src/worker/balancer/balancer.ts';
import { Candidates } from '../../../../src/worker/balancer/candidates.ts';
import { EvenTurns } from '../../../../src/worker/balancer/even-turns.ts';
import { QuickTurns } from '../../../../src/worker/balancer/quick-turns.ts';
import { partitionOf, Rendezvous } from '../../../../src/worker/balancer/rendezvous.ts';
import { SmoothWeights } from '../../../../src/worker/balancer/smooth-weights.ts';
import {
  balanceRequest,
  balancerOf,
  endpoint,
  newSegment,
  place,
  service,
  tableOf,
} from '../../../support/balancing.ts';

const OUT = endpointState(true, false, 1);

const many = (count: number, weightOf: (slot: number) => number = () => 1): readonly Endpoint[] =>
  Array.from({ length: count }, (_, slot) => endpoint(`e${slot}`, slot, { weight: weightOf(slot) }));

const table = () => tableOf(newSegment(1), 0, 1);

/** Where a request goes that ends at once. */
function visit(balancer: Balancer, of: Service, path = '/'): string {
  const { id, placement } = place(balancer, of, balanceRequest({}, path));
  balancer.leave(placement);
  return id;
}

describe('hash, many endpoints', () => {
  const PATHS = Array.from({ length: 1_000 }, (_, index) => `/${index}`);
  const hashed = (endpoints: readonly Endpoint[], name = 's'): Service =>
    service({ name, endpoints, balance: 'hash', hashOn: { kind: 'path' } });

  /** By the hash alone, nothing remembered. */
  const expected = (endpoints: readonly Endpoint[], without: readonly number[] = []): readonly string[] => {
    const candidates = Candidates.all(endpoints.length);
    for (const index of without) candidates.remove(index);
    const rendezvous = new Rendezvous(endpoints);
    return PATHS.map((path) => endpoints[rendezvous.ownerOf(partitionOf(path), candidates)]?.id ?? '-');
  };

  it('remembers what the hash says, through changes of health and for services side by side', () => {
    const states = table();
    const balancer = balancerOf({ table: states });
    const [a, b] = [many(60, (slot) => 1 + (slot % 3)), many(40)];
    const [ofA, ofB] = [hashed(a, 'a'), hashed(b, 'b')];
    const whereOf = (of: Service): readonly string[] => PATHS.map((path) => visit(balancer, of, path));
    for (let round = 0; round < 2; round++) {
      expect(whereOf(ofA)).toEqual(expected(a));
      expect(whereOf(ofB)).toEqual(expected(b));
    }
    states.setState(7, OUT);
    expect(whereOf(ofA)).toEqual(expected(a, [7]));
    expect(whereOf(ofB)).toEqual(expected(b, [7]));
    states.setState(8, OUT);
    states.setState(7, 0);
    expect(whereOf(ofA)).toEqual(expected(a, [8]));
    states.setState(8, 0);
    expect(whereOf(ofA)).toEqual(expected(a));
  });

  it('moves the keys of the endpoint that is gone and no others', () => {
    const states = table();
    const balancer = balancerOf({ table: states });
    const of = hashed(many(100));
    const before = PATHS.map((path) => visit(balancer, of, path));
    states.setState(42, OUT);
    const after = PATHS.map((path) => visit(balancer, of, path));
    const moved = before.filter((id, index) => id !== after[index]);
    expect(moved.length).toBeGreaterThan(0);
    expect(new Set(moved)).toEqual(new Set(['e42']));
  });
});

describe('round_robin, many endpoints of the same weight', () => {
  it.each([0, 1, 7, 39])('is what smooth weights come to, with a start of %d', (start) => {
    const smooth = new SmoothWeights(new Float64Array(40).fill(3), start);
    const even = new EvenTurns(start);
    const all = Candidates.all(40);
    for (let turn = 0; turn < 200; turn++) expect(even.next(all)).toBe(smooth.next(all));
  });

  it('goes on with the next one where some leave, come back, or are full', () => {
    const states = table();
    const balancer = balancerOf({ table: states });
    const of = service({ endpoints: many(12) });
    const visits = (count: number) => Array.from({ length: count }, () => visit(balancer, of));
    expect(visits(3)).toEqual(['e0', 'e1', 'e2']);
    for (const slot of [2, 3, 4]) states.setState(slot, OUT);
    expect(visits(10)).toEqual(['e5', 'e6', 'e7', 'e8', 'e9', 'e10', 'e11', 'e0', 'e1', 'e5']);
    for (const slot of [2, 3, 4]) states.setState(slot, 0);
    expect(visits(2)).toEqual(['e6', 'e7']);
    const one = service({ endpoints: of.endpoints, maxRequestsPerEndpoint: 1 });
    const held = place(balancer, one);
    expect(held.id).toBe('e8');
    for (let round = 0; round < 2; round++) {
      const ids = Array.from({ length: 11 }, () => visit(balancer, one));
      expect(new Set(ids).size).toBe(11);
      expect(ids).not.toContain('e8');
    }
    balancer.leave(held.placement);
  });

  it('keeps to weights where they differ', () => {
    const balancer = balancerOf({ table: table() });
    const of = service({ endpoints: many(10, (slot) => (slot === 4 ? 3 : 1)) });
    const ids = Array.from({ length: 12 }, () => visit(balancer, of));
    expect(ids.filter((id) => id === 'e4')).toHaveLength(3);
    expect(new Set(ids).size).toBe(10);
  });
});

describe('least_requests, many endpoints', () => {
  const least = (endpoints: readonly Endpoint[]): Service =>
    service({ endpoints, balance: 'least_requests' });

  it('takes one that nobody has less at, over all workers', () => {
    const segment = newSegment(2);
    const [own, other] = [tableOf(segment, 0, 2), tableOf(segment, 1, 2)];
    const endpoints = many(50, (slot) => 1 + (slot % 4));
    const balancer = balancerOf({ table: own });
    const loadOf = ({ slot, weight }: Endpoint): number => own.requests(slot) / weight;
    // First with idle ones, then without.
    for (let i = 0; i < 300; i++) {
      if (i % 3 === 0) other.enter((i * 7) % 50, 0);
      if (i % 5 === 0) other.leave((i * 11) % 50);
      const lowest = Math.min(...endpoints.map(loadOf));
      const before = new Map(endpoints.map((one) => [one.id, loadOf(one)]));
      expect(before.get(place(balancer, least(endpoints)).id)).toBe(lowest);
    }
    expect(Math.min(...endpoints.map(loadOf))).toBeGreaterThan(0);
  });

  it('shares out by weight what comes while all are idle', () => {
    const balancer = balancerOf();
    const endpoints = many(40, (slot) => 1 + (slot % 2));
    const ids = Array.from({ length: 6_000 }, () => visit(balancer, least(endpoints)));
    for (const { id, weight } of endpoints)
      expect(Math.abs(ids.filter((one) => one === id).length - 100 * weight)).toBeLessThan(5);
  });

  it('does not give the one behind a busy one its share', () => {
    const states = table();
    states.enter(20, 0);
    const balancer = balancerOf({ table: states });
    const ids = Array.from({ length: 4_000 }, () => visit(balancer, least(many(40))));
    const counts = many(40).map(({ id }) => ids.filter((one) => one === id).length);
    expect(counts[20]).toBe(0);
    expect(Math.max(...counts)).toBeLessThan(115);
  });
});

describe('quick turns', () => {
  it.each([0, 1, 5])('are spread by weight, however many there are (worker %i)', (workerId) => {
    const weights = Float64Array.of(5, 1, 3, 1);
    const turns = new QuickTurns(workerId);
    const all = Candidates.all(4);
    const counts = [0, 0, 0, 0];
    let farthest = 0;
    for (let turn = 1; turn <= 2_000; turn++) {
      const at = turns.next(weights, all);
      counts[at] = (counts[at] ?? 0) + 1;
      counts.forEach((count, index) => {
        farthest = Math.max(farthest, Math.abs(count - (turn * (weights[index] ?? 0)) / 10));
      });
    }
    expect(farthest).toBeLessThan(2.5);
  });
});

describe('what is kept between requests', () => {
  it('is not what another snapshot says: slots, and who is a backup', () => {
    const states = table();
    states.setState(5, OUT);
    const balancer = balancerOf({ table: states });
    const of = (facts: readonly Partial<Endpoint>[]): Service =>
      service({ endpoints: facts.map((fact, slot) => endpoint('ab'[slot] ?? '', slot, fact)) });
    expect([visit(balancer, of([{}, {}])), visit(balancer, of([{}, {}]))]).toEqual(['a', 'b']);
    const moved = of([{ slot: 5 }, {}]);
    expect([visit(balancer, moved), visit(balancer, moved)]).toEqual(['b', 'b']);
    const spare = of([{}, { backup: true }]);
    expect([visit(balancer, spare), visit(balancer, spare)]).toEqual(['a', 'a']);
  });

  it('is not what a request left over that was not to be placed where others are', () => {
    const balancer = balancerOf();
    const of = service({ endpoints: many(20), balance: 'hash', hashOn: { kind: 'path' } });
    const { placement, id } = place(balancer, of);
    expect(balancer.placeElsewhere(of, balanceRequest(), '192.0.2.1', placement)).toBe(true);
    expect(placement.endpoint?.id).not.toBe(id);
    expect(visit(balancer, of)).toBe(id);
  });
});

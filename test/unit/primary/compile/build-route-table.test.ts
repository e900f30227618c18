import { describe, expect, it } from 'vitest';
import { checkRouteTable, HEADER, NODE, routeCountOf } from '../../../../src/bridge/snapshot/route-table.ts';
import { PenstockError } from '../../../../src/kit/errors.ts';
import { buildRouteTable } from '../../../../src/primary/compile/build-route-table.ts';
import type { RouteTableInput } from '../../../../src/primary/compile/route-trie.ts';
import { matchRoute } from '../../../../src/worker/router/match-route.ts';
import { matchRequest } from '../../../support/router-snapshot.ts';

const input = (overrides: Partial<RouteTableInput> = {}): RouteTableInput => ({
  hosts: [],
  path: '/',
  match: 'prefix',
  conditionCount: 0,
  ...overrides,
});
const NO_CONDITIONS = { conditions: () => ({ methods: null, headers: [], query: [] }) };

describe('build-route-table', () => {
  it('makes a sound table of no routes', () => {
    const table = buildRouteTable([]);
    expect(checkRouteTable(table)).toBeNull();
    expect(routeCountOf(table)).toBe(0);
    expect(matchRoute(table, NO_CONDITIONS, matchRequest('h', '/'))).toBe(-1);
  });

  it('makes the same bytes of the same routes', () => {
    const routes = Array.from({ length: 500 }, (_, i) => input({ hosts: [`h${i % 50}.x`], path: `/p/${i}` }));
    expect(buildRouteTable(routes)).toEqual(buildRouteTable(structuredClone(routes)));
  });

  it('bounds the probes of any lookup, and takes at most half of the slots', () => {
    const routes = Array.from({ length: 20_000 }, (_, i) => input({ hosts: [`t${i}.example.com`] }));
    const { words } = buildRouteTable(routes);
    expect(words[HEADER.PROBES]).toBeLessThanOrEqual(64);
    expect((words[HEADER.SLOT_MASK] ?? 0) + 1).toBeGreaterThanOrEqual(40_000);
  });

  it('lists nothing behind a route without conditions', () => {
    const routes = [input({ conditionCount: 2 }), input(), input(), input({ conditionCount: 1 })];
    const { words } = buildRouteTable(routes);
    const lists = words.subarray((words[HEADER.NODES_AT] ?? 0) + NODE.TEXT);
    expect(Array.from(lists, (entry) => entry & 0xffff)).toEqual([0, 3, 1]);
  });

  it('needs no list for a single route without conditions, and counts a host named twice once', () => {
    const size = (hosts: string[], conditionCount: number) =>
      buildRouteTable([input({ hosts, conditionCount })]).words.length;
    expect(size(['a'], 1)).toBe(size(['a'], 0) + 1);
    expect(size(['a', 'a'], 1)).toBe(size(['a'], 1));
  });

  it('compiles a path of thousands of segments', () => {
    const path = '/a'.repeat(8_000);
    const table = buildRouteTable([input({ path, match: 'exact' }), input()]);
    expect(checkRouteTable(table)).toBeNull();
    expect(matchRoute(table, NO_CONDITIONS, matchRequest('h', path))).toBe(0);
    expect(matchRoute(table, NO_CONDITIONS, matchRequest('h', `${path}/a`))).toBe(1);
  });

  it.each([
    ['a path that is not absolute', { path: 'a' }, 'routes[1].path "a" must begin with /'],
    ['a path that is not ASCII', { path: '/\u00fc' }, 'percent-encode'],
    ['an empty host', { hosts: [''] }, 'routes[1].host ""'],
    ['a bare star', { hosts: ['*.'] }, 'routes[1].host "*."'],
    ['a host in capitals', { hosts: ['A.com'] }, 'lower-case'],
    ['a host that is not ASCII', { hosts: ['b\u00fccher.example'] }, 'xn--'],
  ])('refuses %s, naming the route', (_what, overrides, message) => {
    const build = () => buildRouteTable([input(), input(overrides)]);
    expect(build).toThrow(PenstockError);
    expect(build).toThrow(message);
  });

  it('compiles 100,000 routes and finds each of a sample', () => {
    const routes = Array.from({ length: 100_000 }, (_, i) =>
      input({ hosts: [`h${i % 1_000}.example`], path: `/svc-${i}`, match: i % 2 === 0 ? 'exact' : 'prefix' }),
    );
    const table = buildRouteTable(routes);
    expect(checkRouteTable(table)).toBeNull();
    for (let i = 0; i < routes.length; i += 997) {
      expect(matchRoute(table, NO_CONDITIONS, matchRequest(`h${i % 1_000}.example`, `/svc-${i}`))).toBe(i);
    }
  });
});

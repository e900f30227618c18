import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRouteTable } from '../../src/bridge/snapshot/route-table.ts';
import { createConditionSource } from '../../src/worker/router/condition-source.ts';
import { explainRoutes } from '../../src/worker/router/explain.ts';
import { matchRoute } from '../../src/worker/router/match-route.ts';
import { naiveMatch, naiveRanking } from '../support/naive-router.ts';
import { matchRequest, type RouteSketch, routerSnapshot } from '../support/router-snapshot.ts';

// Few names, so that hosts, paths and conditions collide all the time.
const label = fc.constantFrom('a', 'b', 'aa');
const hostName = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'));
const routeHost = fc.oneof(
  hostName,
  hostName.map((name) => `*.${name}`),
);
const segment = fc.constantFrom('', 'a', 'b', 'ab', 'a%2Fb');
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`);
const value = fc.constantFrom('', '1', 'x y', 'a=b', '\u00fc', '\u{1f600}');
const record = (names: string[]) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 2 }) },
  );
const method = fc.constantFrom('GET', 'POST', 'get');

const route: fc.Arbitrary<RouteSketch> = fc
  .record({
    hosts: fc.oneof(fc.constant<string[]>([]), fc.array(routeHost, { minLength: 1, maxLength: 3 })),
    path,
    match: fc.constantFrom('prefix' as const, 'exact' as const),
    methods: fc.option(fc.array(method, { minLength: 1, maxLength: 2 }), { nil: undefined }),
    headers: record(['x-a', 'x-b']),
    query: record(['q', 'r s', '\u00fc']),
  })
  .map(({ methods, ...rest }) => (methods === undefined ? rest : { ...rest, methods }));

const encode = fc.constantFrom(
  (text: string) => encodeURIComponent(text),
  (text: string) => encodeURIComponent(text).replaceAll('%20', '+'),
  (text: string) => encodeURIComponent(text).toLowerCase(),
);
const parameter = fc
  .tuple(fc.constantFrom('q', 'r s', '\u00fc', 'qq'), value, encode, fc.boolean())
  .map(([name, text, encoded, bare]) => (bare ? encoded(name) : `${encoded(name)}=${encoded(text)}`));
const query = fc.array(parameter, { maxLength: 4 }).map((parts) => parts.join('&'));

const request = fc
  .record({ host: fc.oneof(fc.constant(''), hostName), path, method, query, headers: record(['x-a', 'x-b']) })
  .map((r) => matchRequest(r.host, `${r.path}?${r.query}`, { method: r.method, headers: r.headers }));

const routesAndRequests = [
  fc.array(route, { maxLength: 24 }),
  fc.array(request, { minLength: 1, maxLength: 12 }),
] as const;

describe('compiled router', () => {
  it('chooses what the contract says, read naively', () => {
    fc.assert(
      fc.property(...routesAndRequests, (sketches, requests) => {
        const snapshot = routerSnapshot(sketches);
        expect(checkRouteTable(snapshot.routeTable)).toBeNull();
        const shared = createConditionSource(snapshot);
        for (const one of requests) {
          const expected = naiveMatch(snapshot.routes, one);
          expect(matchRoute(snapshot.routeTable, snapshot, one)).toBe(expected);
          expect(matchRoute(snapshot.routeTable, shared, one)).toBe(expected);
        }
      }),
      { numRuns: 6_000 },
    );
  });

  it('is explained truly: one chosen, the others lost to it or not matching at all', () => {
    fc.assert(
      fc.property(...routesAndRequests, (sketches, requests) => {
        const snapshot = routerSnapshot(sketches);
        for (const one of requests) {
          const matching = naiveRanking(snapshot.routes, one);
          const verdicts = explainRoutes(snapshot, one);
          expect(verdicts.map(({ index }) => index)).toEqual(snapshot.routes.map(({ index }) => index));
          for (const { index, verdict, code, reason } of verdicts) {
            expect(verdict === 'chosen').toBe(index === matching[0]);
            expect(code === 'CHOSEN').toBe(verdict === 'chosen');
            expect(code.startsWith('OUTRANKED')).toBe(matching.indexOf(index) > 0);
            expect(reason).not.toBe('');
          }
        }
      }),
      { numRuns: 1_500 },
    );
  });

  it('neither throws nor finds a route that is not there, whatever host and path are', () => {
    const any = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), path, hostName);
    fc.assert(
      fc.property(fc.array(route, { maxLength: 12 }), any, any, any, (sketches, host, text, rawQuery) => {
        const snapshot = routerSnapshot(sketches);
        const odd = { ...matchRequest(host, '/'), path: text, query: rawQuery };
        const found = matchRoute(snapshot.routeTable, snapshot, odd);
        expect(found).toBe(naiveMatch(snapshot.routes, odd));
      }),
      { numRuns: 3_000 },
    );
  });

  it('reads no damaged table out of bounds: it is refused, or every lookup ends', () => {
    fc.assert(
      fc.property(
        fc.array(route, { minLength: 1, maxLength: 8 }),
        fc.array(request, { minLength: 1, maxLength: 4 }),
        fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(400), fc.maxSafeInteger())), {
          minLength: 1,
          maxLength: 3,
        }),
        (sketches, requests, damages) => {
          const snapshot = routerSnapshot(sketches);
          const words = snapshot.routeTable.words.slice();
          for (const [at, damage] of damages) words[at % words.length] = damage;
          const table = { words };
          if (checkRouteTable(table) !== null) return;
          for (const one of requests) {
            const found = matchRoute(table, snapshot, one);
            expect(found).toBeGreaterThanOrEqual(-1);
            expect(found).toBeLessThan(snapshot.routeCount);
          }
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

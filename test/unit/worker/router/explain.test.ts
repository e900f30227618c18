import { describe, expect, it } from 'vitest';
import { explainRoutes } from '../../../../src/worker/router/explain.ts';
import { matchRequest, type RouteSketch, routerSnapshot } from '../../../support/router-snapshot.ts';

const CHOSEN: RouteSketch = {
  hosts: ['a.com'],
  path: '/api/v1',
  methods: ['GET'],
  headers: { 'x-env': 'canary' },
};
const canary = { headers: { 'x-env': 'canary' } };

/** What is said of `other`, which stands behind CHOSEN in the file, for a request that CHOSEN takes. */
function lost(other: RouteSketch, request = matchRequest('a.com', '/api/v1/x?q=1', canary)) {
  const verdicts = explainRoutes(routerSnapshot([CHOSEN, other]), request);
  expect(verdicts.map(({ verdict }) => verdict)).toEqual(['chosen', 'lost']);
  return verdicts[1];
}

describe('explain', () => {
  it.each<[string, RouteSketch, string]>([
    ['HOST_DIFFERS', { hosts: ['b.com', 'c.com'] }, 'host a.com, wanted b.com or c.com'],
    [
      'WILDCARD_ONE_LABEL',
      { hosts: ['*.a.com'] },
      'does not match *.a.com: the star stands for exactly one label',
    ],
    ['PATH_DIFFERS', { path: '/api/v1', match: 'exact' }, 'path /api/v1/x is not exactly /api/v1'],
    ['PATH_NOT_UNDER_PREFIX', { path: '/web/' }, 'path /api/v1/x is not under /web'],
    ['PATH_NOT_UNDER_PREFIX', { path: '/api/v' }, 'is not under /api/v (a prefix ends where a segment ends)'],
    ['METHOD_DIFFERS', { methods: ['POST', 'PUT'] }, 'method GET is not one of POST, PUT'],
    ['HEADER_DIFFERS', { headers: { 'x-env': 'a' } }, 'header x-env is "canary", wanted "a"'],
    ['HEADER_DIFFERS', { headers: { 'x-no': '' } }, 'header x-no is missing, wanted ""'],
    [
      'QUERY_DIFFERS',
      { query: { q: '2' } },
      'query parameter q must be "2" where it first occurs, the query is q=1',
    ],
    ['OUTRANKED_BY_HOST', {}, 'outranked by route r0: the exact host goes before any host'],
    ['OUTRANKED_BY_HOST', { hosts: ['*.com'] }, 'the exact host goes before a wildcard host'],
    [
      'OUTRANKED_BY_LONGER_PREFIX',
      { hosts: ['a.com'], path: '/api' },
      'the longer prefix /api/v1 goes before /api',
    ],
    ['OUTRANKED_BY_CONDITIONS', { ...CHOSEN, headers: {} }, 'more conditions (2) go before fewer (1)'],
    [
      'OUTRANKED_BY_FILE_ORDER',
      { ...CHOSEN, path: '/api/v1/' },
      'it comes earlier in the file (test.yaml:1)',
    ],
  ])('%s for %j', (code, route, reason) => {
    const verdict = lost(route);
    expect(verdict?.code).toBe(code);
    expect(verdict?.reason).toContain(reason);
  });

  it('says that an exact path goes before a prefix', () => {
    const routes = [{ path: '/a' }, { path: '/a', match: 'exact' }] as const;
    const [prefix, exact] = explainRoutes(routerSnapshot(routes), matchRequest('h', '/a'));
    expect(prefix).toMatchObject({ index: 0, verdict: 'lost', code: 'OUTRANKED_BY_EXACT_PATH' });
    expect(exact?.reason).toBe('matches any host, the exact path /a');
  });

  it('says what the chosen one matched', () => {
    const [one] = explainRoutes(routerSnapshot([CHOSEN]), matchRequest('a.com', '/api/v1', canary));
    expect(one).toMatchObject({
      code: 'CHOSEN',
      reason: 'matches the exact host, the prefix /api/v1 and its 2 conditions',
    });
    const [other] = explainRoutes(routerSnapshot([{ methods: ['GET'] }]), matchRequest('', '/'));
    expect(other?.reason).toBe('matches any host, the prefix / and its condition');
  });

  it('explains a request that no route takes', () => {
    const routes = [{ hosts: ['a.com'] }, { hosts: ['*.com'] }, { path: '/x' }, { query: { q: '1' } }];
    const verdicts = explainRoutes(routerSnapshot(routes), matchRequest('', '/y'));
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['lost', 'lost', 'lost', 'lost']);
    expect(verdicts[0]?.reason).toBe('the request names no host, wanted a.com');
    expect(verdicts[3]?.reason).toContain('the request has no query');
  });

  it('is quick with 10,000 routes', () => {
    const routes = Array.from({ length: 10_000 }, (_, i) => ({ hosts: [`h${i}.example`], path: `/p${i}` }));
    const verdicts = explainRoutes(routerSnapshot(routes), matchRequest('h9999.example', '/p9999/x'));
    expect(verdicts).toHaveLength(10_000);
    expect(verdicts.filter(({ verdict }) => verdict === 'chosen').map(({ index }) => index)).toEqual([9_999]);
  });
});

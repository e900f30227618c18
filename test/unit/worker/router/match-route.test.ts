import { describe, expect, it } from 'vitest';
import { matchRoute, NO_ROUTE } from '../../../../src/worker/router/match-route.ts';
import { matchRequest, type RouteSketch, routerSnapshot } from '../../../support/router-snapshot.ts';

/** The path and host of the chosen route, or null. */
function choose(sketches: readonly RouteSketch[], ...request: Parameters<typeof matchRequest>): number {
  const snapshot = routerSnapshot(sketches);
  return matchRoute(snapshot.routeTable, snapshot, matchRequest(...request));
}

describe('match-route: hosts', () => {
  const hosts = [{}, { hosts: ['*.example.com'] }, { hosts: ['a.example.com', 'b.example.com'] }];

  it.each([
    ['a.example.com', 2],
    ['b.example.com', 2],
    ['c.example.com', 1],
    ['x.a.example.com', 0],
    ['example.com', 0],
    ['.example.com', 0],
    ['', 0],
    ['10.0.0.1', 0],
    ['::1', 0],
  ])('%s goes to route %i: exact before wildcard (one label) before any', (host, expected) => {
    expect(choose(hosts, host, '/')).toBe(expected);
  });

  it('finds nothing without a route for any host', () => {
    expect(choose(hosts.slice(1), 'other', '/')).toBe(NO_ROUTE);
    expect(choose([], 'other', '/')).toBe(NO_ROUTE);
  });

  it('keeps a host and a wildcard of the same text apart', () => {
    expect(choose([{ hosts: ['*.x.y'] }], 'x.y', '/')).toBe(NO_ROUTE);
    expect(choose([{ hosts: ['x.y'] }], 'a.x.y', '/')).toBe(NO_ROUTE);
  });

  it('falls through from host to wildcard to any host where no path matches', () => {
    const routes = [{ path: '/c' }, { hosts: ['*.com'], path: '/b' }, { hosts: ['a.com'], path: '/a' }];
    expect(choose(routes, 'a.com', '/a')).toBe(2);
    expect(choose(routes, 'a.com', '/b')).toBe(1);
    expect(choose(routes, 'a.com', '/c')).toBe(0);
    expect(choose(routes, 'a.com', '/d')).toBe(NO_ROUTE);
  });
});

describe('match-route: paths', () => {
  it.each([
    ['/api', 0],
    ['/api/', 0],
    ['/api/v1', 0],
    ['/api//v1', 0],
    ['/apiv1', NO_ROUTE],
    ['/ap', NO_ROUTE],
    ['/', NO_ROUTE],
    ['/API', NO_ROUTE],
    ['/api%2Fv1', NO_ROUTE],
  ])('prefix /api on segment boundaries: %s gives %i, with and without its own slash', (path, expected) => {
    expect(choose([{ path: '/api' }], 'h', path)).toBe(expected);
    expect(choose([{ path: '/api/' }], 'h', path)).toBe(expected);
  });

  it('tells the exact paths /a and /a/ apart', () => {
    const routes = [
      { path: '/a', match: 'exact' },
      { path: '/a/', match: 'exact' },
    ] as const;
    expect(choose(routes, 'h', '/a')).toBe(0);
    expect(choose(routes, 'h', '/a/')).toBe(1);
    expect(choose(routes, 'h', '/a//')).toBe(NO_ROUTE);
    expect(choose(routes, 'h', '/a/b')).toBe(NO_ROUTE);
  });

  it('prefers exact over prefix and a longer prefix over a shorter', () => {
    const routes = [
      { path: '/' },
      { path: '/a' },
      { path: '/a/b' },
      { path: '/a/b', match: 'exact' },
      { path: '/', match: 'exact' },
    ] as const;
    expect(choose(routes, 'h', '/a/b')).toBe(3);
    expect(choose(routes, 'h', '/a/b/c')).toBe(2);
    expect(choose(routes, 'h', '/a/c')).toBe(1);
    expect(choose(routes, 'h', '/c')).toBe(0);
    expect(choose(routes, 'h', '/')).toBe(4);
  });

  it('jumps over the nodes between two prefixes', () => {
    const routes = [{ path: '/a' }, { path: '/a/b/c/d/e', match: 'exact' }] as const;
    expect(choose(routes, 'h', '/a/b/c/d/x')).toBe(0);
    expect(choose(routes, 'h', '/a/b/c/d/e')).toBe(1);
  });

  it('matches no path that does not begin with a slash', () => {
    expect(choose([{}], 'h', '*')).toBe(NO_ROUTE);
    expect(choose([{}], 'h', '')).toBe(NO_ROUTE);
  });

  it('never takes a character above 0xff for the byte it ends in', () => {
    // U+0161 ends in the byte of `a`.
    expect(choose([{ path: '/a' }], 'h', '/\u0161')).toBe(NO_ROUTE);
    expect(choose([{ path: '/%C3%BC' }], 'h', '/\u00fc')).toBe(NO_ROUTE);
  });

  it.each(['/a'.repeat(8_192), '/'.repeat(16_384), `/${'a'.repeat(16_384)}`])(
    'looks at no more of a long path than its table reaches (%#)',
    (path) => {
      const snapshot = routerSnapshot([{ path: '/a/a', match: 'exact' }, { path: '/' }]);
      let read = 0;
      const request = matchRequest('h', path);
      const counted: string = Object.assign(Object(path), {
        charCodeAt(at: number): number {
          read += 1;
          return path.charCodeAt(at);
        },
      });
      expect(matchRoute(snapshot.routeTable, snapshot, { ...request, path: counted })).toBe(1);
      expect(read).toBeLessThan(20);
    },
  );
});

describe('match-route: conditions', () => {
  it('prefers more conditions, then the earlier in the file', () => {
    const routes = [
      {},
      { headers: { 'x-env': 'canary' } },
      { methods: ['GET'] },
      { methods: ['GET'], headers: { 'x-env': 'canary' }, query: { beta: '1' } },
      { methods: ['GET'], headers: { 'x-env': 'canary' } },
    ];
    const canary = { headers: { 'x-env': 'canary' } };
    expect(choose(routes, 'h', '/?beta=1', canary)).toBe(3);
    expect(choose(routes, 'h', '/', canary)).toBe(4);
    expect(choose(routes, 'h', '/')).toBe(2);
    expect(choose(routes, 'h', '/', { ...canary, method: 'POST' })).toBe(1);
    expect(choose(routes, 'h', '/', { method: 'POST' })).toBe(0);
  });

  it('counts the methods as one condition, however many there are', () => {
    const routes = [{ headers: { a: '1' } }, { methods: ['GET', 'POST', 'PUT'] }];
    expect(choose(routes, 'h', '/', { headers: { a: '1' } })).toBe(0);
  });

  it('falls through to the shorter prefix, the wildcard and any host where conditions do not hold', () => {
    const post = { methods: ['POST'] };
    const routes = [
      { ...post },
      { hosts: ['*.com'], methods: ['PUT'] },
      { hosts: ['a.com'], path: '/x', methods: ['GET'] },
      { hosts: ['a.com'], path: '/x/y', match: 'exact', methods: ['HEAD'] },
    ] as const;
    expect(choose(routes, 'a.com', '/x/y', { method: 'HEAD' })).toBe(3);
    expect(choose(routes, 'a.com', '/x/y', { method: 'GET' })).toBe(2);
    expect(choose(routes, 'a.com', '/x/y', { method: 'PUT' })).toBe(1);
    expect(choose(routes, 'a.com', '/x/y', { method: 'POST' })).toBe(0);
    expect(choose(routes, 'a.com', '/x/y', { method: 'DELETE' })).toBe(NO_ROUTE);
  });

  it('asks for the conditions of no route that has none', () => {
    const snapshot = routerSnapshot([{}, { path: '/a' }]);
    const source = {
      conditions: (): never => {
        throw new Error('asked');
      },
    };
    expect(matchRoute(snapshot.routeTable, source, matchRequest('h', '/a'))).toBe(1);
  });
});

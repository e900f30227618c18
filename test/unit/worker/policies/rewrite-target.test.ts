import { describe, expect, it } from 'vitest';
import type { Rewrite, Route } from '../../../../src/bridge/snapshot/model.ts';
import { explainingLimiter } from '../../../../src/cli/explain-rate-limits.ts';
import { NOTHING_KNOWN } from '../../../../src/cli/running-view.ts';
import { AddressRanges } from '../../../../src/kit/address-ranges.ts';
import { decide, Verdict } from '../../../../src/worker/policies/decide.ts';
import { rewriteTarget } from '../../../../src/worker/policies/rewrite-target.ts';

const NONE: Rewrite = { stripPrefix: null, replacePrefix: null, replacePath: null, host: null };
/** These policies look at the named parts of a route alone. */
const routeWith = (facts: Partial<Route>): Route => ({ access: null, rateLimits: [], ...facts }) as Route;

function rewritten(wish: Partial<Rewrite>, routePath: string, target: string, path: string): string {
  const query = target.indexOf('?');
  const route = routeWith({ path: routePath, rewrite: { ...NONE, ...wish } });
  return rewriteTarget(route, target, query < 0 ? target.length : query, path);
}

describe('rewrite-target', () => {
  it('without a rewrite of the path the target goes on as it came', () => {
    expect(rewriteTarget(routeWith({ path: '/', rewrite: null }), '/%61/../b?c', 8, '/b')).toBe(
      '/%61/../b?c',
    );
    expect(rewritten({ host: 'x' }, '/', '/%61?c', '/a')).toBe('/%61?c');
  });

  it('leaves * alone, which is no path', () => {
    expect(rewritten({ replacePath: '/x' }, '/', '*', '/')).toBe('*');
  });

  it.each([
    ['/app', '/app', '/app', '/'],
    ['/app', '/app/', '/app/', '/'],
    ['/app', '/app/x?y', '/app/x', '/x?y'],
    ['/app', '/app?', '/app', '/?'],
    ['/app', '/%61pp/%78?%79', '/app/x', '/x?%79'],
    ['/app', '/app//x', '/app//x', '//x'],
    ['/other', '/app/x?y', '/app/x', '/app/x?y'],
    ['/ap', '/app/x', '/app/x', '/app/x'],
  ])('strip %s from %s', (prefix, target, path, wanted) => {
    expect(rewritten({ stripPrefix: prefix }, '/app', target, path)).toBe(wanted);
  });

  it.each([
    ['/app', '/new', '/app', '/new'],
    ['/app', '/new', '/app/', '/new/'],
    ['/app', '/new', '/app/x', '/new/x'],
    ['/app', '/', '/app', '/'],
    ['/app', '/', '/app/x', '/x'],
    ['/', '/new', '/', '/new/'],
    ['/', '/new', '/x', '/new/x'],
    ['/', '/', '/x', '/x'],
  ])('below %s, %s in its place: %s becomes %s', (routePath, prefix, path, wanted) => {
    expect(rewritten({ replacePrefix: prefix }, routePath, `${path}?q`, path)).toBe(`${wanted}?q`);
  });

  it('replaces the whole path', () => {
    expect(rewritten({ replacePath: '/one' }, '/app', '/app/x/y?z', '/app/x/y')).toBe('/one?z');
    expect(rewritten({ replacePath: '/one' }, '/app', '/app', '/app')).toBe('/one');
  });
});

describe('decide', () => {
  const action = { kind: 'service', service: 0 } as const;
  const request = { host: 'a.test', header: () => null };
  const decided = (facts: Partial<Route>, secure: boolean): Verdict =>
    decide(
      routeWith({ plainHosts: [], ...facts }),
      { secure, address: '192.0.2.7' },
      request,
      explainingLimiter(NOTHING_KNOWN),
    );

  it.each([
    [{ httpsRedirect: true, action }, false, Verdict.HTTPS_REDIRECT],
    [{ httpsRedirect: true, action }, true, Verdict.FORWARD],
    [{ httpsRedirect: false, action }, false, Verdict.FORWARD],
    [
      { httpsRedirect: true, action: { kind: 'redirect', to: '/', status: 301 } },
      false,
      Verdict.HTTPS_REDIRECT,
    ],
    [{ httpsRedirect: true, action: { kind: 'redirect', to: '/', status: 301 } }, true, Verdict.REDIRECT],
    [
      { httpsRedirect: false, action: { kind: 'respond', status: 200, body: '', headers: [] } },
      false,
      Verdict.RESPOND,
    ],
    [
      { httpsRedirect: false, action: { kind: 'split', services: [], bounds: [], total: 0 } },
      true,
      Verdict.FORWARD,
    ],
  ] as const)('%j, secure %s: %i', (facts, secure, verdict) => {
    expect(decided(facts, secure)).toBe(verdict);
  });

  it.each([
    [[], 'a.test', Verdict.HTTPS_REDIRECT],
    [['b.test'], 'a.test', Verdict.HTTPS_REDIRECT],
    [['b.test'], 'b.test', Verdict.FORWARD],
    [['*.test'], 'x.test', Verdict.FORWARD],
    // It has a host of its own, which has its certificate.
    [['*.test'], 'a.test', Verdict.HTTPS_REDIRECT],
    [['*.test'], 'x.y.test', Verdict.HTTPS_REDIRECT],
  ])('while %j wait for their certificates, a request for %s: %i', (plainHosts, host, verdict) => {
    const route = routeWith({
      httpsRedirect: true,
      hosts: ['a.test', 'b.test', '*.test'],
      plainHosts,
      action,
    });
    const client = { secure: false, address: '192.0.2.7' };
    const limiter = explainingLimiter(NOTHING_KNOWN);
    expect(decide(route, client, { ...request, host }, limiter)).toBe(verdict);
    expect(decide(route, { ...client, secure: true }, { ...request, host }, limiter)).toBe(Verdict.FORWARD);
  });

  it.each([
    [{ allow: '192.0.2.0/24' }, Verdict.FORWARD],
    [{ allow: '198.51.100.0/24' }, Verdict.DENIED],
    [{ deny: '192.0.2.7' }, Verdict.DENIED],
    [{ deny: '192.0.2.8' }, Verdict.FORWARD],
    // Deny wins, however narrow what allows is.
    [{ allow: '192.0.2.7/32', deny: '192.0.0.0/8' }, Verdict.DENIED],
    [{ allow: '192.0.0.0/8', deny: '192.0.2.8' }, Verdict.FORWARD],
  ])('with the access list %j: %i', (lists: { allow?: string; deny?: string }, verdict) => {
    const ranges = (cidr: string | undefined) => (cidr === undefined ? null : AddressRanges.of([cidr]));
    const access = { allow: ranges(lists.allow), deny: ranges(lists.deny) };
    const listed = (secure: boolean, facts: Partial<Route> = {}): Verdict =>
      decided({ action, access, ...facts }, secure);
    expect(listed(false)).toBe(verdict);
    // The redirect to https comes first, the route's own answers after.
    expect(listed(false, { httpsRedirect: true })).toBe(Verdict.HTTPS_REDIRECT);
    expect(listed(true, { httpsRedirect: true })).toBe(verdict);
    const redirect = { kind: 'redirect', to: '/', status: 301 } as const;
    expect(listed(true, { action: redirect })).toBe(verdict === Verdict.DENIED ? verdict : Verdict.REDIRECT);
  });
});

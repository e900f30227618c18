import { describe, expect, it } from 'vitest';
import {
  httpsLocation,
  permanentRedirectStatus,
  type RedirectFacts,
  type RedirectRequest,
  redirectionOf,
  redirectLocation,
} from '../../../../src/worker/policies/redirect-location.ts';
import { fakeRoute } from '../../../support/fake-control.ts';

const FACTS: RedirectFacts = { scheme: 'http', host: 'a.test', target: '/p/q?r=s', pathEnd: 4 };

describe('redirect-location', () => {
  it.each([
    ['https://b.test/', 'https://b.test/'],
    ['https://b.test{uri}', 'https://b.test/p/q?r=s'],
    ['https://b.test{path}', 'https://b.test/p/q'],
    ['https://b.test/?{query}', 'https://b.test/?r=s'],
    ['{scheme}://{host}:1{path}{path}', 'http://a.test:1/p/q/p/q'],
    ['/x', '/x'],
  ])('%s: %s', (template, location) => {
    expect(redirectLocation(template, FACTS)).toBe(location);
  });

  it('has the root for *, which is no path', () => {
    const facts = { ...FACTS, target: '*', pathEnd: 1 };
    expect(redirectLocation('https://b.test{uri}', facts)).toBe('https://b.test/');
    expect(redirectLocation('https://b.test{path}?{query}', facts)).toBe('https://b.test/?');
    expect(httpsLocation('a.test', '*', 443)).toBe('https://a.test/');
  });

  it('percent-encodes what is not ASCII', () => {
    const facts = { ...FACTS, target: '/\xc3\xbc?\xe9', pathEnd: 3 };
    expect(redirectLocation('{uri}', facts)).toBe('/%C3%BC?%E9');
    expect(httpsLocation('a.test', '/\xc3\xbc', 443)).toBe('https://a.test/%C3%BC');
  });

  it('does not fill in what the request holds', () => {
    expect(redirectLocation('https://b.test{uri}', { ...FACTS, target: '/{host}$&$1', pathEnd: 11 })).toBe(
      'https://b.test/{host}$&$1',
    );
  });

  it('without a query {query} is empty', () => {
    expect(redirectLocation('/?{query}', { ...FACTS, target: '/p', pathEnd: 2 })).toBe('/?');
  });

  it('an IPv6 host gets its brackets back', () => {
    expect(redirectLocation('https://{host}/', { ...FACTS, host: '::1' })).toBe('https://[::1]/');
    expect(httpsLocation('::1', '/a', 8443)).toBe('https://[::1]:8443/a');
  });

  it.each([
    [443, 'https://a.test/a?b'],
    [0, 'https://a.test/a?b'],
    [8443, 'https://a.test:8443/a?b'],
  ])('https on port %i: %s', (port, location) => {
    expect(httpsLocation('a.test', '/a?b', port)).toBe(location);
  });

  it('308 keeps the method of whatever 301 could change', () => {
    expect(['GET', 'HEAD'].map(permanentRedirectStatus)).toEqual([301, 301]);
    expect(['POST', 'PUT', 'OPTIONS', 'get', ''].map(permanentRedirectStatus)).toEqual([
      308, 308, 308, 308, 308,
    ]);
  });
});

describe('redirection of a name to the host of its route', () => {
  const asked = (changes: Partial<RedirectRequest> = {}): RedirectRequest => ({
    ...FACTS,
    method: 'GET',
    authority: 'a.test',
    ...changes,
  });
  const route = fakeRoute(0, { action: { kind: 'host_redirect', host: 'b.test' } });

  it.each([
    ['a.test', 'http', 'http://b.test/p/q?r=s'],
    ['a.test:8080', 'http', 'http://b.test:8080/p/q?r=s'],
    ['A.test.:80', 'http', 'http://b.test:80/p/q?r=s'],
    ['a.test:', 'http', 'http://b.test/p/q?r=s'],
    ['[2001:db8::1]', 'http', 'http://b.test/p/q?r=s'],
    ['[2001:db8::1]:81', 'http', 'http://b.test:81/p/q?r=s'],
    ['a.test:8443', 'https', 'https://b.test:8443/p/q?r=s'],
  ] as const)('%s by %s keeps scheme, port, path and query', (authority, scheme, location) => {
    expect(redirectionOf(route, false, asked({ authority, scheme }), 443)).toEqual({ status: 301, location });
  });

  it('to https at once, on its port', () => {
    const to = redirectionOf(route, true, asked({ authority: 'a.test:8080', method: 'PUT' }), 8443);
    expect(to).toEqual({ status: 308, location: 'https://b.test:8443/p/q?r=s' });
  });

  it('to an IPv6 address, and for OPTIONS *', () => {
    const literal = fakeRoute(0, { action: { kind: 'host_redirect', host: '::1' } });
    const to = redirectionOf(literal, false, asked({ target: '*', pathEnd: 1, method: 'OPTIONS' }), 443);
    expect(to).toEqual({ status: 308, location: 'http://[::1]/' });
  });

  it('a client that names no host can be sent nowhere', () => {
    expect(redirectionOf(fakeRoute(0), true, asked({ host: '' }), 443)).toBeNull();
  });
});

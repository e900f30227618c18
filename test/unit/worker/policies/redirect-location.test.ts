import { describe, expect, it } from 'vitest';
import {
  httpsLocation,
  permanentRedirectStatus,
  type RedirectFacts,
  redirectLocation,
} from '../../../../src/worker/policies/redirect-location.ts';

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

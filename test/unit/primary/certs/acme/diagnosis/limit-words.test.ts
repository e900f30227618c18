import { describe, expect, it } from 'vitest';
import { retryTimeIn, waitScopeOf } from '../../../../../../src/primary/certs/acme/diagnosis/limit-words.ts';

describe('limit-words', () => {
  it.each([
    [
      'too many new orders (300) from this account in the last 3h0m0s, retry after 2026-03-01 12:00:00 UTC: see',
      '2026-03-01T12:00:00Z',
    ],
    ['already issued for "example.com". Retry after 2026-03-01T12:00:00Z: see', '2026-03-01T12:00:00Z'],
    ['retry after 2026-13-41 12:00:00 UTC', null],
    ['retry after 2026-03-01 12:00:00 CET', null],
    ['Service busy; retry later.', null],
    ['', null],
  ])('%s → %s', (words, time) => {
    expect(retryTimeIn(words)).toBe(time === null ? null : Date.parse(time));
  });

  it.each([
    ['too many new orders (300) from this account in the last 3h0m0s', 'account'],
    ['too many failed authorizations (5) for "a.example.com" in the last 1h0m0s', 'host'],
    [
      'too many failed authorizations recently: see https://letsencrypt.org/docs/failed-validation-limit/',
      'host',
    ],
    [
      'Your account is temporarily prevented from requesting certificates for a.example.com and possibly others',
      'host',
    ],
    ['too many certificates (50) already issued for "example.com" in the last 168h0m0s', 'domain'],
    ['too many certificates already issued for "example.com". Retry after', 'domain'],
    ['too many certificates (5) already issued for this exact set of domains in the last 168h0m0s', 'set'],
    [
      'too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s',
      'set',
    ],
    ['Service busy; retry later.', 'account'],
  ])('%s is about the %s', (words, scope) => {
    expect(waitScopeOf(words)).toBe(scope);
  });
});

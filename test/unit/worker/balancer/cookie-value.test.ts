import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cookieStart, cookieValue, isCookieValue } from '../../../../src/worker/balancer/cookie-value.ts';
import { hashKey } from '../../../../src/worker/balancer/hash-key.ts';
import { balanceRequest } from '../../../support/balancing.ts';

describe('cookie-value (RFC 6265 4.2.1)', () => {
  it.each([
    ['sid=abc', 'abc'],
    ['a=1; sid=abc; b=2', 'abc'],
    ['a=1;sid=abc;b=2', 'abc'],
    ['a=1;  \tsid=abc \t ; b', 'abc'],
    ['sid="abc"', 'abc'],
    ['sid=a=b==', 'a=b=='],
    ['sid=', ''],
    ['sid=""', ''],
    ['sid=first; sid=second', 'first'],
    ['asid=1; sid=2', '2'],
    ['sid2=1; sid=2', '2'],
    ['a="x; sid=2', '2'],
    [';;; sid=2', '2'],
  ])('reads %s', (field, value) => {
    expect(cookieValue(field, 'sid')).toBe(value);
  });

  it.each([
    [null],
    [''],
    ['sid'],
    ['SID=1'],
    ['sid =1'],
    ['asid=1'],
    ['a=sid=1'],
    ['sid=a b'],
    ['sid=a,b'],
    ['sid=a\\b'],
    ['sid="a'],
    ['sid=a"b"'],
    ['sid=\x7f'],
    ['sid=\xe9'],
    ['sid;=1'],
  ])('finds none in %j', (field) => {
    expect(cookieValue(field, 'sid')).toBeNull();
  });

  it('finds a cookie whatever others stand around it', () => {
    const octet = fc.stringMatching(/^[!#-+\x2d-:<-[\]-~]{0,12}$/);
    const name = fc.stringMatching(/^[a-z]{1,4}$/);
    const others = fc.array(fc.tuple(name, octet), { maxLength: 4 });
    fc.assert(
      fc.property(others, octet, others, (before, value, after) => {
        const strangers = before.filter(([other]) => other !== 'sid');
        const pairs = [...strangers, ['sid', value], ...after].map((pair) => pair.join('='));
        expect(cookieValue(pairs.join('; '), 'sid')).toBe(value);
      }),
    );
  });

  it('tells a value in its place as it reads it', () => {
    const around = fc.string({ unit: fc.constantFrom('"', ';', ' ', '\t', 'v', ',', 'é'), maxLength: 3 });
    fc.assert(
      fc.property(around, around, (before, after) => {
        const field = `a=1; sid=${before}v0v${after}`;
        const start = cookieStart(field, 'sid');
        expect(isCookieValue(field, start, 'v0v'), field).toBe(cookieValue(field, 'sid') === 'v0v');
      }),
      { numRuns: 500 },
    );
  });
});

describe('hash-key', () => {
  const request = balanceRequest({ 'x-user': 'u1', cookie: 'sid=s1', 'x-empty': '' }, '/a/b');

  it.each([
    [{ kind: 'ip' } as const, '192.0.2.1'],
    [{ kind: 'path' } as const, '/a/b'],
    [{ kind: 'header', name: 'x-user' } as const, 'u1'],
    [{ kind: 'header', name: 'x-empty' } as const, null],
    [{ kind: 'header', name: 'x-none' } as const, null],
    [{ kind: 'cookie', name: 'sid' } as const, 's1'],
    [{ kind: 'cookie', name: 'none' } as const, null],
  ])('of %j', (hashOn, key) => {
    expect(hashKey(hashOn, request, '192.0.2.1')).toBe(key);
  });
});

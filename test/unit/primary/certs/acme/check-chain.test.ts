import { beforeAll, describe, expect, it } from 'vitest';
import { checkChain } from '../../../../../src/primary/certs/acme/check-chain.ts';
import {
  type Authority,
  type MadeCertificate,
  makeAuthority,
  makeCertificate,
} from '../../../../support/cert-maker.ts';

const DAY = 86_400_000;

describe('check-chain', () => {
  const now = Date.now();
  let authority: Authority;
  let stranger: Authority;
  let leaf: MadeCertificate;
  let other: MadeCertificate;
  const check = (chainPem: string, host = 'a.example.com', nowMs = now, keyPem = leaf.keyPem) =>
    checkChain(chainPem, keyPem, host, nowMs);

  beforeAll(async () => {
    [authority, stranger] = await Promise.all([makeAuthority(), makeAuthority('Stranger')]);
    other = await makeCertificate({ hosts: ['a.example.com'] });
    leaf = await makeCertificate({
      hosts: ['a.example.com', '*.b.example.com'],
      issuer: authority,
      days: 10,
    });
  });

  it.each(['a.example.com', '*.b.example.com', 'x.b.example.com'])(
    'takes a chain that is right for %s',
    (host) => {
      expect(check(leaf.certPem, host)).toMatchObject({
        pair: { names: ['a.example.com', '*.b.example.com'] },
      });
    },
  );

  it.each<[string, () => ReturnType<typeof checkChain>, RegExp]>([
    ['what is no chain', () => check('<html>'), /no PEM block/],
    [
      'a key of another one',
      () => check(leaf.certPem, 'a.example.com', now, other.keyPem),
      /does not belong/,
    ],
    ['other names', () => check(leaf.certPem, 'c.example.com'), /not c\.example\.com/],
    ['a wildcard for the name above it', () => check(leaf.certPem, 'b.example.com'), /not b\.example\.com/],
    ['the wrong order', () => check(authority.intermediatePem + leaf.leafPem), /certificate 2 of 2/],
    [
      'an issuer that did not issue it',
      () => check(leaf.leafPem + stranger.intermediatePem),
      /did not issue/,
    ],
  ])('refuses %s', (_, checked, message) => {
    expect(checked()).toEqual({ code: 'chain_wrong', message: expect.stringMatching(message) });
  });

  it('tells a clock that is off from a chain that is wrong', () => {
    expect(check(leaf.certPem, 'a.example.com', now - 2 * DAY)).toMatchObject({
      code: 'clock_off',
      message: expect.stringMatching(/valid from/),
    });
    expect(check(leaf.certPem, 'a.example.com', now + 11 * DAY)).toMatchObject({
      code: 'clock_off',
      message: expect.stringMatching(/valid until/),
    });
  });
});

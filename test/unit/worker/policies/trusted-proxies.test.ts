import { describe, expect, it } from 'vitest';
import { TrustedProxies } from '../../../../src/worker/policies/trusted-proxies.ts';

describe('trusted-proxies: trusts', () => {
  const proxies = new TrustedProxies(['10.0.0.0/8', '192.168.1.7', '2001:db8::/32', '::1']);

  it.each(['10.0.0.0', '10.255.255.255', '192.168.1.7', '2001:db8::5', '2001:db8:ffff::', '::1'])(
    '%s',
    (address) => {
      expect(proxies.trusts(address)).toBe(true);
      expect(proxies.trusts(address)).toBe(true);
    },
  );

  it.each([
    '11.0.0.0',
    '9.255.255.255',
    '192.168.1.8',
    '2001:db9::',
    '::2',
    '',
    'unknown',
    'localhost',
    '10.0.0.1.',
    '10.0.0.256',
  ])('not %j', (address) => {
    expect(proxies.trusts(address)).toBe(false);
  });

  it('no one without a list', () => {
    expect(new TrustedProxies([]).trusts('127.0.0.1')).toBe(false);
  });

  it('stays right after more addresses than it remembers', () => {
    for (let i = 0; i < 10_000; i++) {
      const address = `${i % 2 === 0 ? 10 : 11}.0.${i >> 8}.${i & 0xff}`;
      if (proxies.trusts(address) !== (i % 2 === 0)) expect.fail(address);
    }
  });
});

describe('trusted-proxies: clientOf', () => {
  const proxies = new TrustedProxies(['10.0.0.0/8', '2001:db8:1::/48']);
  const TRUSTED = '10.0.0.1';

  it('a peer that is not trusted is the client', () => {
    expect(proxies.clientOf('1.2.3.4', '6.6.6.6')).toBe('1.2.3.4');
  });

  it.each([
    ['', TRUSTED],
    [' ', TRUSTED],
    [',', TRUSTED],
    ['1.2.3.4', '1.2.3.4'],
    ['6.6.6.6, 1.2.3.4', '1.2.3.4'],
    ['6.6.6.6, 1.2.3.4, 10.0.0.2', '1.2.3.4'],
    ['10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['1.2.3.4,', TRUSTED],
    ['evil, 10.0.0.2', '10.0.0.2'],
    ['1.2.3.4:80', '1.2.3.4'],
    ['1.2.3.4:80:90', TRUSTED],
    ['[2001:db8::1]:80', '2001:db8::1'],
    ['[2001:db8::1', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['1.2.3.4, 2001:db8:1::9', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:10.0.0.9', '10.0.0.9'],
    ['fe80::1%eth0', TRUSTED],
    ['[fe80::1%1]:80', TRUSTED],
    ['"1.2.3.4"', TRUSTED],
    ['for=1.2.3.4', TRUSTED],
    ['01.2.3.4', TRUSTED],
  ])('%j: %s', (forwardedFor, client) => {
    expect(proxies.clientOf(TRUSTED, forwardedFor)).toBe(client);
  });

  it('takes a list of 10,000 elements in its stride', () => {
    expect(proxies.clientOf(TRUSTED, `1.2.3.4${', 10.0.0.2'.repeat(10_000)}`)).toBe('1.2.3.4');
  });
});

import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  certificateNames,
  isServerName,
  namesCover,
} from '../../../../src/primary/certs/certificate-names.ts';
import { type CertificateWish, makeCertificate } from '../../../support/cert-maker.ts';

async function namesOf(wish: CertificateWish): Promise<readonly string[]> {
  return certificateNames(new X509Certificate((await makeCertificate(wish)).certPem));
}

describe('certificate-names', () => {
  it('reads the names of subjectAltName in lower case, each once', async () => {
    const hosts = ['A.test', 'a.TEST', '*.B.test', '127.0.0.1', 'x_y.test', '::1'];
    expect(await namesOf({ hosts })).toEqual(['a.test', '*.b.test', 'x_y.test']);
  });

  it('falls back to the common name only where there is no name', async () => {
    expect(await namesOf({ hosts: ['Old.test'], withoutSan: true })).toEqual(['old.test']);
    expect(await namesOf({ hosts: ['192.0.2.1'], withoutSan: true })).toEqual([]);
  });

  it('leaves out what no client can ask for', async () => {
    const hosts = ['a, DNS:evil.test', 'ok.test', '*.*.test', 'a..test', 'a.*.test'];
    expect(await namesOf({ hosts })).toEqual(['ok.test']);
  });
});

describe('is-server-name', () => {
  it.each(['a', 'a.test', '*.test', 'xn--bcher-kva.test', '1.2.3.4.5', `${'a'.repeat(63)}.test`])(
    'accepts %s',
    (name) => expect(isServerName(name)).toBe(true),
  );

  it.each(['', '*', 'a.*', 'A.test', 'a.test.', '.a', '10.0.0.1', '::1', `${'a'.repeat(64)}.test`, 'a/b'])(
    'rejects %s',
    (name) => expect(isServerName(name)).toBe(false),
  );

  it('rejects a name that is longer than any', () => {
    expect(isServerName(`${'a.'.repeat(126)}a`)).toBe(true);
    expect(isServerName(`${'a.'.repeat(127)}a`)).toBe(false);
  });
});

describe('names-cover', () => {
  const names = ['a.test', '*.b.test'];

  it.each(['a.test', 'x.b.test', '*.b.test'])('covers %s', (host) => {
    expect(namesCover(names, host)).toBe(true);
  });

  it.each(['b.test', 'x.a.test', 'x.y.b.test', '*.a.test', '*.x.b.test', '.b.test', ''])(
    'does not cover %s',
    (host) => expect(namesCover(names, host)).toBe(false),
  );
});

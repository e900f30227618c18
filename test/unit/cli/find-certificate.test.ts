import { describe, expect, it } from 'vitest';
import { findCertificate, hostOf } from '../../../src/cli/find-certificate.ts';
import type { CertificatesAnswer } from '../../../src/primary/admin/certificate-endpoints.ts';

const answer = {
  certificates: [{ host: 'own.test' }, { host: '*.wild.test' }, { host: '' }],
  automatic: [{ host: '*.wild.test' }, { host: 'a.wild.test' }, { host: 'shop.example.test' }],
} as unknown as CertificatesAnswer;

describe('host-of', () => {
  it.each([
    ['Shop.Example.TEST.', 'shop.example.test'],
    ['*.Wild.test', '*.wild.test'],
    ['bücher.test', 'xn--bcher-kva.test'],
    ['no host', 'no host'],
    ['', ''],
  ])('reads %j as %j', (written, host) => {
    expect(hostOf(written)).toBe(host);
  });
});

describe('find-certificate', () => {
  it.each([
    ['own.test', { served: { host: 'own.test' }, automatic: undefined }],
    ['a.wild.test', { automatic: { host: 'a.wild.test' }, served: undefined }],
    ['b.wild.test', { automatic: { host: '*.wild.test' }, served: { host: '*.wild.test' } }],
    ['*.wild.test', { automatic: { host: '*.wild.test' }, served: { host: '*.wild.test' } }],
  ])('finds %s, by itself before its wildcard', (host, found) => {
    expect(findCertificate(answer, host)).toEqual(found);
  });

  it.each([
    ['shop.exmaple.test', 'is for shop.exmaple.test; did you mean shop.example.test?'],
    ['elsewhere.invalid', 'see them all with: penstock certs'],
    ['', 'see them all with: penstock certs'],
  ])('says what to do about %j', (host, words) => {
    expect(findCertificate(answer, host)).toContain(words);
  });
});

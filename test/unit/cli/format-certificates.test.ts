import { describe, expect, it } from 'vitest';
import { formatCertificates, formatServedCertificate } from '../../../src/cli/format-certificates.ts';
import type { CertificatesAnswer } from '../../../src/primary/admin/certificate-endpoints.ts';

const NOW = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

const row = (host: string, source: 'acme' | 'manual' | 'default', days: number) => ({
  ...{
    host,
    source,
    names: [`DNS:${host}`],
    issuer: 'CN=Authority',
    serialNumber: '01',
    fingerprint: 'AA:BB',
  },
  notBeforeMs: NOW - DAY_MS,
  notAfterMs: NOW + days * DAY_MS,
});

const status = (host: string, code: string | null): CertificatesAnswer['automatic'][number] => ({
  host,
  phase: 'production',
  certificate: null,
  next: { kind: 'order', environment: 'production', atMs: NOW },
  failures: code === null ? 0 : 1,
  attempts:
    code === null
      ? []
      : [
          {
            atMs: NOW,
            environment: 'production',
            cause: {
              code,
              stage: 'challenge',
              message: 'it failed',
              remedy: 'mend it',
              refuted: true,
              untilMs: null,
            },
          },
        ],
  explanationUrl: null,
});

describe('formatCertificates', () => {
  it('has a line for what is served and for what is waited for, the default last', () => {
    const answer: CertificatesAnswer = {
      snapshot: { version: 1, digest: 'd' },
      certificates: [row('a.test', 'acme', 60), row('own.test', 'manual', -2), row('', 'default', 90)],
      automatic: [
        status('a.test', 'port_80_unreachable'),
        status('b.test', 'caa_forbids'),
        status('c.test', null),
      ],
    };
    const lines = formatCertificates(answer, NOW)
      .trimEnd()
      .split('\n')
      .map((line) => line.replaceAll(/ {2,}/g, ' | ').trimEnd());
    expect(lines).toEqual([
      'HOST | SOURCE | STATE | EXPIRES | ISSUER',
      'a.test | acme | serves; renewal fails: port_80_unreachable | in 60d 0h | CN=Authority',
      'own.test | manual | serves | 2d 0h ago | CN=Authority',
      'b.test | acme | fails: caa_forbids',
      'c.test | acme | waits for its certificate',
      '(any other) | default | serves | in 90d 0h | CN=Authority',
    ]);
  });

  it('says nothing but the titles where there is nothing', () => {
    const empty = { snapshot: { version: 1, digest: 'd' }, certificates: [], automatic: [] };
    expect(formatCertificates(empty, NOW).trim().split('\n')).toHaveLength(1);
    const waiting = { ...empty, automatic: [status('c.test', null)] };
    expect(formatCertificates(waiting, NOW)).toContain('c.test');
  });
});

describe('formatServedCertificate', () => {
  it('tells of one that penstock did not obtain', () => {
    const text = formatServedCertificate(row('own.test', 'manual', 10), NOW);
    expect(text).toMatch(/^host +own\.test$/m);
    expect(text).toMatch(/^valid +2025-12-31T00:00:00Z to 2026-01-11T00:00:00Z, in 10d 0h$/m);
    expect(text).toMatch(/^fingerprint +AA:BB$/m);
  });
});

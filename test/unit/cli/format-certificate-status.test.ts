import { describe, expect, it } from 'vitest';
import { formatCertificateStatus } from '../../../src/cli/format-certificate-status.ts';
import { causeOf } from '../../../src/primary/certs/acme/diagnosis/causes.ts';
import type { CertificateStatus } from '../../../src/primary/certs/acme/diagnosis/certificate-status.ts';

const NOW = Date.parse('2026-03-01T00:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DIRECTORY = 'https://acme-v02.api.letsencrypt.org/directory';

const status = (facts: Partial<CertificateStatus> = {}): CertificateStatus => ({
  host: 'a.example.com',
  phase: 'issued',
  certificate: {
    directory: DIRECTORY,
    names: ['a.example.com'],
    issuer: "R11, Let's Encrypt",
    notBeforeMs: NOW - 30 * DAY,
    notAfterMs: NOW + 60 * DAY,
    obtainedMs: NOW - 30 * DAY,
  },
  next: { kind: 'renew', environment: 'production', atMs: NOW + 30 * DAY },
  failures: 0,
  attempts: [],
  explanationUrl: null,
  ...facts,
});

const unreachable = causeOf('port_80_unreachable', {
  host: 'a.example.com',
  findings: [{ address: '192.0.2.1', said: 'connection refused' }],
});

describe('format-certificate-status', () => {
  it('says what serves, and what comes next', () => {
    expect(formatCertificateStatus(status(), NOW)).toBe(
      [
        'host         a.example.com',
        'state        issued, valid for 60d 0h more',
        'environment  production',
        'authority    acme-v02.api.letsencrypt.org',
        'names        a.example.com',
        "issuer       R11, Let's Encrypt",
        'valid        2026-01-30T00:00:00Z to 2026-04-30T00:00:00Z',
        'next         renewal at 2026-03-31T00:00:00Z, in 30d 0h',
        '',
      ].join('\n'),
    );
  });

  it('says why there is none yet, what to do, and how the attempts went, the last one first', () => {
    const text = formatCertificateStatus(
      status({
        phase: 'staging',
        certificate: null,
        next: { kind: 'order', environment: 'staging', atMs: NOW + 5 * 60_000 },
        failures: 2,
        attempts: [
          {
            atMs: NOW - HOUR,
            environment: 'staging',
            cause: causeOf('authority_down', { authority: 'ca.test', said: 'no answer in time' }),
          },
          { atMs: NOW, environment: 'staging', cause: unreachable },
        ],
      }),
      NOW,
    );
    expect(text).toBe(
      [
        'host         a.example.com',
        'state        no certificate yet: on trial at staging',
        'environment  staging',
        'next         an order at staging at 2026-03-01T00:05:00Z, in 5m 0s',
        'failures     2 in a row',
        'cause        port_80_unreachable: port 80 of a.example.com cannot be reached: 192.0.2.1: connection refused',
        `to do        ${unreachable.remedy}`,
        '',
        'WHEN                  ENVIRONMENT  RESULT               STAGE      DETAIL',
        '2026-03-01T00:00:00Z  staging      port_80_unreachable  challenge  port 80 of a.example.com cannot be reached: 192.0.2.1: connection refused',
        '2026-02-28T23:00:00Z  staging      authority_down       order      ca.test cannot be reached: no answer in time',
        '',
      ].join('\n'),
    );
  });

  it.each<[string, Partial<CertificateStatus>]>([
    [
      'state        expired 1h 0m ago; it is served until there is a new one',
      { certificate: { ...status().certificate!, notAfterMs: NOW - HOUR } },
    ],
    [
      'state        issued, valid for 60d 0h more, but its renewal fails',
      { failures: 1, attempts: [{ atMs: NOW, environment: 'production', cause: unreachable }] },
    ],
    ['state        no certificate yet: nothing was tried', { phase: 'none', certificate: null }],
    [
      'state        no certificate yet: the trial at staging succeeded',
      { phase: 'staged', certificate: null },
    ],
    ['state        no certificate yet: ordered at production', { phase: 'production', certificate: null }],
    [
      'next         an order at production is under way',
      { next: { kind: 'under_way', environment: 'production', atMs: NOW } },
    ],
    ['next         an order at staging, now', { next: { kind: 'order', environment: 'staging', atMs: NOW } }],
    ['because      https://ca.test/why', { explanationUrl: 'https://ca.test/why' }],
    // What failed once and went well then is history.
    [
      '2026-03-01T00:00:00Z  production   obtained',
      { attempts: [{ atMs: NOW, environment: 'production', cause: null }] },
    ],
  ])('says "%s"', (line, facts) => {
    const lines = formatCertificateStatus(status(facts), NOW)
      .split('\n')
      .map((text) => text.trimEnd());
    expect(lines).toContain(line);
  });

  it('tells no cause where the last attempt succeeded', () => {
    const attempts = [
      { atMs: NOW - HOUR, environment: 'production', cause: unreachable },
      { atMs: NOW, environment: 'production', cause: null },
    ] as const;
    expect(formatCertificateStatus(status({ attempts }), NOW)).not.toMatch(/^cause/m);
  });
});

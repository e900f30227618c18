import { describe, expect, it } from 'vitest';
import type { LifecycleFacts } from '../../../../../src/primary/certs/acme/lifecycle.ts';
import { NameEntry } from '../../../../../src/primary/certs/acme/name-entry.ts';
import type { KeptCertificate } from '../../../../../src/primary/certs/acme/name-files.ts';
import { type NameRecord, NEW_RECORD } from '../../../../../src/primary/certs/acme/name-record.ts';

const NOW = Date.parse('2026-03-01T00:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const YEAR = 365 * 24 * HOUR;
const DIRECTORY = 'https://authority.example/directory';
const at = (nowMs: number): LifecycleFacts => ({ nowMs, stagingFirst: false, random: () => 0 });

/** Failed at that time, and waits for an hour. */
function failedAt(atMs: number): NameRecord {
  const { issuance } = NEW_RECORD;
  return {
    ...NEW_RECORD,
    issuance: { ...issuance, phase: 'production', failures: 7, notBeforeMs: atMs + HOUR },
    attempts: [{ atMs, environment: 'production', cause: null }],
  };
}

function dueOf(record: NameRecord, nowMs: number, change: (entry: NameEntry) => void = () => {}): number {
  const entry = new NameEntry('a.example.com', record, null, at(nowMs));
  change(entry);
  entry.heedClock(at(nowMs));
  return entry.due(at(nowMs), { directory: DIRECTORY, fromMs: 0 }).atMs;
}

describe('what waits', () => {
  it.each([
    ['an hour, as it was told', 0, HOUR],
    ['as long where the clock was put right by some minutes', 4 * MINUTE, HOUR + 4 * MINUTE],
    ['no longer where it was a year ahead', YEAR, 0],
  ])('waits %s', (_, aheadMs, waitMs) => {
    expect(dueOf(failedAt(NOW + aheadMs), NOW)).toBe(waitMs === 0 ? 0 : NOW + waitMs);
  });

  it('is not looked at for some seconds where another penstock is at it, whatever the clock was before', () => {
    const busyAt = (nowMs: number) => dueOf(NEW_RECORD, NOW, (entry) => entry.busy(at(nowMs)));
    expect(busyAt(NOW)).toBe(NOW + 15_000);
    expect(busyAt(NOW + YEAR)).toBe(0);
  });

  it('is asked about within a day', () => {
    const validity = { notBeforeMs: NOW, notAfterMs: NOW + YEAR, renewAtMs: NOW + YEAR / 2 };
    const issuance = { ...NEW_RECORD.issuance, phase: 'issued', certificate: validity } as const;
    const certificate: KeptCertificate['certificate'] = {
      id: '1',
      hosts: ['a.example.com'],
      chainPem: '',
      keyPem: '',
      notAfterMs: NOW + YEAR,
      source: 'acme',
      origin: { file: '<acme>', line: 1, column: 1 },
    };
    const kept = { certificate, directory: DIRECTORY, issuer: 'CN=a', obtainedMs: NOW, notBeforeMs: NOW };
    const askedAt = (nextAskMs: number) => {
      const entry = new NameEntry('a.example.com', { ...NEW_RECORD, issuance, nextAskMs }, kept, at(NOW));
      entry.heedClock(at(NOW));
      return entry.due(at(NOW), { directory: DIRECTORY, fromMs: 0 });
    };
    expect(askedAt(NOW + HOUR)).toEqual({ kind: 'advise', atMs: NOW + HOUR });
    expect(askedAt(NOW + YEAR)).toEqual({ kind: 'advise', atMs: NOW });
  });
});

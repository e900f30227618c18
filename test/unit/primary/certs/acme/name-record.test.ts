import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttemptCause } from '../../../../../src/primary/certs/acme/diagnosis/certificate-status.ts';
import {
  decodeRecord,
  encodeRecord,
  type NameRecord,
  NEW_RECORD,
  withAttempt,
} from '../../../../../src/primary/certs/acme/name-record.ts';

const CAUSE: AttemptCause = {
  code: 'unknown',
  stage: 'order',
  message: 'm',
  remedy: 'r',
  refuted: false,
  untilMs: 7,
};
const FULL: NameRecord = {
  issuance: {
    phase: 'production',
    order: 'https://a.example/order/1',
    failures: 2,
    notBeforeMs: 3.5,
    certificate: { notBeforeMs: 1, notAfterMs: 3, renewAtMs: 2 },
  },
  orderDirectory: 'https://a.example/dir',
  attempts: [
    { atMs: 1, environment: 'staging', cause: null },
    { atMs: 2, environment: 'production', cause: CAUSE },
  ],
  advice: { startMs: 1, endMs: 2, chosenMs: 1, explanationUrl: 'https://a.example/why' },
  nextAskMs: 4,
  renewBeforeMs: 5,
};

describe('name-record', () => {
  it.each([
    ['a new one', NEW_RECORD],
    ['one with everything', FULL],
  ])('reads what it wrote: %s', (_, record) => {
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
  });

  it('keeps the last twenty attempts', () => {
    const attempts = Array.from(
      { length: 30 },
      (_, atMs) => ({ atMs, environment: 'staging', cause: null }) as const,
    );
    const kept = attempts.reduce(withAttempt, [] as NameRecord['attempts']);
    expect(kept.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 20 }, (_, n) => n + 10));
  });

  it('takes nothing that is cut short or of another shape', () => {
    const whole = encodeRecord(FULL);
    // The last two octets are the brace and the end of the line.
    for (let end = 0; end < whole.length - 1; end++) expect(decodeRecord(whole.subarray(0, end))).toBeNull();
    fc.assert(fc.property(fc.json(), (text) => void expect(decodeRecord(Buffer.from(text))).toBeNull()));
  });

  it.each([
    ['another version', { version: 2 }],
    ['no phase', { issuance: { ...FULL.issuance, phase: 'done' } }],
    ['a time that is none', { nextAskMs: '4' }],
    ['an attempt that is none', { attempts: [{ atMs: 1 }] }],
    [
      'a cause that is none',
      { attempts: [{ atMs: 1, environment: 'staging', cause: { ...CAUSE, stage: 'x' } }] },
    ],
    ['advice that is none', { advice: { startMs: 1 } }],
  ])('refuses %s', (_, change) => {
    const value = { ...JSON.parse(String(encodeRecord(FULL))), ...change };
    expect(decodeRecord(Buffer.from(JSON.stringify(value)))).toBeNull();
  });
});

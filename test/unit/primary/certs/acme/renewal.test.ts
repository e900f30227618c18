import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  adviceOf,
  advisedTime,
  nextAsk,
  nextAskAfterFailure,
  renewalTime,
} from '../../../../../src/primary/certs/acme/renewal.ts';

const NOW = Date.parse('2026-03-01T00:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const never = (): number => 0;
const span = (days: number) => ({ notBeforeMs: NOW, notAfterMs: NOW + days * DAY });
const window = (startDays: number, endDays: number) => ({
  startMs: NOW + startDays * DAY,
  endMs: NOW + endDays * DAY,
  explanationUrl: null,
});

describe('the time of a renewal', () => {
  it.each([
    ['30 days before the end', 90, 30, 60],
    ['less, as it is configured', 90, 7, 83],
    ['a third of the lifetime where that is less', 45, 30, 30],
    ['the same for certificates of six days', 6, 30, 4],
  ])('%s', (_, lifetimeDays, renewBeforeDays, dueDays) => {
    expect(renewalTime(span(lifetimeDays), renewBeforeDays * DAY, NOW, never)).toBe(NOW + dueDays * DAY);
  });

  it('is behind what obtained the certificate and before its end, for every lifetime and whatever chance says', () => {
    const lifetime = fc.integer({ min: 60_000, max: 3_650 * DAY });
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        lifetime,
        fc.integer({ min: 0, max: 400 * DAY }),
        chance,
        (lifetimeMs, renewBeforeMs, random) => {
          const notAfterMs = NOW + lifetimeMs;
          const dueMs = renewalTime({ notBeforeMs: NOW, notAfterMs }, renewBeforeMs, NOW, () => random);
          expect(dueMs).toBeGreaterThan(NOW);
          expect(dueMs).toBeLessThanOrEqual(notAfterMs);
          // A third for tries, but for certificates that live for some hours, and less where the configuration says so.
          const latestMs = notAfterMs - Math.min(renewBeforeMs, lifetimeMs / 3);
          if (lifetimeMs > 3 * HOUR) expect(dueMs).toBeLessThanOrEqual(Math.ceil(latestMs));
        },
      ),
    );
  });

  it('is another one for each of many names', () => {
    let seed = 0;
    const times = Array.from({ length: 100 }, () =>
      renewalTime(span(90), 30 * DAY, NOW, () => (seed += 0.0099)),
    );
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(DAY);
    expect(new Set(times).size).toBe(100);
  });

  it('is no loop where the certificate that came is due at once', () => {
    const old = { notBeforeMs: NOW - 80 * DAY, notAfterMs: NOW + DAY };
    expect(renewalTime(old, 30 * DAY, NOW, never)).toBe(NOW + HOUR);
    expect(advisedTime(old, { ...window(-2, -1), chosenMs: NOW - DAY }, NOW)).toBe(NOW + HOUR);
  });
});

describe('the advice of an authority (RFC 9773 section 4.2)', () => {
  it('means a time in the window, by chance', () => {
    expect(adviceOf(window(10, 12), null, () => 0.5)).toEqual({
      ...window(10, 12),
      chosenMs: NOW + 11 * DAY,
    });
  });

  it('keeps its time while the window is the same, and takes another one when it is not', () => {
    const first = adviceOf(window(10, 12), null, () => 0.25);
    expect(adviceOf(window(10, 12), first, () => 0.75).chosenMs).toBe(first.chosenMs);
    expect(adviceOf(window(20, 22), first, () => 0.75).chosenMs).toBe(NOW + 21.5 * DAY);
  });

  it('counts instead of what is configured, but for the last tenth of the lifetime', () => {
    const chosen = (days: number) =>
      advisedTime(span(90), { ...window(0, 1), chosenMs: NOW + days * DAY }, NOW);
    expect(chosen(3)).toBe(NOW + 3 * DAY);
    expect(chosen(80)).toBe(NOW + 80 * DAY);
    expect(chosen(300)).toBe(NOW + 81 * DAY);
  });

  it.each([
    ['every six hours', nextAsk(NOW, 0), 6 * HOUR],
    ['when the authority says', nextAsk(NOW, 2 * HOUR), 2 * HOUR],
    ['not every second', nextAsk(NOW, 1_000), 60_000],
    ['once a day at least', nextAsk(NOW, 30 * DAY), DAY],
    ['an hour after a failure', nextAskAfterFailure(NOW, 0), HOUR],
    ['later where that is asked for', nextAskAfterFailure(NOW, 2 * HOUR), 2 * HOUR],
  ])('is asked for %s', (_, atMs, waitMs) => {
    expect(atMs - NOW).toBe(waitMs);
  });
});

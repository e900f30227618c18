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

  it.each([
    ['dated back by an hour', 6 * DAY, HOUR],
    ['that lives for an hour, dated back by another one', HOUR, HOUR],
    ['that lives for half a minute, dated back by an hour', 30_000, HOUR],
    ['that was on its way for months', 9 * DAY, 81 * DAY],
  ])('leaves a third of what there was of a certificate %s', (_, leftMs, agoMs) => {
    const validity = { notBeforeMs: NOW - agoMs, notAfterMs: NOW + leftMs };
    expect(renewalTime(validity, 30 * DAY, NOW, never)).toBe(NOW + (leftMs * 2) / 3);
  });

  it('leaves half of it to what there was at least, and a third to failures, for every lifetime and whatever chance says', () => {
    const lifetime = fc.integer({ min: 1_000, max: 3_650 * DAY });
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        lifetime,
        // Ahead of us where our clock is behind.
        fc.integer({ min: -500, max: 100 * DAY }),
        fc.integer({ min: 0, max: 400 * DAY }),
        chance,
        (leftMs, agoMs, renewBeforeMs, random) => {
          const validity = { notBeforeMs: NOW - agoMs, notAfterMs: NOW + leftMs };
          const dueMs = renewalTime(validity, renewBeforeMs, NOW, () => random);
          expect(dueMs).toBeGreaterThan(NOW + leftMs / 2);
          expect(dueMs).toBeLessThanOrEqual(
            Math.ceil(NOW + leftMs - Math.min(renewBeforeMs, (leftMs + Math.min(agoMs, 0)) / 3)),
          );
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

  it('is no loop where an authority wants back at once what it gave', () => {
    const soonest = (leftMs: number) =>
      advisedTime(
        { notBeforeMs: NOW - HOUR, notAfterMs: NOW + leftMs },
        { ...window(-2, -1), chosenMs: NOW - DAY },
        NOW,
      );
    expect(soonest(DAY)).toBe(NOW + HOUR);
    expect(soonest(30_000)).toBe(NOW + 10_000);
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

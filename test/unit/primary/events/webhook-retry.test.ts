import { describe, expect, it } from 'vitest';
import { isGivenUp, retryDelayMs, WEBHOOK_RETRIES } from '../../../../src/primary/events/webhook-retry.ts';

const HOUR_MS = 3_600_000;

describe('retry-delay', () => {
  const delays = (random: number): number[] =>
    [1, 2, 3, 10, 11, 50, 5_000].map((failures) =>
      retryDelayMs(failures, null, WEBHOOK_RETRIES, () => random),
    );

  it('doubles from a second to a quarter of an hour', () => {
    expect(delays(1)).toEqual([1_000, 2_000, 4_000, 512_000, 900_000, 900_000, 900_000]);
  });

  it('leaves a quarter to chance', () => {
    expect(delays(0)).toEqual(delays(1).map((delay) => delay * 0.75));
  });

  it('is never less than the receiver asks for, up to a day', () => {
    expect(retryDelayMs(1, 60_000, WEBHOOK_RETRIES, () => 0)).toBe(60_000);
    expect(retryDelayMs(11, 60_000, WEBHOOK_RETRIES, () => 1)).toBe(900_000);
    expect(retryDelayMs(1, 1e12, WEBHOOK_RETRIES, () => 0)).toBe(24 * HOUR_MS);
  });
});

describe('is-given-up', () => {
  it.each([
    ['the receiver began to fail with it', 0, 0, 24 * HOUR_MS, true],
    ['the day is not over', 0, 0, 24 * HOUR_MS - 1, false],
    ['it is older than the failing', -100 * HOUR_MS, 0, 23 * HOUR_MS, false],
    ['it came while the receiver failed', 20 * HOUR_MS, 0, 30 * HOUR_MS, false],
    ['it came so, a day ago', 20 * HOUR_MS, 0, 44 * HOUR_MS, true],
  ])('%s', (_, eventMs, failingSinceMs, nowMs, isOver) => {
    expect(isGivenUp(eventMs, failingSinceMs, nowMs, WEBHOOK_RETRIES)).toBe(isOver);
  });
});

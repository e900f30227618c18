/** When a webhook that failed is tried again, and when no more. Pure. */

import type { Random } from '../../kit/clock.ts';

export interface RetryTimes {
  readonly firstMs: number;
  readonly longestMs: number;
  /** For how long an event is tried. */
  readonly giveUpMs: number;
}

/** Short waits bridge a restart of the receiver; later ones are a light load, and short enough that events come soon after it is back. */
export const WEBHOOK_RETRIES: RetryTimes = {
  firstMs: 1_000,
  longestMs: 900_000,
  giveUpMs: 24 * 3_600_000,
};

/** A receiver that says so may rest for as long. */
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

/**
 * Milliseconds until the next attempt: twice as long after each failure, a quarter of it left to chance, and never less than the receiver asks for.
 * @param failures in a row, from 1
 */
export function retryDelayMs(
  failures: number,
  retryAfterMs: number | null,
  times: RetryTimes,
  random: Random,
): number {
  const backOff = Math.min(times.longestMs, times.firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.max(backOff * (0.75 + random() / 4), Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS));
}

/**
 * Whether an event was tried for long enough: since it happened, or since the receiver began to fail where that is later. So each one has its time,
 * also those that wait behind the first.
 */
export function isGivenUp(
  eventMs: number,
  failingSinceMs: number,
  nowMs: number,
  { giveUpMs }: RetryTimes,
): boolean {
  return nowMs - Math.max(eventMs, failingSinceMs) >= giveUpMs;
}

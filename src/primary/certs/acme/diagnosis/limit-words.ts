/**
 * What an authority says when it refuses for a limit: until when, and of what. The problem document has no fields for it (RFC 8555 section 6.6), so
 * the words of Boulder (Let's Encrypt) are read where there is no `Retry-After`. Pure.
 */

import type { WaitScope } from '../budget/budget.ts';

/** "retry after 2026-03-01 12:00:00 UTC", "Retry after 2026-03-01T12:00:00Z". */
const RETRY_AFTER = /retry after (\d{4}-\d{2}-\d{2})[t ](\d{2}:\d{2}:\d{2})(?: ?utc|z)/i;
/** In the order in which they are looked for; anything else is about the account as a whole. */
const SCOPES: readonly (readonly [RegExp, WaitScope])[] = [
  [/exact set of/i, 'set'],
  [/failed authorizations|failed validation|temporarily prevented|paused/i, 'host'],
  [/new orders/i, 'account'],
  [/certificates .*already issued for/i, 'domain'],
];

/** Milliseconds since the epoch, or null where no time is named. */
export function retryTimeIn(words: string): number | null {
  const [, day, time] = RETRY_AFTER.exec(words) ?? [];
  const atMs = day === undefined ? Number.NaN : Date.parse(`${day}T${time}Z`);
  return Number.isNaN(atMs) ? null : atMs;
}

export function waitScopeOf(words: string): WaitScope {
  return SCOPES.find(([pattern]) => pattern.test(words))?.[1] ?? 'account';
}

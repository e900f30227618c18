/** Retry-After (RFC 9110 10.2.3): seconds, or a date. Any thread; pure. */

/** IMF-fixdate (RFC 9110 5.6.7): `Date.parse` alone would read a date in nearly anything. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Milliseconds; null for a field that is missing or makes no sense. How long is too long is for the caller to say.
 * @param nowMs what a date is read against, since the epoch: the answer's own Date, or the clock; NaN: a date makes no sense
 */
export function readRetryAfter(field: string | null | undefined, nowMs: number): number | null {
  const text = field?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!HTTP_DATE.test(text)) return null;
  const waitMs = Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? null : Math.max(0, waitMs);
}

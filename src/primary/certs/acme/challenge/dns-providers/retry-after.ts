/** Retry-After (RFC 9110 10.2.3): seconds, or a date. Pure. */

const MAX_MS = 24 * 3_600_000;
/** IMF-fixdate (RFC 9110 5.6.7): `Date.parse` alone would read a date in nearly anything. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Milliseconds, at most a day; null for a field that is missing or makes no sense. A date is read against the answer's own Date field, so that a
 * wrong clock on this side does not matter.
 */
export function retryAfterMs(field: string | null, date: string | null): number | null {
  if (field === null) return null;
  const text = field.trim();
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text) * 1000, MAX_MS);
  if (!HTTP_DATE.test(text)) return null;
  const waitMs = Date.parse(text) - Date.parse(date ?? '');
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), MAX_MS) : null;
}

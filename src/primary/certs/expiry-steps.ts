/** How long before its end a certificate is warned of. Primary thread; pure. */

const DAY_MS = 24 * 3_600_000;
/** Days before the end. */
const STEP_DAYS = [20, 7, 1] as const;
/** Most certificates are valid for so long; what the steps are parts of where 20 days would be most of a lifetime. */
const USUAL_DAYS = 90;
const SHORT_MS = 30 * DAY_MS;

/** Milliseconds before the end, the longest first. Of a lifetime under 30 days the same parts as of 90 days: for six days 32, 11.2 and 1.6 hours. */
export function expirySteps(lifetimeMs: number): readonly number[] {
  const unitMs = lifetimeMs < SHORT_MS ? lifetimeMs / USUAL_DAYS : DAY_MS;
  return STEP_DAYS.map((days) => days * unitMs);
}

/** The most that any certificate is warned of before its end. */
export const LONGEST_STEP_MS: number = STEP_DAYS[0] * DAY_MS;

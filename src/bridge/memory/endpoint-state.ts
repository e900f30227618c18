/** One word for each endpoint, as the primary writes it and the workers read it (`endpoint-table.ts`). Both threads; pure. */

/** The check fails, or has yet to pass for the first time. */
const UNHEALTHY = 1;
/** Taken out for a while, as requests failed there. */
const EJECTED = 2;
const OUT: number = UNHEALTHY | EJECTED;
/** Above the flags: how much of its weight is missing in a slow start, in 255ths. */
const MISSING_SHIFT = 8;
const WHOLE = 255;

/** `share`: of its weight, from 0 to 1; less than 1 in a slow start. */
export function endpointState(unhealthy: boolean, ejected: boolean, share: number): number {
  const missing = Math.round((1 - share) * WHOLE);
  return (unhealthy ? UNHEALTHY : 0) | (ejected ? EJECTED : 0) | (missing << MISSING_SHIFT);
}

/** It may get requests. */
export function takesPart(state: number): boolean {
  return (state & OUT) === 0;
}

/** Of its weight, from 0 to 1. */
export function shareOf(state: number): number {
  return 1 - (state >>> MISSING_SHIFT) / WHOLE;
}

/**
 * When a certificate is to be renewed: by its validity and the configuration, or by what its authority suggests (RFC 9773). Pure.
 *
 *   notBefore   obtained                                  renew_before, or a third       notAfter
 *      ├╌╌╌╌╌╌╌╌╌╌╌├──────────────────────────────────────────────┬──────────────┬──────────┤
 *                                                          less the jitter      latest: a tenth
 *
 * Its lifetime is what is left of it when it comes. Authorities date back by an hour: of a certificate for an hour that would be half, and of one
 * for some minutes a third would be more than there is.
 */

import type { Random } from '../../../kit/clock.ts';
import type { RenewalWindow } from './authority-resources.ts';

export interface Span {
  /** Milliseconds since the epoch. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** What an authority has suggested for a certificate, and the time that was drawn from it. Milliseconds since the epoch. */
export interface RenewalAdvice extends RenewalWindow {
  readonly chosenMs: number;
}

/** Of the lifetime: certificates that were made together are not renewed together. */
const JITTER = 0.02;
/** Of the lifetime: whatever an authority suggests, so much stays for failures. */
const RESERVE = 0.1;
/** From one certificate to the next: what an authority suggests must not become a loop of orders. Less for those that live for some hours. */
const SHORTEST_MS = 3_600_000;
/** RFC 9773 section 4.3: where the authority does not say when to ask again. */
const ASK_AGAIN_MS = 6 * 3_600_000;
const SOONEST_ASK_MS = 60_000;
export const LATEST_ASK_MS: number = 24 * 3_600_000;
/** After a failure; the section wants longer waits for longer troubles, which six hours are. */
const ASK_AFTER_FAILURE_MS = 3_600_000;

/** `renewBeforeMs` before the end, or a third of the lifetime where that is less; a little earlier by chance. `obtainedMs`: since the epoch. */
export function renewalTime(span: Span, renewBeforeMs: number, obtainedMs: number, random: Random): number {
  const lifetimeMs = lifetimeOf(span, obtainedMs);
  return Math.round(
    span.notAfterMs - Math.min(renewBeforeMs, lifetimeMs / 3) - random() * JITTER * lifetimeMs,
  );
}

/** A window as it is followed: a time in it, drawn anew only where the window is another one than before (RFC 9773 section 4.2). */
export function adviceOf(window: RenewalWindow, before: RenewalAdvice | null, random: Random): RenewalAdvice {
  const isSame = before !== null && before.startMs === window.startMs && before.endMs === window.endMs;
  const chosenMs = isSame
    ? before.chosenMs
    : Math.round(window.startMs + random() * (window.endMs - window.startMs));
  return { ...window, chosenMs };
}

/** The time that an advice means for a certificate. One in the past means now. */
export function advisedTime(span: Span, { chosenMs }: RenewalAdvice, obtainedMs: number): number {
  const lifetimeMs = lifetimeOf(span, obtainedMs);
  const latestMs = Math.round(span.notAfterMs - RESERVE * lifetimeMs);
  const soonestMs = obtainedMs + Math.min(SHORTEST_MS, Math.round(lifetimeMs / 3));
  return Math.max(Math.min(chosenMs, latestMs), soonestMs);
}

/** When to ask for advice again. `retryAfterMs`: of the answer; 0: it does not say. Bounded, since it comes from the network. */
export function nextAsk(nowMs: number, retryAfterMs: number): number {
  const waitMs = retryAfterMs === 0 ? ASK_AGAIN_MS : retryAfterMs;
  return nowMs + Math.min(Math.max(waitMs, SOONEST_ASK_MS), LATEST_ASK_MS);
}

export function nextAskAfterFailure(nowMs: number, retryAfterMs: number): number {
  return nowMs + Math.min(Math.max(ASK_AFTER_FAILURE_MS, retryAfterMs), LATEST_ASK_MS);
}

function lifetimeOf({ notBeforeMs, notAfterMs }: Span, obtainedMs: number): number {
  return notAfterMs - Math.max(notBeforeMs, obtainedMs);
}

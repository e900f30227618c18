/** Waiting for an authority to be done with something, politely and not for ever (RFC 8555 section 7.5.1). Primary thread. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../kit/clock.ts';
import { AuthorityError } from './authority-error.ts';

/** A value, and when the authority wants to be asked again; 0: it has not said. */
export interface Answered<T> {
  readonly value: T;
  readonly retryAfterMs: number;
}

export interface PollLimits {
  readonly totalMs: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

const FIRST_MS = 250;
const LONGEST_MS = 10_000;
/** However long the authority asks to wait. */
const LONGEST_ASKED_MS = 60_000;

/**
 * Looks until `isDone`. Null: it was not within `totalMs`. An authority that cannot be reached meanwhile is asked again; its refusals are thrown,
 * and so is an abort.
 */
export async function poll<T>(
  look: () => Promise<Answered<T>>,
  isDone: (value: T) => boolean,
  { totalMs, signal, clock }: PollLimits,
): Promise<T | null> {
  const endMs = clock.nowMs() + totalMs;
  for (let pauseMs = FIRST_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_MS)) {
    const seen = await lookOnce(look);
    signal.throwIfAborted();
    if (seen !== null && isDone(seen.value)) return seen.value;
    const asked = Math.min(seen?.retryAfterMs ?? 0, LONGEST_ASKED_MS);
    const waitMs = Math.max(pauseMs, asked);
    if (clock.nowMs() + waitMs > endMs) return null;
    await sleep(waitMs, undefined, { signal });
  }
}

async function lookOnce<T>(look: () => Promise<Answered<T>>): Promise<Answered<T> | null> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof AuthorityError && (error.kind === 'network' || error.status >= 500)) return null;
    throw error;
  }
}

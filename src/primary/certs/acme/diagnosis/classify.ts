/**
 * From what ended an attempt to its cause: a refusal of the authority (RFC 8555 section 6.7), a failed validation (8.2), an answer that is none, a
 * connection that failed, or an error of penstock itself. Primary thread; pure. The type of a problem decides; its words only where one type
 * stands for several causes, and these are the words of Boulder (Let's Encrypt) and Pebble. What is not known keeps the words that it came in.
 */

import { messageOf, PenstockError } from '../../../../kit/errors.ts';
import { AuthorityError } from '../authority-error.ts';
import { challengeProblemOf } from '../challenge/challenge-problem.ts';
import type { Cause, CauseStage } from './cause.ts';
import { causeOf, causeSaying, isCauseCode } from './causes.ts';
import { networkCause } from './classify-network.ts';
import { problemCause } from './classify-problem.ts';
import { quote } from './quote.ts';

export interface FailedAttempt {
  readonly host: string;
  /** URL of the directory. */
  readonly authority: string;
  readonly stage: CauseStage;
  readonly error: unknown;
  /** How far the clock of the authority is ahead of ours; null: it has not said. */
  readonly clockSkewMs: number | null;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** What the pre-checks saw, and did not stop the order for. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** Addresses of this machine that the Internet reaches (`own-addresses.ts`); none: it does not know. */
  readonly publicAddresses: readonly string[];
  /** The authority is one that everybody trusts. */
  readonly isPublic: boolean;
}

/** Machines that are looked after agree within seconds, and authorities date certificates back by an hour at most. */
const CLOCK_OFF_MS = 5 * 60_000;

/** Whatever an authority or a provider asks for, in a field or in words. */
const LONGEST_WAIT_MS = 7 * 86_400_000;

/** `clockSkewMs`: how far the authority's clock is ahead of ours. Null: the clock is right enough. */
export function clockCause(clockSkewMs: number | null, authority: string): Cause | null {
  if (clockSkewMs === null || Math.abs(clockSkewMs) <= CLOCK_OFF_MS) return null;
  return causeOf('clock_off', { aheadMs: -clockSkewMs, authority: nameOf(authority) });
}

export function classify(failed: FailedAttempt): Cause {
  const found = explained(failed);
  const latestMs = failed.nowMs + LONGEST_WAIT_MS;
  return found.untilMs !== null && found.untilMs > latestMs ? { ...found, untilMs: latestMs } : found;
}

function explained(failed: FailedAttempt): Cause {
  const { clockSkewMs, authority, warnings } = failed;
  // Every other finding may only be its consequence.
  const found = clockCause(clockSkewMs, authority) ?? causeOfError(failed);
  if (found.stage !== 'challenge' || warnings.length === 0) return found;
  // What penstock itself saw before the order was no reason to hold it back; now it explains the failure.
  const seen = warnings.map(({ message }) => message).join('; ');
  // Of several addresses an authority takes one, and does not say that others are good.
  const several = warnings.some(({ code }) => code === 'address_not_answering');
  const code = found.code === 'port_80_unreachable' && several ? 'address_not_answering' : found.code;
  return causeSaying(code, `${found.message} (penstock saw before: ${seen})`, found.stage, found.untilMs);
}

function causeOfError(failed: FailedAttempt): Cause {
  const { error, stage, nowMs } = failed;
  const authority = nameOf(failed.authority);
  if (error instanceof AuthorityError) {
    const untilMs = error.retryAfterMs === 0 ? null : nowMs + error.retryAfterMs;
    if (error.problem !== null)
      return problemCause({ ...failed, authority, status: error.status, untilMs }, error.problem);
    if (error.kind === 'network')
      return networkCause(error.cause ?? error, { authority, stage, isPublic: failed.isPublic });
    return answerCause(error, { host: failed.host, authority, stage, untilMs });
  }
  if (error instanceof PenstockError) return ownCause(error, failed);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const said = quote(messageOf(error));
  return isCauseCode(code) ? causeSaying(code, said, stage) : causeOf('unknown', { said }, stage);
}

/** An answer without a problem document: of something in front of the authority, or of no authority at all. */
function answerCause(
  error: AuthorityError,
  facts: {
    readonly host: string;
    readonly authority: string;
    readonly stage: CauseStage;
    readonly untilMs: number | null;
  },
): Cause {
  const { host, authority, stage, untilMs } = facts;
  const said = quote(error.message);
  if (error.status === 429) return causeOf('rate_limited', { host, authority, said, untilMs }, stage);
  const code = error.status >= 500 ? 'authority_down' : 'authority_error';
  return causeSaying(code, causeOf(code, { authority, said }).message, stage, untilMs);
}

/** What penstock's own parts throw: the solvers, the store, DNS. Their words say it all. */
function ownCause(error: PenstockError, { host, stage, nowMs }: FailedAttempt): Cause {
  const said = quote(error.message, 1_000);
  switch (error.code) {
    case 'PENSTOCK_STATE_UNWRITABLE':
      return causeOf('store_unwritable', { said });
    case 'PENSTOCK_DNS_FAILED':
      return causeOf('dns_failure', { host, said }, stage);
    case 'PENSTOCK_CHALLENGE_FAILED': {
      const problem = challengeProblemOf(error);
      if (problem === null) return causeOf('unknown', { said }, stage);
      return causeSaying(problem.code, said, stage, problem.waitMs > 0 ? nowMs + problem.waitMs : null);
    }
    default:
      return causeOf('unknown', { said }, stage);
  }
}

/** What an authority is called in messages: the host of its directory. */
export function nameOf(directory: string): string {
  return URL.canParse(directory) ? new URL(directory).host : directory;
}

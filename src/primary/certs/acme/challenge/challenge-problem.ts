/** What can go wrong while a challenge is answered, as an error whose code is one of the catalogue of causes (`diagnosis/causes.ts`). Primary thread. */

import { PenstockError } from '../../../../kit/errors.ts';
import { isRecord } from '../../../../kit/is-record.ts';

/**
 * `dns_credentials`: the provider refuses them, or they lack a right. `dns_zone_missing`: the account holds no zone that the name is in.
 * `dns_propagation`: the record is written, and some name server still lacks it. `dns_provider`: anything else that the provider, or the
 * way to it, did: it is down, its limit is reached, it refuses the record, a program failed. `http_self_check`: penstock's own plain listener does
 * not give the answer.
 */
const CODES = [
  'dns_credentials',
  'dns_zone_missing',
  'dns_propagation',
  'dns_provider',
  'http_self_check',
] as const;

export type ChallengeCode = (typeof CODES)[number];

/** The `detail` of an error with code PENSTOCK_CHALLENGE_FAILED. */
export interface ChallengeProblem {
  readonly code: ChallengeCode;
  /** Milliseconds that the provider asks to wait; 0: it names no time. */
  readonly waitMs: number;
}

export function challengeError(
  code: ChallengeCode,
  message: string,
  { waitMs = 0, cause }: { readonly waitMs?: number; readonly cause?: unknown } = {},
): PenstockError {
  return new PenstockError('PENSTOCK_CHALLENGE_FAILED', message, {
    cause,
    detail: { code, waitMs } satisfies ChallengeProblem,
  });
}

/** The problem that an error carries, or null where it is none of a challenge. */
export function challengeProblemOf(error: unknown): ChallengeProblem | null {
  if (!(error instanceof PenstockError) || error.code !== 'PENSTOCK_CHALLENGE_FAILED') return null;
  if (!isRecord(error.detail)) return null;
  const { code: found, waitMs } = error.detail;
  const code = CODES.find((one) => one === found);
  return code !== undefined && typeof waitMs === 'number' ? { code, waitMs } : null;
}

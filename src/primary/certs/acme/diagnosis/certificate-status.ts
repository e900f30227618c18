/**
 * What a name with an automatic certificate looks like from outside: what serves, what comes next, how the attempts went and why the last one failed.
 * It is what `/v1/certificates` and `penstock certs status HOST --json` give; `cli/format-certificate-status.ts` is the text of it. Plain data,
 * and no key in it.
 */

import type { Environment, Phase } from '../lifecycle.ts';
import type { CauseStage } from './cause.ts';

export interface CertificateStatus {
  readonly host: string;
  readonly phase: Phase;
  /** What serves; null: nothing yet. */
  readonly certificate: ServingCertificate | null;
  readonly next: NextStep;
  /** In a row, since the last success. */
  readonly failures: number;
  /** The last ones, oldest first. */
  readonly attempts: readonly Attempt[];
  /** Why the authority wants the certificate to be renewed, if it says so (RFC 9773 section 4.2). */
  readonly explanationUrl: string | null;
}

export interface ServingCertificate {
  /** URL of the directory that it came from. */
  readonly directory: string;
  readonly names: readonly string[];
  readonly issuer: string;
  /** Milliseconds since the epoch. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly obtainedMs: number;
}

export interface NextStep {
  /** `renew`: the certificate that serves is good until then. `under_way`: it is being worked on. */
  readonly kind: 'under_way' | 'order' | 'renew';
  readonly environment: Environment;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** One attempt that has ended. */
export interface Attempt {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly environment: Environment;
  /** Null: it succeeded. */
  readonly cause: AttemptCause | null;
}

/** A cause as it was stored: of this version of penstock or another one, whose catalogue may have other codes. */
export interface AttemptCause {
  readonly code: string;
  readonly stage: CauseStage;
  readonly message: string;
  readonly remedy: string;
  readonly refuted: boolean;
  readonly untilMs: number | null;
}

/** Why the name is not where it should be; null: nothing is wrong. */
export function causeNow({
  attempts,
  failures,
}: Pick<CertificateStatus, 'attempts' | 'failures'>): AttemptCause | null {
  return failures === 0 ? null : (attempts.at(-1)?.cause ?? null);
}

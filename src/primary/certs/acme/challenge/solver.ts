/**
 * What answers the challenges of an authority (RFC 8555 section 8): the seam between an order (`issue.ts`) and the two ways of showing that a
 * name is ours. Primary thread.
 */

/** One challenge to be answered. */
export interface Challenge {
  /** Lower-case; without the `*.` of a wildcard. */
  readonly host: string;
  /** Of the authority. */
  readonly token: string;
  /** RFC 8555 section 8.1. */
  readonly keyAuthorization: string;
  /** base64url(SHA-256(keyAuthorization)), RFC 8555 section 8.4. */
  readonly dnsValue: string;
}

/** Answers challenges of one kind. */
export interface ChallengeSolver {
  readonly type: 'http-01' | 'dns-01';
  /** Resolves once the authority can find the answer. Rejects with a PenstockError that says what to do. */
  present(challenge: Challenge, signal: AbortSignal): Promise<void>;
  /** Takes the answer away. Rejects where it stays; the caller logs and goes on. Safe to call for what was never presented. */
  cleanUp(challenge: Challenge): Promise<void>;
}

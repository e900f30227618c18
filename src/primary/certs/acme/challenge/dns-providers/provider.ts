/** Who writes the TXT records of dns-01 challenges (RFC 8555 8.4): the seam between the solver and the DNS providers. Primary thread. */

/**
 * Writes TXT records of one account. Records of the same name and another value stay untouched, whoever wrote them: a wildcard and its base
 * name are challenged at once, with two values of one name. Both methods may be called again for what is done already.
 * They reject with PENSTOCK_CHALLENGE_FAILED (`challenge-problem.ts`), without a credential in the message, or with the signal's reason.
 */
export interface DnsProvider {
  /** Resolves when the provider has taken the record. `name`: fully qualified, lower case, no trailing dot. */
  present(name: string, value: string, signal: AbortSignal): Promise<void>;
  /** Resolves when the record is gone, also where it never was. */
  cleanUp(name: string, value: string, signal: AbortSignal): Promise<void>;
}

/** Seconds: as short as all providers allow, since a value that failed must not stay in caches. */
export const RECORD_TTL_S = 60;

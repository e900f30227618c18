/** Finds the zone of a name in an account, by asking for the name itself, then for each name above it. Primary thread. */

import { selfAndParents } from '../../../../dns/dns-name.ts';
import { challengeError } from '../challenge-problem.ts';

/** `lookUp` gives null for what is no zone of the account. Rejects with `dns_zone_missing`, naming all that was tried. */
export async function searchZone<Zone>(
  provider: string,
  name: string,
  lookUp: (candidate: string) => Promise<Zone | null>,
): Promise<Zone> {
  // Nobody has a top-level domain in such an account.
  const candidates = selfAndParents(name).filter((candidate) => candidate.includes('.'));
  for (const candidate of candidates) {
    const zone = await lookUp(candidate);
    if (zone !== null) return zone;
  }
  throw challengeError(
    'dns_zone_missing',
    `${provider}: no zone for ${name} in this account; tried ${candidates.join(', ')}. Check that the domain is there and that the credentials may see it`,
  );
}

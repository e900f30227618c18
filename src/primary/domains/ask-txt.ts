/** One question to DNS for TXT records. Primary thread; asks the network, so it may take seconds; never rejects. */

import { NODATA, NOTFOUND, Resolver } from 'node:dns/promises';
import { messageOf } from '../../kit/errors.ts';

export type TxtAnswer =
  /** One or more. The strings of each record are put together (RFC 7208 3.3). */
  | { readonly kind: 'found'; readonly values: readonly string[] }
  /** The name has none, or does not exist. */
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly reason: string };

const TIMEOUT_MS = 2_000;
const TRIES = 2;

/** What the codes of the resolver mean to whoever runs penstock. */
const REASONS: Readonly<Record<string, string>> = Object.freeze({
  ECONNREFUSED: 'nothing listens at the name server',
  EREFUSED: 'the name server refuses to answer',
  ESERVFAIL: 'the name server failed (SERVFAIL): the zone may be broken, or its DNSSEC signatures',
  ETIMEOUT: 'the name server did not answer in time',
});

/** `resolvers`: as `DomainsDraft` has them. */
export async function askTxt(name: string, resolvers: readonly string[]): Promise<TxtAnswer> {
  // A new one each time: what it remembers of an answer before would hide a record that was just made.
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  try {
    if (resolvers.length > 0) resolver.setServers(resolvers);
    const records = await resolver.resolveTxt(name);
    return { kind: 'found', values: records.map((strings) => strings.join('')) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === NODATA || code === NOTFOUND) return { kind: 'none' };
    return { kind: 'failed', reason: REASONS[code] ?? messageOf(error) };
  }
}

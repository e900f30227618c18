/**
 * Looks whether an order can succeed before it costs anything at an authority (a failed validation counts for an hour, five of them are all there
 * are). Primary thread. Ten seconds at most; asks DNS, and every address of the name at port 80 as the authority will.
 *
 * What stops an order, since it is certain:
 *   wildcard_needs_dns      no authority does otherwise
 *   clock_off               every certificate would be good at another time than ours
 *   caa_forbids             the records are there, and authorities have to keep to them
 *   no_address              only where the resolvers are configured: those of the system may know another world than the authority's (split horizon)
 *   wrong_answer, resolves_elsewhere, tls_redirect_broken      where nothing but the name's own server can have answered (`judge-probes.ts`)
 *   whatever hinders penstock's own plain listener from answering: the real challenge would fail alike
 * Of a private authority only the first two are certain: which DNS and which ports it looks at is its own affair.
 * What only warns, and is told if the authority fails too: DNS that does not answer, addresses that cannot be reached from here, and the same
 * findings as above where address translation may be in between. A machine that cannot see itself from outside must get its certificates too.
 */

import { randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { messageOf } from '../../../../kit/errors.ts';
import type { DnsClient } from '../../../dns/dns-client.ts';
import type { Challenge, ChallengeSolver } from '../challenge/solver.ts';
import type { Cause } from './cause.ts';
import { causeOf } from './causes.ts';
import { caaObjection } from './check-caa.ts';
import { clockCause } from './classify.ts';
import { type Judgement, judgeProbes, type ProbedAddress } from './judge-probes.ts';
import { probe } from './probe.ts';
import { quote } from './quote.ts';

export interface PreCheckQuestion {
  /** As it will stand in the certificate: lower case, a wildcard with its star. */
  readonly host: string;
  /** URL of the directory. */
  readonly authority: string;
  /** What CAA records may call it; none: it does not tell. */
  readonly caaIdentities: readonly string[];
  /** URL of the account; empty: not known. */
  readonly account: string;
  /** How far the authority's clock is ahead of ours; null: it has not said. */
  readonly clockSkewMs: number | null;
  readonly challenge: 'http-01' | 'dns-01';
}

export interface PreCheckMeans {
  readonly dns: DnsClient;
  /** The configuration names its servers: what these do not know does not exist. */
  readonly resolversAreGiven: boolean;
  /** The authority is one that everybody trusts, and looks at what everybody sees. */
  readonly isPublic: boolean;
  /** That of http-01: it has to answer a challenge of a test. */
  readonly solver: ChallengeSolver;
  /** All addresses of this machine. */
  readonly ownAddresses: () => readonly string[];
  /** What an error of a solver means. */
  readonly causeOfError: (error: unknown) => Cause;
  /** 80 and 443, other ones in tests. */
  readonly httpPort: number;
  readonly httpsPort: number;
}

/** Of questions to DNS, and of the answers at port 80 behind them: ten seconds in all. */
const DNS_MS = 5_000;
const PROBES_MS = 5_000;
/** Of each kind; more are an unusual set-up, and take their time. */
const MAX_ADDRESSES = 5;
const PATH = '/.well-known/acme-challenge/';
const CLEAR: Judgement = Object.freeze({ stop: null, warnings: [] });

/** Rejects with the signal's reason alone. */
export async function preCheck(
  question: PreCheckQuestion,
  means: PreCheckMeans,
  signal: AbortSignal,
): Promise<Judgement> {
  const { host, authority, clockSkewMs, challenge } = question;
  const isWildcard = host.startsWith('*.');
  const certain =
    isWildcard && challenge === 'http-01'
      ? causeOf('wildcard_needs_dns', { host })
      : clockCause(clockSkewMs, authority);
  if (certain !== null) return { stop: { ...certain, stage: 'before_order' }, warnings: [] };
  const results = await Promise.all([
    checkCaa(question, means, signal),
    challenge === 'http-01' ? checkAddresses(question, means, signal) : CLEAR,
  ]);
  signal.throwIfAborted();
  const stops = results.flatMap(({ stop }) => stop ?? []);
  const warnings = results.flatMap((result) => result.warnings);
  return means.isPublic
    ? { stop: stops[0] ?? null, warnings }
    : { stop: null, warnings: [...stops, ...warnings] };
}

async function checkCaa(
  question: PreCheckQuestion,
  { dns }: PreCheckMeans,
  signal: AbortSignal,
): Promise<Judgement> {
  const { host, caaIdentities: identities, account, challenge } = question;
  try {
    const set = await dns.caa(host.replace(/^\*\./, ''), within(DNS_MS, signal));
    const said = caaObjection(set, { host, identities, account, challenge });
    if (said === null) return CLEAR;
    const facts = { host, domain: set.domain ?? '', said, identities };
    return { stop: causeOf('caa_forbids', facts, 'before_order'), warnings: [] };
  } catch (error) {
    return dnsWarning(host, 'CAA', error);
  }
}

async function checkAddresses(
  question: PreCheckQuestion,
  means: PreCheckMeans,
  signal: AbortSignal,
): Promise<Judgement> {
  const { host } = question;
  let addresses: readonly string[];
  try {
    addresses = await means.dns.addresses(host, within(DNS_MS, signal));
  } catch (error) {
    return dnsWarning(host, 'A and AAAA', error);
  }
  if (addresses.length > 0) return await checkAnswers(host, addresses, means, signal);
  const said = `asked at ${means.dns.servers.join(', ')}`;
  const cause = causeOf('no_address', { host, said }, 'before_order');
  return means.resolversAreGiven ? { stop: cause, warnings: [] } : { stop: null, warnings: [cause] };
}

/** A challenge of our own, never told to an authority: what comes back by each address is its answer or is not ours. */
async function checkAnswers(
  host: string,
  addresses: readonly string[],
  means: PreCheckMeans,
  signal: AbortSignal,
): Promise<Judgement> {
  const { dns, solver, httpPort, httpsPort } = means;
  const token = randomBytes(32).toString('base64url');
  const keyAuthorization = `${token}.${randomBytes(32).toString('base64url')}`;
  const challenge: Challenge = { host, token, keyAuthorization, dnsValue: '' };
  const bound = within(PROBES_MS, signal);
  try {
    await solver.present(challenge, bound);
    const resolve = (name: string): Promise<readonly string[]> => dns.addresses(name, bound);
    const common = { host, path: `${PATH}${token}`, answer: keyAuthorization, httpPort, httpsPort, resolve };
    const probed = await Promise.all(
      chosen(addresses).map(
        async (address): Promise<ProbedAddress> => ({
          address,
          outcome: await probe({ ...common, address }, bound),
        }),
      ),
    );
    return judgeProbes(host, probed, means.ownAddresses());
  } catch (error) {
    // Workers that take long to hear of it may have it in time for the authority.
    if (bound.aborted) return CLEAR;
    return { stop: { ...means.causeOfError(error), stage: 'before_order' }, warnings: [] };
  } finally {
    // Nobody knows the token: one that stays for a while does no harm.
    await solver.cleanUp(challenge).catch(() => {});
  }
}

/** IPv6 first, as authorities do. */
function chosen(addresses: readonly string[]): readonly string[] {
  const sixes = addresses.filter(isIPv6);
  const fours = addresses.filter((address) => !isIPv6(address));
  return [...sixes.slice(0, MAX_ADDRESSES), ...fours.slice(0, MAX_ADDRESSES)];
}

function dnsWarning(host: string, type: string, error: unknown): Judgement {
  const isLate = error instanceof Error && error.name === 'TimeoutError';
  const said = isLate ? `${type}: no answer within ${DNS_MS / 1_000} s` : quote(messageOf(error));
  return { stop: null, warnings: [causeOf('dns_failure', { host, said }, 'before_order')] };
}

function within(ms: number, signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)]);
}

/**
 * Answers dns-01 challenges (RFC 8555 8.4): a TXT record at `_acme-challenge.<host>`, or where a CNAME record there leads, seen by every name
 * server before the authority is told. Primary thread.
 */

import { type Clock, systemClock } from '../../../../kit/clock.ts';
import { DnsClient } from '../../../dns/dns-client.ts';
import type { AcmeDnsDraft } from '../acme-draft.ts';
import { makeProvider } from './dns-providers/make-provider.ts';
import type { DnsProvider } from './dns-providers/provider.ts';
import { waitForRecord } from './propagation.ts';
import type { Challenge, ChallengeSolver } from './solver.ts';

const LABEL = '_acme-challenge';
/** Nobody has a record of this name, so a CNAME there comes from a wildcard. */
const PROBE_LABEL = '_penstock-no-such-name';
const CLEAN_UP_MS = 180_000;

export interface DnsSolverFacts {
  readonly dns: DnsClient;
  readonly provider: DnsProvider;
  readonly propagationTimeoutMs: number;
  /** Of authoritative servers; other than 53 in tests. */
  readonly authoritativePort?: number;
  readonly clock?: Clock;
}

/** The solver that `acme.dns` describes. */
export function makeDnsSolver(draft: AcmeDnsDraft, clock: Clock = systemClock): ChallengeSolver {
  return new DnsSolver({
    dns: new DnsClient(draft.resolvers),
    provider: makeProvider(draft, clock),
    propagationTimeoutMs: draft.propagationTimeoutMs,
    clock,
  });
}

export class DnsSolver implements ChallengeSolver {
  readonly type = 'dns-01' as const;
  readonly #facts: DnsSolverFacts;
  /** Where the record of a challenge was written, by host and value. The CNAME may change before it is taken away. */
  readonly #written = new Map<string, string>();

  constructor(facts: DnsSolverFacts) {
    this.#facts = facts;
  }

  async present({ host, dnsValue }: Challenge, signal: AbortSignal): Promise<void> {
    const { dns, provider, propagationTimeoutMs, authoritativePort, clock = systemClock } = this.#facts;
    const name = await recordName(dns, host, signal);
    // Before: a record that may have been written has to be taken away, too.
    this.#written.set(keyOf(host, dnsValue), name);
    await provider.present(name, dnsValue, signal);
    await waitForRecord(
      { dns, name, value: dnsValue, timeoutMs: propagationTimeoutMs, port: authoritativePort, clock },
      signal,
    );
  }

  /** Also after a `present` that rejected, and for what an earlier process left. */
  async cleanUp({ host, dnsValue }: Challenge): Promise<void> {
    const { dns, provider } = this.#facts;
    const signal = AbortSignal.timeout(CLEAN_UP_MS);
    const key = keyOf(host, dnsValue);
    const name = this.#written.get(key) ?? (await recordName(dns, host, signal));
    this.#written.delete(key);
    await provider.cleanUp(name, dnsValue, signal);
  }
}

function keyOf(host: string, value: string): string {
  return `${host} ${value}`;
}

/**
 * Where the record has to stand. A wildcard CNAME record such as `*.example.com` answers for `_acme-challenge.example.com`, too, until something
 * stands there: it delegates nothing.
 */
async function recordName(dns: DnsClient, host: string, signal: AbortSignal): Promise<string> {
  const name = `${LABEL}.${host}`;
  const target = await dns.cname(name, signal);
  if (target === null) return name;
  if ((await dns.cname(`${PROBE_LABEL}.${host}`, signal)) === target) return name;
  return await dns.canonicalName(target, signal);
}

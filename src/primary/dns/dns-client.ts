/**
 * Questions to DNS that certificates and domains need: what stands there now, as the given servers say it. Primary thread. Every method takes
 * a name in any form, gives nothing where there is nothing, rejects with PENSTOCK_DNS_FAILED where that could not be found out, and with the
 * signal's reason. One question takes 8 s at most at each of three servers; a signal with a deadline bounds the whole.
 */

import { Resolver } from 'node:dns/promises';
import { ask, type DnsServers } from './ask.ts';
import { normalName, selfAndParents } from './dns-name.ts';
import { dnsError } from './dns-problem.ts';

/** Longer chains are a mistake, and resolvers give up on them too. */
const MAX_CNAMES = 10;

/** One property of a domain's CAA records (RFC 8659 4.1). */
export interface CaaRecord {
  /** Lower case: "issue", "issuewild", "iodef", … */
  readonly tag: string;
  readonly value: string;
  /** The issuer critical flag: who does not know the tag must not issue. */
  readonly critical: boolean;
}

/** The CAA records that count for a name: those of the nearest name that has some. */
export interface CaaSet {
  /** Where they stand; null: nowhere, everybody may issue. */
  readonly domain: string | null;
  readonly records: readonly CaaRecord[];
}

export class DnsClient {
  readonly #servers: DnsServers;

  /**
   * `servers`: IP addresses with or without a port; none: those of the system. With the address of an authoritative server
   * it asks that one directly. Throws a TypeError for anything but an IP address: the configuration is checked before.
   */
  constructor(servers: readonly string[] = []) {
    const resolver = new Resolver();
    if (servers.length > 0) resolver.setServers(servers);
    this.#servers = { addresses: resolver.getServers(), areSystem: servers.length === 0 };
  }

  /** Whom it asks, "127.0.0.1" or "127.0.0.1:5353". */
  get servers(): readonly string[] {
    return this.#servers.addresses;
  }

  /** The texts of TXT records; the pieces of one record are joined. */
  async txt(name: string, signal: AbortSignal): Promise<readonly string[]> {
    const records = await ask(
      this.#servers,
      { name: normalName(name), type: 'TXT', look: (resolver, asked) => resolver.resolveTxt(asked) },
      signal,
    );
    return records.map((pieces) => pieces.join(''));
  }

  /** IPv4 addresses, then IPv6 ones. Where one kind cannot be asked for, the other is enough if there is any. */
  async addresses(name: string, signal: AbortSignal): Promise<readonly string[]> {
    const asked = normalName(name);
    const kinds = await Promise.allSettled([
      ask(this.#servers, { name: asked, type: 'A', look: (resolver, of) => resolver.resolve4(of) }, signal),
      ask(
        this.#servers,
        { name: asked, type: 'AAAA', look: (resolver, of) => resolver.resolve6(of) },
        signal,
      ),
    ]);
    signal.throwIfAborted();
    const found = kinds.flatMap((kind) => (kind.status === 'fulfilled' ? kind.value : []));
    const failed = kinds.find((kind) => kind.status === 'rejected');
    if (found.length === 0 && failed !== undefined) throw failed.reason;
    return found;
  }

  /** The target of the name's own CNAME record, or null. */
  async cname(name: string, signal: AbortSignal): Promise<string | null> {
    const [target] = await ask(
      this.#servers,
      { name: normalName(name), type: 'CNAME', look: (resolver, asked) => resolver.resolveCname(asked) },
      signal,
    );
    return target === undefined ? null : normalName(target);
  }

  /** Where the chain of CNAME records from `name` ends: the name itself where it has none. It need not exist. */
  async canonicalName(name: string, signal: AbortSignal): Promise<string> {
    const seen = new Set<string>();
    for (let at = normalName(name); ; ) {
      seen.add(at);
      const target = await this.cname(at, signal);
      if (target === null) return at;
      if (seen.has(target) || seen.size > MAX_CNAMES)
        throw dnsError({ kind: 'loop', name: normalName(name), type: 'CNAME', servers: this.servers });
      at = target;
    }
  }

  /** Climbs from the name to the top until there are CAA records (RFC 8659 3). Of a wildcard, pass the name without `*.`. */
  async caa(name: string, signal: AbortSignal): Promise<CaaSet> {
    for (const domain of selfAndParents(normalName(name))) {
      const found = await ask(
        this.#servers,
        { name: domain, type: 'CAA', look: (resolver, asked) => resolver.resolveCaa(asked) },
        signal,
      );
      if (found.length > 0) return { domain, records: found.flatMap(caaRecords) };
    }
    return { domain: null, records: [] };
  }

  /** The names of the name servers that the zone itself lists. */
  async nameServers(zone: string, signal: AbortSignal): Promise<readonly string[]> {
    const names = await ask(
      this.#servers,
      { name: normalName(zone), type: 'NS', look: (resolver, asked) => resolver.resolveNs(asked) },
      signal,
    );
    return [...new Set(names.map(normalName))].sort();
  }

  /** Whether the name is the top of a zone: it has an SOA record of its own, not one that a CNAME leads to. */
  async isZone(name: string, signal: AbortSignal): Promise<boolean> {
    const asked = normalName(name);
    // The library takes the answer about an alias for a broken one, so aliases are sorted out before.
    if ((await this.cname(asked, signal)) !== null) return false;
    const found = await ask(
      this.#servers,
      { name: asked, type: 'SOA', look: async (resolver, of) => [await resolver.resolveSoa(of)] },
      signal,
    );
    return found.length > 0;
  }
}

/** Node gives the tag as a key of the record, and the flags as `critical`. */
function caaRecords({ critical, ...properties }: { readonly critical: number }): readonly CaaRecord[] {
  const tags: readonly (readonly [string, unknown])[] = Object.entries(properties);
  return tags
    .filter((entry): entry is readonly [string, string] => typeof entry[1] === 'string')
    .map(([tag, value]) => ({ tag: tag.toLowerCase(), value, critical: (critical & 0x80) !== 0 }));
}

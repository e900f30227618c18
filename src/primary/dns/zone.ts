/** Which zone a name belongs to, and who answers for it. Primary thread; asks the network (`DnsClient`). */

import { isIPv6 } from 'node:net';
import type { DnsClient } from './dns-client.ts';
import { normalName, selfAndParents } from './dns-name.ts';
import { dnsError } from './dns-problem.ts';

const DNS_PORT = 53;

/** An authoritative server of a zone. */
export interface NameServer {
  readonly name: string;
  /** "192.0.2.1:53", "[2001:db8::1]:53": each good for a `DnsClient`. None: its name does not resolve. */
  readonly addresses: readonly string[];
}

/** The zone that `name` is in: the nearest name, itself included, with an SOA record. Rejects with `no_zone` where there is none. */
export async function zoneOf(dns: DnsClient, name: string, signal: AbortSignal): Promise<string> {
  for (const candidate of selfAndParents(normalName(name))) {
    if (await dns.isZone(candidate, signal)) return candidate;
  }
  throw dnsError({ kind: 'no_zone', name: normalName(name), type: 'SOA', servers: dns.servers });
}

/** All authoritative servers of a zone with their addresses. One whose name cannot be resolved has none. `port`: other than 53 in tests. */
export async function authoritativeServers(
  dns: DnsClient,
  zone: string,
  signal: AbortSignal,
  port: number = DNS_PORT,
): Promise<readonly NameServer[]> {
  const names = await dns.nameServers(zone, signal);
  return Promise.all(
    names.map(async (name) => {
      const found = await dns.addresses(name, signal).catch(() => []);
      signal.throwIfAborted();
      return {
        name,
        addresses: found.map((host) => (isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`)),
      };
    }),
  );
}

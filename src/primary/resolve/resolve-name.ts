/** One look-up of a name: its addresses and how long they hold. Primary thread; asks the network, so it may take seconds, and may reject. */

import { lookup, NODATA, NOTFOUND, Resolver } from 'node:dns/promises';

export interface Answer {
  /** One or more, sorted, each once. */
  readonly addresses: readonly string[];
  /** The shortest of the records. */
  readonly ttlMs: number;
}

export type ResolveName = (name: string) => Promise<Answer>;

interface TimedRecord {
  readonly address: string;
  readonly ttl: number;
}

/** What the system says carries no time: it may come from a file. */
const SYSTEM_TTL_MS = 30_000;

/**
 * Asks the servers of /etc/resolv.conf for IPv4 addresses, and for IPv6 ones where there are none: endpoints of both kinds would be tried on
 * machines that reach only one. Names that they do not know may stand in /etc/hosts or need a search domain: the system is asked then.
 */
export function makeResolveName(): ResolveName {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  return async (name) => {
    const ipv4: Promise<readonly TimedRecord[]> = resolver.resolve4(name, { ttl: true });
    const records = await ipv4
      .catch((error) => (hasNone(error) ? resolver.resolve6(name, { ttl: true }) : []))
      .catch(() => []);
    return records.length > 0 ? answerOf(records) : await askSystem(name);
  };
}

/** The server knows that there is no such record. Any other failure says nothing of IPv6, and must not bring a change to it. */
function hasNone({ code }: NodeJS.ErrnoException): boolean {
  return code === NODATA || code === NOTFOUND;
}

async function askSystem(name: string): Promise<Answer> {
  const found = await lookup(name, { all: true });
  const first = found.filter(({ family }) => family === 4);
  const addresses = (first.length > 0 ? first : found).map(({ address }) => address);
  return answerOf(addresses.map((address) => ({ address, ttl: SYSTEM_TTL_MS / 1000 })));
}

function answerOf(records: readonly TimedRecord[]): Answer {
  return {
    addresses: [...new Set(records.map(({ address }) => address))].sort(),
    ttlMs: Math.min(...records.map(({ ttl }) => ttl)) * 1000,
  };
}

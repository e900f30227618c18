/**
 * One question to DNS, at one server after the other until one answers. Bounded in time whatever the network does, and ended by the signal.
 * Primary thread. Nothing is remembered: who asks wants to know what stands there now.
 */

import { Resolver } from 'node:dns/promises';
import { boundSignal } from '../../kit/bounded-signal.ts';
import { dnsError, isNone, kindOf } from './dns-problem.ts';

export interface Question<T> {
  /** In normal form (`dns-name.ts`). */
  readonly name: string;
  /** For messages. */
  readonly type: string;
  readonly look: (resolver: Resolver, name: string) => Promise<readonly T[]>;
}

/** The library doubles the time with each try: 2 s, then 4 s. */
const TRY_MS = 2_000;
const TRIES = 2;
/** Of one server: over UDP, and once more over TCP where the answer was cut. */
const SERVER_MS = 8_000;
/** As many as the system's own resolver takes (resolv.conf(5)). */
const MAX_SERVERS = 3;

/** Whom to ask, the first first, the next where it fails. */
export interface DnsServers {
  /** "127.0.0.1:53", "[::1]:53" */
  readonly addresses: readonly string[];
  /** They are those of the system. */
  readonly areSystem: boolean;
}

/**
 * The records, none where there are none.
 * Rejects with PENSTOCK_DNS_FAILED (`DnsProblem`) where none answers, and with the signal's reason.
 */
export async function ask<T>(
  { addresses, areSystem }: DnsServers,
  question: Question<T>,
  signal: AbortSignal,
): Promise<readonly T[]> {
  const asked = addresses.slice(0, MAX_SERVERS);
  const { name, type } = question;
  let last: unknown;
  for (const [i, server] of asked.entries()) {
    signal.throwIfAborted();
    try {
      // The library knows the system's first one better than its address says: that may lack the interface of fe80::1%eth0.
      return await askOne(areSystem && i === 0 ? null : server, question, signal);
    } catch (error) {
      // An abort may come as the end of the question.
      signal.throwIfAborted();
      last = error;
    }
  }
  const code = last instanceof Error && 'code' in last ? String(last.code) : undefined;
  throw dnsError({ kind: kindOf(code), name, type, servers: asked }, last);
}

/** A resolver of its own: `cancel` ends all that one has under way. `server`: null for those of the system. */
async function askOne<T>(
  server: string | null,
  { name, look }: Question<T>,
  outer: AbortSignal,
): Promise<readonly T[]> {
  const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES });
  if (server !== null) resolver.setServers([server]);
  const bound = boundSignal(outer, SERVER_MS);
  // The question then ends with an error of its own.
  bound.signal.addEventListener('abort', () => resolver.cancel(), { once: true });
  try {
    return await look(resolver, name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && isNone(String(error.code))) return [];
    throw bound.isLate() ? new SilentServer() : error;
  } finally {
    bound.end();
  }
}

class SilentServer extends Error {
  readonly code = 'ETIMEOUT';
}

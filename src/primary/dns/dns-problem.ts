/** What can go wrong with a question to DNS, as an error that says which question, which server and what it said. Primary thread. */

import { NODATA, NOTFOUND, REFUSED, SERVFAIL } from 'node:dns';
import { PenstockError } from '../../kit/errors.ts';

/**
 * `silent`: no answer in time, or nobody listens. `refused`: the server does not answer such questions (REFUSED). `failed`: it could not find
 * out (SERVFAIL; a DNSSEC fault also reads so). `unusable`: an answer that makes no sense, or a name that cannot be asked for.
 * `loop`: CNAME records that lead nowhere. `no_zone`: nothing above the name has an SOA record.
 */
export type DnsProblemKind = 'silent' | 'refused' | 'failed' | 'unusable' | 'loop' | 'no_zone';

/** The `detail` of an error with code PENSTOCK_DNS_FAILED. */
export interface DnsProblem {
  readonly kind: DnsProblemKind;
  readonly name: string;
  /** "TXT", "A", … */
  readonly type: string;
  /** The servers that were asked, "127.0.0.1:53". */
  readonly servers: readonly string[];
}

const WORDS: Readonly<Record<DnsProblemKind, string>> = Object.freeze({
  silent: 'no answer in time; check that it runs and that port 53 (UDP and TCP) is open towards it',
  refused:
    'it refuses to answer (REFUSED); it may not serve this zone, or not answer clients at this address',
  failed:
    'it could not find out (SERVFAIL); the servers of the domain may be down, or its DNSSEC signatures wrong',
  unusable: 'the answer makes no sense',
  loop: 'its CNAME records lead in a circle, or are too many',
  no_zone:
    'neither it nor any name above it has an SOA record; check that the domain is registered and delegated',
});

export function dnsError(problem: DnsProblem, cause?: unknown): PenstockError {
  const { kind, name, type, servers } = problem;
  const asked = servers.length === 0 ? '' : ` at ${servers.join(', ')}`;
  return new PenstockError('PENSTOCK_DNS_FAILED', `DNS: ${type} of ${name}${asked}: ${WORDS[kind]}`, {
    cause,
    detail: problem,
  });
}

/** The problem that an error carries, or null where it is no error of this room. */
export function dnsProblemOf(error: unknown): DnsProblem | null {
  if (!(error instanceof PenstockError) || error.code !== 'PENSTOCK_DNS_FAILED') return null;
  return error.detail as DnsProblem;
}

/** The name, or the name's records of this type, do not exist: an answer, and no failure. */
export function isNone(code: string | undefined): boolean {
  return code === NODATA || code === NOTFOUND;
}

/** What an error code of node:dns means. Nobody listens (ECONNREFUSED) and no answer in time (ETIMEOUT) differ by a firewall's manners. */
export function kindOf(code: string | undefined): DnsProblemKind {
  if (code === REFUSED) return 'refused';
  if (code === SERVFAIL) return 'failed';
  return code === 'ETIMEOUT' || code === 'ECONNREFUSED' ? 'silent' : 'unusable';
}

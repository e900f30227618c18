/**
 * Whether a name can have a certificate from an ACME authority, as far as the name alone tells. An authority that everybody trusts gives certificates only
 * for names of the public DNS (CA/Browser Forum Baseline Requirements 4.2.2 and 7.1.4.2). Any thread; pure.
 */

import { isIP } from 'node:net';

/** How certificates are obtained. */
export interface Issuing {
  readonly challenge: 'http-01' | 'dns-01';
  /** The authority is one that everybody trusts; a private one may know names of its own. */
  readonly isPublic: boolean;
}

/** No name below these is in the public DNS (RFC 6761, 6762, 7686, 8375, 9476; `internal`: ICANN SAC113). */
const PRIVATE_SUFFIXES: readonly string[] = [
  'localhost',
  'local',
  'internal',
  'test',
  'example',
  'invalid',
  'onion',
  'home.arpa',
  'alt',
];

/** Longer ones do not fit, with what is put around them, into the name of a file in the state directory. */
const MAX_LENGTH = 200;

const WILDCARD =
  'a wildcard needs challenge: dns-01 (RFC 8555 8.3: http-01 shows one name alone); or use tls: manual or tls: self_signed';
const ELSEWHERE = 'use tls: self_signed or tls: manual for it, or the directory of a private authority';

/** Null where it can. `host`: in normal form, maybe `*.name`. */
export function whyNotIssued(host: string, { challenge, isPublic }: Issuing): string | null {
  // It would be an identifier of another type (RFC 8738), and clients send no SNI for it.
  if (isIP(host) !== 0) return 'it is an IP address; use tls: self_signed or tls: manual for it';
  if (host.startsWith('*.') && challenge === 'http-01') return WILDCARD;
  if (host.length > MAX_LENGTH)
    return `it has ${host.length} characters, and ${MAX_LENGTH} are the most for an automatic certificate; use tls: self_signed or tls: manual for it`;
  const why = isPublic ? whyNotPublic(host) : null;
  return why === null ? null : `${why}; ${ELSEWHERE}`;
}

/** Whether an authority with this directory is one that everybody trusts: a host of the public DNS has it. */
export function isPublicDirectory(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 && whyNotPublic(host) === null;
}

function whyNotPublic(host: string): string | null {
  const name = host.startsWith('*.') ? host.slice(2) : host;
  const suffix = PRIVATE_SUFFIXES.find((below) => name === below || name.endsWith(`.${below}`));
  if (suffix !== undefined) return `.${suffix} is not in the public DNS`;
  if (!name.includes('.')) return 'a name without a dot is not in the public DNS';
  return name.includes('_') ? 'authorities give none for a name with an underscore' : null;
}

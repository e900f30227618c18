// hot: runs once per request
/**
 * The names of fields that nearly every message is made of, so that none of them is made into a string, hashed and looked at
 * once more per request. Worker thread; pure data.
 */

import { constants } from 'node:http2';
import { LOWER } from '../../http1/octet-tables.ts';

/** Beside those that node:http2 has constants for. */
const MORE_NAMES: readonly string[] = [
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'permissions-policy',
  'priority',
  'proxy-status',
  'referrer-policy',
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-user',
  'server-timing',
  'traceparent',
  'tracestate',
  'x-powered-by',
  'x-request-id',
];

/** In lower case, as HTTP/2 writes them. */
// hot-ok: at load
export const KNOWN_NAMES: ReadonlySet<string> = new Set([...standardNames(), ...MORE_NAMES]);

interface KnownName {
  readonly bytes: Uint8Array;
  readonly name: string;
}

const BUCKETS = 1024;
/** By length, first and last octet; three names at most share a bucket. */
const TABLE: readonly KnownName[][] = tableOf(KNOWN_NAMES);

/** The known name, in lower case, that stands at `start`..`end` in any case; null if it is none. */
export function knownName(bytes: Uint8Array, start: number, end: number): string | null {
  const bucket = TABLE[bucketOf(end - start, LOWER[bytes[start]!]!, LOWER[bytes[end - 1]!]!)]!;
  for (let i = 0; i < bucket.length; i++) {
    const known = bucket[i]!;
    if (known.bytes.length === end - start && isName(bytes, start, known.bytes)) return known.name;
  }
  return null;
}

function isName(bytes: Uint8Array, start: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) if (LOWER[bytes[start + i]!] !== name[i]) return false;
  return true;
}

function bucketOf(length: number, first: number, last: number): number {
  return ((length << 5) ^ (first << 3) ^ last) & (BUCKETS - 1);
}

// hot-ok: at load
function standardNames(): string[] {
  return Object.entries(constants)
    .filter(([key, value]) => key.startsWith('HTTP2_HEADER_') && !String(value).startsWith(':'))
    .map(([, value]) => String(value));
}

// hot-ok: at load
function tableOf(names: Iterable<string>): KnownName[][] {
  const table = Array.from({ length: BUCKETS }, (): KnownName[] => []);
  for (const name of names) {
    const bytes = Buffer.from(name, 'latin1');
    table[bucketOf(bytes.length, bytes[0]!, bytes[bytes.length - 1]!)]!.push({ bytes, name });
  }
  return table;
}

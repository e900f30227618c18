// hot: runs once per request
/**
 * How the encoder treats a field by its name: what is not forwarded, what is worth an entry of the table, what must have none
 * (RFC 7541 7.1.3). Worker thread; pure data. Names are found by a sample of their octets, so that none is made into a string.
 */

import { LOWER, startsWithWord, TOKEN } from '../http1/octet-tables.ts';
import { STATIC_NAMES } from './hpack-static-table.ts';

/**
 * LEARNED: the first value becomes an entry; another value of the same name does not, while that entry lasts: it varies. INDEXED:
 * every value becomes one, since a connection sees few. LITERAL: none does, the next one is another. SECRET: none may, here or
 * behind. DROPPED: framing, what belongs to one HTTP/1 connection (RFC 9113 8.2.2), and Date, which is written here.
 */
export const FieldPolicy = { LEARNED: 0, INDEXED: 1, LITERAL: 2, SECRET: 3, DROPPED: 4 } as const;
export type FieldPolicy = (typeof FieldPolicy)[keyof typeof FieldPolicy];

const DROPPED: readonly string[] = [
  'connection',
  'content-length',
  'date',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
];
/** Their octets can be guessed one by one where an attacker may put fields of his own beside them. */
const SECRET: readonly string[] = [
  'authentication-info',
  'authorization',
  'cookie',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'set-cookie',
  'www-authenticate',
  'x-api-key',
  'x-auth-token',
  'x-csrf-token',
  'x-xsrf-token',
];
/** Of the static table, so that their names cost nothing; names that are not there are LEARNED. */
const LITERAL: readonly string[] = [
  'age',
  'content-disposition',
  'content-location',
  'content-range',
  'etag',
  'expires',
  'last-modified',
  'location',
  'refresh',
  'retry-after',
];

/** The octet in lower case where a name of HTTP/2 may hold it (RFC 9113 8.2.1), else 0. */
export const NAME_OCTET: Uint8Array = LOWER.map((lower, octet) => (TOKEN[octet] === 1 ? lower : 0));

/**
 * A number for some octets at `from`..`to`, in lower case: of their count and of five of them. What has the same is
 * compared octet by octet anyway, so that looking at every one would cost more than it saves. `before`: what it is a number of as well.
 */
export function sample(bytes: Uint8Array, from: number, to: number, before: number): number {
  const length = to - from;
  if (length === 0) return mix(before);
  const lower = LOWER;
  const last = to - 1;
  const quarter = length >>> 2;
  const ends = lower[bytes[from]!]! | (lower[bytes[last]!]! << 8) | (length << 16);
  const middle =
    lower[bytes[from + (length >>> 1)]!]! |
    (lower[bytes[from + quarter]!]! << 8) |
    (lower[bytes[last - quarter]!]! << 16);
  return mix(Math.imul(before ^ ends, 0x9e3779b1) ^ middle);
}

/** So that every bit of `value` tells in the lower bits. */
function mix(value: number): number {
  const product = Math.imul(value ^ (value >>> 15), 0x85ebca6b);
  return product ^ (product >>> 13);
}

/** Names are known by number. */
export const UNKNOWN_NAME = 0;
/** The first stands for those that are not known; pseudo fields stand in no line. */
// hot-ok: at load
const NAMES: readonly string[] = [...new Set([...STATIC_NAMES, ...DROPPED, ...SECRET])].filter(
  (name) => !name.startsWith(':'),
);

/** The number of each name in the static table, 0 if it is not there; by its number here. */
export const NAME_INDEX: Uint8Array = Uint8Array.from(NAMES, (name) =>
  Math.max(STATIC_NAMES.indexOf(name), 0),
);
export const NAME_POLICY: Uint8Array = Uint8Array.from(NAMES, policyOf);

const NAME_BYTES: readonly Uint8Array[] = NAMES.map((name) => Buffer.from(name, 'latin1'));
const SLOTS = 512;
/** Numbers of names, each at its sample or behind it. */
const NAME_SLOTS: Uint8Array = nameSlots();

/** The number of the name at `from`..`to`, which is a token in any case; UNKNOWN_NAME for others. `sampled`: of `sample`. */
export function knownName(bytes: Uint8Array, from: number, to: number, sampled: number): number {
  for (let slot = sampled & (SLOTS - 1); ; slot = (slot + 1) & (SLOTS - 1)) {
    const number = NAME_SLOTS[slot]!;
    if (number === UNKNOWN_NAME) return UNKNOWN_NAME;
    const name = NAME_BYTES[number]!;
    if (name.length === to - from && startsWithWord(bytes, from, name)) return number;
  }
}

function policyOf(name: string): FieldPolicy {
  if (DROPPED.includes(name)) return FieldPolicy.DROPPED;
  if (SECRET.includes(name)) return FieldPolicy.SECRET;
  if (LITERAL.includes(name)) return FieldPolicy.LITERAL;
  return STATIC_NAMES.includes(name) && name !== '' ? FieldPolicy.INDEXED : FieldPolicy.LEARNED;
}

function nameSlots(): Uint8Array {
  const slots = new Uint8Array(SLOTS);
  for (let number = UNKNOWN_NAME + 1; number < NAMES.length; number++) {
    const name = NAME_BYTES[number]!;
    let slot = sample(name, 0, name.length, 0) & (SLOTS - 1);
    while (slots[slot] !== UNKNOWN_NAME) slot = (slot + 1) & (SLOTS - 1);
    slots[slot] = number;
  }
  return slots;
}

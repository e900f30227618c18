/**
 * The layout of the compiled router (`RouteTable` of model.ts) and its hash: the primary writes it, the workers read it, and
 * no other file knows an offset. Both threads use it. The words hold no pointers, only offsets into themselves, so
 * that a table is read where its bytes lie, whatever its number of routes.
 *
 *   words  ┌ header, 16 ┬ slots: a power of two, 1 word each ┬ nodes, each with its text and its candidate lists ┐
 *
 * The slots are one open-addressed hash table with linear probing over all nodes of the trie. A slot is 0 or the offset
 * of a node in its low bits and the high bits of the key's hash above. The key of a node is its parent with a
 * text: a host name under `Parent.EXACT_HOSTS`, what follows `*.` under `Parent.WILDCARD_HOSTS`, a path segment under
 * another node. A node's offset is its identity.
 *
 * What bounds a lookup in a large table is the memory that it touches. So all that belongs to a node lies in one run, mostly one
 * cache line, and the nodes stand in depth-first order, so that one host's routes share a page:
 *
 *   node   ┌ parent ┬ shape ┬ exact ┬ prefix ┬ fallback ┬ text, 4 characters a word ┬ exact list ┬ prefix list ┐
 */

import type { RouteTable } from './model.ts';

/** "PRT1", little-endian. */
export const MAGIC = 0x31545250;
export const VERSION = 1;

/** Word offsets in the header. */
export const HEADER = {
  MAGIC: 0,
  VERSION: 1,
  SEED: 2,
  /** Number of slots less one. */
  SLOT_MASK: 3,
  /** The bits of a slot that are an offset; the others are bits of the hash. */
  OFFSET_MASK: 4,
  /** No key lies further than this many slots behind the one that its hash names. */
  PROBES: 5,
  /** Where the nodes begin, the first of which is the root of the routes without a host. */
  NODES_AT: 6,
  ROUTE_COUNT: 7,
  /** `HAS_EXACT_HOSTS` and `HAS_WILDCARD_HOSTS`: spares a lookup that cannot succeed. */
  HOST_KINDS: 8,
  /** Characters of the longest path segment: a longer one of a request is not even hashed. */
  LONGEST_SEGMENT: 9,
} as const;

export const HAS_EXACT_HOSTS = 1;
export const HAS_WILDCARD_HOSTS = 2;

export const SLOTS_AT = 16;

/** Word offsets in a node. */
export const NODE = {
  /** Offset of the parent, or one of `Parent`. */
  PARENT: 0,
  /** Characters of the text, shifted left by one; the lowest bit says whether the node has children. */
  SHAPE: 1,
  /** Candidates of exactly this path: a reference as below. */
  EXACT: 2,
  /** Candidates of this path as a prefix. */
  PREFIX: 3,
  /** The nearest node above that has prefix candidates, or 0: where a match falls through to. */
  FALLBACK: 4,
  /** ASCII, the first character in the lowest byte. */
  TEXT: 5,
} as const;

export const HAS_CHILDREN = 1;

/** What stands in PARENT where there is no parent node. Node offsets begin above these. */
export const Parent = { NONE: 0, EXACT_HOSTS: 1, WILDCARD_HOSTS: 2, ANY_HOST: 3 } as const;
export type Parent = (typeof Parent)[keyof typeof Parent];

/**
 * A candidate reference is 0 (none), `DIRECT` with a route index (one route without conditions), or the offset of
 * a list of entries, best first. An entry is a route index with flags; what follows a route without conditions can
 * never be reached and is not written, so such an entry is always the last.
 */
export const DIRECT = 0x8000_0000;
export const ENTRY_CONDITIONAL = 0x8000_0000;
export const ENTRY_LAST = 0x4000_0000;
export const ROUTE_INDEX_MASK = 0x3fff_ffff;

/** How many words a text of this many characters takes. */
export function textWords(length: number): number {
  return (length + 3) >>> 2;
}

/** The hash of a key is `hashFinish` of `hashStep` over its character codes, begun with `hashStart`. Signed 32 bits. */
export function hashStart(seed: number, parent: number): number {
  return (seed ^ Math.imul(parent, 0x9e37_79b1)) | 0;
}

/** FNV-1a's step: one multiplication a character. */
export function hashStep(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x0100_0193);
}

/** MurmurHash3's finaliser: brings the high bits down, which the slot mask takes. */
export function hashFinish(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85eb_ca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}

/**
 * Whether a table that came from outside (a stored snapshot, a message) is safe to read: every offset in bounds, every
 * chain finite. Null if so, else what is wrong. Linear in the table. That the routes are the right ones, the
 * snapshot's digest says.
 */
export function checkRouteTable({ words }: RouteTable): string | null {
  const problem = checkHeader(words);
  if (problem !== null) return problem;
  /** 1 where a node begins. */
  const begins = new Uint8Array(words.length);
  let at = word(words, HEADER.NODES_AT);
  if (at >= words.length) return 'route table has no root for any host';
  while (at < words.length) {
    const found = checkNode(words, at, begins);
    if (typeof found === 'string') return `route table: the node at word ${at} ${found}`;
    begins[at] = 1;
    at = found;
  }
  return checkSlots(words, begins);
}

/** How many routes the table was built from. Its indices are below this; compare it with the snapshot's own count. */
export function routeCountOf(table: RouteTable): number {
  return word(table.words, HEADER.ROUTE_COUNT);
}

function word(words: Uint32Array, at: number): number {
  return words[at] ?? 0;
}

function checkHeader(words: Uint32Array): string | null {
  if (words.length < SLOTS_AT) return `route table has ${words.length} words, fewer than its header`;
  if (word(words, HEADER.MAGIC) !== MAGIC) return 'route table does not begin with its magic number';
  const version = word(words, HEADER.VERSION);
  if (version !== VERSION) return `route table has layout ${version}, this penstock reads layout ${VERSION}`;
  const slotCount = word(words, HEADER.SLOT_MASK) + 1;
  if (!Number.isInteger(Math.log2(slotCount)))
    return `route table has ${slotCount} slots, not a power of two`;
  if (word(words, HEADER.NODES_AT) !== SLOTS_AT + slotCount) {
    return `route table of ${words.length} words does not begin its nodes behind its ${slotCount} slots`;
  }
  if (word(words, HEADER.PROBES) > slotCount) return 'route table probes further than it has slots';
  if (word(words, HEADER.ROUTE_COUNT) > ROUTE_INDEX_MASK)
    return 'route table counts more routes than it can number';
  return null;
}

/** Where the node at `at` ends, or what is wrong with it. `begins` marks the nodes before it. */
function checkNode(words: Uint32Array, at: number, begins: Uint8Array): number | string {
  const listsAt = at + NODE.TEXT + textWords(word(words, at + NODE.SHAPE) >>> 1);
  if (listsAt > words.length) return 'ends behind the table';
  const parent = word(words, at + NODE.PARENT);
  const isFirst = at === word(words, HEADER.NODES_AT);
  if (isFirst !== (parent === Parent.ANY_HOST)) return 'is not the one root for any host';
  const isRoot = isFirst || parent === Parent.EXACT_HOSTS || parent === Parent.WILDCARD_HOSTS;
  // Parents and fallbacks stand before the node, so every chain of them ends.
  if (!isRoot && begins[parent] !== 1) return 'hangs on no parent';
  const fallback = word(words, at + NODE.FALLBACK);
  if (fallback !== 0 && begins[fallback] !== 1) return 'falls back to no node before it';
  const exactEnd = checkCandidates(words, word(words, at + NODE.EXACT), listsAt);
  if (exactEnd < 0) return 'has no sound list of exact routes';
  const end = checkCandidates(words, word(words, at + NODE.PREFIX), exactEnd);
  return end < 0 ? 'has no sound list of prefix routes' : end;
}

/** Where the candidates end if their list, should they have one, lies at `listAt`; -1 if they are not sound. */
function checkCandidates(words: Uint32Array, reference: number, listAt: number): number {
  const routeCount = word(words, HEADER.ROUTE_COUNT);
  if (reference === 0) return listAt;
  if (reference >= DIRECT) return reference - DIRECT < routeCount ? listAt : -1;
  if (reference !== listAt) return -1;
  for (let at = listAt; at < words.length; at += 1) {
    const entry = word(words, at);
    if ((entry & ROUTE_INDEX_MASK) >= routeCount) return -1;
    if ((entry & ENTRY_LAST) !== 0) return at + 1;
    if ((entry & ENTRY_CONDITIONAL) === 0) return -1;
  }
  return -1;
}

function checkSlots(words: Uint32Array, begins: Uint8Array): string | null {
  const offsetMask = word(words, HEADER.OFFSET_MASK);
  const nodesAt = word(words, HEADER.NODES_AT);
  for (let at = SLOTS_AT; at < nodesAt; at += 1) {
    const slot = word(words, at);
    if (slot !== 0 && begins[(slot & offsetMask) >>> 0] !== 1) return `route table: slot ${at} holds no node`;
  }
  return null;
}

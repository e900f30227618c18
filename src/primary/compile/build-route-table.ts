/**
 * Compiles the hosts and paths of all routes to the flat table that the workers match against (layout:
 * bridge/snapshot/route-table.ts). Runs in the primary, or in a thread that it starts for large configurations. Pure: the
 * same routes give the same bytes, so equal configurations have equal digests.
 */

import type { RouteTable } from '../../bridge/snapshot/model.ts';
import {
  DIRECT,
  ENTRY_CONDITIONAL,
  ENTRY_LAST,
  HAS_CHILDREN,
  HAS_EXACT_HOSTS,
  HAS_WILDCARD_HOSTS,
  HEADER,
  MAGIC,
  NODE,
  Parent,
  ROUTE_INDEX_MASK,
  SLOTS_AT,
  textWords,
  VERSION,
} from '../../bridge/snapshot/route-table.ts';
import { PenstockError } from '../../kit/errors.ts';
import { placeKeys, slotCountFor } from './place-keys.ts';
import { growTrie, type RouteTableInput, type TrieNode } from './route-trie.ts';

/** A trie node with its place in the table. */
interface LaidNode {
  readonly node: TrieNode;
  /** Word offset. */
  readonly at: number;
  /** Offset of the parent, or one of `Parent`. */
  readonly parent: number;
  readonly fallback: number;
  /** Entries of its candidate lists; one route without conditions needs no list. */
  readonly exact: readonly number[];
  readonly prefix: readonly number[];
}

/** The table of the routes; an index in it is a position in `routes`, which is the order of the file. */
export function buildRouteTable(routes: readonly RouteTableInput[]): RouteTable {
  if (routes.length > ROUTE_INDEX_MASK) {
    throw new PenstockError(
      'PENSTOCK_CONFIG_INVALID',
      `${routes.length} routes are more than a snapshot can number`,
    );
  }
  const trie = growTrie(routes);
  const slotCount = slotCountFor(trie.nodeCount);
  const { nodes, end } = layOut(trie.roots, routes, SLOTS_AT + slotCount);
  const keys = nodes.filter(({ parent }) => parent !== Parent.ANY_HOST);
  const placement = placeKeys(
    keys.map(({ at, parent, node }) => ({ at, parent, text: node.text })),
    slotCount,
    end,
  );

  const words = new Uint32Array(end);
  words[HEADER.MAGIC] = MAGIC;
  words[HEADER.VERSION] = VERSION;
  words[HEADER.SEED] = placement.seed;
  words[HEADER.SLOT_MASK] = slotCount - 1;
  words[HEADER.OFFSET_MASK] = placement.offsetMask;
  words[HEADER.PROBES] = placement.probes;
  words[HEADER.NODES_AT] = SLOTS_AT + slotCount;
  words[HEADER.ROUTE_COUNT] = routes.length;
  words[HEADER.HOST_KINDS] = hostKinds(nodes);
  words[HEADER.LONGEST_SEGMENT] = longestSegment(nodes);
  words.set(placement.slots, SLOTS_AT);
  for (const laid of nodes) writeNode(words, laid);
  return { words };
}

/** Gives every node its offset, each host's nodes in a row, parents first. */
function layOut(
  roots: readonly TrieNode[],
  routes: readonly RouteTableInput[],
  nodesAt: number,
): { readonly nodes: readonly LaidNode[]; readonly end: number } {
  const nodes: LaidNode[] = [];
  let end = nodesAt;
  // A stack and no recursion: a path may have thousands of segments.
  const waiting = roots.toReversed().map((node) => ({ node, parent: node.kind as number, fallback: 0 }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, parent, fallback } = next;
    const at = end;
    const exact = encodeCandidates(node.exact, routes);
    const prefix = encodeCandidates(node.prefix, routes);
    nodes.push({ node, at, parent, fallback, exact, prefix });
    end += NODE.TEXT + textWords(node.text.length) + listWords(exact) + listWords(prefix);
    if (node.children === null) continue;
    const below = node.prefix.length > 0 ? at : fallback;
    for (const child of [...node.children.values()].reverse()) {
      waiting.push({ node: child, parent: at, fallback: below });
    }
  }
  return { nodes, end };
}

/**
 * Best first: more conditions before fewer, then the order of the file. What stands behind a route without conditions
 * can never be reached and is left out.
 */
function encodeCandidates(candidates: readonly number[], routes: readonly RouteTableInput[]): number[] {
  const countOf = (index: number): number => routes[index]?.conditionCount ?? 0;
  const ordered = candidates.toSorted((a, b) => countOf(b) - countOf(a) || a - b);
  const unconditional = ordered.findIndex((index) => countOf(index) === 0);
  const last = unconditional < 0 ? ordered.length - 1 : unconditional;
  return ordered
    .slice(0, last + 1)
    .map(
      (index, position) =>
        index + (countOf(index) === 0 ? 0 : ENTRY_CONDITIONAL) + (position === last ? ENTRY_LAST : 0),
    );
}

/** A single route without conditions stands in the reference itself. */
function isDirect(entries: readonly number[]): boolean {
  return entries.length === 1 && (entries[0] ?? 0) < ENTRY_CONDITIONAL;
}

function listWords(entries: readonly number[]): number {
  return isDirect(entries) ? 0 : entries.length;
}

function writeNode(words: Uint32Array, { node, at, parent, fallback, exact, prefix }: LaidNode): void {
  const { text } = node;
  words[at + NODE.PARENT] = parent;
  words[at + NODE.SHAPE] = (text.length << 1) | (node.children === null ? 0 : HAS_CHILDREN);
  words[at + NODE.FALLBACK] = fallback;
  for (let index = 0; index < text.length; index += 1) {
    const word = at + NODE.TEXT + (index >>> 2);
    words[word] = (words[word] ?? 0) | (text.charCodeAt(index) << ((index & 3) << 3));
  }
  const exactAt = at + NODE.TEXT + textWords(text.length);
  words[at + NODE.EXACT] = writeCandidates(words, exact, exactAt);
  words[at + NODE.PREFIX] = writeCandidates(words, prefix, exactAt + listWords(exact));
}

/** Writes the list, should one be needed, to `listAt` and returns the reference to the candidates. */
function writeCandidates(words: Uint32Array, entries: readonly number[], listAt: number): number {
  if (entries.length === 0) return 0;
  if (isDirect(entries)) return DIRECT + ((entries[0] ?? 0) & ROUTE_INDEX_MASK);
  words.set(entries, listAt);
  return listAt;
}

function hostKinds(nodes: readonly LaidNode[]): number {
  let kinds = 0;
  for (const { parent } of nodes) {
    if (parent === Parent.EXACT_HOSTS) kinds |= HAS_EXACT_HOSTS;
    if (parent === Parent.WILDCARD_HOSTS) kinds |= HAS_WILDCARD_HOSTS;
  }
  return kinds;
}

function longestSegment(nodes: readonly LaidNode[]): number {
  let longest = 0;
  for (const { node } of nodes) {
    if (node.kind === Parent.NONE && node.text.length > longest) longest = node.text.length;
  }
  return longest;
}

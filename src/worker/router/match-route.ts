// hot: runs once per request
/**
 * Finds the route of a request in a compiled table (contract, Choosing a route). A worker calls it; `explain` and the
 * tests run the same code. Read-only and allocation-free. The cost is bounded by the table, never by the request: the walk
 * ends where the trie ends, and a segment longer than any of the table's is not hashed.
 */

import type { RouteTable } from '../../bridge/snapshot/model.ts';
import {
  ENTRY_CONDITIONAL,
  ENTRY_LAST,
  HAS_CHILDREN,
  HAS_EXACT_HOSTS,
  HAS_WILDCARD_HOSTS,
  HEADER,
  hashFinish,
  hashStart,
  hashStep,
  NODE,
  Parent,
  ROUTE_INDEX_MASK,
  SLOTS_AT,
} from '../../bridge/snapshot/route-table.ts';
import { ConditionVerdict, checkConditions } from './conditions.ts';
import type { ConditionSource, MatchRequest } from './match-request.ts';

/** What `matchRoute` gives where no route matches. */
export const NO_ROUTE = -1;

const SLASH = 0x2f;

/**
 * The index of the best route for the request, or `NO_ROUTE`. Where the conditions of a candidate do not hold, the search
 * goes on in the order of the contract: next candidate of the same path, shorter prefixes, wildcard host, any host.
 */
export function matchRoute(table: RouteTable, source: ConditionSource, request: MatchRequest): number {
  const words = table.words;
  if (request.path.charCodeAt(0) !== SLASH) return NO_ROUTE;
  const hostKinds = words[HEADER.HOST_KINDS]!;
  const host = request.host;
  if ((hostKinds & HAS_EXACT_HOSTS) !== 0) {
    const root = findHost(words, Parent.EXACT_HOSTS, host, 0);
    const route = root === 0 ? NO_ROUTE : matchPath(words, root, source, request);
    if (route !== NO_ROUTE) return route;
  }
  if ((hostKinds & HAS_WILDCARD_HOSTS) !== 0) {
    // The star stands for exactly one label: what precedes the first dot.
    const dot = host.indexOf('.');
    const root = dot < 1 ? 0 : findHost(words, Parent.WILDCARD_HOSTS, host, dot + 1);
    const route = root === 0 ? NO_ROUTE : matchPath(words, root, source, request);
    if (route !== NO_ROUTE) return route;
  }
  return matchPath(words, words[HEADER.NODES_AT]! | 0, source, request);
}

/** The root of a host's routes, or 0. */
function findHost(words: Uint32Array, kind: number, host: string, from: number): number {
  const end = host.length;
  let hash = hashStart(words[HEADER.SEED]!, kind);
  for (let at = from; at < end; at += 1) hash = hashStep(hash, host.charCodeAt(at));
  return findNode(words, kind, hashFinish(hash), host, from, end);
}

/** The best route below one root: down to the deepest node that the path reaches, then up again. */
function matchPath(words: Uint32Array, root: number, source: ConditionSource, request: MatchRequest): number {
  const path = request.path;
  const end = path.length;
  const seed = words[HEADER.SEED]!;
  const longest = words[HEADER.LONGEST_SEGMENT]!;
  let node = root;
  let at = 1;
  while ((words[node + NODE.SHAPE]! & HAS_CHILDREN) !== 0) {
    let hash = hashStart(seed, node);
    const limit = end - at > longest ? at + longest : end;
    let next = at;
    while (next < limit) {
      const code = path.charCodeAt(next);
      if (code === SLASH) break;
      hash = hashStep(hash, code);
      next += 1;
    }
    if (next < end && path.charCodeAt(next) !== SLASH) break;
    const child = findNode(words, node, hashFinish(hash), path, at, next);
    if (child === 0) break;
    node = child;
    if (next === end) {
      const route = firstThatHolds(words, words[node + NODE.EXACT]! | 0, source, request);
      if (route !== NO_ROUTE) return route;
      break;
    }
    at = next + 1;
  }
  while (node !== 0) {
    const route = firstThatHolds(words, words[node + NODE.PREFIX]! | 0, source, request);
    if (route !== NO_ROUTE) return route;
    node = words[node + NODE.FALLBACK]! | 0;
  }
  return NO_ROUTE;
}

/** The node with this parent and text, or 0. A hash is never trusted: parent and text decide. */
function findNode(
  words: Uint32Array,
  parent: number,
  hash: number,
  key: string,
  from: number,
  to: number,
): number {
  const slotMask = words[HEADER.SLOT_MASK]! | 0;
  const offsetMask = words[HEADER.OFFSET_MASK]! | 0;
  let slot = hash & slotMask;
  for (let probes = words[HEADER.PROBES]! | 0; probes >= 0; probes -= 1) {
    const entry = words[SLOTS_AT + slot]! | 0;
    if (entry === 0) return 0;
    if (((entry ^ hash) & ~offsetMask) === 0) {
      const node = entry & offsetMask;
      if ((words[node + NODE.PARENT]! | 0) === parent && hasText(words, node, key, from, to)) return node;
    }
    slot = (slot + 1) & slotMask;
  }
  return 0;
}

/** Whether the text of a node is that part of the key. A character above 0xff equals no byte. */
function hasText(words: Uint32Array, node: number, key: string, from: number, to: number): boolean {
  const length = to - from;
  if (words[node + NODE.SHAPE]! >>> 1 !== length) return false;
  const textAt = node + NODE.TEXT;
  for (let index = 0; index < length; index += 1) {
    const byte = (words[textAt + (index >>> 2)]! >>> ((index & 3) << 3)) & 0xff;
    if (byte !== key.charCodeAt(from + index)) return false;
  }
  return true;
}

/** The first route of a candidate reference, as a signed word, whose conditions hold. */
function firstThatHolds(
  words: Uint32Array,
  reference: number,
  source: ConditionSource,
  request: MatchRequest,
): number {
  if (reference === 0) return NO_ROUTE;
  // `DIRECT` is the sign bit.
  if (reference < 0) return reference & ROUTE_INDEX_MASK;
  for (let at = reference; ; at += 1) {
    const entry = words[at]!;
    const index = entry & ROUTE_INDEX_MASK;
    if ((entry & ENTRY_CONDITIONAL) === 0) return index;
    if (checkConditions(source.conditions(index), request) === ConditionVerdict.HOLD) return index;
    if ((entry & ENTRY_LAST) !== 0) return NO_ROUTE;
  }
}

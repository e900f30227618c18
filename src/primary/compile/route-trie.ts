/**
 * The trie of hosts and path segments that `buildRouteTable` writes out flat. Lives in the primary only while a
 * configuration is compiled; it knows nothing of offsets.
 */

import { Parent } from '../../bridge/snapshot/route-table.ts';
import { PenstockError } from '../../kit/errors.ts';
import { prefixPath } from '../../kit/path.ts';

/** What the table needs of a route. */
export interface RouteTableInput {
  /** Lower-case ASCII: `name`, or `*.name` for exactly one label before it. Empty: every host. */
  readonly hosts: readonly string[];
  /** ASCII, in normal form. Slashes at the end of a prefix do not count. */
  readonly path: string;
  readonly match: 'prefix' | 'exact';
  /** Methods count as one, each header and each query parameter as one. */
  readonly conditionCount: number;
}

export interface TrieNode {
  /** For the root of a host, which hosts it stands for; else `Parent.NONE`. */
  readonly kind: Parent;
  /** The segment, or a root's host name (what follows `*.` for a wildcard). */
  readonly text: string;
  /** Route indices in the order of the file. */
  readonly exact: number[];
  readonly prefix: number[];
  children: Map<string, TrieNode> | null;
}

export interface RouteTrie {
  /** The first one is the root of the routes without a host. */
  readonly roots: readonly TrieNode[];
  readonly nodeCount: number;
}

/** Grows the trie of all routes. A host or path that is not ASCII, or not absolute, is an error that names the route. */
export function growTrie(routes: readonly RouteTableInput[]): RouteTrie {
  let nodeCount = 0;
  const newNode = (kind: Parent, text: string): TrieNode => {
    nodeCount += 1;
    return { kind, text, exact: [], prefix: [], children: null };
  };
  const anyHost = newNode(Parent.ANY_HOST, '');
  const roots = [anyHost];
  const exactHosts = new Map<string, TrieNode>();
  const wildcardHosts = new Map<string, TrieNode>();

  const rootOf = (host: string): TrieNode => {
    const wildcard = host.startsWith('*.');
    const known = wildcard ? wildcardHosts : exactHosts;
    const text = wildcard ? host.slice(2) : host;
    let root = known.get(text);
    if (root === undefined) {
      root = newNode(wildcard ? Parent.WILDCARD_HOSTS : Parent.EXACT_HOSTS, text);
      known.set(text, root);
      roots.push(root);
    }
    return root;
  };
  const nodeOf = (root: TrieNode, path: string): TrieNode => {
    let node = root;
    for (const segment of segmentsOf(path)) {
      node.children ??= new Map();
      let child = node.children.get(segment);
      if (child === undefined) {
        child = newNode(Parent.NONE, segment);
        node.children.set(segment, child);
      }
      node = child;
    }
    return node;
  };

  routes.forEach((route, index) => {
    refuseUnfit(route, index);
    const exact = route.match === 'exact';
    // The root prefix has no segments, so that it is the root node itself; the exact path `/` has one, an empty one.
    const path = exact ? route.path : prefixPath(route.path);
    const place = !exact && path === '/' ? '' : path;
    const places = route.hosts.length === 0 ? [anyHost] : route.hosts.map(rootOf);
    for (const root of places.length === 1 ? places : new Set(places)) {
      const node = nodeOf(root, place);
      (exact ? node.exact : node.prefix).push(index);
    }
  });
  return { roots, nodeCount };
}

function segmentsOf(path: string): readonly string[] {
  return path === '' ? [] : path.slice(1).split('/');
}

/** The checks that the configuration passed already, kept here because a table must never match wrongly. */
function refuseUnfit(route: RouteTableInput, index: number): void {
  if (!route.path.startsWith('/') || !isAscii(route.path)) {
    throw new PenstockError(
      'PENSTOCK_CONFIG_INVALID',
      `routes[${index}].path ${JSON.stringify(route.path)} must begin with / and be ASCII (percent-encode other characters)`,
    );
  }
  for (const host of route.hosts) {
    if (host !== '' && host !== '*.' && isAscii(host) && host === host.toLowerCase()) continue;
    throw new PenstockError(
      'PENSTOCK_CONFIG_INVALID',
      `routes[${index}].host ${JSON.stringify(host)} must be a lower-case ASCII name (write others in their xn-- form)`,
    );
  }
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}

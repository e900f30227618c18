/**
 * Walks what the YAML library parsed and builds our nodes: maps with unique text keys, lists, scalars. An alias shares
 * the node of its anchor, so expanding costs nothing here; what it would cost later is counted. Primary thread.
 */

import { isAlias, isMap, isScalar, isSeq, type ParsedNode, type YAMLMap, type YAMLSeq } from 'yaml';
import type { ConfigPath } from '../config-document.ts';
import type { MapEntry, TreeFault, TreeNode, YamlTree } from './tree.ts';

/** Aliases may repeat this many nodes in all: enough for shared defaults, too few for a file that unfolds to gigabytes. */
const MAX_ALIASED_NODES = 100_000;

interface Build {
  readonly faults: TreeFault[];
  /** Finished anchors by name; one that is still being built is absent, which is how a loop shows. */
  readonly anchors: Map<string, TreeNode>;
  /** Nodes that stand in the text itself. */
  written: number;
  readonly lineOf: (offset: number) => number;
}

export function buildTree(contents: ParsedNode | null, lineOf: (offset: number) => number): YamlTree {
  const build: Build = { faults: [], anchors: new Map(), written: 0, lineOf };
  if (contents === null) {
    return { root: { kind: 'scalar', value: null, at: 0, end: 0, size: 1 }, faults: [] };
  }
  const root = buildNode(build, contents, [], 0);
  if (root.size - build.written > MAX_ALIASED_NODES) {
    const message = `aliases repeat more than ${MAX_ALIASED_NODES} values in all; write fewer of them`;
    return { root: null, faults: [{ code: 'TOO_COMPLEX', message, at: 0, path: [] }] };
  }
  return { root, faults: build.faults };
}

/** `fallbackAt` is where a value that was left out would stand. */
function buildNode(build: Build, source: unknown, path: ConfigPath, fallbackAt: number): TreeNode {
  build.written += 1;
  if (isAlias(source)) {
    const at = source.range?.[0] ?? fallbackAt;
    const target = build.anchors.get(source.source);
    if (target !== undefined) return target;
    const message =
      'this alias names no anchor that is complete before it; a value that begins with * needs quotes';
    build.faults.push({ code: 'YAML_SYNTAX', message, at, path });
    return { kind: 'scalar', value: null, at, end: at, size: 1 };
  }
  const node = buildOwnNode(build, source, path, fallbackAt);
  if ((isMap(source) || isSeq(source) || isScalar(source)) && source.anchor !== undefined) {
    build.anchors.set(source.anchor, node);
  }
  return node;
}

function buildOwnNode(build: Build, source: unknown, path: ConfigPath, fallbackAt: number): TreeNode {
  if (isMap(source)) return buildMap(build, source, path, fallbackAt);
  if (isSeq(source)) return buildList(build, source, path, fallbackAt);
  if (!isScalar(source)) return { kind: 'scalar', value: null, at: fallbackAt, end: fallbackAt, size: 1 };
  const at = source.range?.[0] ?? fallbackAt;
  const end = source.range?.[1] ?? at;
  const { value } = source;
  if (
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    value === null
  ) {
    return { kind: 'scalar', value, at, end, size: 1 };
  }
  const message = 'a value of this kind has no place in a configuration; take its tag out';
  build.faults.push({ code: 'YAML_SYNTAX', message, at, path });
  return { kind: 'scalar', value: null, at, end, size: 1 };
}

function buildList(build: Build, source: YAMLSeq, path: ConfigPath, fallbackAt: number): TreeNode {
  const at = source.range?.[0] ?? fallbackAt;
  const items: TreeNode[] = [];
  let size = 1;
  for (const item of source.items) {
    const node = buildNode(build, item, [...path, items.length], at);
    size += node.size;
    items.push(node);
  }
  return { kind: 'list', items, at, end: source.range?.[1] ?? at, size };
}

function buildMap(build: Build, source: YAMLMap, path: ConfigPath, fallbackAt: number): TreeNode {
  const at = source.range?.[0] ?? fallbackAt;
  const entries = new Map<string, MapEntry>();
  let size = 1;
  for (const pair of source.items) {
    const keyAt = isScalar(pair.key) || isMap(pair.key) || isSeq(pair.key) ? (pair.key.range?.[0] ?? at) : at;
    const key = isScalar(pair.key) ? pair.key.value : undefined;
    const fault = keyFault(build, key, entries);
    if (fault !== null) {
      build.faults.push({ ...fault, at: keyAt, path });
      continue;
    }
    const name = String(key);
    const node = buildNode(build, pair.value, [...path, name], keyAt);
    size += node.size;
    entries.set(name, { keyAt, node });
  }
  return { kind: 'map', entries, at, end: source.range?.[1] ?? at, size };
}

function keyFault(
  build: Build,
  key: unknown,
  entries: ReadonlyMap<string, MapEntry>,
): Pick<TreeFault, 'code' | 'message'> | null {
  if (typeof key !== 'string') {
    return { code: 'YAML_SYNTAX', message: 'a key must be text; put it in quotes' };
  }
  if (key === '<<') {
    return { code: 'YAML_SYNTAX', message: 'merge keys (<<) are not part of YAML 1.2; write the keys out' };
  }
  if (key === '__proto__') {
    return { code: 'YAML_SYNTAX', message: 'a key cannot have this name' };
  }
  const first = entries.get(key);
  if (first !== undefined) {
    return {
      code: 'DUPLICATE_KEY',
      message: `"${key}" stands here a second time; the first is on line ${build.lineOf(first.keyAt)}`,
    };
  }
  return null;
}

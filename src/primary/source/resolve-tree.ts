/**
 * Turns the nodes of a file into plain values with every `${…}` replaced, and collects what was secret among them.
 * Primary thread. Reads the files that `${file:…}` names, each once; never throws.
 */

import { resolve } from 'node:path';
import { nearestName } from '../../kit/nearest.ts';
import type { ConfigPath, Reference } from '../config-document.ts';
import { hasReference, interpolate, type Lookup, type ReferenceSources } from './interpolate.ts';
import { readText } from './read-text.ts';
import type { MapNode, ScalarNode, TreeFault, TreeNode } from './tree.ts';

export interface ResolvedTree {
  readonly value: unknown;
  readonly faults: readonly TreeFault[];
  /** Only nodes whose text held a reference. */
  readonly references: ReadonlyMap<TreeNode, Reference>;
  readonly secretValues: readonly string[];
  /** Files that references name, absolute, whether they exist or not. */
  readonly files: readonly string[];
}

export interface ResolveOptions {
  /** The text that the nodes stand in. */
  readonly text: string;
  /** Absolute; relative `${file:…}` paths start here. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A key, a password or a token; nothing that belongs into one value is larger. */
const MAX_REFERENCED_BYTES = 1024 * 1024;

/**
 * A map that inherits no key, so that one named `constructor` is a key like any other. What `Object.create(null)` makes is a
 * hash table, three times as large and slow to read.
 */
class BareMap {
  [key: string]: unknown;
}
Reflect.setPrototypeOf(BareMap.prototype, null);
Reflect.deleteProperty(BareMap.prototype, 'constructor');

interface Resolving {
  readonly options: ResolveOptions;
  readonly faults: TreeFault[];
  readonly references: Map<TreeNode, Reference>;
  /** The text of every node that has a reference. */
  readonly done: Map<ScalarNode, string>;
  readonly files: Map<string, Lookup>;
  readonly secretValues: Set<string>;
}

export function resolveTree(root: MapNode, options: ResolveOptions): ResolvedTree {
  const resolving: Resolving = {
    options,
    faults: [],
    references: new Map(),
    done: new Map(),
    files: new Map(),
    secretValues: new Set(),
  };
  const sources = referenceSources(resolving, secretsOf(resolving, root));
  const value = plainValue(resolving, root, [], sources);
  for (const key of ['secrets', 'admin_token']) {
    const entry = root.entries.get(key);
    if (entry?.node.kind === 'map' && key === 'secrets') {
      for (const { node } of entry.node.entries.values()) collectSecrets(resolving, node);
    } else if (entry !== undefined) collectSecrets(resolving, entry.node);
  }
  collectWebhookSecrets(resolving, root);
  resolving.secretValues.delete('');
  return {
    value,
    faults: resolving.faults,
    references: resolving.references,
    secretValues: [...resolving.secretValues],
    files: [...resolving.files.keys()],
  };
}

/** The `secrets:` map, resolved first: its values may name variables and files, not other secrets. */
function secretsOf(resolving: Resolving, root: MapNode): ReadonlyMap<string, Lookup> {
  const secrets = new Map<string, Lookup>();
  const node = root.entries.get('secrets')?.node;
  if (node?.kind !== 'map') return secrets;
  const sources = referenceSources(resolving, null);
  for (const [name, entry] of node.entries) {
    // A value that is no text is reported by the schema; whoever refers to it need not be told again.
    if (entry.node.kind !== 'scalar' || typeof entry.node.value !== 'string') {
      secrets.set(name, { reported: true });
      continue;
    }
    const value = resolveText(resolving, entry.node, ['secrets', name], sources);
    secrets.set(name, resolving.references.get(entry.node) === 'broken' ? { reported: true } : { value });
  }
  return secrets;
}

/** `path` is one stack for the whole walk. */
function plainValue(
  resolving: Resolving,
  node: TreeNode,
  path: (string | number)[],
  sources: ReferenceSources,
): unknown {
  if (node.kind === 'scalar') {
    return typeof node.value === 'string' ? resolveText(resolving, node, path, sources) : node.value;
  }
  const below = (step: string | number, child: TreeNode): unknown => {
    path.push(step);
    const value = plainValue(resolving, child, path, sources);
    path.pop();
    return value;
  };
  if (node.kind === 'list') return node.items.map((item, index) => below(index, item));
  const map = new BareMap();
  for (const [key, entry] of node.entries) map[key] = below(key, entry.node);
  return map;
}

/** Each node with a reference once, so that an alias or a secret is not reported twice. */
function resolveText(
  resolving: Resolving,
  node: ScalarNode,
  path: ConfigPath,
  sources: ReferenceSources,
): string {
  const written = String(node.value);
  if (!hasReference(written)) return written;
  const known = resolving.done.get(node);
  if (known !== undefined) return known;
  const { text, reference, faults } = interpolate(written, sources);
  resolving.done.set(node, text);
  if (reference !== 'none') resolving.references.set(node, reference);
  for (const { written: part, ...fault } of faults) {
    const found = resolving.options.text.indexOf(part, node.at);
    const at = found >= 0 && found < node.end ? found : node.at;
    resolving.faults.push({ ...fault, at, path: [...path] });
  }
  return text;
}

/** `secrets` null: inside the `secrets:` map itself. */
function referenceSources(
  resolving: Resolving,
  secrets: ReadonlyMap<string, Lookup> | null,
): ReferenceSources {
  return {
    env(name) {
      const value = Object.hasOwn(resolving.options.env, name) ? resolving.options.env[name] : undefined;
      if (value !== undefined) return { value };
      return {
        fault: { code: 'MISSING_ENV', message: `the environment variable ${name} is not set; set it` },
      };
    },
    file: (path) => referencedFile(resolving, path),
    secret(name) {
      if (secrets === null) {
        return {
          fault: { code: 'BAD_REFERENCE', message: 'a secret cannot refer to another secret' },
        };
      }
      const known = secrets.get(name);
      if (known !== undefined) return known;
      return {
        fault: {
          code: 'MISSING_SECRET',
          message: `the secret ${name} is not defined; define it under the top-level key secrets`,
          suggestion: nearestName(name, secrets.keys()),
        },
      };
    },
  };
}

function referencedFile(resolving: Resolving, path: string): Lookup {
  const absolute = resolve(resolving.options.folder, path);
  const known = resolving.files.get(absolute);
  if (known !== undefined) return known;
  const text = readText(absolute, { maxBytes: MAX_REFERENCED_BYTES, regularOnly: true });
  let lookup: Lookup;
  if (typeof text === 'string') {
    const value = text.replace(/\r?\n$/, '');
    resolving.secretValues.add(value);
    lookup = { value };
  } else {
    lookup = { fault: { code: 'MISSING_FILE', message: `the file ${absolute} ${text.message}` } };
  }
  resolving.files.set(absolute, lookup);
  return lookup;
}

function collectWebhookSecrets(resolving: Resolving, root: MapNode): void {
  const webhooks = root.entries.get('webhooks')?.node;
  if (webhooks?.kind !== 'list') return;
  for (const item of webhooks.items) {
    const secret = item.kind === 'map' ? item.entries.get('secret') : undefined;
    if (secret !== undefined) collectSecrets(resolving, secret.node);
  }
}

/** Everything below the node, whatever its type: a token of digits alone is a number to YAML, one in braces a key. */
function collectSecrets(resolving: Resolving, node: TreeNode): void {
  if (node.kind === 'list') {
    for (const item of node.items) collectSecrets(resolving, item);
  } else if (node.kind === 'map') {
    for (const [key, entry] of node.entries) {
      resolving.secretValues.add(key);
      collectSecrets(resolving, entry.node);
    }
  } else if (typeof node.value === 'string') {
    resolving.secretValues.add(resolving.done.get(node) ?? node.value);
  } else if (typeof node.value === 'number') {
    resolving.secretValues.add(String(node.value));
    resolving.secretValues.add(resolving.options.text.slice(node.at, node.end));
  }
}

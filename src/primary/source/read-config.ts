/**
 * The way of a configuration from a file to plain values with positions: bytes, YAML, `${…}`. What is wrong comes back
 * as problems, never as an exception. Primary thread, synchronous; knows nothing of what the keys mean.
 */

import { dirname, resolve } from 'node:path';
import type { Problem } from '../../kit/problem.ts';
import {
  type ConfigDocument,
  type ConfigPath,
  problemAt,
  type ReadResult,
  type Spot,
  withoutSecrets,
} from '../config-document.ts';
import { readQuickTree } from './quick-tree.ts';
import { readText } from './read-text.ts';
import { type ResolvedTree, resolveTree } from './resolve-tree.ts';
import { type SourcePositions, sourcePositions } from './source-positions.ts';
import type { MapNode, TreeFault, TreeNode } from './tree.ts';
import { readYamlTree } from './yaml-tree.ts';

/** Bytes. Far above what 100,000 routes take. */
const MAX_CONFIG_BYTES = 64 * 1024 * 1024;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a file; a relative path starts at the working directory. */
export function readConfig(file: string, env: Environment): ReadResult {
  const path = resolve(file);
  const text = readText(path, { maxBytes: MAX_CONFIG_BYTES, regularOnly: false });
  if (typeof text === 'string') return parseConfigText(text, path, env);
  const problem: Problem = {
    code: 'UNREADABLE',
    path: '',
    message: `the configuration ${text.message}`,
    origin: { file: path, line: text.line, column: 1 },
  };
  return { document: null, problems: [problem], watchedFiles: [path], again: null };
}

/**
 * The same for text that is at hand. `file` names it in problems; in angle brackets (`<api>`) it stands for text that
 * came from no file, and relative paths in it start at the working directory.
 */
export function parseConfigText(text: string, file: string, env: Environment): ReadResult {
  const named = file.startsWith('<');
  const path = named ? file : resolve(file);
  const source: Source = {
    text: text.startsWith('\ufeff') ? text.slice(1) : text,
    path,
    folder: named ? process.cwd() : dirname(path),
    ownFiles: named ? [] : [path],
    env,
  };
  return parseQuickly(source) ?? parseCarefully(source);
}

interface Source {
  readonly text: string;
  readonly path: string;
  readonly folder: string;
  readonly ownFiles: readonly string[];
  readonly env: Environment;
}

/** Null where the text is not for the quick reader, or anything is wrong. */
function parseQuickly(source: Source): ReadResult | null {
  const root = readQuickTree(source.text);
  if (root === null) return null;
  const resolved = resolveTree(root, source);
  if (resolved.faults.length > 0) return null;
  const { originOf } = sourcePositions(source.text, source.path);
  const document = documentOf(source, root, resolved, { originOf, sourceLine: () => undefined });
  const again = (): ReadResult => parseCarefully(source);
  return { document, problems: [], watchedFiles: document.watchedFiles, again };
}

function parseCarefully(source: Source): ReadResult {
  const positions = sourcePositions(source.text, source.path);
  const toProblem = (fault: TreeFault): Problem => {
    const origin = positions.originOf(fault.at);
    return problemAt(
      { locate: () => origin, sourceLine: positions.sourceLine },
      fault.code,
      fault.path,
      fault.message,
      { suggestion: fault.suggestion },
    );
  };
  const unread = (faults: readonly TreeFault[]): ReadResult => {
    return { document: null, problems: faults.map(toProblem), watchedFiles: source.ownFiles, again: null };
  };

  const { root, faults } = readYamlTree(source.text);
  if (root === null) return unread(faults);
  positions.hideSecrets(root);
  if (root.kind !== 'map') return unread([...faults, notAMap(root)]);

  const resolved = resolveTree(root, source);
  const document = documentOf(source, root, resolved, positions);
  const problems = [...faults, ...resolved.faults].map(toProblem);
  return {
    document,
    problems: withoutSecrets(problems, resolved.secretValues),
    watchedFiles: document.watchedFiles,
    again: null,
  };
}

function documentOf(
  { path, folder, ownFiles }: Source,
  root: MapNode,
  { value, references, secretValues, files }: ResolvedTree,
  { originOf, sourceLine }: Pick<SourcePositions, 'originOf' | 'sourceLine'>,
): ConfigDocument {
  return {
    file: path,
    folder,
    value,
    locate: (at, spot) => originOf(offsetOf(root, at, spot)),
    sourceLine,
    referenceAt: (at) => {
      const node = nodeAt(root, at);
      return node === null ? 'none' : (references.get(node) ?? 'none');
    },
    secretValues,
    watchedFiles: [...new Set([...ownFiles, ...files])],
  };
}

function notAMap(root: TreeNode): TreeFault {
  const message =
    root.kind === 'scalar' && root.value === null
      ? 'the configuration is empty; `penstock init` writes one to start from'
      : 'the configuration must be a map of sections, such as listen, services and routes';
  return { code: 'NOT_A_MAP', message, at: root.at, path: [] };
}

function childOf(node: TreeNode, step: string | number): { keyAt: number; node: TreeNode } | null {
  if (node.kind === 'map') return node.entries.get(String(step)) ?? null;
  if (node.kind !== 'list' || typeof step !== 'number') return null;
  const item = node.items[step];
  return item === undefined ? null : { keyAt: item.at, node: item };
}

function nodeAt(root: TreeNode, path: ConfigPath): TreeNode | null {
  let node = root;
  for (const step of path) {
    const child = childOf(node, step);
    if (child === null) return null;
    node = child.node;
  }
  return node;
}

/** The offset of a path, or of the deepest part of it that exists. */
function offsetOf(root: TreeNode, path: ConfigPath, spot: Spot): number {
  let node = root;
  let keyAt = root.at;
  for (const step of path) {
    const child = childOf(node, step);
    // A map in block style begins at its first key, which is the wrong one to point at: take the key it stands under.
    if (child === null) return node.kind === 'map' ? keyAt : node.at;
    node = child.node;
    keyAt = child.keyAt;
  }
  return spot === 'key' ? keyAt : node.at;
}

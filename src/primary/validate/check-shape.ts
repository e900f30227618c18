/**
 * Runs the schema over the values of a file and says in our words, codes and positions what it found. A scalar that is
 * one whole `${…}` takes the type that is expected where it stands. Primary thread; pure.
 */

import type { Problem } from '../../kit/problem.ts';
import { type ConfigDocument, type ConfigPath, formatPath, problemAt } from '../config-document.ts';
import { type FoundIssue, flattenIssues } from './flatten-issues.ts';
import { parseConfig } from './parse-config.ts';
import { rawAt, replaceScalars } from './raw-tree.ts';
import type { ConfigShape } from './shapes.ts';
import { wordIssue } from './word-issue.ts';

export interface CheckedShape {
  /** Null where there are problems. */
  readonly config: ConfigShape | null;
  /** The values as the schema saw them at last. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

export function checkShape(document: ConfigDocument): CheckedShape {
  let { value } = document;
  let result = parseConfig(value);
  if (!result.success) {
    const typed = withTypedReferences(document, value, flattenIssues(result.error.issues));
    if (typed !== value) {
      value = typed;
      result = parseConfig(value);
    }
  }
  if (result.success) return { config: result.data, value, problems: [] };
  const problems = flattenIssues(result.error.issues)
    .filter((issue) => document.referenceAt(issue.path) !== 'broken')
    .flatMap((issue) => wordIssue(issue, value))
    .map(({ code, path, message, spot, suggestion }) =>
      problemAt(document, code, path, message, { spot, suggestion }),
    );
  return { config: null, value, problems };
}

/** `port: ${env:PORT}` is text until here; where that was refused, it is tried as the number or truth value it spells. */
function withTypedReferences(
  document: ConfigDocument,
  value: unknown,
  issues: readonly FoundIssue[],
): unknown {
  const paths = new Set(
    issues
      .filter(({ path }) => document.referenceAt(path) === 'whole' && typed(rawAt(value, path)) !== undefined)
      .map(({ path }) => formatPath(path)),
  );
  if (paths.size === 0) return value;
  return replaceScalars(value, (path: ConfigPath, scalar) =>
    paths.has(formatPath(path)) ? typed(scalar) : undefined,
  );
}

/** As YAML 1.2's core schema reads the text: a decimal number or a truth value; undefined for anything else. */
function typed(scalar: unknown): number | boolean | undefined {
  if (typeof scalar !== 'string') return undefined;
  if (/^(true|True|TRUE)$/.test(scalar)) return true;
  if (/^(false|False|FALSE)$/.test(scalar)) return false;
  return /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(scalar) ? Number(scalar) : undefined;
}

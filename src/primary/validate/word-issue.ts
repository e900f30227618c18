/** One issue of the schema in our words and codes. Messages never quote a value: it may be a secret. Primary thread; pure. */

import type { z } from 'zod';
import { nearestName } from '../../kit/nearest.ts';
import type { ProblemCode } from '../../kit/problem-codes.ts';
import type { ConfigPath, Spot } from '../config-document.ts';
import type { FoundIssue } from './flatten-issues.ts';
import { knownKeysAt } from './known-keys.ts';
import { kindOf, rawAt, rawMap } from './raw-tree.ts';
import { configSchema } from './schema/config-schema.ts';
import { type IssueParams, listWords } from './schema/fields.ts';

export interface WordedIssue {
  readonly code: ProblemCode;
  readonly path: ConfigPath;
  readonly message: string;
  readonly spot: Spot;
  readonly suggestion?: string | undefined;
}

type Issue = z.core.$ZodIssue;

/** What the library calls its types. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'text (in quotes)',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  record: 'a map',
  array: 'a list',
};

/** Mostly one; an issue about several unknown keys gives one for each. */
export function wordIssue({ issue, path }: FoundIssue, value: unknown): readonly WordedIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(key, path, value));
  }
  if (isMissing(path, value)) {
    const parent = path.slice(0, -1);
    const message = `the key ${path.at(-1)} is missing: ${expectation(issue)}`;
    return [{ code: 'MISSING_KEY', path: parent, message, spot: 'key' }];
  }
  return [presentValue(issue, path, rawAt(value, path))];
}

function presentValue(issue: Issue, path: ConfigPath, actual: unknown): WordedIssue {
  const at = { path, spot: 'value' } as const;
  switch (issue.code) {
    case 'custom': {
      const params = issue.params as IssueParams | undefined;
      return {
        code: params?.problem ?? 'BAD_VALUE',
        path,
        message: issue.message,
        spot: params?.spot ?? 'value',
        suggestion: params?.suggestion,
      };
    }
    case 'invalid_type':
    case 'invalid_union':
      return { ...at, code: 'WRONG_TYPE', message: `${expectation(issue)}, got ${kindOf(actual)}` };
    case 'invalid_value':
      return { ...at, code: 'BAD_VALUE', message: expectation(issue) };
    case 'too_small':
    case 'too_big':
      return { ...at, code: 'BAD_VALUE', message: boundOf(issue) };
    default:
      return { ...at, code: 'BAD_VALUE', message: issue.message };
  }
}

function unknownKey(key: string, parent: ConfigPath, value: unknown): WordedIssue {
  const known = knownKeysAt(configSchema, parent);
  const present = rawMap(rawAt(value, parent)) ?? {};
  // A key that is there already was hardly meant a second time.
  const open = known.filter((name) => !Object.hasOwn(present, name));
  const suggestion = nearestName(key, open);
  const place = parent.length === 0 ? 'at the top level' : 'here';
  const list = suggestion === undefined && known.length <= 12 ? `; known are ${known.join(', ')}` : '';
  const message = `"${key}" is no key that is known ${place}${list}`;
  return { code: 'UNKNOWN_KEY', path: [...parent, key], message, spot: 'key', suggestion };
}

/** Whether the key is not there at all, in a map that is. */
function isMissing(path: ConfigPath, value: unknown): boolean {
  const key = path.at(-1);
  const parent = rawMap(rawAt(value, path.slice(0, -1)));
  return typeof key === 'string' && parent !== null && !Object.hasOwn(parent, key);
}

/** `expected …`; a schema that says it itself knows best. */
function expectation(issue: Issue): string {
  if (issue.message.startsWith('expected ')) return issue.message;
  if (issue.code === 'invalid_type') return `expected ${TYPES[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value') return `expected ${listWords(issue.values.map(String))}`;
  return 'expected something else';
}

function boundOf(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  if (issue.code === 'too_small') {
    return issue.origin === 'array' || issue.origin === 'string'
      ? 'this must not be empty'
      : `this must be at least ${issue.minimum}`;
  }
  return `this must be at most ${issue.maximum}`;
}

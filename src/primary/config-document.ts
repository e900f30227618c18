/**
 * A configuration as it was read: plain values with every `${…}` replaced, and where each of them was written.
 * Made by `source`, taken by `validate`, which never see each other. Primary thread.
 */

import type { Origin, Problem } from '../kit/problem.ts';
import type { ProblemCode } from '../kit/problem-codes.ts';
import { createSecretMask } from '../kit/secret-mask.ts';

/** Keys and indices from the top of the tree. */
export type ConfigPath = readonly (string | number)[];

/** The key of a map's entry (for an unknown key) or its value (for a bad one). */
export type Spot = 'key' | 'value';

export interface ConfigDocument {
  /** As in `ConfigDraft.file`. */
  readonly file: string;
  /** Absolute folder that relative paths start from. */
  readonly folder: string;
  /** Maps (without prototype), arrays, strings, numbers, booleans and null. */
  readonly value: unknown;
  /** The position of a path; of the nearest thing above it where the path leads to nothing. */
  locate(path: ConfigPath, spot: Spot): Origin;
  /** The text of a line (from 1); undefined where it may hold a secret. */
  sourceLine(line: number): string | undefined;
  /** How the value was put together from `${…}`. */
  referenceAt(path: ConfigPath): Reference;
  readonly secretValues: readonly string[];
  readonly watchedFiles: readonly string[];
}

/** `whole`: one single `${…}` and nothing else. `broken`: the value is useless and was reported already. */
export type Reference = 'none' | 'part' | 'whole' | 'broken';

export interface ReadResult {
  /** Null where the text could not be understood at all. */
  readonly document: ConfigDocument | null;
  readonly problems: readonly Problem[];
  /** Every file that was looked at, also where the result is useless: a reload waits for one of them to change. */
  readonly watchedFiles: readonly string[];
  /**
   * Set where the text was read the quick way, which finds no problems and shows no lines: reads the same text again with
   * all that a problem is shown with. Null: this reading has it.
   */
  readonly again: (() => ReadResult) | null;
}

export interface ProblemExtra {
  readonly spot?: Spot;
  readonly suggestion?: string | undefined;
}

/** A problem at a path of the document. */
export function problemAt(
  document: Pick<ConfigDocument, 'locate' | 'sourceLine'>,
  code: ProblemCode,
  path: ConfigPath,
  message: string,
  extra: ProblemExtra = {},
): Problem {
  const origin = document.locate(path, extra.spot ?? 'value');
  const sourceLine = document.sourceLine(origin.line);
  return {
    code,
    path: formatPath(path),
    message,
    origin,
    ...(extra.suggestion === undefined ? {} : { suggestion: extra.suggestion }),
    ...(sourceLine === undefined ? {} : { sourceLine }),
  };
}

/** `routes[2].rewrite`; keys that are no plain words are quoted: `services["a b"]`. */
export function formatPath(path: ConfigPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/**
 * The last gate before a problem is shown: no part of it may hold a secret. Messages are written so that they do not
 * quote values; this catches a secret that also stands somewhere else, for example as a misspelt key.
 */
export function withoutSecrets(
  problems: readonly Problem[],
  secretValues: readonly string[],
): readonly Problem[] {
  if (secretValues.length === 0) return problems;
  const mask = createSecretMask();
  mask.set(secretValues);
  const clean = (text: string): boolean => mask.text(text) === text;
  return problems.map((problem) => {
    const { sourceLine, suggestion, ...rest } = problem;
    return {
      ...rest,
      path: mask.text(problem.path),
      message: mask.text(problem.message),
      ...(suggestion !== undefined && clean(suggestion) ? { suggestion } : {}),
      ...(sourceLine !== undefined && clean(sourceLine) ? { sourceLine } : {}),
    };
  });
}

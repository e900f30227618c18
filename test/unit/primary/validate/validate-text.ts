/** Validates a text as `run` would, for the tests of this folder. */

import type { Problem } from '../../../../src/kit/problem.ts';
import { parseConfigText } from '../../../../src/primary/source/read-config.ts';
import { type ValidateResult, validateConfig } from '../../../../src/primary/validate/validate.ts';

export function validateText(text: string, env: Readonly<Record<string, string>> = {}): ValidateResult {
  return validateConfig(parseConfigText(text, '/etc/penstock/penstock.yaml', env));
}

/** `CODE path` of each problem. */
export function briefly(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ code, path }) => `${code} ${path}`);
}

/**
 * Programs beside Node that a test needs. `npm test` installs those that its files name; where one stays missing, the tests
 * are skipped with the reason in their title, never passed, and with CI=true a skip is a failure.
 */

import { describe } from 'vitest';
import { missingProgram } from '../../scripts/debian-programs.mjs';

type Describe = (name: string, body: () => void) => void;

/**
 * A `describe` for tests that need these programs of scripts/debian-programs.mjs:
 * `requireProgram('nginx', 'curl')('behind nginx', () => { … })`. Write the names as literals: `npm test` reads them.
 */
export function requireProgram(...names: readonly string[]): Describe {
  const missing = names.map(missingProgram).filter((reason) => reason !== null);
  if (missing.length === 0) return (name, body) => void describe(name, body);
  return (name, body) => void describe.skip(`${name} [skipped: ${missing.join('; ')}]`, body);
}

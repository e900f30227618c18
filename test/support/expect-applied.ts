import { expect } from 'vitest';
import type { AdminAnswer } from './run-penstock.ts';

/**
 * The answer to a reload behind a change of the configuration file: it is in force, by this reload or by the watcher of the file, which is
 * the faster one now and then. `version`: of the snapshot that serves now.
 */
export function expectApplied({ json }: AdminAnswer, version?: number): void {
  expect(['applied', 'unchanged'], JSON.stringify(json)).toContain(json.outcome);
  if (version !== undefined) expect(json).toMatchObject({ version });
}

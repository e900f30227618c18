/** Looks for a request in the access log of a penstock that a test has started. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningPenstock } from './run-penstock.ts';
import { waitFor } from './wait-for.ts';

export interface AccessLine {
  readonly target: string;
  readonly fault: string;
  readonly status: number;
  readonly duration_ms: number;
}

/** The line of the request for `target`, once it is there. The log is `access.log` beside the configuration, in JSON. */
export const lineOf = (penstock: RunningPenstock, target: string): Promise<AccessLine> =>
  waitFor(
    () =>
      readFileSync(join(penstock.folder, 'access.log'), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as AccessLine)
        .find((line) => line.target === target),
    { what: `the access log line of ${target}`, timeoutMs: 20_000 },
  );

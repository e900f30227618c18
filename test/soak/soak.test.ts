/**
 * The soak (`bench/soak`), for five minutes and calm, so that it can go on beside other work. The script is the check: what it prints and
 * its exit status say whether every bound holds.
 */

import { execFile } from 'node:child_process';
import { expect, it } from 'vitest';
import { ROOT } from '../support/source-tree.ts';

const MINUTES = 5;
/** All that happens again and again does so as many times as seldom. */
const CALM = 8;
const START_AND_END_MS = 150_000;

it('nothing fails, and memory and descriptors stay flat, through reloads, certificate swaps and endpoints that come and go', async () => {
  const args = ['bench/soak/soak.mjs', '--minutes', String(MINUTES), '--calm', String(CALM)];
  const timeout = MINUTES * 60_000 + START_AND_END_MS;
  const { status, output } = await new Promise<{ status: unknown; output: string }>((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT, timeout, env: process.env }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : (error.code ?? error.signal), output: stdout + stderr }),
    );
  });
  expect(status, output).toBe(0);
  expect(output).toContain('every bound holds');
  expect(output).not.toContain('not judged');
});

/** Starts `load-origin.mjs`; ended when the test file ends. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { endBehindEachFile } from './leftovers.ts';
import { within } from './wait-for.ts';

const ORIGIN = fileURLToPath(new URL('./load-origin.mjs', import.meta.url));
const running = new Set<ChildProcess>();

endBehindEachFile(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** One origin for each name; their addresses, in that order. */
export async function runLoadOrigins(names: readonly string[]): Promise<string[]> {
  const child = fork(ORIGIN, [...names], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  running.add(child);
  const [ports] = (await within(once(child, 'message'), { what: 'the origins to listen' })) as [number[]];
  return ports.map((port) => `127.0.0.1:${port}`);
}

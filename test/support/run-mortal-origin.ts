/** Starts `mortal-origin.mjs`; what is left of it is ended when the test file ends. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { endBehindEachFile } from './leftovers.ts';
import { within } from './wait-for.ts';

export interface MortalOrigin {
  /** As an endpoint in a configuration. */
  readonly address: string;
  /** SIGSTOP: it holds its connections and answers nothing. SIGCONT goes on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
}

const ORIGIN = fileURLToPath(new URL('./mortal-origin.mjs', import.meta.url));
const running = new Set<ChildProcess>();

endBehindEachFile(() => {
  for (const child of running) child.kill('SIGKILL');
});

export async function runMortalOrigin(name: string): Promise<MortalOrigin> {
  const child = fork(ORIGIN, [name], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  running.add(child);
  const [port] = (await within(once(child, 'message'), { what: 'the origin to listen' })) as [number];
  return { address: `127.0.0.1:${port}`, signal: (signal) => child.kill(signal) };
}

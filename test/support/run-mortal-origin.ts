/** Starts `mortal-origin.mjs`; what is left of it is ended when the test file ends. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { endBehindEachFile } from './leftovers.ts';
import { within } from './wait-for.ts';

/** How it answers, but for `/healthz`, which is always well. */
export interface MortalManner {
  readonly status?: number;
  readonly delayMs?: number;
}

export interface MortalOrigin {
  /** As an endpoint in a configuration. */
  readonly address: string;
  readonly port: number;
  /** SIGSTOP: it holds its connections and answers nothing. SIGCONT goes on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
  /** Changes its manner from now on; gives its answers so far, status to number. Not while it is stopped. */
  answer(manner?: MortalManner): Promise<Readonly<Record<string, number>>>;
}

const ORIGIN = fileURLToPath(new URL('./mortal-origin.mjs', import.meta.url));
const running = new Set<ChildProcess>();

endBehindEachFile(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** `port`: one that it had before; left out: a free one. */
export async function runMortalOrigin(name: string, port = 0): Promise<MortalOrigin> {
  const child = fork(ORIGIN, [name, String(port)], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  running.add(child);
  const [listening] = (await within(once(child, 'message'), { what: 'the origin to listen' })) as [number];
  return {
    address: `127.0.0.1:${listening}`,
    port: listening,
    signal: (signal) => child.kill(signal),
    answer: async (manner = {}) => {
      child.send(manner);
      const [answer] = (await within(once(child, 'message'), {
        what: `${name} to say what it answered`,
      })) as [{ readonly answers: Readonly<Record<string, number>> }];
      return answer.answers;
    },
  };
}

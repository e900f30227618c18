/** Starts `steady-client.mjs`, requests at a constant rate from a process of its own, and gives a handle on it; ended with the test file. */

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endBehindEachFile } from './leftovers.ts';
import { within } from './wait-for.ts';

export interface SteadyPlan {
  /** On 127.0.0.1, plain HTTP/1.1. */
  readonly port: number;
  /** Gets a query; the answer must repeat both. */
  readonly path: string;
  readonly connections: number;
  readonly perSecond: number;
}

/** What came since the window before. Times in milliseconds, from the write of a request to the last byte of its answer. */
export interface SteadyFigures {
  readonly sent: number;
  /** Status to answers. */
  readonly answers: Readonly<Record<string, number>>;
  /** No answer, half of one, or that of another request. */
  readonly lost: number;
  /** Were due, and not sent, as every connection still waited for an answer. */
  readonly crowdedOut: number;
  /** What was lost, in words. */
  readonly notes: readonly string[];
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** By how much this client was late to send. */
  readonly lateP99Ms: number;
  /** The part of the time in which this client was at work, 0 to 1. */
  readonly busy: number;
}

export interface SteadyLoad {
  /** Resolves when all connections are open and the requests begin. */
  begin(plan: SteadyPlan): Promise<void>;
  /** The figures of the window that ends here; the next one begins. */
  window(): Promise<SteadyFigures>;
  /** Sends no more, waits for the answers that are due, and gives the last window. */
  stop(timeoutMs?: number): Promise<SteadyFigures>;
}

const CLIENT = fileURLToPath(new URL('./steady-client.mjs', import.meta.url));
const running = new Set<ChildProcess>();

endBehindEachFile(() => {
  for (const child of running) child.kill('SIGKILL');
});

interface Order {
  readonly type: 'begin' | 'window' | 'stop';
  readonly timeoutMs?: number;
}

export function runSteadyLoad(): SteadyLoad {
  const child = fork(CLIENT, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  running.add(child);
  void exited.then(() => running.delete(child));
  const order = (message: Order): Promise<SteadyFigures> => {
    const answer = new Promise<SteadyFigures>((resolve, reject) => {
      child.once('message', (answered) => resolve((answered as { figures: SteadyFigures }).figures));
      void exited.then(() => reject(new Error('the steady client ended')));
    });
    child.send(message);
    const timeoutMs = 10_000 + (message.timeoutMs ?? 0);
    return within(answer, { what: `the steady client to ${message.type}`, timeoutMs });
  };
  return {
    begin: async (plan) => {
      await order({ type: 'begin', ...plan });
    },
    window: () => order({ type: 'window' }),
    stop: async (timeoutMs = 5_000) => {
      const figures = await order({ type: 'stop', timeoutMs });
      child.kill('SIGKILL');
      await exited;
      return figures;
    },
  };
}

/** Starts `crowd.mjs`, thousands of connections from processes of their own, and gives a handle on them; ended with the test file. */

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endBehindEachFile } from './leftovers.ts';
import { within } from './wait-for.ts';

/** Connections to one listener. */
export interface CrowdGroup {
  readonly port: number;
  readonly connections: number;
  /** What each sends as soon as it is open; left out: nothing. */
  readonly greeting?: Uint8Array;
  /** What each drips, octet by octet, once told to; left out: nothing. */
  readonly opening?: Uint8Array;
}

export interface CrowdFigures {
  readonly opened: number;
  /** Open now. */
  readonly open: number;
  /** Never came to be. */
  readonly failed: number;
  /** Octets that came back, over all connections. */
  readonly answered: number;
  /** Octets sent. */
  readonly dripped: number;
}

export interface Crowd {
  /** Opens them all; resolves once each is open or failed. */
  open(groups: readonly CrowdGroup[]): Promise<CrowdFigures>;
  /** From now on each connection sends one octet more every `everyMs`. */
  drip(everyMs: number): Promise<CrowdFigures>;
  report(): Promise<CrowdFigures>;
  /** Closes all of them, by the end of their process. */
  stop(): Promise<void>;
}

const CROWD = fileURLToPath(new URL('./crowd.mjs', import.meta.url));
/** One address has 28,000 ports, each of which rests for a minute once it was closed: the crowd comes from this many. */
const SOURCES = Array.from({ length: 16 }, (_, index) => `127.0.0.${index + 2}`);
const NOTHING = new Uint8Array();
const running = new Set<ChildProcess>();

endBehindEachFile(() => {
  for (const child of running) child.kill('SIGKILL');
});

interface Order {
  readonly type: 'open' | 'drip' | 'report';
  readonly [name: string]: unknown;
}

export function runCrowd(): Crowd {
  const child = fork(CROWD, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  running.add(child);
  void exited.then(() => running.delete(child));
  const order = (message: Order): Promise<CrowdFigures> => {
    const answer = new Promise<CrowdFigures>((resolve, reject) => {
      child.once('message', (answered) => resolve((answered as { figures: CrowdFigures }).figures));
      void exited.then(() => reject(new Error('the crowd is gone')));
    });
    child.send(message);
    return within(answer, { what: `the crowd to ${message.type}`, timeoutMs: 30_000 });
  };
  return {
    open: (groups) =>
      order({
        type: 'open',
        groups: groups.map(({ port, connections, greeting = NOTHING, opening = NOTHING }) => ({
          host: '127.0.0.1',
          port,
          connections,
          sources: SOURCES,
          greeting: Buffer.from(greeting).toString('base64'),
          opening: Buffer.from(opening).toString('base64'),
        })),
      }),
    drip: (everyMs) => order({ type: 'drip', everyMs }),
    report: () => order({ type: 'report' }),
    stop: () => {
      child.kill('SIGKILL');
      return within(exited, { what: 'the crowd to end' });
    },
  };
}

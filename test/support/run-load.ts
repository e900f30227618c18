/** Starts `load-client.mjs` in a process of its own and gives a handle on it. The test stops it; what is left is ended. */

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endBehindEachFile } from './leftovers.ts';
import { within } from './wait-for.ts';

/** Connections of one kind. Each sends `GET path?n=NONCE` and expects 200 with a body that ends with `n=NONCE\n`. */
export interface LoadGroup {
  readonly name: string;
  readonly port: number;
  readonly tls: boolean;
  /** For SNI; only with `tls`. */
  readonly servername?: string;
  /** The Host field. */
  readonly host: string;
  readonly path: string;
  readonly connections: number;
  /** HTTP/2 with so many requests at a time on each connection; left out: HTTP/1.1. */
  readonly streams?: number;
  /**
   * Requests over one connection, the last with `Connection: close`, after which a new one is opened; 0: for ever. HTTP/2:
   * so many by each of the streams, then the client closes.
   */
  readonly requests: number;
  /** The server may end a connection between two requests, as it announces it; a new one is opened then. Left out: that is a failure. */
  readonly mayEnd?: boolean;
  /** Milliseconds between an answer and the next request. */
  readonly thinkMs: number;
  /** Milliseconds between the openings of two connections. */
  readonly spreadMs: number;
}

export interface LoadReport {
  /** Answered and found right. */
  readonly requests: number;
  /** The same by the groups' names. */
  readonly groups: Readonly<Record<string, number>>;
  /** Opened so far. */
  readonly connections: number;
  readonly open: number;
  /** SHA-256 fingerprints of server certificates, with the number of handshakes. */
  readonly fingerprints: Readonly<Record<string, number>>;
  /** Wrong answers, errors, connections that the server closed, streams that it reset. */
  readonly failures: number;
  /** The first of them in words. */
  readonly notes: readonly string[];
}

export interface Load {
  report(): Promise<LoadReport>;
  /** Lets what is under way end; the last report. */
  stop(timeoutMs?: number): Promise<LoadReport>;
}

const CLIENT = fileURLToPath(new URL('./load-client.mjs', import.meta.url));
const running = new Set<ChildProcess>();

endBehindEachFile(() => {
  for (const child of running) child.kill('SIGKILL');
});

export function runLoad(groups: readonly LoadGroup[]): Load {
  const child = fork(CLIENT, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const ask = (
    question: { readonly type: string; readonly timeoutMs?: number },
    answer: string,
  ): Promise<LoadReport> =>
    within(
      new Promise<LoadReport>((resolve, reject) => {
        const ended = (): void => reject(new Error('the load client ended'));
        const listen = (message: { readonly type: string; readonly report: LoadReport }): void => {
          if (message.type !== answer) return;
          child.off('message', listen).off('exit', ended);
          resolve(message.report);
        };
        child.on('message', listen).once('exit', ended);
        child.send(question);
      }),
      { what: `the load client's answer to ${question.type}`, timeoutMs: (question.timeoutMs ?? 0) + 20_000 },
    );
  child.send({ type: 'run', groups });
  return {
    report: () => ask({ type: 'report' }, 'report'),
    stop: (timeoutMs = 10_000) => ask({ type: 'stop', timeoutMs }, 'stopped'),
  };
}

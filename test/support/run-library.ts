/** Starts `library-host.mjs`: penstock as a library, with a way to let a worker die. Ended when the test file ends. */

import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Status } from '../../src/primary/control.ts';
import { freePorts } from './free-port.ts';
import { endBehindEachFile } from './leftovers.ts';
import { within } from './wait-for.ts';

export interface RunningLibrary {
  readonly httpPort: number;
  readonly pid: number;
  stderr(): string;
  /** The worker throws where nothing catches. */
  failWorker(worker: number): void;
  status(): Promise<Status>;
  metrics(): Promise<string>;
  /** Drains; resolves with the exit status of the process. */
  close(): Promise<number | null>;
}

const HOST = fileURLToPath(new URL('./library-host.mjs', import.meta.url));
const running = new Set<ChildProcess>();
const folders: string[] = [];

endBehindEachFile(() => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** `config`: everything but `listen`. */
export async function runLibrary(config: object): Promise<RunningLibrary> {
  const [httpPort = 0] = await freePorts(1);
  const folder = mkdtempSync(join(tmpdir(), 'penstock-library-'));
  folders.push(folder);
  const file = join(folder, 'penstock.yaml');
  const listen = { http: `127.0.0.1:${httpPort}`, https: 'off', admin: 'off' };
  writeFileSync(file, JSON.stringify({ listen, ...config }));
  const child = fork(HOST, [file], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  running.add(child);
  let stderr = '';
  let exit: number | null | undefined;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      running.delete(child);
      exit = code;
      resolve(code);
    });
  });
  type Answer = { readonly type: string; readonly status: Status; readonly metrics: string };
  const answer = (type: string): Promise<Answer> =>
    within(
      new Promise<Answer>((resolve, reject) => {
        const ended = (): void => reject(new Error(`the process ended with ${exit}:\n${stderr}`));
        const listenTo = (message: Answer): void => {
          if (message.type !== type) return;
          child.off('message', listenTo).off('exit', ended);
          resolve(message);
        };
        child.on('message', listenTo).once('exit', ended);
      }),
      { what: `the library's "${type}"`, timeoutMs: 20_000 },
    );
  const ask = (type: string): Promise<Answer> => {
    const answered = answer(type);
    child.send({ type });
    return answered;
  };
  await answer('ready');
  return {
    httpPort,
    pid: child.pid ?? 0,
    stderr: () => stderr,
    failWorker: (worker) => void child.send({ type: 'fail', worker }),
    status: async () => (await ask('status')).status,
    metrics: async () => (await ask('metrics')).metrics,
    close: async () => {
      child.send({ type: 'close' });
      return await within(exited, { what: 'the library to end', timeoutMs: 20_000 });
    },
  };
}

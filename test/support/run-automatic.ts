/** Starts `automatic-host.mjs`: a whole penstock that gets its automatic certificates and challenges from the test. Ended when the test file ends. */

import { type ChildProcess, fork } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Challenge } from '../../src/primary/certs/acme/challenge/solver.ts';
import type { ReloadResult, Status } from '../../src/primary/control.ts';
import { makeCertificate } from './cert-maker.ts';
import { freePorts } from './free-port.ts';
import { endBehindEachFile } from './leftovers.ts';
import type { Ports } from './run-penstock.ts';
import { within } from './wait-for.ts';

export interface AutomaticPair {
  readonly certPem: string;
  readonly keyPem: string;
  readonly notAfterMs: number;
  /** SHA-256, as TLS clients see it. */
  readonly fingerprint: string;
}

export interface RunningAutomatic {
  readonly ports: Ports;
  readonly folder: string;
  stderr(): string;
  /** Plain data, or text. `listen` is as in the options. */
  writeConfig(config: object | string): void;
  /** From whoever obtains them. */
  certificates(pairs: Readonly<Record<string, AutomaticPair>>): Promise<void>;
  challenges(tokens: readonly (readonly [string, string])[]): Promise<void>;
  present(challenge: Challenge): Promise<void>;
  cleanUp(challenge: Challenge): Promise<void>;
  wanted(): Promise<readonly { readonly host: string; readonly email: string | null }[]>;
  failWorker(worker: number): Promise<void>;
  reload(): Promise<ReloadResult>;
  status(): Promise<Status>;
  /** Drains; gives the exit status of the process. */
  close(): Promise<number | null>;
}

export interface AutomaticOptions {
  /** Beside `listen`. */
  readonly config: object;
  readonly listen?: object;
  /** Certificates in the state directory, as it were. */
  readonly stored?: Readonly<Record<string, AutomaticPair>>;
}

const HOST = fileURLToPath(new URL('./automatic-host.mjs', import.meta.url));
const ANSWER_MS = 20_000;
const running = new Set<ChildProcess>();
const folders: string[] = [];

endBehindEachFile(() => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A certificate as an authority would give it. `days`: until its end; negative: it is over. */
export async function automaticPair(host: string, days = 60): Promise<AutomaticPair> {
  const { certPem, keyPem, leafPem } = await makeCertificate({ hosts: [host], days, startDays: days - 90 });
  const { validTo, fingerprint256 } = new X509Certificate(leafPem);
  return { certPem, keyPem, notAfterMs: Date.parse(validTo), fingerprint: fingerprint256 };
}

export async function runAutomatic({
  config,
  listen,
  stored = {},
}: AutomaticOptions): Promise<RunningAutomatic> {
  const [http = 0, https = 0, admin = 0] = await freePorts(3);
  const ports = { http, https, admin };
  const folder = mkdtempSync(join(tmpdir(), 'penstock-automatic-'));
  folders.push(folder);
  const file = join(folder, 'penstock.yaml');
  const addresses = {
    http: `127.0.0.1:${http}`,
    https: `127.0.0.1:${https}`,
    admin: `127.0.0.1:${admin}`,
    ...listen,
  };
  const writeConfig = (given: object | string): void => {
    const text = typeof given === 'string' ? given : JSON.stringify({ listen: addresses, ...given });
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  writeConfig(config);
  const env = { ...process.env, STORED_CERTIFICATES: JSON.stringify(stored) };
  const child = fork(HOST, [file], { execArgv: [], env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  running.add(child);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  const answers = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  child.on('message', ({ id, value, error }: { id: number; value?: unknown; error?: string }) => {
    const waiting = answers.get(id);
    answers.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  });
  void exited.then((code) => {
    for (const { reject } of answers.values())
      reject(new Error(`the process ended with ${code}:\n${stderr}`));
  });
  let count = 0;
  const answer = (id: number): Promise<unknown> =>
    within(new Promise((resolve, reject) => answers.set(id, { resolve, reject })), {
      what: 'an answer of the host',
      timeoutMs: ANSWER_MS,
    });
  const ask = async <T>(task: string, given: object = {}): Promise<T> => {
    const id = ++count;
    child.send({ id, task, ...given });
    return (await answer(id)) as T;
  };
  await answer(0);
  return {
    ports,
    folder,
    stderr: () => stderr,
    writeConfig,
    certificates: (pairs) => ask('certificates', { pairs }),
    challenges: (tokens) => ask('challenges', { tokens }),
    present: (challenge) => ask('present', { challenge }),
    cleanUp: (challenge) => ask('cleanUp', { challenge }),
    wanted: () => ask('wanted'),
    failWorker: (worker) => ask('fail', { worker }),
    reload: () => ask('reload'),
    status: () => ask('status'),
    close: async () => {
      await ask('close');
      return await exited;
    },
  };
}

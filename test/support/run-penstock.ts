/**
 * A whole penstock as users run it: `node dist/cli/main.js run -c FILE`, or the single binary, as a child process with a configuration of its own
 * in a temporary folder, on free ports. Every process started here is ended, by its id, when the test file ends.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from './free-port.ts';
import { endBehindEachFile } from './leftovers.ts';
import { waitFor } from './wait-for.ts';

export interface Ports {
  readonly http: number;
  readonly https: number;
  readonly admin: number;
}

export interface RunPenstockOptions {
  /**
   * The configuration: YAML text or plain data (written as JSON, which is YAML), or a function of the free ports that
   * gives either. Data without `listen` gets all three listeners on 127.0.0.1.
   */
  readonly config: string | object | ((ports: Ports) => string | object);
  /** More files beside the configuration: relative path → content. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** What is run; the built command, by the Node.js of the test, if left out. */
  readonly program?: readonly [string, ...string[]];
  /** More arguments after `run -c FILE`. */
  readonly args?: readonly string[];
  /** Added to the environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Runs under `--supervise`. */
  readonly supervise?: boolean;
  /** Milliseconds until the `ready` line; 20 s by default. */
  readonly readyMs?: number;
  /** False: do not wait for the `ready` line (a start that must fail). */
  readonly waitReady?: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface AdminAnswer {
  readonly status: number;
  readonly text: string;
  /** The parsed body, or null where it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly json: any;
}

export interface RunningPenstock {
  readonly pid: number;
  readonly ports: Ports;
  /** `http://127.0.0.1:PORT` of the admin listener. */
  readonly adminUrl: string;
  /** The temporary folder of the configuration. */
  readonly folder: string;
  readonly configFile: string;
  /** Standard error so far. */
  stderr(): string;
  stderrLines(): string[];
  stdout(): string;
  /** Null while it runs. */
  exit(): Exit | null;
  /** Replaces the configuration file atomically; text or data as in the options. */
  writeConfig(config: RunPenstockOptions['config']): void;
  /** Writes another file of the folder; returns its path. */
  writeFile(name: string, content: string | Uint8Array): string;
  /** `POST /v1/reload`. */
  reload(): Promise<AdminAnswer>;
  /** A request to the admin listener. */
  admin(path: string, init?: RequestInit): Promise<AdminAnswer>;
  signal(signal: NodeJS.Signals): void;
  /** Waits for the process to end by itself. */
  waitExit(timeoutMs?: number): Promise<Exit>;
  /** SIGTERM, then waits for the end. */
  stop(timeoutMs?: number): Promise<Exit>;
}

export const PENSTOCK_MAIN: string = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

interface Started {
  readonly child: ChildProcess;
  readonly folder: string;
}

const started = new Set<Started>();

function endAll(): void {
  for (const { child, folder } of started) {
    // The group, not the process alone: under --supervise the serving process is a grandchild.
    if (child.pid !== undefined) {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
    rmSync(folder, { recursive: true, force: true });
  }
  started.clear();
}

endBehindEachFile(endAll);
process.once('exit', endAll);

/** Starts penstock and waits until it says that every worker serves. Fails with its standard error if it does not. */
export async function runPenstock(options: RunPenstockOptions): Promise<RunningPenstock> {
  const [http = 0, https = 0, admin = 0] = await freePorts(3);
  const ports: Ports = { http, https, admin };
  const folder = mkdtempSync(join(tmpdir(), 'penstock-test-'));
  const configFile = join(folder, 'penstock.yaml');
  const writeFile = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
    return path;
  };
  const writeConfig = (config: RunPenstockOptions['config']): void => {
    writeFile('penstock.yaml', configText(config, ports));
  };
  for (const [name, content] of Object.entries(options.files ?? {})) writeFile(name, content);
  writeConfig(options.config);

  const args = [
    'run',
    '-c',
    configFile,
    ...(options.supervise ? ['--supervise'] : []),
    ...(options.args ?? []),
  ];
  const [command, ...before] = options.program ?? [process.execPath, PENSTOCK_MAIN];
  const child = spawn(command, [...before, ...args], {
    cwd: folder,
    // vitest sets NODE_OPTIONS and VITEST_*; what runs here is what a user runs.
    env: cleanEnvironment(options.env ?? {}),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  started.add({ child, folder });
  let stderr = '';
  let stdout = '';
  let exit: Exit | null = null;
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece;
  });
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    stdout += piece;
  });
  child.once('error', (error) => {
    stderr += `\n${error.message}`;
    exit = { code: null, signal: null };
  });
  // 'close', not 'exit': by then all of standard error was read.
  child.once('close', (code, signal) => {
    exit = { code, signal };
  });

  const adminUrl = `http://127.0.0.1:${ports.admin}`;
  const askAdmin = async (path: string, init?: RequestInit): Promise<AdminAnswer> => {
    const response = await fetch(`${adminUrl}${path}`, init);
    const text = await response.text();
    return { status: response.status, text, json: parseJson(text) };
  };
  const waitExit = (timeoutMs = 15_000): Promise<Exit> =>
    waitFor(() => exit, { what: 'penstock to end', timeoutMs }).catch((error: Error) => {
      throw new Error(`${error.message}\n${stderr}`);
    });
  const signal = (name: NodeJS.Signals): void => {
    if (exit === null && child.pid !== undefined) process.kill(child.pid, name);
  };

  if (options.waitReady !== false) {
    await waitFor(() => exit !== null || isReady(stderr), {
      what: 'the ready line',
      timeoutMs: options.readyMs ?? 20_000,
    }).catch((error: Error) => {
      throw new Error(`${error.message}; standard error:\n${stderr}`);
    });
    if (!isReady(stderr)) throw new Error(`penstock ended before it was ready; standard error:\n${stderr}`);
  }

  return {
    pid: child.pid ?? 0,
    ports,
    adminUrl,
    folder,
    configFile,
    stderr: () => stderr,
    stderrLines: () => stderr.split('\n').filter((line) => line !== ''),
    stdout: () => stdout,
    exit: () => exit,
    writeConfig,
    writeFile,
    reload: () => askAdmin('/v1/reload', { method: 'POST' }),
    admin: askAdmin,
    signal,
    waitExit,
    stop: (timeoutMs) => {
      signal('SIGTERM');
      return waitExit(timeoutMs);
    },
  };
}

/** The line `ready …` of the contract. */
function isReady(stderr: string): boolean {
  return /^ready /m.test(stderr);
}

function configText(config: RunPenstockOptions['config'], ports: Ports): string {
  const given = typeof config === 'function' ? (config as (ports: Ports) => string | object)(ports) : config;
  if (typeof given === 'string') return given;
  const listen = {
    http: `127.0.0.1:${ports.http}`,
    https: `127.0.0.1:${ports.https}`,
    admin: `127.0.0.1:${ports.admin}`,
  };
  return `${JSON.stringify('listen' in given ? given : { listen, ...given }, null, 2)}\n`;
}

function cleanEnvironment(extra: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => name !== 'NODE_OPTIONS' && !/^(VITEST|TEST$|NODE_ENV$)/.test(name),
  );
  return { ...Object.fromEntries(kept), ...extra };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

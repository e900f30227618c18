/** Runs one of the scripts beside this file with some Node.js binary and reads the JSON line that it prints. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const TIMEOUT_MS = 30_000;

export interface ScriptOptions {
  /** Path of the Node.js binary; this one by default. */
  readonly node?: string;
  readonly args?: readonly (string | number)[];
  readonly env?: Readonly<Record<string, string>>;
}

export const fixture = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Rejects, with the script's standard error in it, if the script ends with another status than 0. */
export async function runScript<T>(name: string, options: ScriptOptions = {}): Promise<T> {
  const { PENSTOCK_UWS: _ignored, ...inherited } = process.env;
  const { stdout } = await promisify(execFile)(
    options.node ?? process.execPath,
    [fixture(name), ...(options.args ?? []).map(String)],
    { env: { ...inherited, ...options.env }, timeout: TIMEOUT_MS },
  );
  return JSON.parse(stdout.trim());
}

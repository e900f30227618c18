/** The single binary, made of the Node.js that runs the tests, and its commands in surroundings that have no Node.js. */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endBehindEachFile } from './leftovers.ts';
import { ROOT } from './source-tree.ts';

const run = promisify(execFile);
const MAKE_MS = 120_000;
const COMMAND_MS = 20_000;

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SingleBinary {
  readonly file: string;
  /** For a home folder and whatever a test writes; removed behind the test file, the binary too. */
  readonly folder: string;
  /** All there is of an environment: no PATH, a home of its own. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs one command in an empty folder. `env`: beside that of above. */
  command(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
}

const folders: string[] = [];
endBehindEachFile(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Takes seconds and 100 MB: once for a test file. */
export async function makeSingleBinary(): Promise<SingleBinary> {
  const folder = mkdtempSync(join(tmpdir(), 'penstock-binary-'));
  folders.push(folder);
  const file = join(folder, 'penstock');
  const cwd = join(folder, 'empty');
  mkdirSync(cwd);
  const make = ['scripts/build-binary.mjs', '--out', file];
  await run(process.execPath, make, { cwd: ROOT, timeout: MAKE_MS });
  const env = { PATH: '', HOME: join(folder, 'home') };
  return {
    file,
    folder,
    env,
    command: (args, more = {}) => ended(file, args, { cwd, env: { ...env, ...more } }),
  };
}

/** How a program ends, whatever its status. */
export async function ended(
  file: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  try {
    return { status: 0, ...(await run(file, args, { timeout: COMMAND_MS, ...options })) };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as Partial<Ended> & { code?: number | string };
    return { status: typeof code === 'number' ? code : -1, stdout, stderr };
  }
}

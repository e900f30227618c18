/**
 * Builds dist/ from src/ in two steps: `tsc` writes build/, a module a file, which benchmarks and tests of single modules
 * use; scripts/bundle.mjs makes of these the files that are run and shipped. Takes away what no source makes any more.
 *
 *   node scripts/build.mjs [--if-stale]     do nothing when dist/ already fits the sources
 */

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BUILD, buildState, DIST, filesBelow, hashInputs, INPUTS_FILE, ROOT, SRC } from './build-state.mjs';
import { withLockFile } from './lock-file.mjs';

const BUILD_TIMEOUT_MS = 5 * 60_000;
const BUILD_INFO = '.tsbuildinfo';

const ifStale = process.argv.includes('--if-stale');
process.exitCode = ifStale && buildState() === 'fresh' ? 0 : await build();

async function build() {
  return await withLockFile(
    { file: join(ROOT, '.build.lock'), what: 'a build', timeoutMs: BUILD_TIMEOUT_MS },
    async () => (ifStale && buildState() === 'fresh' ? 0 : await buildNow()),
  );
}

async function buildNow() {
  const startedMs = performance.now();
  const before = hashInputs();
  const { compiled, copied } = expectedOutputs();
  mkdirSync(BUILD, { recursive: true });
  mkdirSync(DIST, { recursive: true });
  removeStale(new Set([...compiled, ...copied]));
  // tsc trusts its own notes and would not write again an output that somebody deleted.
  if (compiled.some((name) => !existsSync(join(BUILD, name))))
    rmSync(join(BUILD, BUILD_INFO), { force: true });
  rmSync(INPUTS_FILE, { force: true });

  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [
    '-p',
    'tsconfig.json',
    '--incremental',
    '--tsBuildInfoFile',
    join(BUILD, BUILD_INFO),
    '--pretty',
    'false',
  ];
  const { status } = spawnSync(process.execPath, [tsc, ...args], { cwd: ROOT, stdio: 'inherit' });
  for (const name of copied) {
    mkdirSync(dirname(join(BUILD, name)), { recursive: true });
    copyFileSync(join(SRC, name), join(BUILD, name));
  }
  if (status !== 0) {
    console.error('the build failed: see the errors above. dist/ counts as stale.');
    return 1;
  }
  const { bundle } = await import('./bundle.mjs');
  await bundle([basename(INPUTS_FILE)]);
  // The hash of before: a source that changed meanwhile must count as newer than this build.
  writeFileSync(INPUTS_FILE, `${before}\n`);
  console.error(`built dist/ in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  return 0;
}

/** What tsc writes, and what it does not know of: committed JavaScript (the generated protobuf code) and data files. */
function expectedOutputs() {
  const compiled = [];
  const copied = [];
  for (const name of filesBelow(SRC)) {
    if (name.endsWith('.md')) continue;
    const isSource = name.endsWith('.ts') && !name.endsWith('.d.ts');
    if (!isSource) copied.push(name);
    else compiled.push(name.replace(/\.ts$/, '.js'), name.replace(/\.ts$/, '.d.ts'));
  }
  return { compiled, copied };
}

/** @param {ReadonlySet<string>} expected */
function removeStale(expected) {
  for (const name of filesBelow(BUILD)) {
    if (!expected.has(name) && name !== BUILD_INFO) rmSync(join(BUILD, name));
  }
}

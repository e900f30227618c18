/**
 * Makes one executable of penstock and Node.js (docs/single-binary.md says what it is and needs).
 *
 *   npm run build:binary                            dist/penstock, of the Node.js that runs
 *   npm run build:binary -- --node 24               of a pinned release of Node.js 24 from the registry
 *   npm run build:binary -- --target linux-arm64    for another system; needs --node
 *   npm run build:binary -- --out FILE
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { FUSE, findBase, TARGETS } from './binary-base.mjs';
import { programFiles } from './binary-files.mjs';
import { BUILD, DIST, ROOT } from './build-state.mjs';

const USAGE = `usage: npm run build:binary -- [--node 24] [--target ${TARGETS.join('|')}] [--out FILE]`;
const CACHE = join(ROOT, 'node_modules', '.cache');
const POSTJECT = join(ROOT, 'node_modules', 'postject', 'dist', 'cli.js');
/** Where Node.js looks for what was put into it. */
const RESOURCE = 'NODE_SEA_BLOB';

try {
  await main(readArguments());
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

function readArguments() {
  const text = /** @type {const} */ ({ type: 'string' });
  try {
    return parseArgs({ options: { node: text, target: text, out: text } }).values;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

async function main({
  node: release,
  target = `${process.platform}-${process.arch}`,
  out = join(DIST, 'penstock'),
}) {
  const startedMs = performance.now();
  const file = resolve(out);
  const made = `${file}.${process.pid}.new`;
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'penstock-binary-'));
  try {
    const base = findBase({ release, target, folder });
    const build = spawnSync(process.execPath, ['scripts/build.mjs', '--if-stale'], {
      cwd: ROOT,
      stdio: 'inherit',
    });
    if (build.status !== 0) throw new Error('the build failed');
    const files = programFiles({
      ...{ target, abi: base.abi, folder },
      ...{ nodeVersion: base.version, nodeLicence: base.licence },
    });
    const blob = await makeBlob(files, base.maker, folder);
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(base.node, made);
    chmodSync(made, 0o755);
    // It warns at length of sections of Node.js that are of no interest: what it says is shown where it fails.
    execFileSync(process.execPath, [POSTJECT, made, RESOURCE, blob, '--sentinel-fuse', FUSE], {
      stdio: 'pipe',
    });
    renameSync(made, file);
    const took = ((performance.now() - startedMs) / 1000).toFixed(1);
    const size = (statSync(file).size / 2 ** 20).toFixed(0);
    console.error(`made ${file} for ${target} of Node.js ${base.version} in ${took} s: ${size} MiB`);
  } finally {
    rmSync(made, { force: true });
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * What goes into the binary, as a file: the script that it starts with, and every file of the program as an asset, compressed:
 * Node.js maps the whole of it into memory.
 * @param {ReadonlyMap<string, Buffer>} files
 * @param {string} maker
 * @param {string} folder
 */
async function makeBlob(files, maker, folder) {
  const main = join(folder, 'main.cjs');
  const output = join(folder, 'blob');
  await bundleStart(main);
  const assets = /** @type {Record<string, string>} */ ({});
  const add = (/** @type {string} */ path, /** @type {string | Buffer} */ content) => {
    assets[path] = join(folder, `asset-${Object.keys(assets).length}`);
    writeFileSync(assets[path], content);
  };
  for (const [path, content] of files) add(path, gzipSync(content));
  add('manifest.json', JSON.stringify(manifestOf(files)));
  const config = {
    ...{ main, output, assets },
    disableExperimentalSEAWarning: true,
    // Node.js 20 does not know it: there NODE_OPTIONS is heeded as by Node.js itself.
    execArgvExtension: 'none',
  };
  writeFileSync(join(folder, 'sea.json'), JSON.stringify(config));
  execFileSync(maker, ['--experimental-sea-config', join(folder, 'sea.json')], { stdio: 'pipe' });
  return output;
}

/** As `ProgramManifest` of src/native/unpack-program.ts. @param {ReadonlyMap<string, Buffer>} files */
function manifestOf(files) {
  const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const sums = Object.fromEntries([...files].map(([path, content]) => [path, sha256(content)]));
  return { name: `${name}-${version}-${sha256(JSON.stringify(sums)).slice(0, 32)}`, files: sums };
}

/** @param {string} file */
async function bundleStart(file) {
  const build = await rolldown({ input: join(BUILD, 'cli', 'single-binary.js'), platform: 'node' });
  await build.write({ file, format: 'cjs', comments: false });
  await build.close();
}

/** @param {string | Buffer} content */
function sha256(content) {
  return createHash('sha256').update(content).digest('hex');
}

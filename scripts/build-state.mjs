/** Whether dist/ was built from the sources as they are now: a hash over every input, kept in dist/.inputs. */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const SRC = join(ROOT, 'src');
/** A module a file, as `tsc` writes them: for benchmarks and tests of single modules. */
export const BUILD = join(ROOT, 'build');
/** Bundles: what is run and shipped. */
export const DIST = join(ROOT, 'dist');
/** Written last by a build that had no errors. */
export const INPUTS_FILE = join(DIST, '.inputs');

/** Beside src/: a change of the compiler, its options or the build itself makes dist/ stale too. */
const OTHER_INPUTS = [
  'tsconfig.json',
  'package.json',
  'package-lock.json',
  'scripts/build.mjs',
  'scripts/bundle.mjs',
];

/**
 * All files below a folder, as paths relative to it with forward slashes, sorted.
 * @param {string} folder
 * @returns {string[]}
 */
export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/**
 * SHA-256 over the names and contents of all inputs, in hex.
 * @returns {string}
 */
export function hashInputs() {
  const hash = createHash('sha256');
  const add = (/** @type {string} */ name, /** @type {string} */ path) => {
    const content = readFileSync(path);
    hash.update(`${name}\0${content.length}\0`).update(content);
  };
  for (const name of filesBelow(SRC)) {
    if (!name.endsWith('.md')) add(`src/${name}`, join(SRC, name));
  }
  for (const name of OTHER_INPUTS) {
    if (existsSync(join(ROOT, name))) add(name, join(ROOT, name));
  }
  return hash.digest('hex');
}

/**
 * @returns {'missing' | 'stale' | 'fresh'}
 */
export function buildState() {
  if ([BUILD, DIST].some((folder) => !existsSync(join(folder, 'cli', 'main.js')))) return 'missing';
  if (!existsSync(INPUTS_FILE)) return 'stale';
  return readFileSync(INPUTS_FILE, 'utf8').trim() === hashInputs() ? 'fresh' : 'stale';
}

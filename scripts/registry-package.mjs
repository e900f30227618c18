/** A package of the registry, by the hash of its archive: fetched once, checked at each use. For what `npm ci` does not install on this machine. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './build-state.mjs';

const CACHE = join(ROOT, 'node_modules', '.cache', 'penstock-packages');
const FETCH_TIMEOUT_MS = 5 * 60_000;

/**
 * Unpacks it into `folder`.
 * @param {{ name: string, version: string, integrity: string }} wish `integrity`: `sha512-…` of the archive, as in package-lock.json
 * @param {string} folder
 * @returns {string} the package's own folder
 */
export function unpackPackage({ name, version, integrity }, folder) {
  const archive = join(CACHE, `${name.replace('@', '').replaceAll('/', '-')}-${version}.tgz`);
  if (!existsSync(archive) || integrityOf(archive) !== integrity) fetchArchive(`${name}@${version}`, archive);
  const found = integrityOf(archive);
  if (found !== integrity) {
    rmSync(archive);
    throw new Error(
      `${name}@${version} of the registry is not the expected file: it has ${found}, not ${integrity}`,
    );
  }
  mkdirSync(folder, { recursive: true });
  run('tar', ['-xzf', archive, '-C', folder], `${archive} cannot be unpacked`);
  return join(folder, 'package');
}

/** @param {string} wish @param {string} archive */
function fetchArchive(wish, archive) {
  console.error(`fetching ${wish} …`);
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'fetch-'));
  try {
    const beside = join(dirname(process.execPath), 'npm');
    const npm = existsSync(beside) ? beside : 'npm';
    const args = ['pack', wish, '--json', '--ignore-scripts', '--pack-destination', folder];
    const [{ filename }] = JSON.parse(run(npm, args, `${wish} cannot be had from the registry`));
    renameSync(join(folder, filename), archive);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} file */
function integrityOf(file) {
  return `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} trouble
 * @returns {string} standard output
 */
function run(program, args, trouble) {
  const result = spawnSync(program, args, { encoding: 'utf8', timeout: FETCH_TIMEOUT_MS });
  if (result.status === 0) return result.stdout;
  // The first lines say it. They name the registry, which may be a private one.
  const said = (result.error?.message ?? result.stderr).trim().split('\n').slice(0, 4).join('; ');
  throw new Error(`${trouble}: ${said.replaceAll(/\bhttps?:\/\/[^\s/]+/g, '<registry>')}`);
}

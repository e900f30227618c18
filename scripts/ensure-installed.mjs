/**
 * Makes `npm start`, `npm test`, `npm run build` and `npm run check` work in a fresh clone: checks the Node version and
 * installs the packages of package-lock.json where they are missing or were installed from another lock file.
 * Uses nothing but Node, for it runs before anything is installed.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLockFile } from './lock-file.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MINIMUM_NODE = [20, 19];
const INSTALL_TIMEOUT_MS = 15 * 60_000;
/** Holds the hash of the lock file that node_modules was made from. Inside, so that it vanishes with it. */
const MARK = join(ROOT, 'node_modules', '.penstock-lock');
/** npm writes this last and takes it away first, so an interrupted installation has none. */
const NPM_NOTES = join(ROOT, 'node_modules', '.package-lock.json');

checkNode();
if (!isInstalled()) {
  await withLockFile(
    { file: join(ROOT, '.install.lock'), what: 'an installation', timeoutMs: INSTALL_TIMEOUT_MS },
    // Whoever waited finds the work done.
    () => isInstalled() || install(),
  ).catch((error) => fail(error.message));
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = MINIMUM_NODE;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  fail(
    `penstock needs Node ${needMajor}.${needMinor} or newer; this is ${process.version}. See https://nodejs.org.`,
  );
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
}

function isInstalled() {
  if (existsSync(MARK) && readFileSync(MARK, 'utf8').trim() === lockHash()) return true;
  if (!isSameTree()) return false;
  writeFileSync(MARK, `${lockHash()}\n`);
  return true;
}

/** Somebody may have run `npm install` himself: then what npm notes about its tree says the same as the lock file. */
function isSameTree() {
  if (!existsSync(NPM_NOTES)) return false;
  const { packages: installed } = JSON.parse(readFileSync(NPM_NOTES, 'utf8'));
  const { packages: locked } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  return (
    Object.keys(installed).every((path) => path in locked) &&
    Object.entries(locked).every(
      ([path, { version, optional }]) =>
        path === '' ||
        installed[path]?.version === version ||
        // Packages of other platforms are optional and not installed.
        (optional === true && !(path in installed)),
    )
  );
}

function install() {
  console.error('installing the packages of package-lock.json …');
  // The hash of before: an edit during the installation must lead to another one.
  const hash = lockHash();
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, NODE_ENV: '' },
  });
  if (result.status !== 0) {
    const said = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim();
    fail(`npm ci failed (${result.error?.message ?? `status ${result.status}`}):\n${withoutHosts(said)}`);
  }
  writeFileSync(MARK, `${hash}\n`);
  return true;
}

/** What npm says names the registry, which may be a private one: nobody's log needs it. */
function withoutHosts(text) {
  return text.replace(/\bhttps?:\/\/[^\s/]+/g, '<registry>');
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

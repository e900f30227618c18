/**
 * The programs beside Node that tests use, and the Debian packages that carry them. The one table: a test names a program
 * with `requireProgram('nginx')` (test/support/programs.ts), `npm test` installs what is named and missing.
 */

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** @type {Readonly<Record<string, string>>} program → Debian package */
export const DEBIAN_PACKAGES = Object.freeze({
  caddy: 'caddy',
  cc: 'gcc',
  chromium: 'chromium',
  curl: 'curl',
  h2load: 'nghttp2-client',
  h2o: 'h2o',
  haproxy: 'haproxy',
  make: 'make',
  named: 'bind9',
  nghttp: 'nghttp2-client',
  nginx: 'nginx-light',
  openssl: 'openssl',
  pebble: 'pebble',
  'pebble-challtestsrv': 'pebble',
  ss: 'iproute2',
  'systemd-analyze': 'systemd',
  taskset: 'util-linux',
  wrk: 'wrk',
});

/** dpkg's own switch: a policy that answers 101 keeps packages from starting their services (invoke-rc.d(8)). */
const POLICY_FILE = '/usr/sbin/policy-rc.d';
/** Where servers live that a user's PATH may leave out. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin'];

/**
 * The file of a program, or null.
 * @param {string} name
 * @returns {string | null}
 */
export function findProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  for (const folder of folders) {
    if (folder === '') continue;
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not here.
    }
  }
  return null;
}

/**
 * Why a program cannot be used, for a skipped test, or null when it can.
 * @param {string} name
 * @returns {string | null}
 */
export function missingProgram(name) {
  const debianPackage = DEBIAN_PACKAGES[name];
  if (debianPackage === undefined)
    throw new Error(`add ${name} and its package to scripts/debian-programs.mjs`);
  return findProgram(name) === null ? `${name} is missing: apt-get install ${debianPackage}` : null;
}

/** True where `installPrograms` may be tried. */
export function canInstall() {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && findProgram('apt-get') !== null;
}

/**
 * Installs the packages of these programs with apt-get. Returns what went wrong, or null.
 * @param {readonly string[]} names
 * @returns {string | null}
 */
export function installPrograms(names) {
  const packages = [...new Set(names.map((name) => DEBIAN_PACKAGES[name] ?? name))];
  const hadPolicy = existsSync(POLICY_FILE);
  if (!hadPolicy) writeFileSync(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return (
      aptGet(['update', '-qq']) ?? aptGet(['install', '-y', '-qq', '--no-install-recommends', ...packages])
    );
  } finally {
    if (!hadPolicy) rmSync(POLICY_FILE, { force: true });
  }
}

/** @param {readonly string[]} args */
function aptGet(args) {
  const result = spawnSync(
    'apt-get',
    ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=3', ...args],
    {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    },
  );
  if (result.status === 0) return null;
  const said = `${result.stdout ?? ''}${result.stderr ?? ''}`
    .trim()
    .replace(/\bhttps?:\/\/[^\s/]+/g, '<mirror>');
  return `apt-get ${args.join(' ')} failed:\n${said}`;
}

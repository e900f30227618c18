/**
 * Completes package-lock.json: a registry mirror may not carry the packages of other platforms, npm then leaves them out of the
 * lock file without a word, and `npm ci` refuses such a file everywhere. Run it after a change of the dependencies.
 * What is added has the exact version that its parent asks for, and no integrity hash, for nobody has seen its bytes here.
 */

import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('../package-lock.json', import.meta.url);
const LIBC = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' };
const EXACT = /^\d+\.\d+\.\d+$/;

const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const added = [];
for (const [path, parent] of Object.entries({ ...lock.packages })) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const isLocked =
      `node_modules/${name}` in lock.packages || `${path}/node_modules/${name}` in lock.packages;
    if (isLocked || !EXACT.test(version)) continue;
    lock.packages[`node_modules/${name}`] = {
      version,
      ...platformOf(name),
      ...(parent.dev ? { dev: true } : {}),
      optional: true,
    };
    added.push(`${name}@${version}`);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
if (added.length > 0) writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? 'package-lock.json is complete' : `added:\n  ${added.join('\n  ')}`);

/**
 * Names of platform packages follow one pattern: `binding-linux-x64-musl`, `cli-darwin-arm64`.
 * @param {string} name
 */
function platformOf(name) {
  const match =
    /(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|ia32|ppc64|riscv64|s390x|x64)(?:-(\w+))?(?:-\w+)*$/.exec(
      name,
    );
  if (match === null) return {};
  const [, os, cpu, abi = ''] = match;
  return { cpu: [cpu], ...(os === 'linux' && abi in LIBC ? { libc: [LIBC[abi]] } : {}), os: [os] };
}

/** The Node.js that a single binary is made of: the one that runs, or a pinned release of the registry. */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unpackPackage } from './registry-package.mjs';

/** `process.platform` and `process.arch` of what can be made. */
export const TARGETS = ['linux-x64', 'linux-arm64'];
/** Each binary of Node.js that can become a single one holds this mark once; injecting sets the digit behind it. */
export const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** By major version: packages node-TARGET of the registry, with the hashes of their archives. */
const RELEASES = new Map([
  [
    '24',
    {
      version: '24.21.0',
      integrity: new Map([
        [
          'linux-x64',
          'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
        ],
        [
          'linux-arm64',
          'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
        ],
      ]),
    },
  ],
]);

/**
 * @typedef {object} Base
 * @property {string} node the binary that becomes penstock
 * @property {string} maker one of the same version that runs on this machine, and writes what goes into it
 * @property {string} version without the `v`
 * @property {string} abi NODE_MODULE_VERSION
 * @property {string} licence
 */

/**
 * @param {{ release: string | undefined, target: string, folder: string }} wish `release`: a major version; undefined: the Node.js that
 *   runs. `folder`: for what has to be unpacked.
 * @returns {Base}
 */
export function findBase({ release, target, folder }) {
  const here = `${process.platform}-${process.arch}`;
  if (!TARGETS.includes(target)) {
    throw new Error(`--target ${target}: binaries are made for ${TARGETS.join(' and ')}`);
  }
  if (release === undefined && target !== here) {
    throw new Error(
      `--target ${target}: this Node.js is for ${here}; name a release of the registry with --node ${[...RELEASES.keys()]}`,
    );
  }
  if (release === undefined) return checked(process.execPath, process.execPath, installedLicence());
  const node = releaseFolder(release, target, folder);
  const licence = readFileSync(join(node, 'LICENSE'), 'utf8');
  // What is put into a binary has a form of its own in each version: only the same version may write it.
  const maker = target === here ? node : releaseFolder(release, here, folder);
  return checked(join(node, 'bin', 'node'), join(maker, 'bin', 'node'), licence);
}

/** @param {string} release @param {string} target @param {string} folder */
function releaseFolder(release, target, folder) {
  const pinned = RELEASES.get(release);
  if (pinned === undefined) {
    throw new Error(
      `--node ${release}: there is a pinned release of ${[...RELEASES.keys()].join(', ')} only`,
    );
  }
  const integrity = pinned.integrity.get(target);
  if (integrity === undefined)
    throw new Error(`there is no Node.js ${pinned.version} for ${target} to build with`);
  const wish = { name: `node-${target}`, version: pinned.version, integrity };
  return unpackPackage(wish, join(folder, target));
}

/** @param {string} node @param {string} maker @param {string} licence @returns {Base} */
function checked(node, maker, licence) {
  if (!readFileSync(node).includes(FUSE)) {
    throw new Error(
      `${node} cannot become a single binary (some distributions keep most of Node.js in a library beside it); build with --node ${[...RELEASES.keys()]}`,
    );
  }
  const asked = ['-p', 'process.versions.node + " " + process.versions.modules'];
  const [version = '', abi = ''] = execFileSync(maker, asked, { encoding: 'utf8' }).trim().split(' ');
  return { node, maker, version, abi, licence };
}

/** Where archives, images and Debian's package keep it. */
function installedLicence() {
  const folder = dirname(dirname(process.execPath));
  const places = ['LICENSE', 'share/doc/nodejs/LICENSE', 'share/doc/node/LICENSE'];
  const file = places.map((place) => join(folder, place)).find((place) => existsSync(place));
  return file === undefined
    ? `See https://github.com/nodejs/node/blob/${process.version}/LICENSE`
    : readFileSync(file, 'utf8');
}

/**
 * Which file of uWebSockets.js is to be loaded here, checked without loading it: the build of the installed package
 * for this platform and Node.js, if it is byte for byte a pinned one, or the file that PENSTOCK_UWS names.
 */

import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { messageOf } from '../kit/errors.ts';
import { hashFile } from './hash-file.ts';
import { nativeUnavailable } from './native-error.ts';
import { NODE_BY_ABI, PINNED_SHA256, UWS_VERSION } from './pinned-builds.ts';
import { type Environment, isOlder, type System } from './system.ts';

/** The builds call `arc4random`, which no older glibc has; this is no matter of spelling, so no edit mends it. */
const OLDEST_GLIBC = '2.36';

/** A pinned build, checked. */
export interface UwsPackageFile {
  readonly source: 'package';
  readonly path: string;
  /** Its key in the tables of pinned builds. */
  readonly build: string;
}

export type UwsFile = UwsPackageFile | { readonly source: 'override'; readonly path: string };

/** Throws PENSTOCK_NATIVE_UNAVAILABLE. `packageFolder` is where the package's files are; it throws if there is none. */
export function findUwsFile(
  system: System,
  environment: Environment,
  packageFolder: () => string = installedFolder,
): UwsFile {
  const override = environment.PENSTOCK_UWS;
  return override === undefined || override === ''
    ? findPackageFile(system, packageFolder)
    : findOverride(override);
}

function findOverride(written: string): UwsFile {
  const path = resolve(written);
  const mend = 'Name a uWebSockets.js build for this system, or unset PENSTOCK_UWS to use the installed one.';
  // Node.js decides by the name how a file is loaded: any other would be read as JavaScript.
  if (!path.endsWith('.node')) {
    throw nativeUnavailable(`PENSTOCK_UWS=${written} does not name a .node file`, mend);
  }
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw nativeUnavailable(`there is no file ${path}, which PENSTOCK_UWS names`, mend);
  if (!stat.isFile()) throw nativeUnavailable(`${path}, which PENSTOCK_UWS names, is not a file`, mend);
  return { source: 'override', path };
}

function findPackageFile(system: System, packageFolder: () => string): UwsFile {
  const build = buildName(system);
  let path: string;
  try {
    path = join(packageFolder(), `uws_${build}.node`);
  } catch (error) {
    throw nativeUnavailable('the package uWebSockets.js is not installed', 'Run: npm ci', error);
  }
  let sha256: string;
  try {
    sha256 = hashFile(path);
  } catch (error) {
    throw nativeUnavailable(`${path} cannot be read (${messageOf(error)})`, 'Run: npm ci', error);
  }
  if (sha256 !== PINNED_SHA256.get(build)) {
    throw nativeUnavailable(
      `${path} is not the file of version ${UWS_VERSION} (its SHA-256 is ${sha256}, not ${PINNED_SHA256.get(build)})`,
      'Install the dependencies anew with: npm ci. To use a build of your own on purpose, name it with PENSTOCK_UWS=/path/to/file.node',
    );
  }
  return { source: 'package', path, build };
}

/** The key of the pinned table for this system. */
function buildName(system: System): string {
  const releases = [...new Set(NODE_BY_ABI.values())].join(', ');
  const name = `${system.platform}_${system.arch}_${system.abi}`;
  if (!NODE_BY_ABI.has(system.abi)) {
    throw nativeUnavailable(
      `there is no build for Node.js ${system.node} (ABI ${system.abi})`,
      `Run penstock with Node.js ${releases}.`,
    );
  }
  if (!PINNED_SHA256.has(name)) {
    throw nativeUnavailable(
      `there is no build for ${system.platform} on ${system.arch}`,
      'Builds exist for linux and darwin on x64 and arm64; name one of your own with PENSTOCK_UWS=/path/to/file.node.',
    );
  }
  if (system.platform === 'linux' && system.glibc === null) {
    throw nativeUnavailable(
      'this Node.js does not run on glibc, and there is no build for musl or another C library',
      'Use a distribution with glibc (in containers: node:22-bookworm-slim rather than node:22-alpine), or name a build for this system with PENSTOCK_UWS=/path/to/file.node.',
    );
  }
  if (system.glibc !== null && isOlder(system.glibc, OLDEST_GLIBC)) {
    throw nativeUnavailable(
      `it needs glibc ${OLDEST_GLIBC} or newer and this system has ${system.glibc}`,
      'Use Debian 12, Ubuntu 24.04, RHEL 10 or newer, or name a build for this system with PENSTOCK_UWS=/path/to/file.node.',
    );
  }
  return name;
}

function installedFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('uWebSockets.js'));
}

/**
 * Loads uWebSockets.js in the calling thread. Every thread that serves calls it for itself; the primary never does
 * (`prepare.ts` checks there that it can be done). A thread that opened apps must close them before it ends, or the
 * whole process aborts.
 */

import { createRequire } from 'node:module';
import { messageOf } from '../kit/errors.ts';
import { nativeUnavailable } from './native-error.ts';
import { relaxedCopy } from './relaxed-copy.ts';
import { describeSystem, type Environment } from './system.ts';
import { findUwsFile, type UwsPackageFile } from './uws-file.ts';
import type { UwsModule } from './uws-types.ts';

const NEEDS_NEWER_GLIBC = /version `GLIBC_2\.38' not found/;
const OVERRIDE_MEND =
  'Name a uWebSockets.js build for this system and Node.js version, or unset PENSTOCK_UWS to use the installed one.';

/**
 * The library, ready for use and silent. Throws PENSTOCK_NATIVE_UNAVAILABLE. Checks the file anew at each call: call it
 * once in a thread and keep the result.
 */
export function loadUws(environment: Environment = process.env): UwsModule {
  const file = findUwsFile(describeSystem(), environment);
  const loaded = file.source === 'override' ? loadOverride(file.path) : loadPackage(file, environment);
  if (!isUws(loaded)) {
    throw nativeUnavailable(`${file.path} is not a build of uWebSockets.js`, OVERRIDE_MEND);
  }
  loaded._cfg('silent');
  return loaded;
}

function loadOverride(path: string): unknown {
  try {
    return requireNative(path);
  } catch (error) {
    throw nativeUnavailable(
      `${path}, which PENSTOCK_UWS names, cannot be loaded (${messageOf(error)})`,
      OVERRIDE_MEND,
      error,
    );
  }
}

function loadPackage(file: UwsPackageFile, environment: Environment): unknown {
  try {
    return requireNative(file.path);
  } catch (error) {
    if (!NEEDS_NEWER_GLIBC.test(messageOf(error))) {
      throw nativeUnavailable(`${file.path} cannot be loaded (${messageOf(error)})`, 'Run: npm ci', error);
    }
  }
  const path = relaxedCopy(file, environment);
  try {
    return requireNative(path);
  } catch (error) {
    throw nativeUnavailable(
      `${path} cannot be loaded (${messageOf(error)})`,
      'If its file system is mounted with noexec, name a folder on another one with PENSTOCK_CACHE=/path.',
      error,
    );
  }
}

/** `require` keeps what it loaded for the life of the thread, so that a second call gives the same module. */
function requireNative(path: string): unknown {
  return createRequire(import.meta.url)(path);
}

function isUws(module: unknown): module is UwsModule {
  if (typeof module !== 'object' || module === null) return false;
  const names = ['App', 'SSLApp', 'us_listen_socket_close', 'us_socket_local_port', '_cfg'];
  return names.every((name) => typeof Reflect.get(module, name) === 'function');
}

/**
 * What the primary does about native code before it starts a worker: it finds out whether every worker will be able
 * to load the HTTP engine, and sets what the engine reads once at load. It never loads the engine itself.
 */

import { isMainThread } from 'node:worker_threads';
import { relaxedCopy } from './relaxed-copy.ts';
import { describeSystem, type Environment, isOlder, type System } from './system.ts';
import { findUwsFile } from './uws-file.ts';

/** The glibc that the pinned builds were linked with; with an older one their edited copies are loaded. */
const BUILT_FOR_GLIBC = '2.38';
/** What `limits.header_bytes: 0` comes to: the engine needs a number, and counts in 32 bits. */
const NO_HEADER_LIMIT = 1 << 30;

export interface PreparedUws {
  readonly source: 'override' | 'package';
  /** The file that the workers will load. */
  readonly path: string;
}

/**
 * Throws PENSTOCK_NATIVE_UNAVAILABLE where no worker could load the engine, as far as can be told without loading it.
 * Makes the edited copy where one is needed, so that the workers find it.
 */
export function prepareUws(
  environment: Environment = process.env,
  system: System = describeSystem(),
): PreparedUws {
  const file = findUwsFile(system, environment);
  if (file.source === 'package' && system.glibc !== null && isOlder(system.glibc, BUILT_FOR_GLIBC)) {
    return { source: file.source, path: relaxedCopy(file, environment) };
  }
  return { source: file.source, path: file.path };
}

/**
 * Bounds the header section of a request, in bytes; 0 = no limit. Holds for the engine's whole life: it must be called
 * before the first worker loads it, and a later change needs a restart. Only in the primary: the engine asks the
 * real environment, of which a worker has a copy.
 */
export function setHeaderLimit(bytes: number): void {
  if (!isMainThread) throw new TypeError('setHeaderLimit must be called in the primary thread');
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new RangeError(`not a size in bytes: ${bytes}`);
  const limit = bytes === 0 ? NO_HEADER_LIMIT : Math.min(bytes, NO_HEADER_LIMIT);
  process.env.UWS_HTTP_MAX_HEADERS_SIZE = String(limit);
}

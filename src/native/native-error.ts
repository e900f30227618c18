/** The errors of this room: what is wrong, where, and what mends it. */

import { PenstockError } from '../kit/errors.ts';

export function nativeUnavailable(what: string, mend: string, cause?: unknown): PenstockError {
  return new PenstockError(
    'PENSTOCK_NATIVE_UNAVAILABLE',
    `uWebSockets.js cannot be used: ${what}. ${mend}`,
    cause === undefined ? {} : { cause },
  );
}

/** Of the folder for files that are loaded as code. */
export function cacheUnavailable(what: string, mend: string, cause?: unknown): PenstockError {
  return new PenstockError(
    'PENSTOCK_NATIVE_UNAVAILABLE',
    `the cache for files that are loaded as code cannot be used: ${what}. ${mend}`,
    cause === undefined ? {} : { cause },
  );
}

/** The one error of this room: what is wrong, where, and what mends it. */

import { PenstockError } from '../kit/errors.ts';

export function nativeUnavailable(what: string, mend: string, cause?: unknown): PenstockError {
  return new PenstockError(
    'PENSTOCK_NATIVE_UNAVAILABLE',
    `uWebSockets.js cannot be used: ${what}. ${mend}`,
    cause === undefined ? {} : { cause },
  );
}

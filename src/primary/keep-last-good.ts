/** The last good snapshot, kept in the state directory; where that fails, penstock serves on and says so. Primary thread. */

import { messageOf } from '../kit/errors.ts';
import type { Log } from './log.ts';
import { storeLastGood } from './publish/last-good.ts';

export function keepLastGood(stateDir: string, bytes: Uint8Array, log: Log['logger']): void {
  try {
    storeLastGood(stateDir, bytes);
  } catch (error) {
    log.warn(`the last good snapshot is not kept: ${messageOf(error)}`);
  }
}

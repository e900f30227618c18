/** Waiting that a signal ends. Primary thread. */

import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after `ms` milliseconds. Rejects with the signal's reason once that is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // What the timer itself rejects with says less than the signal's reason.
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

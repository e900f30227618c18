/** How many workers can run of those that are asked for. Primary thread, at the start. */

import { reusePortMeans } from '../native/reuse-port.ts';
import type { Log } from './log.ts';

const WITHOUT_SHARED_PORTS =
  'several threads can share a port only with Node.js 22.12 or later on Linux, or with koffi, which cannot be loaded here';

/** Without a way to share a port there can be only one; the log says so. */
export function workersThatRun(asked: number, log: Log['logger']): number {
  if (asked === 1 || reusePortMeans() !== 'none') return asked;
  log.warn(`${asked} workers are asked for and 1 runs: ${WITHOUT_SHARED_PORTS}`);
  return 1;
}

/** How many workers run. Primary thread. */

import { reusePortMeans } from '../native/reuse-port.ts';
import type { Log } from './log.ts';

/** Told once, at the start. */
const WITHOUT_SHARED_PORTS =
  'several threads can share a port only with Node.js 22.12 or later on Linux, or with koffi, which cannot be loaded here';

/** Of those that are asked for. Without a way to share a port there can be only one. */
export function fleetSize(asked: number, log: Log['logger']): number {
  if (asked === 1 || reusePortMeans() !== 'none') return asked;
  log.warn(`${asked} workers are asked for and 1 runs: ${WITHOUT_SHARED_PORTS}`);
  return 1;
}

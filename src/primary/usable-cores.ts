/** How many cores this process may really use: `workers: auto`. Primary thread. */

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** The cores of the affinity mask, less what a container's CPU quota (cgroup v2) does not pay for; at least 1. */
export function usableCores(): number {
  const cores = availableParallelism();
  const quota = cgroupQuota();
  return quota === null ? cores : Math.max(1, Math.min(cores, Math.floor(quota)));
}

/** Cores' worth of CPU time, or null without a limit. */
function cgroupQuota(): number | null {
  try {
    const [quota = 'max', period = '100000'] = readFileSync('/sys/fs/cgroup/cpu.max', 'utf8')
      .trim()
      .split(' ');
    const cores = Number(quota) / Number(period);
    return Number.isFinite(cores) && cores > 0 ? cores : null;
  } catch {
    return null;
  }
}

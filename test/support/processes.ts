/** Processes that are known by their id alone, such as those that a process of a test has started. */

import { waitFor } from './wait-for.ts';

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** SIGTERM, then waits for the end. */
export async function endProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM');
  await waitFor(() => !isAlive(pid), { what: `process ${pid} to end` });
}

/** When the supervisor starts the process anew, after how long, and what it ends with otherwise. Pure. */

import { ExitStatus, statusOfSignal } from './exit-status.ts';

export const FIRST_DELAY_MS = 100;
export const MAX_DELAY_MS = 10_000;
/** Having served this long, a process counts as sound: the next delay is the first one again. */
export const HEALTHY_AFTER_MS = 30_000;

/**
 * How long to wait before the next start, in milliseconds.
 * @param previousMs the delay before the run that ended; null if it was the first
 * @param servedMs how long that run served, from its ready line on; 0 if it never did
 */
export function nextDelayMs(previousMs: number | null, servedMs: number): number {
  if (previousMs === null || servedMs >= HEALTHY_AFTER_MS) return FIRST_DELAY_MS;
  return Math.min(previousMs * 2, MAX_DELAY_MS);
}

/** How a child ended: exactly one of the two is set. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a shell would report for the child. */
export function statusOf(exit: ChildExit): number {
  return exit.signal === null ? (exit.code ?? ExitStatus.FAILED) : statusOfSignal(exit.signal);
}

/**
 * Whether the child is started anew. Not where it ended on purpose (0), where its configuration or usage is wrong
 * (2: the next start would fail alike), where it was told to stop, or where no start ever came to serve.
 */
export function shouldRestart(exit: ChildExit, everReady: boolean, stopping: boolean): boolean {
  if (stopping || !everReady) return false;
  return exit.signal !== null || (exit.code !== ExitStatus.DONE && exit.code !== ExitStatus.WRONG);
}

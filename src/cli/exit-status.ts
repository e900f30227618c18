/** What a command ends with (contract, Commands). Codes of errors carry theirs in `ERROR_CODES`. */

import { constants } from 'node:os';

export const ExitStatus = {
  DONE: 0,
  FAILED: 1,
  /** The configuration or the usage is wrong. */
  WRONG: 2,
} as const;

/** What a shell reports for a process that a signal ended: 128 and the signal's number. */
export function statusOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

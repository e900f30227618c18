/** What a process of the command tells the one that started it: a supervisor, or the process that it takes over from. */

import { isRecord } from '../kit/is-record.ts';

/** All its workers serve. */
export const READY_MESSAGE = 'penstock:ready';

export interface FailedMessage {
  readonly type: 'penstock:failed';
  /** Why it cannot serve. */
  readonly reason: string;
}

export function failedMessage(reason: string): FailedMessage {
  return { type: 'penstock:failed', reason };
}

export function isFailedMessage(message: unknown): message is FailedMessage {
  return isRecord(message) && message.type === 'penstock:failed' && typeof message.reason === 'string';
}

/** Resolves once it is on its way, so that the process may end; at once where nobody listens. */
export function tellParent(message: typeof READY_MESSAGE | FailedMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}

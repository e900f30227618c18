/** The wire form of what is tried again. Both threads; a part of the codec. */

import { NO_RETRIES, RETRY_CONDITIONS, type RetryPolicy } from '../../kit/retry-policy.ts';
import type { penstock } from './gen/snapshot.js';

export const encodeRetries = ({ on, ...policy }: RetryPolicy): penstock.v1.Retries.$Properties => ({
  ...policy,
  on: [...RETRY_CONDITIONS.keys()].filter((bit) => (on & (1 << bit)) !== 0),
});

export function decodeRetries(message: penstock.v1.Retries.$Properties | null | undefined): RetryPolicy {
  if (!message) return NO_RETRIES;
  return {
    attempts: message.attempts ?? 0,
    windowMs: message.windowMs ?? 0,
    budgetPercent: message.budgetPercent ?? 0,
    on: (message.on ?? []).reduce<number>((on, bit) => on | (1 << bit), 0),
  };
}

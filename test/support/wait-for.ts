/** Waiting for a condition with a deadline: the only way in which a test may wait for another process or thread. */

import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitForOptions {
  /** What is waited for, for the error: "the second worker to serve". */
  readonly what: string;
  /** Milliseconds; 10 s by default. */
  readonly timeoutMs?: number;
  /** Milliseconds between two looks; 20 by default. */
  readonly intervalMs?: number;
}

type Falsy = false | null | undefined | 0 | '';

/**
 * Calls `look` until it gives something truthy, and returns that. A look that throws counts as not yet; the last
 * thrown message is part of the error at the deadline.
 */
export async function waitFor<T>(
  look: () => T | Promise<T>,
  options: WaitForOptions,
): Promise<Exclude<T, Falsy>> {
  const { what, timeoutMs = 10_000, intervalMs = 20 } = options;
  const deadline = performance.now() + timeoutMs;
  let last = '';
  for (;;) {
    try {
      const value = await look();
      if (value) return value as Exclude<T, Falsy>;
      last = '';
    } catch (error) {
      last = `; the last look failed: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (performance.now() >= deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}${last}`);
    await sleep(intervalMs);
  }
}

/** `promise`, or an error that says what did not come within `timeoutMs` milliseconds. */
export async function within<T>(promise: Promise<T>, options: WaitForOptions): Promise<T> {
  const { what, timeoutMs = 10_000 } = options;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${timeoutMs} ms in vain for ${what}`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

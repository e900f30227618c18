import { describe, expect, it } from 'vitest';
import {
  FIRST_DELAY_MS,
  HEALTHY_AFTER_MS,
  MAX_DELAY_MS,
  nextDelayMs,
  shouldRestart,
  statusOf,
} from '../../../src/cli/restart-policy.ts';

describe('next-delay-ms', () => {
  it('doubles from 100 ms to 10 s and stays there', () => {
    const delays: number[] = [];
    let delay: number | null = null;
    for (let run = 0; run < 10; run += 1) {
      delay = nextDelayMs(delay, 0);
      delays.push(delay);
    }
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000]);
  });

  it('begins anew after 30 s of health, and not a moment earlier', () => {
    expect(nextDelayMs(MAX_DELAY_MS, HEALTHY_AFTER_MS)).toBe(FIRST_DELAY_MS);
    expect(nextDelayMs(400, HEALTHY_AFTER_MS - 1)).toBe(800);
  });
});

describe('should-restart', () => {
  const code = (value: number) => ({ code: value, signal: null });
  const signal = (name: NodeJS.Signals) => ({ code: null, signal: name });

  it.each([
    code(1),
    code(134),
    code(139),
    code(137),
    signal('SIGSEGV'),
    signal('SIGABRT'),
    signal('SIGKILL'),
  ])('starts anew after %j once it was ready', (exit) => {
    expect(shouldRestart(exit, true, false)).toBe(true);
  });

  it.each([code(0), code(2)])('does not after %j', (exit) => {
    expect(shouldRestart(exit, true, false)).toBe(false);
  });

  it('does not where no start ever served, nor where it was told to stop', () => {
    expect(shouldRestart(signal('SIGSEGV'), false, false)).toBe(false);
    expect(shouldRestart(code(1), false, false)).toBe(false);
    expect(shouldRestart(signal('SIGSEGV'), true, true)).toBe(false);
  });
});

describe('status-of', () => {
  it('is what a shell would report', () => {
    expect(statusOf({ code: 3, signal: null })).toBe(3);
    expect(statusOf({ code: null, signal: 'SIGSEGV' })).toBe(139);
    expect(statusOf({ code: null, signal: 'SIGTERM' })).toBe(143);
    expect(statusOf({ code: null, signal: null })).toBe(1);
  });
});

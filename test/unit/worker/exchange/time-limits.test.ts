import { describe, expect, it } from 'vitest';
import { writeLimitMs } from '../../../../src/worker/exchange/time-limits.ts';

describe('time-limits: writeLimitMs', () => {
  it('is the limit itself while nothing was handed over', () => {
    expect(writeLimitMs(30_000, 0)).toBe(30_000);
  });

  it('grows with what was handed over, at 16 KiB a second', () => {
    expect(writeLimitMs(30_000, 16_000)).toBe(31_000);
  });

  it('never exceeds three times the limit', () => {
    expect(writeLimitMs(30_000, 1e12)).toBe(90_000);
  });
});

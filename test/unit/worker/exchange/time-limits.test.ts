import { describe, expect, it } from 'vitest';
import { earningBytes, writeLimitMs } from '../../../../src/worker/exchange/time-limits.ts';
import { Protocol } from '../../../../src/worker/listener/client-side.ts';

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

describe('time-limits: earningBytes', () => {
  it('are those that were handed over, in HTTP/1', () => {
    expect(earningBytes(Protocol.HTTP1_1, 16_000)).toBe(16_000);
  });

  it('earn the longest time in HTTP/2, however few they are', () => {
    expect(writeLimitMs(30_000, earningBytes(Protocol.HTTP2, 1))).toBe(90_000);
  });
});

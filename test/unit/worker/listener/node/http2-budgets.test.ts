import { describe, expect, it } from 'vitest';
import {
  NOISE_BURST_BYTES,
  NOISE_BYTES_PER_SECOND,
  NoiseMeter,
  RESET_BURST,
  RESETS_PER_SECOND,
  ResetBucket,
} from '../../../../../src/worker/listener/node/http2-budgets.ts';

describe('reset-bucket', () => {
  it('takes a burst, and no more', () => {
    const bucket = new ResetBucket(0);
    for (let i = 0; i < RESET_BURST; i++) expect(bucket.add(0)).toBe(false);
    expect(bucket.add(0)).toBe(true);
  });

  it('takes its rate for ever', () => {
    const bucket = new ResetBucket(0);
    for (let i = 1; i < 20_000; i++) expect(bucket.add((i * 1000) / RESETS_PER_SECOND)).toBe(false);
  });

  it('is full sooner or later at any higher rate, and empty after a rest', () => {
    const bucket = new ResetBucket(0);
    let nowMs = 0;
    while (!bucket.add(nowMs)) nowMs += 900 / RESETS_PER_SECOND;
    nowMs += (RESET_BURST / RESETS_PER_SECOND) * 1000 + 1000;
    for (let i = 0; i < RESET_BURST; i++) expect(bucket.add(nowMs)).toBe(false);
    expect(bucket.add(nowMs)).toBe(true);
  });
});

describe('noise-meter', () => {
  it('bears a burst, and its rate for ever', () => {
    const meter = new NoiseMeter(0);
    expect(meter.add(NOISE_BURST_BYTES)).toBe(false);
    for (let second = 1; second < 1_000; second++) {
      meter.leak(second * 1_000);
      expect(meter.add(NOISE_BYTES_PER_SECOND)).toBe(false);
    }
    expect(meter.add(1)).toBe(true);
  });

  it('is quiet again after a rest, and saves nothing up in it', () => {
    const meter = new NoiseMeter(0);
    expect(meter.add(NOISE_BURST_BYTES)).toBe(false);
    meter.leak(1e9);
    expect(meter.add(NOISE_BURST_BYTES)).toBe(false);
    expect(meter.add(1)).toBe(true);
  });

  it('takes off what is due to us, a burst of it at most', () => {
    const meter = new NoiseMeter(0);
    meter.credit(1e9);
    meter.leak(1e9);
    expect(meter.add(2 * NOISE_BURST_BYTES)).toBe(false);
    expect(meter.add(1)).toBe(true);
  });
});

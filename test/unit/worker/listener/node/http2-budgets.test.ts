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
  it('hears nothing of what is payload', () => {
    const meter = new NoiseMeter(0, 500);
    expect(meter.look(500, 500 + 1e9, 1e9, 0)).toBe(false);
    expect(meter.look(1_000, 500 + 2e9, 2e9 + 1e6, 0)).toBe(false);
  });

  it('bears a burst beside it, and its rate for ever', () => {
    const meter = new NoiseMeter(0, 0);
    expect(meter.look(0, NOISE_BURST_BYTES, 0, 0)).toBe(false);
    for (let second = 1; second < 1_000; second++) {
      const read = NOISE_BURST_BYTES + second * NOISE_BYTES_PER_SECOND;
      expect(meter.look(second * 1_000, read, 0, 0)).toBe(false);
    }
    expect(meter.look(999_000, NOISE_BURST_BYTES + 999 * NOISE_BYTES_PER_SECOND + 1, 0, 0)).toBe(true);
  });

  it('saves up no more than that for later', () => {
    const meter = new NoiseMeter(0, 0);
    expect(meter.look(1e9, 0, 1e9, 0)).toBe(false);
    expect(meter.look(1e9, NOISE_BURST_BYTES + 1, 1e9, 0)).toBe(true);
  });

  it('waits for what lies unread in paused uploads', () => {
    const meter = new NoiseMeter(0, 0);
    const read = NOISE_BURST_BYTES + 1_000;
    expect(meter.look(0, read, 0, 1_000)).toBe(false);
    expect(meter.look(0, read, 0, 999)).toBe(true);
    expect(meter.look(0, read, 1_000, 0)).toBe(false);
  });
});

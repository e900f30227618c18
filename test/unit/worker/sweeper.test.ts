import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Sweeper, type Swept } from '../../../src/worker/sweeper.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const clock = { nowMs: () => 5, epochMs: () => 0 };

function swept(onSweep: (self: Swept) => void = () => {}): Swept & { looks: number } {
  return {
    sweepIndex: -1,
    looks: 0,
    sweep(nowMs) {
      expect(nowMs).toBe(5);
      this.looks++;
      onSweep(this);
    },
  };
}

describe('sweeper', () => {
  it('looks at each one ten times a second, and no more once it is taken out', () => {
    const sweeper = new Sweeper(clock);
    const [a, b] = [swept(), swept()];
    sweeper.add(a);
    sweeper.add(b);
    vi.advanceTimersByTime(200);
    sweeper.remove(a);
    vi.advanceTimersByTime(100);
    expect([a.looks, b.looks, a.sweepIndex, sweeper.size]).toEqual([2, 3, -1, 1]);
  });

  it('misses no one when some take themselves out during a look', () => {
    const sweeper = new Sweeper(clock);
    const all = Array.from({ length: 10 }, (_, i) =>
      swept((self) => void (i % 2 === 0 && sweeper.remove(self))),
    );
    for (const one of all) sweeper.add(one);
    vi.advanceTimersByTime(100);
    expect(all.map((one) => one.looks)).toEqual(all.map(() => 1));
    expect(sweeper.size).toBe(5);
    vi.advanceTimersByTime(100);
    expect(all.map((one) => one.looks)).toEqual(all.map((_, i) => (i % 2 === 0 ? 1 : 2)));
  });

  it('taking out twice, or what was never in, does nothing', () => {
    const sweeper = new Sweeper(clock);
    const [a, b] = [swept(), swept()];
    sweeper.add(a);
    sweeper.remove(b);
    sweeper.remove(a);
    sweeper.remove(a);
    expect(sweeper.size).toBe(0);
  });

  it('has no timer while there is nothing to look after, and one again afterwards', () => {
    const sweeper = new Sweeper(clock);
    const a = swept();
    sweeper.add(a);
    sweeper.remove(a);
    vi.advanceTimersByTime(100);
    expect(vi.getTimerCount()).toBe(0);
    sweeper.add(a);
    vi.advanceTimersByTime(100);
    expect(a.looks).toBe(1);
  });
});

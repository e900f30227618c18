import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TicketKeys } from '../../../../src/bridge/memory/ticket-keys.ts';
import { TicketKeyRotation } from '../../../../src/primary/certs/ticket-key-rotation.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Both clocks, moved by hand; the timer follows the first. */
class FakeClock {
  nowValue = 5_000;
  epochValue = 1_700_000_000_000;
  nowMs(): number {
    return this.nowValue;
  }
  epochMs(): number {
    return this.epochValue;
  }
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= MINUTE_MS) {
      const step = Math.min(left, MINUTE_MS);
      this.nowValue += step;
      this.epochValue += step;
      vi.advanceTimersByTime(step);
    }
  }
  /** The machine is suspended: only the calendar goes on. */
  sleep(ms: number): void {
    this.epochValue += ms;
  }
}

const opened: TicketKeyRotation[] = [];
const open = (): { clock: FakeClock; rotation: TicketKeyRotation; keys: TicketKeys } => {
  const clock = new FakeClock();
  const rotation = new TicketKeyRotation(clock);
  opened.push(rotation);
  return { clock, rotation, keys: new TicketKeys(rotation.memory) };
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  for (const rotation of opened.splice(0)) rotation.close();
  vi.useRealTimers();
});

const nameOf = (keys: TicketKeys): Uint8Array => keys.current()?.name ?? new Uint8Array(0);

describe('TicketKeyRotation', () => {
  it('has a key at once, another one in each process', () => {
    const [a, b] = [open().keys, open().keys];
    expect(a.rotations).toBe(1);
    expect(nameOf(a)).toHaveLength(16);
    expect(nameOf(a)).not.toEqual(nameOf(b));
  });

  it('rotates after 12 hours and not before', () => {
    const { clock, keys } = open();
    clock.pass(12 * HOUR_MS - MINUTE_MS);
    expect(keys.rotations).toBe(1);
    clock.pass(MINUTE_MS);
    expect(keys.rotations).toBe(2);
    clock.pass(12 * HOUR_MS);
    expect(keys.rotations).toBe(3);
  });

  it('accepts a key for 12 hours after it was the current one, and no longer', () => {
    const { clock, keys } = open();
    const first = nameOf(keys);
    clock.pass(12 * HOUR_MS);
    expect(nameOf(keys)).not.toEqual(first);
    clock.pass(12 * HOUR_MS - MINUTE_MS);
    expect(keys.named(first)).not.toBeNull();
    clock.pass(MINUTE_MS);
    expect(keys.named(first)).toBeNull();
  });

  it('counts the time that the machine slept', () => {
    const { clock, keys } = open();
    const first = nameOf(keys);
    clock.pass(HOUR_MS);
    clock.sleep(12 * HOUR_MS);
    clock.pass(MINUTE_MS);
    expect(keys.rotations).toBe(2);
    expect(keys.named(first)).not.toBeNull();
    clock.pass(11 * HOUR_MS);
    expect(keys.rotations).toBe(2);
  });

  it('accepts nothing of before a sleep of a day', () => {
    const { clock, keys } = open();
    const first = nameOf(keys);
    clock.sleep(25 * HOUR_MS);
    clock.pass(MINUTE_MS);
    expect(keys.named(first)).toBeNull();
    expect(keys.current()).not.toBeNull();
  });

  it('is not held up by a calendar that is set back', () => {
    const { clock, keys } = open();
    clock.sleep(-1_000 * HOUR_MS);
    clock.pass(12 * HOUR_MS);
    expect(keys.rotations).toBe(2);
    clock.pass(12 * HOUR_MS);
    expect(keys.rotations).toBe(3);
  });

  it('stops when it is closed, and keeps no process alive before', () => {
    const { clock, rotation, keys } = open();
    expect(vi.getTimerCount()).toBe(1);
    rotation.close();
    expect(vi.getTimerCount()).toBe(0);
    clock.pass(13 * HOUR_MS);
    expect(keys.rotations).toBe(1);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NameWatch } from '../../../../src/primary/resolve/name-watch.ts';
import type { Answer } from '../../../../src/primary/resolve/resolve-name.ts';

const NAMES: ReadonlySet<string> = new Set(['a.test']);

let answer: Answer | Error | 'silence';
let asked: number[];
let told: string[];
let watch: NameWatch;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  told = [];
  const startedMs = performance.now();
  watch = new NameWatch({
    resolve: () => {
      asked.push(Math.round((performance.now() - startedMs) / 100) / 10);
      if (answer === 'silence') return new Promise(() => {});
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    onChange: (name, addresses) => told.push(`${name} ${addresses.join(' ')}`),
    onFailure: (name, reason, kept) => told.push(`${name} failed: ${reason}, kept ${kept}`),
  });
});

afterEach(() => {
  watch.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('name-watch', () => {
  it('looks a name up again when its time to live is over, and tells of other addresses alone', async () => {
    answer = { addresses: ['10.0.0.1'], ttlMs: 20_000 };
    await watch.know(NAMES);
    expect(watch.addresses('a.test')).toEqual(['10.0.0.1']);
    await vi.advanceTimersByTimeAsync(20_000);
    answer = { addresses: ['10.0.0.1', '10.0.0.2'], ttlMs: 20_000 };
    await vi.advanceTimersByTimeAsync(20_000);
    expect(asked).toEqual([0, 20, 40]);
    expect(told).toEqual(['a.test 10.0.0.1', 'a.test 10.0.0.1 10.0.0.2']);
  });

  it.each([
    [0, 1],
    [86_400_000, 300],
  ])('keeps a time to live of %i ms within bounds', async (ttlMs, seconds) => {
    answer = { addresses: ['10.0.0.1'], ttlMs };
    await watch.know(NAMES);
    await vi.advanceTimersByTimeAsync(seconds * 1_000);
    expect(asked).toEqual([0, seconds]);
  });

  it('keeps the last good answer while it fails, tries less and less often, and tells once', async () => {
    answer = { addresses: ['10.0.0.1'], ttlMs: 5_000 };
    await watch.know(NAMES);
    answer = new Error('SERVFAIL');
    await vi.advanceTimersByTimeAsync(80_000);
    expect(asked).toEqual([0, 5, 6, 8, 12, 20, 36, 66]);
    expect(watch.addresses('a.test')).toEqual(['10.0.0.1']);
    expect(told).toEqual(['a.test 10.0.0.1', 'a.test failed: SERVFAIL, kept 1']);
  });

  it('holds nobody up for more than a second', async () => {
    answer = 'silence';
    const known = watch.know(NAMES);
    await vi.advanceTimersByTimeAsync(1_000);
    await known;
    expect(watch.addresses('a.test')).toEqual([]);
    // It is asked for once.
    await watch.know(NAMES);
    expect(asked).toEqual([0]);
  });

  it('forgets what is no longer named', async () => {
    answer = { addresses: ['10.0.0.1'], ttlMs: 1_000 };
    await watch.know(NAMES);
    watch.settle(new Set());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toEqual([0]);
    expect(watch.addresses('a.test')).toEqual([]);
  });
});

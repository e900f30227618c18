import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PenstockError } from '../../../../src/kit/errors.ts';
import { ChallengeSet, MAX_CHALLENGES } from '../../../../src/primary/fleet/challenge-set.ts';

interface Slot {
  readonly id: number;
  alive: boolean;
  challengesNumber: number;
}

describe('ChallengeSet', () => {
  let slots: Slot[] = [];
  let set: ChallengeSet;
  beforeEach(() => {
    vi.useFakeTimers();
    slots = [0, 1].map((id) => ({ id, alive: true, challengesNumber: 0 }));
    set = new ChallengeSet(() => slots);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const take = (id: number, number: number): void => {
    const slot = slots[id];
    if (slot !== undefined) slot.challengesNumber = number;
    set.look();
  };
  /** Whether it has resolved by now. */
  const over = async (promise: Promise<void>): Promise<boolean> =>
    await Promise.race([promise.then(() => true), Promise.resolve().then(() => false)]);

  it('waits for every worker, and takes a later set for an earlier one', async () => {
    expect(set.replace([['a', 'x']])).toEqual({ type: 'challenges', number: 1, tokens: [['a', 'x']] });
    const first = set.answered();
    expect(set.replace([]).number).toBe(2);
    const second = set.answered();
    take(0, 1);
    expect(await over(first)).toBe(false);
    take(1, 2);
    await first;
    expect(await over(second)).toBe(false);
    take(0, 2);
    await second;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not wait for a worker that has ended: the next one begins with the set', async () => {
    set.replace([['a', 'x']]);
    const answered = set.answered();
    take(0, 1);
    for (const slot of slots) if (slot.id === 1) slot.alive = false;
    set.look();
    await answered;
    await set.answered();
  });

  it('rejects with the workers that are silent', async () => {
    set.replace([['a', 'x']]);
    const answered = set.answered();
    take(0, 1);
    const outcome = expect(answered).rejects.toMatchObject({
      code: 'PENSTOCK_WORKER_FAILED',
      message: expect.stringMatching(/^worker 1 has not taken/),
      detail: { workers: [1] },
    });
    await vi.advanceTimersByTimeAsync(5_000);
    await outcome;
  });

  it('refuses more than workers keep, and stays as it was', () => {
    const tokens = Array.from({ length: MAX_CHALLENGES + 1 }, (_, index) => [`${index}`, 'x'] as const);
    expect(() => set.replace(tokens)).toThrow(PenstockError);
    expect(set.message.number).toBe(0);
    set.replace(tokens.slice(1));
    expect(set.message.tokens.length).toBe(MAX_CHALLENGES);
  });
});

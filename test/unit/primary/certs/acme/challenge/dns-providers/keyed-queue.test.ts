import { describe, expect, it } from 'vitest';
import { KeyedQueue } from '../../../../../../../src/primary/certs/acme/challenge/dns-providers/keyed-queue.ts';

describe('keyed-queue', () => {
  it('runs the work of one key one after the other, past failures, and that of another beside it', async () => {
    const queue = new KeyedQueue();
    const steps: string[] = [];
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const first = queue.run('a', async () => {
      steps.push('a1 begins');
      await held;
      steps.push('a1 ends');
      throw new Error('a1');
    });
    const second = queue.run('a', async () => {
      steps.push('a2');
      return 2;
    });
    await queue.run('b', async () => void steps.push('b'));
    expect(steps).toEqual(['a1 begins', 'b']);
    release();
    await expect(first).rejects.toThrow('a1');
    expect(await second).toBe(2);
    expect(steps).toEqual(['a1 begins', 'b', 'a1 ends', 'a2']);
  });
});

import { describe, expect, it } from 'vitest';
import type { ServiceIdentity } from '../../../src/bridge/snapshot/model.ts';
import { findLeft } from '../../../src/worker/tidy.ts';

/** Each service takes a tenth of a millisecond to look at. */
const SERVICE_MS = 0.1;
const SERVICES = 200;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function walkOf(count: number) {
  let nowMs = 0;
  const clock = { nowMs: () => nowMs };
  const snapshot = {
    serviceCount: count,
    serviceIdentity: (index: number): ServiceIdentity => {
      nowMs += SERVICE_MS;
      return { name: `s${index}`, endpointKeys: [`s${index}/a`, `s${index}/b`] };
    },
  };
  return { clock, snapshot };
}

describe('what a new snapshot no longer names', () => {
  it('is what is left of the names that were kept', async () => {
    const { clock, snapshot } = walkOf(SERVICES);
    const kept = {
      endpointKeys: new Set(['s0/a', 's0/gone', 's199/b', 'gone/a']),
      serviceNames: new Set(['s0', 'gone', 's199']),
    };
    await new Promise<void>((resolve) => findLeft(snapshot, kept, clock, () => true, resolve));
    expect([...kept.endpointKeys]).toEqual(['s0/gone', 'gone/a']);
    expect([...kept.serviceNames]).toEqual(['gone']);
  });

  it('is found a slice of time at a time, each of at most 1.5 ms', async () => {
    const { clock, snapshot } = walkOf(SERVICES);
    const turns: number[] = [];
    let fromMs = 0;
    let done = false;
    const kept = { endpointKeys: new Set<string>(), serviceNames: new Set<string>() };
    findLeft(
      snapshot,
      kept,
      clock,
      () => true,
      () => {
        done = true;
      },
    );
    expect(clock.nowMs()).toBe(0);
    while (!done) {
      await nextTurn();
      turns.push(clock.nowMs() - fromMs);
      fromMs = clock.nowMs();
    }
    expect(Math.max(...turns)).toBeLessThan(1.5);
    expect(turns.length).toBeGreaterThan(10);
    expect(fromMs).toBeCloseTo(SERVICES * SERVICE_MS);
  });

  it('is not looked for any more once another snapshot serves', async () => {
    const { clock, snapshot } = walkOf(SERVICES);
    let current = true;
    const kept = { endpointKeys: new Set(['gone/a']), serviceNames: new Set<string>() };
    findLeft(
      snapshot,
      kept,
      clock,
      () => current,
      () => expect.unreachable(),
    );
    await nextTurn();
    current = false;
    const stoppedMs = clock.nowMs();
    expect(stoppedMs).toBeGreaterThan(0);
    for (let turn = 0; turn < 50; turn++) await nextTurn();
    expect(clock.nowMs()).toBe(stoppedMs);
  });

  it('is everything where there is no service', async () => {
    const { clock, snapshot } = walkOf(0);
    const kept = { endpointKeys: new Set(['a/b']), serviceNames: new Set(['a']) };
    await new Promise<void>((resolve) => findLeft(snapshot, kept, clock, () => true, resolve));
    expect([...kept.endpointKeys, ...kept.serviceNames]).toEqual(['a/b', 'a']);
  });
});

/**
 * Workers that meet in the limiter table at every possible point, and workers that die at every possible point: in no window do
 * more requests pass than the limit says. Where real threads meet: test/e2e/load-limiter-table.test.ts.
 */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Allowance,
  initLimiterTable,
  LimiterTable,
  limiterTableBytes,
} from '../../src/bridge/memory/limiter-table.ts';
import { AtomicSteps } from '../support/atomic-steps.ts';

const WORKERS = 3;
const SLOTS = 15;
const START_MS = 7_654_321;
/** All in the one bucket of the table: more than it has slots. */
const KEYS: readonly string[] = Array.from({ length: SLOTS + 3 }, (_, i) => `key ${i}`);
const FEW = KEYS.slice(0, 3);

const LIMITS: readonly Allowance[] = [
  [1, 1],
  [1, 4],
  [0.01, 3],
  [50, 3],
  [50, 20],
  [500_000, 100],
].map(([requestsPerSecond = 1, burst = 1], seed0) => ({ requestsPerSecond, burst, seed0, seed1: 0 }));

const SLOW = 2;

const atomics = new AtomicSteps();
beforeAll(() => atomics.install());
afterAll(() => atomics.restore());

interface Step {
  readonly worker: number;
  readonly limit: number;
  readonly key: string;
  /** That the clock has gone on before it. */
  readonly ms: number;
  /** Requests of it, one microsecond after the other. */
  readonly times: number;
  readonly givesBack: boolean;
}

const stepOf = (workers: readonly number[], keys: readonly string[]): fc.Arbitrary<Step> =>
  fc.record({
    worker: fc.constantFrom(...workers),
    // A slow one has enough room to push another key out that is not full yet.
    limit: fc.oneof(fc.constant(SLOW), fc.nat(LIMITS.length - 1)),
    key: fc.constantFrom(...keys),
    ms: fc.oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.nat(200) },
      { weight: 1, arbitrary: fc.nat(5_000) },
      { weight: 1, arbitrary: fc.nat(400_000) },
    ),
    times: fc.constantFrom(1, 1, 2, 5),
    givesBack: fc.boolean(),
  });

/** The table and, beside it, when which requests passed. */
class World {
  nowMs = START_MS;
  readonly buffer = new SharedArrayBuffer(limiterTableBytes(1));
  readonly tables: readonly LimiterTable[];
  readonly passed = new Map<string, number[]>();

  constructor() {
    initLimiterTable(this.buffer, 20_240, START_MS);
    this.tables = Array.from({ length: WORKERS }, (_, worker) => new LimiterTable(this.buffer, worker));
  }

  /** One request; 0 if it passes. It counts from when it read the clock. */
  take({ worker, limit, key }: Pick<Step, 'worker' | 'limit' | 'key'>): number {
    this.nowMs += 0.001;
    const atMs = this.nowMs;
    const waitMs = (this.tables[worker] as LimiterTable).take(LIMITS[limit] as Allowance, key, atMs);
    if (waitMs === 0) this.timesOf(limit, key).push(atMs);
    return waitMs;
  }

  run(step: Step): void {
    this.nowMs += step.ms;
    for (let i = 0; i < step.times; i++) {
      if (this.take(step) > 0) return;
      if (!step.givesBack) continue;
      const table = this.tables[step.worker] as LimiterTable;
      table.giveBack(table.slot, table.before, table.after);
      this.timesOf(step.limit, step.key).pop();
    }
  }

  /** Takes all that is left: what was lost is seen once somebody asks for it. */
  exhaust(): void {
    for (let limit = 0; limit < LIMITS.length; limit++) {
      for (const key of FEW) while (this.take({ worker: 0, limit, key }) === 0);
    }
  }

  timesOf(limit: number, key: string): number[] {
    const id = `${limit} ${key}`;
    const times = this.passed.get(id) ?? [];
    this.passed.set(id, times);
    return times;
  }

  /** Contract, Rate limits: in any window. A request that others overtook has the earlier moment. */
  expectWithinLimits(): void {
    let excess = 0;
    LIMITS.forEach(({ requestsPerSecond, burst }, limit) => {
      for (const key of KEYS) {
        const times = this.timesOf(limit, key).toSorted((a, b) => a - b);
        for (let first = 0; first < times.length; first++) {
          for (let last = first; last < times.length; last++) {
            const seconds = ((times[last] as number) - (times[first] as number)) / 1000;
            excess = Math.max(excess, last - first + 1 - burst - requestsPerSecond * seconds);
          }
        }
      }
    });
    // What doubles cannot tell apart.
    expect(excess).toBeLessThan(1e-6);
  }

  /** All slots but `free` have a key that is as far from a full bucket as can be. */
  crowd(free: number): void {
    for (const key of KEYS.slice(3, 3 + SLOTS - free)) {
      for (let i = 0; i < 4; i++) this.take({ worker: 0, limit: SLOW, key });
    }
  }
}

/** Steps of others, half of them of the very key that is disturbed. */
const meanwhileOf = (minLength: number): fc.Arbitrary<readonly (Step & { readonly same: boolean })[]> =>
  fc.array(
    fc.tuple(stepOf([0, 2], KEYS.slice(0, 6)), fc.boolean()).map(([step, same]) => ({ ...step, same })),
    { minLength, maxLength: 8 },
  );

/** What stands before the step that is disturbed. */
interface Scene {
  readonly free: number;
  readonly before: readonly Step[];
  readonly step: Step;
  /** Before which of its atomic operations it is disturbed, modulo their number. */
  readonly at: number;
}

const scene: fc.Arbitrary<Scene> = fc.record({
  free: fc.constantFrom(1, 1, 2, SLOTS),
  before: fc.array(stepOf([0, 1, 2], FEW), { maxLength: 12 }),
  step: stepOf([1], FEW),
  at: fc.nat(10_000),
});

function build({ free, before }: Scene): World {
  const world = new World();
  world.crowd(free);
  for (const step of before) world.run(step);
  return world;
}

/** The world before the step, and the number of the operation before which it is to be disturbed. */
function place(drawn: Scene): { readonly world: World; readonly at: number } {
  let operations = 0;
  const rehearsal = build(drawn);
  atomics.disturb(
    () => operations++,
    () => rehearsal.take(drawn.step),
  );
  return { world: build(drawn), at: drawn.at % operations };
}

function meant(steps: readonly (Step & { readonly same: boolean })[], { limit, key }: Step): readonly Step[] {
  return steps.map((step) => (step.same ? { ...step, limit, key } : step));
}

describe('the limiter table', () => {
  it('never lets more pass than a limit says, whatever keys push each other out', () => {
    fc.assert(
      fc.property(fc.array(stepOf([0, 1, 2], KEYS), { maxLength: 150, size: 'max' }), (steps) => {
        const world = new World();
        for (const step of steps) world.run(step);
        world.expectWithinLimits();
      }),
      { numRuns: 300 },
    );
  });

  it('refuses no request that a bucket of real numbers would let pass, while there is room', () => {
    // A tenth of what there is room for, so that no key is pushed out.
    const step = stepOf([0, 1, 2], FEW);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const world = new World();
        const levels = new Map<string, { level: number; atMs: number }>();
        for (const { ms, ...taken } of steps) {
          world.nowMs += ms;
          const { requestsPerSecond, burst } = LIMITS[taken.limit] as Allowance;
          const id = `${taken.limit} ${taken.key}`;
          const { level, atMs } = levels.get(id) ?? { level: burst, atMs: world.nowMs };
          const waitMs = world.take(taken);
          const filled = Math.min(burst, level + (requestsPerSecond * (world.nowMs - atMs)) / 1000);
          // Rounded against the request: less than a millionth of the bucket each time.
          if (filled >= 1 + burst * 1e-4) expect(waitMs).toBe(0);
          if (filled < 1 - 1e-6) expect(waitMs).toBeGreaterThan(0);
          levels.set(id, { level: waitMs === 0 ? filled - 1 : filled, atMs: world.nowMs });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('holds the limit wherever other workers come in between', () => {
    let times = 0;
    fc.assert(
      fc.property(scene, meanwhileOf(1), (drawn, drawnOthers) => {
        const { world, at } = place(drawn);
        const others = meant(drawnOthers, drawn.step);
        const disturb = (operation: number): void => {
          if (operation !== at) return;
          times++;
          for (const step of others) world.run(step);
        };
        atomics.disturb(disturb, () => world.take(drawn.step));
        world.exhaust();
        for (const step of others) world.run(step);
        world.expectWithinLimits();
      }),
      { numRuns: 4000 },
    );
    expect(times).toBeGreaterThan(1000);
  });

  it('holds the limit where a worker dies at any point, and its bucket is nobody’s once that is known', () => {
    const Death = class extends Error {};
    let died = 0;
    fc.assert(
      fc.property(scene, meanwhileOf(0), (drawn, drawnOthers) => {
        const { world, at } = place(drawn);
        const others = meant(drawnOthers, drawn.step);
        const die = (operation: number): void => {
          if (operation === at) throw new Death();
        };
        try {
          atomics.disturb(die, () => world.take(drawn.step));
        } catch (error) {
          if (!(error instanceof Death)) throw error;
          died++;
        }
        for (const step of others) world.run(step);
        LimiterTable.clearWorker(world.buffer, 1);
        world.exhaust();
        for (const step of others) world.run(step);
        world.expectWithinLimits();
        // Once all buckets are full again, all slots can be had.
        world.nowMs += 1_000_000;
        for (let slot = 0; slot < SLOTS; slot++)
          expect(world.take({ worker: 2, limit: 1, key: `new ${slot}` })).toBe(0);
        for (let slot = 0; slot < SLOTS; slot++)
          expect(world.take({ worker: 2, limit: 1, key: `new ${slot}` })).toBe(0);
      }),
      { numRuns: 1500 },
    );
    expect(died).toBeGreaterThan(500);
  });

  it('forgets nothing of a key whose slot a worker was giving away when it died, wherever that was', () => {
    let died = 0;
    for (let at = 0; at < 80; at++) {
      const world = new World();
      world.crowd(1);
      // The last slot: not full again for long, but sooner than the others.
      const pushedOut = { worker: 0, limit: SLOW, key: 'key 0' };
      expect(world.take(pushedOut)).toBe(0);
      const die = (operation: number): void => {
        if (operation === at) throw new Error('dies');
      };
      try {
        atomics.disturb(die, () => expect(world.take({ worker: 1, limit: SLOW, key: 'key 1' })).toBe(0));
      } catch {
        died++;
      }
      LimiterTable.clearWorker(world.buffer, 1);
      while (world.take(pushedOut) === 0);
      world.expectWithinLimits();
    }
    expect(died).toBeGreaterThan(20);
    expect(died).toBeLessThan(80);
  });

  it('lets nothing pass where a worker stands still while it gives a slot away, and waits for it', () => {
    let refused = 0;
    for (let at = 0; at < 60; at++) {
      const world = new World();
      atomics.waits = 0;
      const disturb = (operation: number): void => {
        if (operation !== at) return;
        if (world.take({ worker: 2, limit: 1, key: 'other' }) === 0) return;
        refused++;
        expect(atomics.waits).toBeGreaterThan(0);
      };
      atomics.disturb(disturb, () => expect(world.take({ worker: 1, limit: 1, key: 'mine' })).toBe(0));
      // Both can go on afterwards.
      for (const key of ['mine', 'other']) expect(world.take({ worker: 0, limit: 1, key })).toBe(0);
    }
    expect(refused).toBeGreaterThan(5);
    expect(refused).toBeLessThan(50);
  });
});

/**
 * Workers that meet in the table at every possible point, and workers that die at every possible point: the limit holds,
 * and what remains is counted exactly. Where real threads meet: test/integration/connection-table.test.ts.
 */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ConnectionTable,
  connectionTableBytes,
  initConnectionTable,
  REFUSED,
  UNCOUNTED,
} from '../../src/bridge/memory/connection-table.ts';
import { AtomicSteps } from '../support/atomic-steps.ts';

const SEED = 20_240;
const WORKERS = 3;
const BUCKET_SLOTS = 16;

const atomics = new AtomicSteps();
beforeAll(() => atomics.install());
afterAll(() => atomics.restore());

/** One buffer for all runs, as it is large: each run leaves it empty. */
const buffer = new SharedArrayBuffer(connectionTableBytes(WORKERS));
initConnectionTable(buffer, SEED);

/** Whether a world stands in the buffer, or has failed and left something. */
let dirty = false;

/** More keys of one bucket than it has slots. */
const KEYS = keysOfOneBucket(BUCKET_SLOTS + 2);

function keysOfOneBucket(count: number): readonly string[] {
  const table = new ConnectionTable(buffer, 0, WORKERS);
  const byBucket = new Map<number, string[]>();
  for (let i = 0; ; i++) {
    const slot = table.enter(`key ${i}`, 1);
    table.leave(slot);
    const bucket = Math.floor(slot / BUCKET_SLOTS);
    const keys = byBucket.get(bucket) ?? [];
    byBucket.set(bucket, keys);
    if (keys.push(`key ${i}`) === count) return keys;
  }
}

interface Holding {
  readonly worker: number;
  readonly key: string;
  readonly slot: number;
}

/** The table and, beside it, who has what in it. */
class World {
  holdings: Holding[] = [];
  readonly tables: ConnectionTable[] = Array.from(
    { length: WORKERS },
    (_, worker) => new ConnectionTable(buffer, worker, WORKERS),
  );

  constructor() {
    if (dirty) for (let worker = 0; worker < WORKERS; worker++) this.clear(worker);
    dirty = true;
  }

  count(key: string): number {
    return this.holdings.filter((holding) => holding.key === key).length;
  }

  /** Enters, and checks that the limit holds. */
  enter(worker: number, key: string, limit: number): number {
    const slot = (this.tables[worker] as ConnectionTable).enter(key, limit);
    if (slot >= 0) {
      this.holdings.push({ worker, key, slot });
      expect(this.count(key)).toBeLessThanOrEqual(limit);
    }
    return slot;
  }

  /** Leaves one of the worker's connections; nothing if it has none. */
  leave(worker: number, which: number): void {
    const own = this.holdings.filter((holding) => holding.worker === worker);
    const holding = own[which % own.length];
    if (holding === undefined) return;
    // Gone before the table knows: what others count meanwhile may be one too many, never one too few.
    this.holdings = this.holdings.filter((other) => other !== holding);
    (this.tables[worker] as ConnectionTable).leave(holding.slot);
  }

  clear(worker: number): void {
    this.holdings = this.holdings.filter((holding) => holding.worker !== worker);
    ConnectionTable.clearWorker(buffer, worker, WORKERS);
  }

  /** Each key's count in the table is what it must be: no more fits in under it, and one more does above it. */
  expectExact(keys: readonly string[]): void {
    for (const key of keys) {
      const count = this.count(key);
      if (count > 0) expect(this.enter(0, key, count)).toBe(REFUSED);
      const slot = this.enter(0, key, count + 1);
      expect(slot).not.toBe(REFUSED);
      if (slot >= 0) {
        this.holdings.pop();
        this.tables[0]?.leave(slot);
      }
    }
  }

  /** Takes everything out, one by one, and checks that nothing is left. */
  empty(): void {
    for (const { worker, slot } of this.holdings) this.tables[worker]?.leave(slot);
    this.holdings = [];
    this.expectExact(KEYS);
    dirty = false;
  }
}

type Step =
  | { readonly kind: 'enter'; readonly worker: number; readonly key: string; readonly limit: number }
  | { readonly kind: 'leave'; readonly worker: number; readonly which: number };

const FEW = KEYS.slice(0, 4);
const ANY_LIMIT = [1, 2, 3];
/** Where steps overlap, a key has one limit: else nobody could say which of two holds. */
const limitOf = (key: string): readonly number[] => [1 + (KEYS.indexOf(key) % 3)];

function stepOf(
  workers: readonly number[],
  keys: readonly string[],
  limitsOf: (key: string) => readonly number[] = limitOf,
): fc.Arbitrary<Step> {
  const worker = fc.constantFrom(...workers);
  const enter = fc.constantFrom(...keys).chain((key) =>
    fc.record({
      kind: fc.constant('enter' as const),
      worker,
      key: fc.constant(key),
      limit: fc.constantFrom(...limitsOf(key)),
    }),
  );
  const leave = fc.record({ kind: fc.constant('leave' as const), worker, which: fc.nat(9) });
  return fc.oneof({ weight: 2, arbitrary: enter }, { weight: 1, arbitrary: leave });
}

function take(world: World, step: Step): number {
  if (step.kind === 'enter') return world.enter(step.worker, step.key, step.limit);
  world.leave(step.worker, step.which);
  return UNCOUNTED;
}

/** Holds all slots of the bucket but `free` of them, so that keys have to take over each other's. */
function crowd(world: World, free: number): void {
  for (const key of KEYS.slice(4, 4 + BUCKET_SLOTS - free))
    expect(world.enter(0, key, 1)).toBeGreaterThanOrEqual(0);
}

/** What stands before the step that is disturbed. */
interface Scene {
  readonly free: number;
  readonly before: readonly Step[];
  readonly step: Step;
  /** The number of the atomic operation before which it is disturbed; beyond its last one: it is not. */
  readonly at: number;
}

const sceneOf = (worker: number): fc.Arbitrary<Scene> =>
  fc.record({
    free: fc.constantFrom(1, 2, 3, BUCKET_SLOTS),
    before: fc.array(stepOf([0, 1, 2], FEW), { maxLength: 12 }),
    step: stepOf([worker], FEW),
    at: fc.nat(110),
  });

function build(scene: Scene): World {
  const world = new World();
  crowd(world, scene.free);
  for (const step of scene.before) take(world, step);
  return world;
}

describe('the connection table', () => {
  it('counts as a map would, one worker after the other, through deaths', () => {
    const death = fc.record({ kind: fc.constant('death' as const), worker: fc.constantFrom(1, 2) });
    const steps = fc.array(
      fc.oneof(
        { weight: 12, arbitrary: stepOf([0, 1, 2], KEYS, () => ANY_LIMIT) },
        { weight: 1, arbitrary: death },
      ),
      {
        maxLength: 120,
        size: 'max',
      },
    );
    fc.assert(
      fc.property(steps, (script) => {
        const world = new World();
        for (const step of script) {
          if (step.kind === 'death') {
            world.clear(step.worker);
          } else if (step.kind === 'leave') {
            take(world, step);
          } else {
            const count = world.count(step.key);
            const others = new Set(world.holdings.map(({ key }) => key)).size;
            const slot = take(world, step);
            if (count === 0 && others === BUCKET_SLOTS) expect(slot).toBe(UNCOUNTED);
            else if (count >= step.limit) expect(slot).toBe(REFUSED);
            else expect(slot).toBeGreaterThanOrEqual(0);
          }
        }
        world.empty();
      }),
      { numRuns: 300 },
    );
  });

  it('holds the limit and loses no count wherever other workers come in between', () => {
    let times = 0;
    const meanwhile = fc.array(stepOf([0, 2], FEW), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sceneOf(1), meanwhile, (scene, others) => {
        const world = build(scene);
        const disturb = (operation: number): void => {
          if (operation !== scene.at) return;
          times++;
          for (const step of others) take(world, step);
        };
        atomics.disturb(disturb, () => take(world, scene.step));
        world.expectExact(FEW);
        world.empty();
      }),
      { numRuns: 2500 },
    );
    expect(times).toBeGreaterThan(200);
  });

  it('holds the limit where others come in between at two points of a step', () => {
    const meanwhile = fc.array(stepOf([0, 2], FEW), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(sceneOf(1), fc.nat(40), meanwhile, meanwhile, (scene, later, first, second) => {
        const world = build(scene);
        const disturb = (operation: number): void => {
          if (operation === scene.at) for (const step of first) take(world, step);
          if (operation === scene.at + 1 + later) for (const step of second) take(world, step);
        };
        atomics.disturb(disturb, () => take(world, scene.step));
        world.expectExact(FEW);
        world.empty();
      }),
      { numRuns: 2500 },
    );
  });

  it('gives back exactly what a worker had that died at any point, whatever others do before it is known', () => {
    const Death = class extends Error {};
    let died = 0;
    const meanwhile = fc.array(stepOf([0, 2], FEW), { maxLength: 6 });
    fc.assert(
      fc.property(sceneOf(1), meanwhile, (scene, others) => {
        const world = build(scene);
        const die = (operation: number): void => {
          if (operation === scene.at) throw new Death();
        };
        try {
          atomics.disturb(die, () => take(world, scene.step));
        } catch (error) {
          if (!(error instanceof Death)) throw error;
          died++;
        }
        for (const step of others) take(world, step);
        world.clear(1);
        world.expectExact(FEW);
        // The bucket is nobody's: all its slots that are free can be had.
        const taken = new Set(world.holdings.map(({ key }) => key)).size;
        const fresh = KEYS.filter((key) => world.count(key) === 0).map((key) => world.enter(2, key, 1));
        expect(fresh.filter((slot) => slot >= 0).length).toBe(BUCKET_SLOTS - taken);
        world.empty();
      }),
      { numRuns: 1500 },
    );
    expect(died).toBeGreaterThan(200);
  });
});

describe('workers that stand in each other’s way', () => {
  it('wait, and let in uncounted, where one stands still while it gives a slot away', () => {
    let uncounted = 0;
    for (let at = 0; at < 60; at++) {
      // A buffer in which neither key has ever had a slot.
      const fresh = new SharedArrayBuffer(connectionTableBytes(2));
      initConnectionTable(fresh, SEED);
      const [one, two] = [new ConnectionTable(fresh, 0, 2), new ConnectionTable(fresh, 1, 2)];
      const [mine, other] = KEYS as readonly [string, string, ...string[]];
      let met: number = UNCOUNTED;
      atomics.waits = 0;
      const disturb = (operation: number): void => {
        if (operation !== at) return;
        met = two.enter(other, 1);
        expect(met).not.toBe(REFUSED);
        if (met !== UNCOUNTED) return;
        uncounted++;
        expect(atomics.waits).toBeGreaterThan(0);
      };
      atomics.disturb(disturb, () => expect(one.enter(mine, 1)).toBeGreaterThanOrEqual(0));
      // Whatever it was, both are counted from then on.
      two.leave(met);
      expect(two.enter(other, 1)).toBeGreaterThanOrEqual(0);
      expect(one.enter(other, 1)).toBe(REFUSED);
      expect(two.enter(mine, 1)).toBe(REFUSED);
    }
    expect(uncounted).toBeGreaterThan(5);
    expect(uncounted).toBeLessThan(40);
  });

  it('wait, and refuse, where one stands still while it tries for the last place', () => {
    const world = new World();
    const [key] = KEYS as readonly [string, ...string[]];
    world.tables[0]?.leave(world.tables[0]?.enter(key, 1) as number);
    const outcomes = new Set<number>();
    const disturb = (): void => {
      const slot = world.tables[2]?.enter(key, 1) as number;
      outcomes.add(Math.min(slot, 0));
      if (slot >= 0) world.tables[2]?.leave(slot);
    };
    atomics.waits = 0;
    atomics.disturb(disturb, () => expect(world.enter(1, key, 1)).toBeGreaterThanOrEqual(0));
    expect(outcomes).toEqual(new Set([0, REFUSED]));
    expect(atomics.waits).toBeGreaterThan(0);
    world.empty();
  });

  it('do not refuse for what they count twice: a connection that ends here and one that begins there', () => {
    const world = new World();
    const [key] = KEYS as readonly [string, ...string[]];
    for (let at = 0; at < 60; at++) {
      // Never more than one connection beside the one that enters.
      const first = world.tables[0]?.enter(key, 2) as number;
      let second: number = UNCOUNTED;
      const disturb = (operation: number): void => {
        if (operation !== at) return;
        world.tables[0]?.leave(first);
        second = world.tables[2]?.enter(key, 2) as number;
      };
      let slot: number = UNCOUNTED;
      atomics.disturb(disturb, () => {
        slot = world.tables[1]?.enter(key, 2) as number;
      });
      expect(slot, `disturbed before operation ${at}`).toBeGreaterThanOrEqual(0);
      world.tables[1]?.leave(slot);
      if (second === UNCOUNTED) world.tables[0]?.leave(first);
      else world.tables[2]?.leave(second);
    }
    world.empty();
  });
});

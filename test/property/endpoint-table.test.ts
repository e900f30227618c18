/**
 * Workers that meet at an endpoint at every possible point, and workers that die at every possible point: the limit holds, and what
 * remains is counted exactly. Where real threads meet: test/integration/endpoint-table.test.ts.
 */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EndpointTable, endpointSegmentBytes } from '../../src/bridge/memory/endpoint-table.ts';
import { AtomicSteps } from '../support/atomic-steps.ts';

const WORKERS = 3;
const SLOTS = [0, 255];

const atomics = new AtomicSteps();
beforeAll(() => atomics.install());
afterAll(() => atomics.restore());

/** The limit of a slot: else nobody could say which of two holds where steps overlap. */
const limitOf = (slot: number): number => (slot === 0 ? 1 : 3);

/** The table and, beside it, who has what in it. */
class World {
  readonly segments = [new SharedArrayBuffer(endpointSegmentBytes(WORKERS))];
  readonly tables: EndpointTable[] = Array.from({ length: WORKERS }, (_, worker) => {
    const table = new EndpointTable(worker, WORKERS);
    table.adopt(this.segments);
    return table;
  });
  readonly held = new Map<string, number>();

  count(slot: number): number {
    return [0, 1, 2].reduce((sum, worker) => sum + this.of(worker, slot), 0);
  }

  of(worker: number, slot: number): number {
    return this.held.get(`${worker} ${slot}`) ?? 0;
  }

  take({ kind, worker, slot }: Step): boolean {
    const table = this.tables[worker] as EndpointTable;
    if (kind === 'enter') {
      const entered = table.enter(slot, limitOf(slot));
      if (entered) this.#add(worker, slot, 1);
      expect(this.count(slot)).toBeLessThanOrEqual(limitOf(slot));
      return entered;
    }
    if (this.of(worker, slot) === 0) return false;
    // Gone before the table knows: what others count meanwhile may be one too many, never one too few.
    this.#add(worker, slot, -1);
    table.leave(slot);
    return true;
  }

  die(worker: number): void {
    for (const slot of SLOTS) this.held.delete(`${worker} ${slot}`);
    EndpointTable.clearWorker(this.segments, worker);
  }

  expectExact(): void {
    for (const slot of SLOTS) {
      expect(this.tables[0]?.requests(slot)).toBe(this.count(slot));
      // No try was left behind: what is free can be had.
      const free = limitOf(slot) - this.count(slot);
      const entered = Array.from({ length: free + 1 }, () => this.tables[0]?.enter(slot, limitOf(slot)));
      expect(entered).toEqual([...new Array(free).fill(true), false]);
      for (let i = 0; i < free; i++) this.tables[0]?.leave(slot);
    }
  }

  #add(worker: number, slot: number, by: number): void {
    this.held.set(`${worker} ${slot}`, this.of(worker, slot) + by);
  }
}

interface Step {
  readonly kind: 'enter' | 'leave';
  readonly worker: number;
  readonly slot: number;
}

const stepOf = (...workers: readonly number[]): fc.Arbitrary<Step> =>
  fc.record({
    kind: fc.constantFrom('enter' as const, 'enter' as const, 'leave' as const),
    worker: fc.constantFrom(...workers),
    slot: fc.constantFrom(...SLOTS),
  });

const before = fc.array(stepOf(0, 1, 2), { maxLength: 8 });
const meanwhile = fc.array(stepOf(0, 2), { minLength: 1, maxLength: 4 });
/** The number of the atomic operation before which a step is disturbed; beyond its last one: it is not. */
const at = fc.nat(14);

describe('the endpoint table', () => {
  it('counts as a map would, one worker after the other, through deaths', () => {
    const death = fc.record({ kind: fc.constant('death' as const), worker: fc.constantFrom(1, 2) });
    const script = fc.array(
      fc.oneof({ weight: 8, arbitrary: stepOf(0, 1, 2) }, { weight: 1, arbitrary: death }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(script, (steps) => {
        const world = new World();
        for (const step of steps) {
          if (step.kind === 'death') {
            world.die(step.worker);
            continue;
          }
          const full = world.count(step.slot) >= limitOf(step.slot);
          if (step.kind === 'enter') expect(world.take(step)).toBe(!full);
          else world.take(step);
        }
        world.expectExact();
      }),
      { numRuns: 500 },
    );
  });

  it('holds the limit and loses no count wherever other workers come in between, at one point or two', () => {
    let times = 0;
    fc.assert(
      fc.property(
        before,
        stepOf(1),
        at,
        at,
        meanwhile,
        meanwhile,
        (steps, step, one, later, first, second) => {
          const world = new World();
          for (const earlier of steps) world.take(earlier);
          const disturb = (operation: number): void => {
            if (operation === one) for (const other of first) world.take(other);
            if (operation === one + 1 + later) for (const other of second) world.take(other);
            if (operation === one) times++;
          };
          atomics.disturb(disturb, () => world.take(step));
          world.expectExact();
        },
      ),
      { numRuns: 3000 },
    );
    expect(times).toBeGreaterThan(500);
  });

  it('gives back exactly what a worker had that died at any point', () => {
    const Death = class extends Error {};
    let died = 0;
    fc.assert(
      fc.property(before, stepOf(1), at, meanwhile, (steps, step, point, others) => {
        const world = new World();
        for (const earlier of steps) world.take(earlier);
        const die = (operation: number): void => {
          if (operation === point) throw new Death();
        };
        try {
          atomics.disturb(die, () => world.take(step));
        } catch (error) {
          if (!(error instanceof Death)) throw error;
          died++;
        }
        for (const other of others) world.take(other);
        world.die(1);
        world.expectExact();
      }),
      { numRuns: 2000 },
    );
    expect(died).toBeGreaterThan(300);
  });
});

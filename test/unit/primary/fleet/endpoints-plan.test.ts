import { describe, expect, it } from 'vitest';
import { EndpointTable } from '../../../../src/bridge/memory/endpoint-table.ts';
import { EndpointsPlan } from '../../../../src/primary/fleet/endpoints-plan.ts';

const MINUTE_MS = 60_000;

/** A worker's side of the plan's table. */
function workerOf(plan: EndpointsPlan, workers: number): EndpointTable {
  plan.makeRoom();
  const table = new EndpointTable(0, workers);
  table.adopt(plan.segments);
  return table;
}

describe('EndpointsPlan', () => {
  it('gives each endpoint a slot that it keeps while it stands in the configuration', () => {
    const plan = new EndpointsPlan(2);
    const [a, b] = [plan.slot('a', 0), plan.slot('b', 0)];
    expect(b).not.toBe(a);
    plan.settle(new Set(['a', 'b']), 0);
    expect([plan.slot('b', 1), plan.slot('a', 1)]).toEqual([b, a]);
  });

  it('gives an endpoint that comes back its own slot', () => {
    const plan = new EndpointsPlan(1);
    const a = plan.slot('a', 0);
    plan.settle(new Set(), 0);
    expect([plan.slot('b', 20 * MINUTE_MS), plan.slot('a', 20 * MINUTE_MS)]).toEqual([a, a + 1]);
    plan.settle(new Set(['a']), 21 * MINUTE_MS);
    expect([plan.slot('a', 22 * MINUTE_MS), plan.slot('b', 22 * MINUTE_MS)]).toEqual([a + 1, a]);
  });

  it('gives a slot to another endpoint only long after its own has left, and with no request there', () => {
    const plan = new EndpointsPlan(1);
    const [a, b] = [plan.slot('a', 0), plan.slot('b', 0)];
    const worker = workerOf(plan, 1);
    worker.enter(a, 0);
    expect([plan.requests(a), plan.requests(b)]).toEqual([1, 0]);
    plan.settle(new Set(), 0);
    expect(plan.slot('c', 9 * MINUTE_MS)).toBe(2);
    expect(plan.slot('d', 11 * MINUTE_MS)).toBe(b);
    expect(plan.slot('e', 11 * MINUTE_MS)).toBe(3);
    worker.leave(a);
    expect(plan.slot('f', 11 * MINUTE_MS)).toBe(a);
  });

  it('grows by whole segments, and leaves those that are there', () => {
    const plan = new EndpointsPlan(1);
    plan.makeRoom();
    expect(plan.segments).toHaveLength(0);
    plan.slot('a', 0);
    const worker = workerOf(plan, 1);
    worker.enter(0, 0);
    const [first] = plan.segments;
    for (let i = 0; i < 600; i++) plan.slot(`e${i}`, 0);
    plan.makeRoom();
    expect(plan.segments).toHaveLength(3);
    expect(plan.segments[0]).toBe(first);
    expect(plan.requests(0)).toBe(1);
  });
});

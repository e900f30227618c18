/** A swap must not hold a worker up, however many routes there are: what is decoded at once is the top level alone. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { counterBufferBytes } from '../../../../src/bridge/memory/counters.ts';
import { LATENCY_BUFFER_BYTES } from '../../../../src/bridge/memory/latency-column.ts';
import { limiterTableBytes } from '../../../../src/bridge/memory/limiter-table.ts';
import { decodeSnapshot } from '../../../../src/bridge/snapshot/codec.ts';
import type { SnapshotContent } from '../../../../src/bridge/snapshot/content.ts';
import { buildRouteTable } from '../../../../src/primary/compile/build-route-table.ts';
import { makePublication } from '../../../../src/primary/publish/publication.ts';
import { makeServing } from '../../../../src/worker/serving.ts';
import { GOLDEN_CONTENT } from '../../../support/golden-content.ts';
import { median } from '../../../support/process-figures.ts';

const ROUNDS = 40;

function contentOf(count: number): SnapshotContent {
  const [template] = GOLDEN_CONTENT.routes;
  const routes = Array.from({ length: count }, (_, index) => ({
    ...template!,
    index,
    name: `route-${index}`,
    hosts: [`h${index % 500}.example.com`],
    path: `/p${index}`,
  }));
  const routeTable = buildRouteTable(
    routes.map(({ hosts, path, match }) => ({ hosts, path, match, conditionCount: 4 })),
  );
  return { ...GOLDEN_CONTENT, routes, routeTable };
}

/** What a worker does between two requests to adopt a snapshot of `count` routes: milliseconds, the median of many. */
function adoptionMs(count: number): number {
  const { bytes } = makePublication(contentOf(count), 1, 0);
  const rows = counterBufferBytes(count + 1);
  const counters = {
    routes: new SharedArrayBuffer(rows),
    services: new SharedArrayBuffer(rows),
    latency: new SharedArrayBuffer(LATENCY_BUFFER_BYTES),
  };
  const limiter = new SharedArrayBuffer(limiterTableBytes(1));
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    const serving = makeServing(decodeSnapshot(bytes), { counters, limiter }, 0);
    times.push(performance.now() - startMs);
    expect(serving.snapshot.routeCount).toBe(count);
  }
  return median(times);
}

describe('adopting a snapshot', () => {
  it('costs 10,000 routes less than 8 times what it costs 10', () => {
    const [small, large] = [adoptionMs(10), adoptionMs(10_000)];
    console.log(`10 routes ${small.toFixed(3)} ms, 10,000 routes ${large.toFixed(3)} ms`);
    // A thousand times the routes. What grows is a list for the conditions of those that are asked for.
    expect(large / small).toBeLessThan(8);
  });

  it('decodes a route when it is first asked for, and once', () => {
    const { bytes } = makePublication(contentOf(100), 1, 0);
    const snapshot = decodeSnapshot(bytes);
    expect(snapshot.route(99)).toBe(snapshot.route(99));
    expect(snapshot.route(99).name).toBe('route-99');
  });

  it('keeps at most 700 bytes for a route that was asked for and says nothing special', () => {
    const count = 5_000;
    const plain = contentOf(count).routes.map((route) => ({
      ...route,
      conditions: { methods: null, headers: [], query: [] },
      access: null,
      rateLimits: [],
      rewrite: null,
      requestHeaders: null,
      responseHeaders: null,
      action: { kind: 'service', service: 0 } as const,
    }));
    const snapshot = decodeSnapshot(makePublication({ ...contentOf(count), routes: plain }, 1, 0).bytes);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heapUsed = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = heapUsed();
    for (let index = 0; index < count; index++) snapshot.route(index);
    const bytes = (heapUsed() - before) / count;
    console.log(`a decoded route ${bytes.toFixed(0)} B`);
    expect(snapshot.route(count - 1).name).toBe(`route-${count - 1}`);
    expect(bytes).toBeLessThan(700);
  });
});

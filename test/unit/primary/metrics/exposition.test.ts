import { describe, expect, it } from 'vitest';
import { OCTAVE_BOUNDS } from '../../../../src/bridge/memory/counters.ts';
import { exposition, type MetricsSource } from '../../../../src/primary/metrics/exposition.ts';
import { labelPairs, sampleLine } from '../../../../src/primary/metrics/text-format.ts';
import { parseExposition } from '../../../support/metrics-text.ts';

type Row = MetricsSource['unrouted'];

const ROW: Row = {
  statuses: [0, 7, 0, 2, 1],
  octaves: [4, 0, 5, ...OCTAVE_BOUNDS.slice(3).map(() => 0), 1],
  seconds: 1.25e-7,
  bytesIn: 0,
  bytesOut: 0,
  denied: 3,
  limited: 2,
  retries: 6,
  connectionsNew: 8,
  connectionsReused: 9,
};

const sourceOf = (routes: readonly string[]): MetricsSource => ({
  unrouted: ROW,
  routes: () => routes.map((name) => [name, ROW]),
  services: () => [['web', ROW]],
  endpoints: [],
  gauges: [],
  snapshotVersion: 4,
  reloads: new Map([['applied', 3]]),
  expiries: [],
});

describe('exposition', () => {
  it('tells what the rows hold, with cumulative buckets', async () => {
    const read = parseExposition(await exposition(sourceOf(['shop'])));
    const bucket = (le: string): number | undefined =>
      read.value('penstock_request_duration_seconds_bucket', { route: 'shop', le });
    const bounds = OCTAVE_BOUNDS.map((bound) => String(Number(bound.toPrecision(6))));
    expect([bounds[0], bounds[1], bounds[2], bounds.at(-1), '+Inf'].map((le) => bucket(le ?? ''))).toEqual([
      4, 4, 9, 9, 10,
    ]);
    expect(read.value('penstock_request_duration_seconds_sum', { route: 'shop' })).toBe(1.25e-7);
    expect(read.value('penstock_request_duration_seconds_count', { route: 'shop' })).toBe(10);
    expect(read.value('penstock_requests_total', { route: 'shop', status: '2xx' })).toBe(7);
    expect(read.value('penstock_upstream_connections_total', { service: 'web', reused: 'true' })).toBe(9);
    expect(read.value('penstock_reloads_total', { result: 'applied' })).toBe(3);
  });

  it('lets other work have its turn while it writes ten thousand routes', async () => {
    const routes = Array.from({ length: 10_000 }, (_, index) => `route-${index}`);
    let turns = 0;
    let done = false;
    const count = (): void => {
      turns++;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    const text = await exposition(sourceOf(routes));
    done = true;
    expect(text.match(/^penstock_requests_total\{route="route-9999",/gm)).toHaveLength(5);
    // 10,000 rows are read, and written in four metrics.
    expect(turns).toBeGreaterThanOrEqual(200);
  });
});

describe('the text format', () => {
  it.each([
    ['a "quoted" name', String.raw`a \"quoted\" name`],
    ['back\\slash', String.raw`back\\slash`],
    ['two\nlines', String.raw`two\nlines`],
  ])('escapes %j in a label', (name, written) => {
    expect(labelPairs({ route: name })).toBe(`route="${written}"`);
  });

  it.each([
    [1.5e-7, '1.5e-7'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('writes %d', (value, written) => {
    expect(sampleLine('up', {}, value)).toBe(`up ${written}\n`);
  });
});

import { describe, expect, it } from 'vitest';
import { formatLatency, latencyTables } from '../../../src/cli/latency-tables.ts';
import type { LatencySummary } from '../../../src/primary/latency-status.ts';

const summary = (requests: number): LatencySummary => ({
  requests,
  p50Ms: 1,
  p90Ms: 1,
  p99Ms: 1,
  p999Ms: 1,
  maxMs: 1,
});

describe('latency-tables', () => {
  it('shows the first twenty routes, and says how many it leaves out', () => {
    const routes = Array.from({ length: 25 }, (_, i) => ({ route: `r${i}`, ...summary(100 - i) }));
    const lines = latencyTables({ all: summary(2_200), routes, services: [] }).split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      'ROUTE',
      '(all)',
      ...Array.from({ length: 20 }, (_, i) => `r${i}`),
      '5',
      '',
    ]);
    expect(lines.at(-2)).toBe('5 more, with fewer requests: --json has all');
  });

  it('has the services in a table of their own', () => {
    const services = [{ service: 'api', ...summary(3) }];
    expect(latencyTables({ all: summary(4), routes: [], services })).toBe(
      [
        'ROUTE  REQUESTS  P50     P90     P99     P99.9   MAX',
        '(all)  4         1.00ms  1.00ms  1.00ms  1.00ms  1.00ms',
        '',
        'SERVICE  REQUESTS  P50     P90     P99     P99.9   MAX',
        'api      3         1.00ms  1.00ms  1.00ms  1.00ms  1.00ms',
        '',
      ].join('\n'),
    );
  });

  it('has dashes where there was no request', () => {
    const none = { requests: 0, p50Ms: null, p90Ms: null, p99Ms: null, p999Ms: null, maxMs: null };
    expect(latencyTables({ all: none, routes: [], services: [] })).toBe(
      'ROUTE  REQUESTS  P50  P90  P99  P99.9  MAX\n(all)  0         -    -    -    -      -\n',
    );
  });
});

describe('format-latency', () => {
  it.each([
    [0.0005, '0.500µs'],
    [0.0485, '48.5µs'],
    [0.9994, '999µs'],
    [0.9996, '1000µs'],
    [1, '1.00ms'],
    [999.4, '999ms'],
    [999.9, '1000ms'],
    [1_000, '1.00s'],
    [90_000, '90.0s'],
    [7_200_000, '7200s'],
  ])('%d ms is %s', (milliseconds, text) => {
    expect(formatLatency(milliseconds)).toBe(text);
  });
});

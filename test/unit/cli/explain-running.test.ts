/** What `penstock explain` makes of the answers of a running penstock. */

import { describe, expect, it } from 'vitest';
import type { Endpoint, RateLimit, Route, Service } from '../../../src/bridge/snapshot/model.ts';
import { parseExplainRequest } from '../../../src/cli/explain-request.ts';
import { type Explanation, explainRequest } from '../../../src/cli/explanation.ts';
import { formatExplanation } from '../../../src/cli/format-explanation.ts';
import { runningView } from '../../../src/cli/running-view.ts';
import { retryOnOf } from '../../../src/kit/retry-policy.ts';
import type { BucketRow } from '../../../src/primary/admin/rate-limits.ts';
import { type ServiceRow, serviceRows } from '../../../src/primary/admin/service-rows.ts';
import type { LiveFacts } from '../../../src/primary/control.ts';
import { fakeControl, fakeRoute, fakeSnapshot } from '../../support/fake-control.ts';

const { facts } = fakeControl();

interface Facts {
  readonly route?: Partial<Route>;
  readonly service?: Partial<Service>;
  /** Each endpoint of the file changed. */
  readonly endpoints?: readonly Partial<Endpoint>[];
  /** By id: what the running penstock says. */
  readonly health?: Readonly<Record<string, Partial<ReturnType<LiveFacts['healthAt']>>>>;
  readonly underWay?: readonly number[];
  readonly buckets?: readonly BucketRow[];
  readonly rows?: (rows: readonly ServiceRow[]) => readonly ServiceRow[];
}

const WELL = { healthy: true, check: 'none', ejectedForMs: 0, weightPercent: 100, lastChange: null } as const;

/** A request to `api` and its two endpoints, `127.0.0.1:9001` and `second`, both well unless `told` says otherwise. */
function explain(told: Facts, method = 'GET'): Explanation {
  const plain = fakeSnapshot().service(0);
  const service: Service = {
    ...plain,
    ...told.service,
    endpoints: plain.endpoints.map((endpoint, index) => ({ ...endpoint, ...told.endpoints?.[index] })),
  };
  const snapshot = fakeSnapshot([fakeRoute(0, told.route)], { service: () => service });
  const rows = serviceRows(snapshot, {
    ...facts,
    healthAt: ({ key }) => ({ ...WELL, ...told.health?.[key.slice('api '.length)] }),
    requestsAt: ({ slot }) => told.underWay?.[slot - 9001] ?? 0,
  });
  const request = parseExplainRequest({
    url: 'http://api.example.com/v1',
    method,
    headers: ['X-Key: hidden'],
    ip: '192.0.2.7',
  });
  return explainRequest(snapshot, request, runningView(told.rows?.(rows) ?? rows, told.buckets ?? []));
}

const LIMIT: RateLimit = {
  name: 'ip',
  requestsPerSecond: 0.5,
  burst: 9,
  by: 'ip',
  header: '',
  seed0: 1,
  seed1: 2,
};
const BY_KEY: RateLimit = { ...LIMIT, name: 'x-key', by: 'header', header: 'x-key', burst: 1 };

describe('explain with a running penstock: rate limits', () => {
  const limited = (buckets: readonly BucketRow[]): Explanation =>
    explain({ route: { rateLimits: [LIMIT, BY_KEY] }, buckets });

  it('tells what is left of each', () => {
    const explanation = limited([
      { ...LIMIT, left: 7, waitMs: 0 },
      { ...BY_KEY, left: 1, waitMs: 0 },
    ]);
    expect(explanation.outcome.kind).toBe('forwarded');
    expect(explanation.rateLimits).toMatchObject([{ left: 7 }, { left: 1, waitMs: 0 }]);
    expect(explanation.policies.filter(({ policy }) => policy === 'rate limit')).toEqual([
      {
        policy: 'rate limit',
        verdict: 'passes',
        detail: '0.5 a second, 9 at once, for 192.0.2.7; 7 of 9 left',
      },
      {
        policy: 'rate limit',
        verdict: 'passes',
        detail: '0.5 a second, 1 at once, for this value of x-key; 1 of 1 left',
      },
    ]);
  });

  it('refuses as the worker does: 429, the longest wait, and nothing that comes behind it', () => {
    const explanation = limited([
      { ...LIMIT, left: 0, waitMs: 400 },
      { ...BY_KEY, left: 0, waitMs: 1_600.2 },
    ]);
    expect(explanation.outcome).toMatchObject({ status: 429, fault: 'rate_limited', retryAfterSeconds: 2 });
    expect(explanation.services).toEqual([]);
    expect(explanation.policies.map(({ policy, verdict }) => [policy, verdict])).toEqual([
      ['https redirect', 'passes'],
      ['access list', 'passes'],
      ['rate limit', 'refuses'],
      ['rate limit', 'refuses'],
    ]);
    expect(explanation.policies.at(-1)?.detail).toBe(
      '0.5 a second, 1 at once, for this value of x-key; none left, the next in 1601ms',
    );
    const text = formatExplanation(explanation, 'here', '/etc');
    expect(text).toMatch(/^outcome {2}refused with 429 \(rate_limited\): .* Retry-After: 2$/m);
    expect(text).toContain('numbers  here\n');
    expect(text).not.toContain('hidden');
  });

  it('takes the bucket of another limit for nothing', () => {
    const explanation = limited([{ ...LIMIT, burst: 8, left: 0, waitMs: 400 }]);
    expect(explanation.outcome.kind).toBe('forwarded');
    expect(explanation.rateLimits).toMatchObject([{ left: null }, { left: null }]);
  });
});

describe('explain with a running penstock: endpoints', () => {
  const lastChange = { atMs: 1_700_000_000_000, reason: 'its check fails: status 503' };
  const failing = { healthy: false, check: 'failing', lastChange } as const;

  it.each([
    ['well', {}, ['healthy', 'healthy'], [true, true]],
    [
      'a failed check',
      { health: { second: failing } },
      ['healthy', 'unhealthy, since 2023-11-14T22:13:20Z: its check fails: status 503'],
      [true, false],
    ],
    [
      'an ejection',
      {
        health: {
          second: {
            healthy: false,
            ejectedForMs: 7_400,
            lastChange: { ...lastChange, reason: 'ejected for 10s: x' },
          },
        },
      },
      ['healthy', 'unhealthy, ejected for 8s, since 2023-11-14T22:13:20Z: ejected for 10s: x'],
      [true, false],
    ],
    [
      'a slow start',
      { health: { second: { weightPercent: 40 } } },
      ['healthy', 'healthy at 40 %'],
      [true, true],
    ],
    [
      'one at its limit',
      { service: { maxRequestsPerEndpoint: 3 }, underWay: [2, 3] },
      ['healthy, 2 under way', 'healthy, at its limit (max_requests: 3)'],
      [true, false],
    ],
    ['a backup', { endpoints: [{}, { backup: true }] }, ['healthy', 'healthy, others serve'], [true, false]],
    [
      'a backup in need',
      { endpoints: [{}, { backup: true }], health: { '127.0.0.1:9001': failing } },
      ['unhealthy, since 2023-11-14T22:13:20Z: its check fails: status 503', 'healthy'],
      [false, true],
    ],
    [
      'a backup for one at its limit',
      { endpoints: [{}, { backup: true }], service: { maxRequestsPerEndpoint: 1 }, underWay: [1, 0] },
      ['healthy, at its limit (max_requests: 1)', 'healthy'],
      [false, true],
    ],
    [
      'one that drains',
      { endpoints: [{}, { weight: 0 }], underWay: [0, 1] },
      ['healthy', 'drains: its weight is 0, healthy, 1 under way'],
      [true, false],
    ],
  ] as const)('%s', (_, told, states, candidates) => {
    const [share] = explain(told as Facts).services;
    expect(share?.endpoints.map(({ state }) => state)).toEqual(states);
    expect(share?.endpoints.map(({ candidate }) => candidate)).toEqual(candidates);
  });

  it('answers 503 where none is well, and another 503 where all are at their limits, and shows them all the same', () => {
    const none = explain({ health: { '127.0.0.1:9001': failing, second: failing } });
    expect(none.outcome).toMatchObject({ status: 503, fault: 'no_endpoint', retryAfterSeconds: 1 });
    expect(none.services[0]?.endpoints).toHaveLength(2);
    const full = explain({ service: { maxRequestsPerEndpoint: 2 }, underWay: [2, 2] });
    expect(full.outcome).toMatchObject({ status: 503, fault: 'endpoints_full' });
  });

  it('knows the addresses of a name, and says so where it has none', () => {
    const expanded = (ids: readonly string[]) => (rows: readonly ServiceRow[]) =>
      rows.map((row) => ({
        ...row,
        endpoints: [
          ...row.endpoints.slice(0, 1),
          ...ids.map((id) => ({ ...(row.endpoints[1] as ServiceRow['endpoints'][number]), id, address: id })),
        ],
      }));
    const some = explain({ rows: expanded(['second@10.0.0.1', 'second@10.0.0.2']) });
    expect(some.services[0]?.endpoints.map(({ id, candidate }) => [id, candidate])).toEqual([
      ['127.0.0.1:9001', true],
      ['second@10.0.0.1', true],
      ['second@10.0.0.2', true],
    ]);
    const [share] = explain({ rows: expanded([]) }).services;
    expect(share?.taken).toBe('127.0.0.1:9001');
    expect(share?.endpoints[1]).toMatchObject({
      candidate: false,
      health: null,
      state: 'not there: its name has no address, or the file was not reloaded',
    });
  });

  it('takes a service that the running penstock does not have as it is configured', () => {
    const [share] = explain({ rows: () => [] }).services;
    expect(share?.endpoints.map(({ candidate, state }) => [candidate, state])).toEqual([
      [true, 'not known'],
      [true, 'not known'],
    ]);
  });
});

describe('explain with a running penstock: retries', () => {
  it('tells what is left of the budget', () => {
    const retries = { ...fakeSnapshot().service(0).retries, attempts: 1, on: retryOnOf(['503']) };
    expect(explain({ service: { retries } }).policies.at(-1)).toEqual({
      policy: 'retries',
      verdict: 'applies',
      detail:
        'up to 1 more attempt after 503; within 20% of the requests of 10s: 16 left (requests: 100, sent again: 4)',
    });
  });
});

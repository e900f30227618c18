import { describe, expect, it } from 'vitest';
import { isOpenPath } from '../../../../src/primary/admin/endpoints.ts';
import type { LiveFacts } from '../../../../src/primary/control.ts';
import { askAdmin as ask, bodyOf } from '../../../support/ask-admin.ts';
import {
  FAKE_LATENCY,
  fakeControl,
  fakeResult,
  fakeRoute,
  fakeSnapshot,
  fakeStatus,
} from '../../../support/fake-control.ts';

describe('endpoints', () => {
  it('answers /healthz with 200 whatever the state', async () => {
    const answer = await ask('/healthz', {}, fakeControl({ status: fakeStatus({ ready: false }) }));
    expect(answer).toMatchObject({ status: 200, body: 'ok\n' });
  });

  it('answers /readyz with 200 once every worker serves', async () => {
    expect(await ask('/readyz')).toMatchObject({ status: 200 });
  });

  it('answers /readyz with 503 and how many workers serve the current snapshot', async () => {
    const [first, second] = fakeStatus().workers;
    const workers = [first!, { ...second!, snapshotVersion: 6 }];
    const answer = await ask('/readyz', {}, fakeControl({ status: fakeStatus({ ready: false, workers }) }));
    expect(answer.status).toBe(503);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(bodyOf(answer)).toMatchObject({ status: 503, detail: '1 of 2 workers serve snapshot 7.' });
  });

  it('answers /v1/status with the status as JSON', async () => {
    const answer = await ask('/v1/status');
    expect(answer.headers['content-type']).toBe('application/json');
    expect(bodyOf(answer)).toEqual({ ...fakeStatus(), latency: FAKE_LATENCY });
  });

  it('answers /metrics in the Prometheus text format', async () => {
    const answer = await ask('/metrics');
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.body).toContain('penstock_snapshot_version 7');
  });

  it('reloads with the trigger that the caller is', async () => {
    const control = fakeControl();
    await ask('/v1/reload', { method: 'POST' }, control);
    await ask('/v1/reload', { method: 'POST', fromCommand: true }, control);
    expect(control.triggers).toEqual(['api', 'command']);
  });

  it('answers an unchanged reload with 200', async () => {
    const control = fakeControl({ result: fakeResult({ outcome: 'unchanged' }) });
    const answer = await ask('/v1/reload', { method: 'POST' }, control);
    expect(answer.status).toBe(200);
    expect(bodyOf(answer)).toMatchObject({ outcome: 'unchanged', version: 8 });
  });

  it('answers an upgrade, and leaves the next request to the new process', async () => {
    const upgrade = { outcome: 'handed_over', pid: 7, message: 'process 7 serves', durationMs: 1 } as const;
    const done = await ask('/v1/upgrade', { method: 'POST' }, fakeControl({ upgrade }));
    expect({ status: done.status, connection: done.headers.connection }).toEqual({
      status: 200,
      connection: 'close',
    });
    expect(bodyOf(done)).toEqual(upgrade);
    const failed = await ask('/v1/upgrade', { method: 'POST' });
    expect(failed.status).toBe(500);
    expect(bodyOf(failed)).toMatchObject({ outcome: 'failed', pid: null, detail: 'this process goes on' });
  });

  it('answers a rejected reload with 422 and the problems', async () => {
    const problem = {
      code: 'UNKNOWN_KEY',
      path: 'routs',
      message: 'unknown key',
      origin: { file: 'p.yaml', line: 3, column: 1 },
    };
    const result = fakeResult({ outcome: 'rejected', problems: [problem], message: '1 problem', version: 7 });
    const answer = await ask('/v1/reload', { method: 'POST' }, fakeControl({ result }));
    expect(answer.status).toBe(422);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(bodyOf(answer)).toMatchObject({
      type: 'about:blank',
      title: 'Unprocessable Content',
      status: 422,
      detail: '1 problem',
      outcome: 'rejected',
      version: 7,
      problems: [problem],
    });
  });

  it('answers a failed reload with 500', async () => {
    const control = fakeControl({ result: fakeResult({ outcome: 'failed', message: 'disk full' }) });
    const answer = await ask('/v1/reload', { method: 'POST' }, control);
    expect(answer.status).toBe(500);
    expect(bodyOf(answer)).toMatchObject({ outcome: 'failed', detail: 'disk full' });
  });

  it('lists the routes with weights instead of running sums, and no bodies or header values', async () => {
    const routes = [
      fakeRoute(0, { action: { kind: 'split', services: [0, 1], bounds: [90, 100], total: 100 } }),
      fakeRoute(1, {
        hosts: [],
        action: {
          kind: 'respond',
          status: 200,
          body: 'hidden-body',
          headers: [{ name: 'X', value: 'hidden-value' }],
        },
      }),
    ];
    const answer = await ask('/v1/routes', {}, fakeControl({ snapshot: fakeSnapshot(routes) }));
    expect(bodyOf(answer)).toMatchObject({
      snapshot: { version: 7 },
      routes: [
        {
          action: {
            kind: 'split',
            parts: [
              { service: 'api', weight: 90 },
              { service: 'api-next', weight: 10 },
            ],
          },
          file: '/etc/penstock.yaml',
          line: 10,
        },
        { hosts: [], action: { kind: 'respond', status: 200 } },
      ],
    });
    expect(String(answer.body)).not.toContain('hidden');
  });

  it('gives the snapshot as JSON by default, tagged with its digest', async () => {
    const answer = await ask('/v1/snapshot');
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      etag: `"${'a1'.repeat(32)}"`,
      vary: 'accept',
    });
    expect(bodyOf(answer)).toEqual({ version: 7, routes: [] });
  });

  it('gives the bytes where protobuf is asked for', async () => {
    const byAccept = await ask('/v1/snapshot', { accept: 'application/x-protobuf' });
    const byQuery = await ask('/v1/snapshot', { query: new URLSearchParams('format=protobuf') });
    for (const answer of [byAccept, byQuery]) {
      expect(answer.headers['content-type']).toBe('application/x-protobuf');
      expect(answer.body).toEqual(new Uint8Array([10, 1, 2, 255]));
    }
  });

  it('refuses an unknown format', async () => {
    const answer = await ask('/v1/snapshot', { query: new URLSearchParams('format=xml') });
    expect(answer.status).toBe(400);
  });

  it('answers 304 without a body to a client that has the snapshot', async () => {
    const answer = await ask('/v1/snapshot', { ifNoneMatch: `W/"old", "${'a1'.repeat(32)}"` });
    expect(answer).toMatchObject({ status: 304, body: '' });
  });

  it('lists the services with their endpoints and what is under way there', async () => {
    const answer = await ask('/v1/services');
    expect(bodyOf(answer)).toEqual({
      snapshot: { version: 7, digest: 'a1'.repeat(32) },
      services: [
        {
          name: 'api',
          balance: 'round_robin',
          hashOn: null,
          protocol: 'http1',
          maxRequests: 0,
          stickyCookie: null,
          retryBudget: { requests: 100, retries: 4, left: 16 },
          endpoints: [
            {
              id: '127.0.0.1:9001',
              address: '127.0.0.1:9001',
              weight: 1,
              backup: false,
              requestsInFlight: 1,
              health: {
                healthy: true,
                check: 'none',
                ejectedForMs: 0,
                weightPercent: 100,
                lastChange: null,
              },
              file: '/etc/penstock.yaml',
              line: 5,
            },
            {
              id: 'second',
              address: '127.0.0.1:9002',
              weight: 2,
              backup: false,
              requestsInFlight: 2,
              health: {
                healthy: false,
                check: 'failing',
                ejectedForMs: 0,
                weightPercent: 100,
                lastChange: {
                  atMs: 1_700_000_000_000,
                  reason: 'its check fails: status 503, expected 200-399',
                },
              },
              file: '/etc/penstock.yaml',
              line: 6,
            },
          ],
          file: '/etc/penstock.yaml',
          line: 2,
        },
        expect.objectContaining({ name: 'api-next', endpoints: [] }),
      ],
    });
  });

  it('says what is left of the rate limits of a route for a request', async () => {
    const limit = {
      name: 'ip',
      requestsPerSecond: 0.5,
      burst: 3,
      by: 'ip',
      header: '',
      seed0: 1,
      seed1: 2,
    } as const;
    const byKey = { ...limit, name: 'x-key', by: 'header', header: 'x-key' } as const;
    const route = fakeRoute(1, { name: 'limited', rateLimits: [limit, byKey] });
    const control = fakeControl({
      snapshot: fakeSnapshot([fakeRoute(0), route, { ...route, index: 2, rateLimits: [] }]),
    });
    const asked: unknown[] = [];
    const facts: LiveFacts = {
      ...control.facts,
      bucketAt: (of, address, request) => {
        asked.push([of.name, address, request.host, request.header('x-key'), request.header('other')]);
        return control.facts.bucketAt(of, address, request);
      },
    };
    const askBuckets = (body: string) =>
      ask('/v1/rate-limits', { method: 'POST', body }, { ...control, facts });
    const question = {
      route: 'limited',
      client: '192.0.2.1',
      host: 'a.test',
      headers: { 'X-Key': 'caf\u00e9' },
    };
    const answer = await askBuckets(JSON.stringify(question));
    expect(answer.status).toBe(200);
    expect(bodyOf(answer)).toEqual({
      snapshot: { version: 7, digest: 'a1'.repeat(32) },
      limits: [
        { name: 'ip', requestsPerSecond: 0.5, burst: 3, by: 'ip', header: '', left: 2, waitMs: 0 },
        {
          name: 'x-key',
          requestsPerSecond: 0.5,
          burst: 3,
          by: 'header',
          header: 'x-key',
          left: 0,
          waitMs: 2_500,
        },
      ],
    });
    await askBuckets('{"route":"limited","client":"192.0.2.2"}');
    expect(asked).toEqual([
      ['ip', '192.0.2.1', 'a.test', 'caf\xc3\xa9', null],
      ['x-key', '192.0.2.1', 'a.test', 'caf\xc3\xa9', null],
      ['ip', '192.0.2.2', '', null, null],
      ['x-key', '192.0.2.2', '', null, null],
    ]);
    expect((await askBuckets('{"route":"nowhere","client":""}')).status).toBe(404);
    const wrong = ['', '{', 'null', '[]', '{}', '{"route":"limited"}', '{"route":1,"client":""}'];
    for (const more of ['"host":1', '"headers":[]', '"headers":null', '"headers":{"a":1}'])
      wrong.push(`{"route":"limited","client":"",${more}}`);
    for (const body of wrong) expect((await askBuckets(body)).status, body).toBe(400);
    expect((await ask('/v1/rate-limits')).headers.allow).toBe('POST');
  });

  it.each([['PUT', '/v1/snapshot']])('says of %s %s that it is not built yet', async (method, path) => {
    const answer = await ask(path, { method });
    expect(answer.status).toBe(501);
    expect(bodyOf(answer)).toMatchObject({ title: 'Not Implemented' });
    expect(String(answer.body)).toContain('not built yet');
  });

  it.each([
    ['POST', '/v1/status', 'GET, HEAD'],
    ['GET', '/v1/reload', 'POST'],
    ['HEAD', '/v1/reload', 'POST'],
    ['GET', '/v1/upgrade', 'POST'],
    ['DELETE', '/v1/snapshot', 'GET, HEAD, PUT'],
    ['constructor', '/healthz', 'GET, HEAD'],
  ])('refuses %s %s and names what is allowed', async (method, path, allow) => {
    const answer = await ask(path, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe(allow);
  });

  it.each([
    '/',
    '/v1',
    '/v1/status/',
    '/healthz/x',
    '/constructor',
    '/v1/certificates//renew',
    'http://x/healthz',
  ])('knows no endpoint at %s', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404 });
  });

  it('is open at the probes only', () => {
    expect(['/healthz', '/readyz', '/metrics', '/v1/status', '/'].filter(isOpenPath)).toEqual([
      '/healthz',
      '/readyz',
    ]);
  });
});

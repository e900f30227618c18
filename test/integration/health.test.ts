/** Health through a whole penstock with two workers: endpoints that hang, die and fail, and what clients and operators see of it. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceRow } from '../../src/primary/admin/service-rows.ts';
import { type Answered, ask } from '../support/http-ask.ts';
import { parseExposition } from '../support/metrics-text.ts';
import { type Origin, startOrigin } from '../support/origin.ts';
import { type MortalOrigin, runMortalOrigin } from '../support/run-mortal-origin.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

/** Nobody listens there. */
const NOBODY = '127.0.0.1:1';

let penstock: RunningPenstock;
let stateDir = '';
let mortals: readonly [MortalOrigin, MortalOrigin];
let origins: readonly Origin[] = [];
/** What the second endpoint of `failing` answers. */
let status = 200;
/** Whether `late` is well. */
let ready = false;

const check = { path: '/healthz', interval: '150ms', timeout: '100ms' };

const config = (maxIdle: number) => ({
  workers: 2,
  state_dir: stateDir,
  services: {
    checked: {
      endpoints: mortals.map(({ address }, at) => ({ address, id: `m${at}` })),
      health_check: check,
      keepalive: { max_idle: maxIdle },
      timeouts: { response: '500ms' },
    },
    failing: {
      endpoints: [origins[0]?.address, { address: origins[1]?.address, id: 'bad' }],
      outlier: { eject_for: '700ms' },
      keepalive: { max_idle: maxIdle },
    },
    refusing: { endpoints: [origins[0]?.address, { address: NOBODY, id: 'nobody' }], balance: 'random' },
    alone: { endpoints: [NOBODY] },
    late: { endpoints: [origins[2]?.address], health_check: { ...check, initially: 'unhealthy' } },
  },
  routes: ['checked', 'failing', 'refusing', 'alone', 'late'].map((service) => ({
    path: `/${service}`,
    service,
  })),
});

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'penstock-health-'));
  mortals = await Promise.all([runMortalOrigin('m0'), runMortalOrigin('m1')]);
  origins = await Promise.all([
    startOrigin({ name: 'good' }),
    startOrigin({ handler: (_, response) => response.writeHead(status).end('bad') }),
    startOrigin({ handler: (_, response) => response.writeHead(ready ? 200 : 503).end('late') }),
  ]);
  penstock = await runPenstock({ config: config(4) });
});

afterAll(async () => {
  await penstock.stop();
  await Promise.all(origins.map((origin) => origin.close()));
  rmSync(stateDir, { recursive: true, force: true });
});

const get = (service: string): Promise<Answered> => ask(penstock.ports.http, { path: `/${service}` });

/** Status and text of so many requests, one after the other. */
async function answers(service: string, count: number): Promise<readonly string[]> {
  const list: string[] = [];
  for (let i = 0; i < count; i++) {
    const { status: got, text } = await get(service);
    list.push(`${got} ${text.slice(0, 4).trim()}`);
  }
  return list;
}

async function row(service: string, id: string) {
  const { services } = (await penstock.admin('/v1/services')).json as { services: readonly ServiceRow[] };
  const endpoint = services.find(({ name }) => name === service)?.endpoints.find((one) => one.id === id);
  if (endpoint === undefined) throw new Error(`no endpoint ${id} of ${service}`);
  return endpoint;
}

async function untilHealthy(service: string, id: string, wanted: boolean): Promise<number> {
  const fromMs = performance.now();
  await waitFor(async () => (await row(service, id)).health.healthy === wanted, {
    what: `${id} of ${service} to be ${wanted ? 'healthy' : 'unhealthy'}`,
    timeoutMs: 5_000,
  });
  return performance.now() - fromMs;
}

/** Reloads with something that is not about health changed. */
async function reload(maxIdle: number): Promise<void> {
  const { http, https, admin } = penstock.ports;
  const listen = { http: `127.0.0.1:${http}`, https: `127.0.0.1:${https}`, admin: `127.0.0.1:${admin}` };
  penstock.writeConfig({ listen, ...config(maxIdle) });
  // The watch may be faster: then there is nothing left to apply.
  expect(['applied', 'unchanged']).toContain((await penstock.reload()).json.outcome);
}

describe('active checks', () => {
  it('keep an endpoint out until it is ready, with 503 meanwhile', async () => {
    const answer = await get('late');
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({ 'retry-after': '1' });
    expect(answer.headers['proxy-status']).toContain('destination_unavailable');
    ready = true;
    await untilHealthy('late', origins[2]?.address ?? '', true);
    expect(await answers('late', 1)).toEqual(['200 late']);
  });

  it('take out an endpoint that hangs, and take it back when it goes on', async () => {
    mortals[0].signal('SIGSTOP');
    expect(await untilHealthy('checked', 'm0', false)).toBeLessThan(2_000);
    expect(new Set(await answers('checked', 10))).toEqual(new Set(['200 m1']));
    expect((await row('checked', 'm0')).health).toMatchObject({
      check: 'failing',
      lastChange: { reason: 'its check fails: no answer within 100ms' },
    });
    mortals[0].signal('SIGCONT');
    await untilHealthy('checked', 'm0', true);
    expect((await row('checked', 'm0')).health).toMatchObject({ check: 'passing' });
    expect((await row('checked', 'm0')).health.weightPercent).toBeLessThan(100);
  });

  it('take out an endpoint that was killed, for good and through a reload', async () => {
    mortals[0].signal('SIGKILL');
    await untilHealthy('checked', 'm0', false);
    await reload(5);
    expect((await row('checked', 'm0')).health.healthy).toBe(false);
    expect(new Set(await answers('checked', 10))).toEqual(new Set(['200 m1']));
    const metrics = parseExposition((await penstock.admin('/metrics')).text);
    const healthy = (endpoint: string): number | undefined =>
      metrics.value('penstock_endpoint_healthy', { service: 'checked', endpoint });
    expect([healthy('m0'), healthy('m1')]).toEqual([0, 1]);
    expect(penstock.stderr()).toContain('the endpoint is out: its check fails: it refuses the connection');
  });
});

describe('passive health', () => {
  it('ejects an endpoint that answers 5xx, through a reload, and lets it come back', async () => {
    status = 500;
    const before = await answers('failing', 12);
    expect(before.filter((answer) => answer === '500 bad').length).toBeGreaterThanOrEqual(5);
    await untilHealthy('failing', 'bad', false);
    await reload(6);
    expect((await row('failing', 'bad')).health.lastChange?.reason).toBe(
      'ejected for 700ms: 5 requests in a row failed, the last with status 500',
    );
    expect(new Set(await answers('failing', 10))).toEqual(new Set(['200 good']));
    status = 200;
    await untilHealthy('failing', 'bad', true);
    await waitFor(async () => (await get('failing')).text === 'bad', { what: 'requests to come back' });
  });

  it('ejects an endpoint that refuses connections, by default', async () => {
    await waitFor(
      async () => {
        await get('refusing');
        return !(await row('refusing', 'nobody')).health.healthy;
      },
      { what: 'the endpoint to be ejected' },
    );
    expect(new Set(await answers('refusing', 10))).toEqual(new Set(['200 good']));
  });

  it('never ejects the only endpoint', async () => {
    expect(new Set(await answers('alone', 20))).toEqual(new Set(['502 502']));
    expect((await row('alone', NOBODY)).health).toMatchObject({ healthy: true, lastChange: null });
  });
});

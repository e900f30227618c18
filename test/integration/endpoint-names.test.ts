/** Endpoints by name, through a whole penstock and a name server of the test's own. */

import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceRow } from '../../src/primary/admin/service-rows.ts';
import { freePort } from '../support/free-port.ts';
import { ask } from '../support/http-ask.ts';
import { type NameServer, startNameServer } from '../support/name-server.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

const HOOK = fileURLToPath(new URL('../support/use-name-server.mjs', import.meta.url));

let names: NameServer;
let penstock: RunningPenstock;
let port = 0;
const servers: Server[] = [];
/** Host fields of the checks. */
const checkedAs: (string | undefined)[] = [];

beforeAll(async () => {
  names = await startNameServer();
  names.names.set('api.test', ['127.0.0.1']);
  port = await freePort();
  for (const address of ['127.0.0.1', '127.0.0.2']) {
    const server = createServer(({ url, headers }, response) => {
      if (url === '/healthz') checkedAs.push(headers.host);
      response.end(address);
    });
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    servers.push(server);
  }
  penstock = await runPenstock({
    env: { NODE_OPTIONS: `--import=${HOOK}`, PENSTOCK_TEST_DNS: String(names.port) },
    config: {
      workers: 1,
      services: {
        api: { endpoints: [`api.test:${port}`], health_check: { path: '/healthz', interval: '1s' } },
        late: { endpoints: [`late.test:${port}`] },
        local: { endpoints: [`localhost:${port}`] },
      },
      routes: ['api', 'late', 'local'].map((service) => ({ path: `/${service}`, service })),
    },
  });
});

afterAll(async () => {
  await penstock.stop();
  for (const server of servers) server.close();
  await names.close();
});

const get = (service: string) => ask(penstock.ports.http, { path: `/${service}` });

async function endpointsOf(service: string): Promise<readonly string[]> {
  const { services } = (await penstock.admin('/v1/services')).json as { services: readonly ServiceRow[] };
  return services.find(({ name }) => name === service)?.endpoints.map(({ id }) => id) ?? [];
}

const until = (service: string, ids: readonly string[]): Promise<unknown> =>
  waitFor(async () => (await endpointsOf(service)).join() === ids.join(), {
    what: `${service} to have ${ids.join(' and ') || 'no endpoints'}`,
  });

describe('endpoints by name', () => {
  it('are there at the start, each address one of its own, checked by the name', async () => {
    expect(await endpointsOf('api')).toEqual([`api.test:${port}@127.0.0.1`]);
    expect((await get('api')).text).toBe('127.0.0.1');
    await waitFor(() => checkedAs.includes(`api.test:${port}`), { what: 'a check' });
  });

  it('leave names of this machine to the system', async () => {
    expect(await endpointsOf('local')).toEqual([`localhost:${port}`]);
    expect((await get('local')).status).toBe(200);
  });

  it('do not hold up a start that cannot resolve them: 503, until they do', async () => {
    expect(await endpointsOf('late')).toEqual([]);
    expect((await get('late')).status).toBe(503);
    expect(penstock.stderr()).toContain('the name does not resolve, it has no endpoint yet');
    names.names.set('late.test', ['127.0.0.2']);
    await until('late', [`late.test:${port}@127.0.0.2`]);
    expect((await get('late')).text).toBe('127.0.0.2');
  });

  it('follow the name server without a reload, and keep its last answer while it fails', async () => {
    const reloads = (await penstock.admin('/v1/status')).json.lastReload;
    names.names.set('api.test', ['127.0.0.1', '127.0.0.2']);
    const both = [`api.test:${port}@127.0.0.1`, `api.test:${port}@127.0.0.2`];
    await until('api', both);
    const texts = [await get('api'), await get('api')].map(({ text }) => text);
    expect(texts.sort()).toEqual(['127.0.0.1', '127.0.0.2']);
    names.broken = true;
    const asked = names.questions.length;
    await waitFor(() => names.questions.length > asked + 2, { what: 'more questions' });
    expect(await endpointsOf('api')).toEqual(both);
    names.broken = false;
    names.names.set('api.test', ['127.0.0.2']);
    await until('api', [`api.test:${port}@127.0.0.2`]);
    expect((await penstock.admin('/v1/status')).json.lastReload).toEqual(reloads);
  });
});

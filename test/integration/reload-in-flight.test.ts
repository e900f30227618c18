/** What is under way when a reload comes ends under the snapshot that it began with. */

import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { expectApplied } from '../support/expect-applied.ts';
import { ask } from '../support/http-ask.ts';
import { type Origin, startOrigin } from '../support/origin.ts';
import { RawClient } from '../support/raw-client.ts';
import { type Ports, type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

const origins: Origin[] = [];
afterEach(async () => {
  await Promise.all(origins.splice(0).map((origin) => origin.close()));
});

const listen = (ports: Ports): object => ({
  http: `127.0.0.1:${ports.http}`,
  https: `127.0.0.1:${ports.https}`,
  admin: `127.0.0.1:${ports.admin}`,
});

/** An origin whose answers the test finishes by hand. */
async function startHeldOrigin(): Promise<{ origin: Origin; held: ServerResponse[] }> {
  const held: ServerResponse[] = [];
  const origin = await startOrigin({
    handler: (_request, response) => void held.push(response),
    readBody: false,
  });
  origins.push(origin);
  return { origin, held };
}

const withRoute = (origin: Origin, ports: Ports): object => ({
  listen: listen(ports),
  workers: 2,
  services: { api: { endpoints: [origin.address] } },
  routes: [{ path: '/', service: 'api', response_headers: { set: { 'X-Snapshot': 'old' } } }],
});

const withoutRoute = (ports: Ports): object => ({
  listen: listen(ports),
  workers: 2,
  routes: [{ path: '/elsewhere', respond: { status: 200 } }],
});

/** Takes the route, the service and its endpoint away. */
async function removeRoute(penstock: RunningPenstock): Promise<void> {
  penstock.writeConfig(withoutRoute);
  expectApplied(await penstock.reload());
  await waitFor(async () => (await ask(penstock.ports.http)).status === 404, {
    what: 'the route to be gone',
  });
}

describe('a reload that takes a route away', () => {
  it('lets a request that waits for its answer end as it began', async () => {
    const { origin, held } = await startHeldOrigin();
    const penstock = await runPenstock({ config: (ports) => withRoute(origin, ports) });
    const asked = ask(penstock.ports.http, { path: '/slow' });
    await waitFor(() => held.length === 1, { what: 'the request at the origin' });
    await removeRoute(penstock);
    held[0]?.end('at last');
    const answer = await asked;
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: 'at last' });
    expect(answer.headers['x-snapshot']).toBe('old');
    await penstock.stop();
  });

  it('lets a download go on to its end', async () => {
    const { origin, held } = await startHeldOrigin();
    const penstock = await runPenstock({ config: (ports) => withRoute(origin, ports) });
    const asked = ask(penstock.ports.http, { path: '/large', timeoutMs: 30_000 });
    await waitFor(() => held.length === 1, { what: 'the request at the origin' });
    const body = Buffer.alloc(8 * 1024 * 1024, 'download');
    held[0]?.write(body.subarray(0, 100_000));
    await removeRoute(penstock);
    held[0]?.end(body.subarray(100_000));
    const answer = await asked;
    expect(answer.status).toBe(200);
    expect(createHash('sha256').update(answer.body).digest('hex')).toBe(
      createHash('sha256').update(body).digest('hex'),
    );
    await penstock.stop();
  });

  it('lets an upload go on to its end', async () => {
    const origin = await startOrigin();
    origins.push(origin);
    const penstock = await runPenstock({ config: (ports) => withRoute(origin, ports) });
    const client = await RawClient.connect(penstock.ports.http);
    client.write('POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234');
    await waitFor(() => origin.requests.length === 1, { what: 'the request at the origin' });
    await removeRoute(penstock);
    client.write('56789');
    expect((await client.readAnswer()).status).toBe(200);
    expect(origin.requests[0]).toMatchObject({ bodyText: '0123456789', complete: true });
    // The connection goes on, under the new snapshot.
    client.write('GET /up HTTP/1.1\r\nHost: a\r\n\r\n');
    expect((await client.readAnswer()).status).toBe(404);
    client.close();
    await penstock.stop();
  });

  it('closes its idle upstream connections, and those at work once they are done', async () => {
    const { origin, held } = await startHeldOrigin();
    const penstock = await runPenstock({ config: (ports) => withRoute(origin, ports) });
    const idle = ask(penstock.ports.http, { path: '/idle' });
    await waitFor(() => held.length === 1, { what: 'the first request' });
    const busy = ask(penstock.ports.http, { path: '/busy' });
    await waitFor(() => held.length === 2, { what: 'the second request' });
    held[0]?.end();
    await idle;
    expect(origin.openConnections()).toBe(2);
    await removeRoute(penstock);
    await waitFor(() => origin.openConnections() === 1, { what: 'the idle connection to close' });
    held[1]?.end();
    await busy;
    await waitFor(() => origin.openConnections() === 0, { what: 'the other connection to close' });
    await penstock.stop();
  });
});

describe('a reload that keeps a service', () => {
  it('keeps its idle upstream connections', async () => {
    const origin = await startOrigin();
    origins.push(origin);
    const config = (path: string) => (ports: Ports) => ({
      listen: listen(ports),
      workers: 1,
      services: { api: { endpoints: [origin.address] } },
      routes: [{ path, service: 'api' }],
    });
    const penstock = await runPenstock({ config: config('/') });
    await ask(penstock.ports.http);
    penstock.writeConfig(config('/other'));
    expect((await penstock.reload()).json.outcome).toBe('applied');
    expect((await ask(penstock.ports.http, { path: '/other' })).status).toBe(200);
    expect(origin.connections()).toBe(1);
    await penstock.stop();
  });
});

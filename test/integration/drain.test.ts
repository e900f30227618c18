/** SIGTERM: what is under way ends, nothing new begins, and the process ends with 0. */

import { createHash } from 'node:crypto';
import { Agent } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { ask } from '../support/http-ask.ts';
import { type Origin, startOrigin } from '../support/origin.ts';
import { RawClient } from '../support/raw-client.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

const origins: Origin[] = [];
const agents: Agent[] = [];
afterEach(async () => {
  await Promise.all(origins.splice(0).map((origin) => origin.close()));
  for (const agent of agents.splice(0)) agent.destroy();
});

async function originThat(handler: Parameters<typeof startOrigin>[0]): Promise<Origin> {
  const origin = await startOrigin(handler);
  origins.push(origin);
  return origin;
}

const startBefore = (origin: Origin, drain = '30s'): Promise<RunningPenstock> =>
  runPenstock({
    config: {
      workers: 2,
      timeouts: { drain },
      services: { api: { endpoints: [origin.address] } },
      routes: [{ host: 'd.test', path: '/', service: 'api', tls: 'self_signed', https_redirect: false }],
    },
  });

/** No new connection is taken any more. */
const closed = (penstock: RunningPenstock): Promise<boolean> =>
  waitFor(
    () =>
      ask(penstock.ports.http, { timeoutMs: 1_000 }).then(
        () => false,
        (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED',
      ),
    { what: 'new connections to be refused' },
  );

describe('a drain', () => {
  it('lets the request under way end, refuses new connections, and ends with 0', async () => {
    let answer = (): void => {};
    const origin = await originThat({
      handler: (_request, response) => {
        answer = () => response.end('late but whole');
      },
    });
    const penstock = await startBefore(origin);
    const asked = ask(penstock.ports.http, { host: 'd.test' });
    await waitFor(() => origin.requests.length === 1, { what: 'the request' });
    penstock.signal('SIGTERM');
    await closed(penstock);
    const readiness = await penstock.admin('/readyz');
    const { workers } = (await penstock.admin('/v1/status')).json;
    expect(readiness.status).toBe(503);
    expect(workers.some(({ requestsInFlight }: { requestsInFlight: number }) => requestsInFlight === 1)).toBe(
      true,
    );
    expect((await penstock.reload()).json).toMatchObject({ outcome: 'failed' });
    answer();
    const { status, text, headers } = await asked;
    expect({ status, text, connection: headers.connection }).toEqual({
      status: 200,
      text: 'late but whole',
      connection: 'close',
    });
    expect(await penstock.waitExit()).toEqual({ code: 0, signal: null });
  });

  it('serves a request on a connection that was open before, and says that it closes', async () => {
    let release = (): void => {};
    const origin = await originThat({
      handler: (request, response) => {
        if (request.url === '/hold') release = () => response.end();
        else response.end('served');
      },
    });
    const penstock = await startBefore(origin);
    const holding = ask(penstock.ports.http, { host: 'd.test', path: '/hold' });
    // One connection to each worker is likely, and the one whose worker holds the request stays open in any case.
    const clients = await Promise.all(
      Array.from({ length: 8 }, () => RawClient.connect(penstock.ports.http)),
    );
    for (const client of clients) client.write('GET /a HTTP/1.1\r\nHost: d.test\r\n\r\n');
    for (const client of clients) expect((await client.readAnswer()).status).toBe(200);
    penstock.signal('SIGTERM');
    await closed(penstock);
    const open = clients.filter((client) => !client.closed());
    for (const client of open) client.write('GET /b HTTP/1.1\r\nHost: d.test\r\n\r\n');
    let served = 0;
    for (const client of open) {
      const answered = await client.readAnswer().catch(() => null);
      if (answered === null) continue;
      served += 1;
      expect(client.text()).toMatch(/\r\nconnection: close\r\n/i);
    }
    expect(served).toBeGreaterThan(0);
    release();
    expect((await holding).status).toBe(200);
    expect(await penstock.waitExit()).toEqual({ code: 0, signal: null });
    for (const client of clients) client.close();
  });

  it.each([false, true])('lets a download end to its last byte, TLS: %s', async (tls) => {
    const body = Buffer.alloc(12 * 1024 * 1024, 'to the last byte, ');
    let finish = (): void => {};
    const origin = await originThat({
      handler: (_request, response) => {
        response.writeHead(200, { 'Content-Length': body.length });
        response.write(body.subarray(0, 1000));
        finish = () => response.end(body.subarray(1000));
      },
    });
    const penstock = await startBefore(origin);
    const asked = ask(tls ? penstock.ports.https : penstock.ports.http, {
      host: 'd.test',
      tls,
      timeoutMs: 30_000,
    });
    await waitFor(() => origin.requests.length === 1, { what: 'the request' });
    penstock.signal('SIGTERM');
    await closed(penstock);
    finish();
    const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    expect(hash((await asked).body)).toBe(hash(body));
    expect(await penstock.waitExit()).toEqual({ code: 0, signal: null });
  });

  it('lets an upload end', async () => {
    const origin = await originThat({});
    const penstock = await startBefore(origin);
    const client = await RawClient.connect(penstock.ports.http);
    client.write('POST / HTTP/1.1\r\nHost: d.test\r\nContent-Length: 6\r\n\r\nabc');
    await waitFor(() => origin.requests.length === 1, { what: 'the request' });
    penstock.signal('SIGTERM');
    await closed(penstock);
    client.write('def');
    expect((await client.readAnswer()).status).toBe(200);
    expect(origin.requests[0]).toMatchObject({ bodyText: 'abcdef', complete: true });
    expect(await penstock.waitExit()).toEqual({ code: 0, signal: null });
    client.close();
  });

  it('does not wait for connections on which nothing is under way', async () => {
    const origin = await originThat({});
    const penstock = await startBefore(origin);
    const agent = new Agent({ keepAlive: true });
    agents.push(agent);
    expect((await ask(penstock.ports.http, { host: 'd.test', agent })).status).toBe(200);
    penstock.signal('SIGTERM');
    expect(await penstock.waitExit(5_000)).toEqual({ code: 0, signal: null });
  });

  it('cuts what is left at its deadline, says so, and still ends with 0', async () => {
    const origin = await originThat({ handler: () => {} });
    const penstock = await startBefore(origin, '1s');
    const asked = ask(penstock.ports.http, { host: 'd.test', timeoutMs: 20_000 }).then(
      () => 'answered',
      () => 'cut',
    );
    await waitFor(() => origin.requests.length === 1, { what: 'the request' });
    const startMs = performance.now();
    penstock.signal('SIGTERM');
    expect(await penstock.waitExit(10_000)).toEqual({ code: 0, signal: null });
    expect(performance.now() - startMs).toBeGreaterThan(1_000);
    expect(await asked).toBe('cut');
    expect(penstock.stderr()).toContain('1 requests were cut at the end of the drain');
  });
});

/** Addresses that come, go and move in a reload. */

import { Agent } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { expectApplied } from '../support/expect-applied.ts';
import { freePorts } from '../support/free-port.ts';
import { ask } from '../support/http-ask.ts';
import { startOrigin } from '../support/origin.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

const agents: Agent[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.destroy();
});

function keepAlive(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agents.push(agent);
  return agent;
}

const RESPOND = { workers: 2, routes: [{ path: '/', respond: { status: 200, body: 'ok' } }] };

/** Applies these addresses; `http` and `https` are what `listen` takes. */
async function listenOn(penstock: RunningPenstock, http: unknown, more: object = {}): Promise<void> {
  penstock.writeConfig((ports) => ({
    listen: {
      http,
      https: 'off',
      admin: `127.0.0.1:${ports.admin}`,
      ...(more as { listen?: object }).listen,
    },
    ...RESPOND,
    ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== 'listen')),
  }));
  expectApplied(await penstock.reload());
}

const isRefused = (port: number): Promise<boolean> =>
  ask(port, { timeoutMs: 2_000 }).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED',
  );

describe('a reload', () => {
  it('adds an address, on every worker, while the other serves on', async () => {
    const [second = 0] = await freePorts(1);
    const penstock = await runPenstock({ config: RESPOND });
    const first = penstock.ports.http;
    const agent = keepAlive();
    expect((await ask(first, { agent })).status).toBe(200);
    await listenOn(penstock, [`127.0.0.1:${first}`, `127.0.0.1:${second}`]);
    // The kernel spreads new connections over the workers: one without the address would refuse some of these.
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(second)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect((await ask(first, { agent })).status).toBe(200);
    expect((await penstock.admin('/v1/status')).json.listeners).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ protocol: 'http', address: `127.0.0.1:${first}` }),
        expect.objectContaining({ protocol: 'http', address: `127.0.0.1:${second}` }),
      ]),
    );
    await penstock.stop();
  });

  it('removes an address: nobody gets in any more, who is in is served to the end', async () => {
    let finish = (): void => {};
    const origin = await startOrigin({
      handler: (_request, response) => {
        response.write('begun ');
        finish = () => response.end('and finished');
      },
    });
    const [second = 0] = await freePorts(1);
    const service = {
      services: { slow: { endpoints: [origin.address] } },
      routes: [
        { path: '/slow', service: 'slow' },
        { path: '/', respond: { status: 200, body: 'ok' } },
      ],
    };
    const penstock = await runPenstock({
      config: (ports) => ({
        listen: {
          http: [`127.0.0.1:${ports.http}`, `127.0.0.1:${second}`],
          https: 'off',
          admin: `127.0.0.1:${ports.admin}`,
        },
        workers: 2,
        ...service,
      }),
    });
    const agent = keepAlive();
    expect((await ask(second, { agent })).status).toBe(200);
    const slow = ask(second, { path: '/slow' });
    await waitFor(() => origin.requests.length === 1, { what: 'the slow request' });
    await listenOn(penstock, `127.0.0.1:${penstock.ports.http}`, service);
    await waitFor(() => isRefused(second), { what: 'the address to be closed' });
    expect((await ask(second, { agent })).text).toBe('ok');
    finish();
    expect((await slow).text).toBe('begun and finished');
    expect((await ask(penstock.ports.http)).status).toBe(200);
    await penstock.stop();
    await origin.close();
  });

  it('moves an address to another port', async () => {
    const [next = 0] = await freePorts(1);
    const penstock = await runPenstock({ config: RESPOND });
    await listenOn(penstock, `127.0.0.1:${next}`);
    expect((await ask(next)).status).toBe(200);
    await waitFor(() => isRefused(penstock.ports.http), { what: 'the old address to be closed' });
    await listenOn(penstock, `127.0.0.1:${penstock.ports.http}`);
    expect((await ask(penstock.ports.http)).status).toBe(200);
    await waitFor(() => isRefused(next), { what: 'the other one to be closed' });
    await penstock.stop();
  });

  it('widens an address from one interface to all on the same port, and narrows it again', async () => {
    const penstock = await runPenstock({ config: RESPOND });
    const { http } = penstock.ports;
    const agent = keepAlive();
    expect((await ask(http, { agent })).status).toBe(200);
    for (const address of [`0.0.0.0:${http}`, `127.0.0.1:${http}`]) {
      await listenOn(penstock, address);
      expect((await ask(http)).status).toBe(200);
      expect((await ask(http, { agent })).status).toBe(200);
    }
    await penstock.stop();
  });

  it('opens https with the first route that needs it, and closes it with the last', async () => {
    const penstock = await runPenstock({
      config: (ports) => ({
        listen: { http: `127.0.0.1:${ports.http}`, admin: `127.0.0.1:${ports.admin}` },
        ...RESPOND,
      }),
    });
    const { https } = penstock.ports;
    const listen = { listen: { https: `127.0.0.1:${https}` } };
    expect(await isRefused(https)).toBe(true);
    await listenOn(penstock, `127.0.0.1:${penstock.ports.http}`, {
      ...listen,
      routes: [{ host: 'a.test', path: '/', respond: { status: 200, body: 'secure' }, tls: 'self_signed' }],
    });
    expect((await ask(https, { tls: true, host: 'a.test' })).text).toBe('secure');
    await listenOn(penstock, `127.0.0.1:${penstock.ports.http}`, { listen: { https: 'off' } });
    await waitFor(() => isRefused(https), { what: 'https to be closed' });
    await penstock.stop();
  });

  it('keeps the port that port 0 became', async () => {
    const penstock = await runPenstock({
      config: (ports) => ({
        listen: { http: '127.0.0.1:0', https: 'off', admin: `127.0.0.1:${ports.admin}` },
        ...RESPOND,
      }),
    });
    const addressOf = async (): Promise<string> =>
      (await penstock.admin('/v1/status')).json.listeners.find(
        ({ protocol }: { protocol: string }) => protocol === 'http',
      ).address;
    const before = await addressOf();
    expect((await ask(Number(before.split(':')[1]))).status).toBe(200);
    penstock.writeConfig((ports) => ({
      listen: { http: '127.0.0.1:0', https: 'off', admin: `127.0.0.1:${ports.admin}` },
      ...RESPOND,
      routes: [{ path: '/', respond: { status: 204 } }],
    }));
    expect((await penstock.reload()).json.outcome).toBe('applied');
    expect(await addressOf()).toBe(before);
    expect((await ask(Number(before.split(':')[1]))).status).toBe(204);
    await penstock.stop();
  });
});

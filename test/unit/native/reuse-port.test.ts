import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ListenWish } from '../../../src/native/listen-socket.ts';
import { listenReusePort, type ReusePortMeans, reusePortMeans } from '../../../src/native/reuse-port.ts';
import { descriptorOf, openDescriptors } from '../../support/descriptors.ts';
import { freePort } from '../../support/free-port.ts';
import { backlogOf, deferAcceptOf } from '../../support/socket-option.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** The server, once it listens; rejects with what `done` was given. */
function listen(wish: ListenWish, means?: ReusePortMeans): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    servers.push(server);
    const done = (error: Error | null): void => (error === null ? resolve(server) : reject(error));
    listenReusePort(server, wish, done, means);
  });
}

const addressOf = (server: Server): AddressInfo => server.address() as AddressInfo;

describe('reuse-port-means', () => {
  it.each([
    ['linux', '20.20.2', true, false, 'koffi'],
    ['linux', '20.20.2', false, false, 'none'],
    ['linux', '22.11.0', true, false, 'koffi'],
    ['linux', '22.11.0', false, false, 'none'],
    ['linux', '22.12.0', true, false, 'node'],
    ['linux', '22.12.0', true, true, 'koffi'],
    ['linux', '22.12.0', false, true, 'node'],
    ['linux', '23.0.1', true, false, 'koffi'],
    ['linux', '23.1.0', true, false, 'node'],
    ['linux', '24.0.0', true, false, 'node'],
    ['freebsd', '24.0.0', false, true, 'node'],
    ['darwin', '24.0.0', false, false, 'none'],
    ['win32', '24.0.0', false, false, 'none'],
  ] as const)(
    'on %s with Node %s, koffi %s, deferring %s: %s',
    (platform, node, opensSockets, defers, means) => {
      expect(reusePortMeans(defers, { platform, node, opensSockets })).toBe(means);
    },
  );

  it.runIf(process.platform === 'linux')('is never none on Linux', () => {
    expect(reusePortMeans()).not.toBe('none');
    expect(reusePortMeans(true)).toBe('koffi');
  });
});

describe.runIf(process.platform === 'linux')('listen-reuse-port', () => {
  it.each(['127.0.0.1', '::1', '0.0.0.0', '::', ''])('shares "%s"', async (host) => {
    const first = await listen({ host, port: 0 });
    const { port, address } = addressOf(first);
    expect(address).toBe(host === '' ? '::' : host);
    expect(addressOf(await listen({ host, port }))).toMatchObject({ address, port });
  });

  it('knows the outcome at once with koffi', () => {
    const server = createServer();
    servers.push(server);
    const outcomes: unknown[] = [];
    listenReusePort(server, { host: '127.0.0.1', port: 0 }, (error) => outcomes.push(error), 'koffi');
    expect(outcomes).toEqual([null]);
    const { port } = addressOf(server);
    const refused = createServer();
    listenReusePort(refused, { host: '192.0.2.1', port }, (error) => outcomes.push(error), 'koffi');
    expect(outcomes).toEqual([
      null,
      expect.objectContaining({
        message: `bind EADDRNOTAVAIL 192.0.2.1:${port}`,
        code: 'EADDRNOTAVAIL',
        syscall: 'bind',
        address: '192.0.2.1',
        port,
      }),
    ]);
  });

  it.each(['koffi', 'node', 'none'] as const)(
    'calls done once, and leaves no listener behind: %s',
    async (means) => {
      const server = createServer();
      servers.push(server);
      let calls = 0;
      await new Promise((resolve) => {
        const count = (): void => {
          calls++;
          resolve(null);
        };
        listenReusePort(server, { host: '127.0.0.1', port: 0 }, count, means);
      });
      // The event comes after `done` where the outcome was known at once.
      await new Promise((resolve) => setImmediate(resolve));
      expect(calls).toBe(1);
      expect([server.listenerCount('listening'), server.listenerCount('error')]).toEqual([0, 0]);
    },
  );

  it.each(['koffi', 'node', 'none'] as const)('accepts: %s', async (means) => {
    const server = await listen({ host: '', port: 0 }, means);
    const client = connect(addressOf(server).port, '127.0.0.1');
    const [accepted] = await once(server, 'connection');
    accepted.destroy();
    client.destroy();
  });

  it.each([
    ['koffi', '127.0.0.1'],
    ['koffi', ''],
    ['node', '127.0.0.1'],
    ['node', ''],
    ['none', '127.0.0.1'],
    ['none', ''],
  ] as const)('reports an address that is not shared: %s "%s"', async (means, host) => {
    const port = await freePort();
    await listen({ host, port }, 'none');
    await expect(listen({ host, port }, means)).rejects.toMatchObject({ code: 'EADDRINUSE', port });
  });

  it.each(['koffi', 'node', 'none'] as const)('asks no name service: %s', async (means) => {
    const error = { code: 'EINVAL', message: 'bind EINVAL localhost:80' };
    await expect(listen({ host: 'localhost', port: 80 }, means)).rejects.toMatchObject(error);
    await expect(listen({ host: '', port: 65_536 }, means)).rejects.toMatchObject({ code: 'EINVAL' });
  });

  it.each(['koffi', 'node', 'none'] as const)('passes the backlog on: %s', async (means) => {
    expect(backlogOf(descriptorOf(await listen({ host: '127.0.0.1', port: 0, backlog: 37 }, means)))).toBe(
      37,
    );
    expect(backlogOf(descriptorOf(await listen({ host: '127.0.0.1', port: 0 }, means)))).toBe(511);
  });

  it('waits for the first bytes where that is wished, on every version of Node', async () => {
    const server = await listen({ host: '127.0.0.1', port: 0, deferAcceptSeconds: 10 });
    expect(deferAcceptOf(descriptorOf(server))).toBeGreaterThanOrEqual(10);
  });

  it('leaves no descriptor open', async () => {
    const port = await freePort();
    await listen({ host: '127.0.0.1', port }, 'none');
    const before = openDescriptors();
    for (let round = 0; round < 1_000; round++) {
      const server = createServer();
      listenReusePort(server, { host: '127.0.0.1', port: 0 }, () => {}, 'koffi');
      server.close();
      await once(server, 'close');
      listenReusePort(createServer(), { host: '127.0.0.1', port }, () => {}, 'koffi');
    }
    expect(openDescriptors()).toBe(before);
  });
});

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import koffi from 'koffi';
import { afterEach, describe, expect, it } from 'vitest';
import { setListenerReceiveBuffer } from '../../../src/native/receive-buffer.ts';
import { freePort } from '../../support/free-port.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(host: string): Promise<Server> {
  const server = createServer().listen(0, host);
  servers.push(server);
  await once(server, 'listening');
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

function receiveBufferOf(handle: object): number {
  const { fd } = (handle as { _handle: { fd: number } })._handle;
  const value = [0];
  const length = [4];
  koffi
    .load('libc.so.6')
    .func('int getsockopt(int fd, int level, int name, _Out_ int *value, _Inout_ uint32_t *length)')(
    fd,
    1,
    8,
    value,
    length,
  );
  return value[0] ?? -1;
}

describe.runIf(process.platform === 'linux')('setListenerReceiveBuffer', () => {
  it.each(['127.0.0.1', '::1', '0.0.0.0'])('sets the one that listens on %s, and no other', async (host) => {
    const [server, other] = [await listen(host), await listen(host)];
    const before = receiveBufferOf(other);
    expect(setListenerReceiveBuffer(portOf(server), 64 * 1024)).toBe(1);
    expect(receiveBufferOf(server)).toBe(128 * 1024);
    expect(receiveBufferOf(other)).toBe(before);
  });

  it('is inherited by connections', async () => {
    const server = await listen('127.0.0.1');
    setListenerReceiveBuffer(portOf(server), 64 * 1024);
    const { connect } = await import('node:net');
    const client = connect(portOf(server), '127.0.0.1');
    const [accepted] = (await once(server, 'connection')) as [object];
    expect(receiveBufferOf(accepted)).toBe(128 * 1024);
    client.destroy();
    (accepted as { destroy(): void }).destroy();
  });

  it('does nothing where nobody listens', async () => {
    expect(setListenerReceiveBuffer(await freePort(), 64 * 1024)).toBe(0);
  });
});

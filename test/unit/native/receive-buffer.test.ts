import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import koffi from 'koffi';
import { afterEach, describe, expect, it } from 'vitest';
import { setReceiveBuffer } from '../../../src/native/receive-buffer.ts';

const open: { destroy?(): void; close?(): void }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) (one.destroy ?? one.close)?.call(one);
});

const descriptorOf = (owner: Server | Socket): number =>
  (owner as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;

function receiveBufferOf(fd: number): number {
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

async function connection(before: (server: Server) => void = () => {}): Promise<Socket> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  open.push(server);
  await once(server, 'listening');
  before(server);
  open.push(connect((server.address() as AddressInfo).port, '127.0.0.1'));
  const [accepted] = (await once(server, 'connection')) as [Socket];
  open.push(accepted);
  return accepted;
}

describe.runIf(process.platform === 'linux')('setReceiveBuffer', () => {
  it('sets the one of a connection', async () => {
    const fd = descriptorOf(await connection());
    expect(setReceiveBuffer(fd, 64 * 1024)).toBe(true);
    expect(receiveBufferOf(fd)).toBe(128 * 1024);
  });

  it('sets the one of a listening socket, which its connections inherit', async () => {
    const accepted = await connection((server) => setReceiveBuffer(descriptorOf(server), 64 * 1024));
    expect(receiveBufferOf(descriptorOf(accepted))).toBe(128 * 1024);
  });

  it('says so where the descriptor is none of a socket', () => {
    expect(setReceiveBuffer(-1, 64 * 1024)).toBe(false);
  });
});

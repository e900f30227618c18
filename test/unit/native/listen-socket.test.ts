import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import {
  canOpenListenSockets,
  closeFd,
  isListenAddress,
  type ListenWish,
  openListenSocket,
} from '../../../src/native/listen-socket.ts';
import { type SocketCalls, socketCalls } from '../../../src/native/socket-calls.ts';
import { descriptorFlags, openDescriptors } from '../../support/descriptors.ts';
import { freePort } from '../../support/free-port.ts';
import { backlogOf, deferAcceptOf } from '../../support/socket-option.ts';
import { waitFor } from '../../support/wait-for.ts';

const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const AF_INET6 = 10;
const MAX_CONNECTIONS = 200;

const fds: number[] = [];
const servers: Server[] = [];
const clients: Socket[] = [];

afterEach(() => {
  for (const fd of fds.splice(0)) closeFd(fd);
  for (const server of servers.splice(0)) server.close();
  for (const client of clients.splice(0)) client.destroy();
});

/** The descriptor, closed after the test. */
function open(wish: ListenWish, calls?: SocketCalls): number {
  const fd = openListenSocket(wish, calls);
  if (typeof fd !== 'number') throw new Error(`${fd.syscall} ${fd.code}`);
  fds.push(fd);
  return fd;
}

/** A server on a socket of its own, and the connections that it accepted. */
function serve(wish: ListenWish): { server: Server; port: number; accepted: Socket[] } {
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket);
    clients.push(socket);
  }).listen({ fd: open(wish) });
  // It is the server's from now on.
  fds.pop();
  servers.push(server);
  return { server, port: (server.address() as AddressInfo).port, accepted };
}

async function dial(port: number, host: string): Promise<Socket> {
  const client = connect(port, host);
  clients.push(client);
  await once(client, 'connect');
  // A listening socket that closes resets what it has not handed out.
  client.on('error', () => {});
  return client;
}

const calls = (changes: Partial<SocketCalls>): SocketCalls => ({
  ...(socketCalls as SocketCalls),
  ...changes,
});

describe.runIf(process.platform === 'linux')('open-listen-socket', () => {
  it('is there on Linux', () => {
    expect(canOpenListenSockets()).toBe(true);
  });

  it.each([
    { host: '127.0.0.1', reached: ['127.0.0.1'], refused: ['127.0.0.2', '::1'] },
    { host: '0.0.0.0', reached: ['127.0.0.1', '127.0.0.2'], refused: ['::1'] },
    { host: '::1', reached: ['::1'], refused: ['127.0.0.1'] },
    { host: '::1%lo', reached: ['::1'], refused: ['127.0.0.1'] },
    { host: '::1%1', reached: ['::1'], refused: ['127.0.0.1'] },
    { host: '::', reached: ['::1', '127.0.0.1'], refused: [] },
    { host: '::ffff:127.0.0.1', reached: ['127.0.0.1'], refused: ['::1'] },
    { host: '', reached: ['::1', '127.0.0.1', '127.0.0.2'], refused: [] },
  ])('accepts on "$host"', async ({ host, reached, refused }) => {
    const { port, accepted } = serve({ host, port: 0 });
    for (const address of reached) await dial(port, address);
    await waitFor(() => accepted.length === reached.length, { what: 'every connection to be accepted' });
    for (const address of refused) {
      await expect(dial(port, address), address).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    }
  });

  const linkLocal = Object.entries(networkInterfaces())
    .flatMap(([name, addresses = []]) => addresses.map((address) => ({ name, ...address })))
    .find((address) => address.family === 'IPv6' && address.scopeid !== 0);

  it.runIf(linkLocal !== undefined)('accepts on a link-local address with its zone only', async () => {
    const { address = '', name = '' } = linkLocal ?? {};
    const { port, accepted } = serve({ host: `${address}%${name}`, port: 0 });
    await dial(port, `${address}%${name}`);
    await waitFor(() => accepted.length === 1, { what: 'the connection to be accepted' });
    expect(openListenSocket({ host: address, port: 0 })).toEqual({ code: 'EINVAL', syscall: 'bind' });
  });

  it('shares its port: each of two servers accepts', async () => {
    const first = serve({ host: '127.0.0.1', port: 0 });
    const second = serve({ host: '127.0.0.1', port: first.port });
    // The kernel chooses by a hash of the addresses and ports.
    for (let dialled = 0; dialled < MAX_CONNECTIONS; dialled++) {
      await dial(first.port, '127.0.0.1');
      if (first.accepted.length > 0 && second.accepted.length > 0) return;
    }
    expect([first.accepted.length, second.accepted.length]).not.toContain(0);
  });

  it('is non-blocking, and closed on exec', () => {
    const flags = descriptorFlags(open({ host: '127.0.0.1', port: 0 }));
    expect([flags & O_NONBLOCK, flags & O_CLOEXEC]).toEqual([O_NONBLOCK, O_CLOEXEC]);
  });

  it('has the backlog that was wished, else that of Node', () => {
    expect(backlogOf(open({ host: '127.0.0.1', port: 0 }))).toBe(511);
    expect(backlogOf(open({ host: '127.0.0.1', port: 0, backlog: 37 }))).toBe(37);
  });

  it('lets a connection wait for its first bytes where that is wished', async () => {
    const { port, accepted } = serve({ host: '127.0.0.1', port: 0, deferAcceptSeconds: 30 });
    const silent = await dial(port, '127.0.0.1');
    const speaking = await dial(port, '127.0.0.1');
    speaking.write('a');
    await waitFor(() => accepted.length > 0, { what: 'the connection that speaks' });
    expect(accepted.map(({ remotePort }) => remotePort)).toEqual([speaking.localPort]);
    silent.write('b');
    await waitFor(() => accepted.length > 1, { what: 'the other one, once it spoke' });
  });

  it('does without the wait where it is not wished, or the kernel has none', () => {
    const host = '127.0.0.1';
    expect(deferAcceptOf(open({ host, port: 0, deferAcceptSeconds: 30 }))).toBeGreaterThanOrEqual(30);
    expect(deferAcceptOf(open({ host, port: 0 }))).toBe(0);
    const refusing = calls({
      setsockopt: (fd, level, name, value, bytes) =>
        level === 6 ? -1 : (socketCalls?.setsockopt(fd, level, name, value, bytes) ?? -1),
    });
    expect(deferAcceptOf(open({ host, port: 0, deferAcceptSeconds: 30 }, refusing))).toBe(0);
  });

  it.each([
    ['socket', 'EAFNOSUPPORT', 97],
    ['bind', 'EADDRNOTAVAIL', 99],
  ] as const)('falls back to IPv4 for every interface where %s says %s', (syscall, code, errno) => {
    const real = socketCalls as SocketCalls;
    let last = 0;
    const failIf = (ipv6: boolean): boolean => {
      last = ipv6 ? errno : 0;
      return ipv6;
    };
    const withoutIpv6 = calls({
      ...(syscall === 'socket'
        ? { socket: (domain, ...rest) => (failIf(domain === AF_INET6) ? -1 : real.socket(domain, ...rest)) }
        : { bind: (fd, address, bytes) => (failIf(bytes === 28) ? -1 : real.bind(fd, address, bytes)) }),
      errno: () => last,
    });
    const server = createServer().listen({ fd: open({ host: '', port: 0 }, withoutIpv6) });
    fds.pop();
    servers.push(server);
    expect(server.address()).toMatchObject({ address: '0.0.0.0', family: 'IPv4' });
    expect(openListenSocket({ host: '::', port: 0 }, withoutIpv6)).toEqual({ code, syscall });
  });

  it.each(['127.0.0.1', '::1', '::', ''])('tells that a port on "%s" is in use', async (host) => {
    const port = await freePort();
    const other = createServer().listen({ port, exclusive: true, ...(host === '' ? {} : { host }) });
    servers.push(other);
    await once(other, 'listening');
    expect(openListenSocket({ host, port })).toEqual({ code: 'EADDRINUSE', syscall: 'bind' });
  });

  it.each([
    ['192.0.2.1', 0, { code: 'EADDRNOTAVAIL', syscall: 'bind' }],
    ['2001:db8::1', 0, { code: 'EADDRNOTAVAIL', syscall: 'bind' }],
    ['fe80::1%nowhere', 0, { code: 'ENODEV', syscall: 'if_nametoindex' }],
    ['localhost', 0, { code: 'EINVAL', syscall: 'bind' }],
    ['127.1', 0, { code: 'EINVAL', syscall: 'bind' }],
    ['[::1]', 0, { code: 'EINVAL', syscall: 'bind' }],
    ['127.0.0.1', 65_536, { code: 'EINVAL', syscall: 'bind' }],
    ['127.0.0.1', -1, { code: 'EINVAL', syscall: 'bind' }],
    ['127.0.0.1', 80.5, { code: 'EINVAL', syscall: 'bind' }],
    ['127.0.0.1', Number.NaN, { code: 'EINVAL', syscall: 'bind' }],
  ])('tells what is wrong with %s and port %d', (host, port, error) => {
    expect(openListenSocket({ host, port })).toEqual(error);
    if (error.code === 'EINVAL') expect(isListenAddress({ host, port })).toBe(false);
  });

  it('says so where the system has no way', () => {
    expect(openListenSocket({ host: '', port: 0 }, null)).toEqual({ code: 'ENOSYS', syscall: 'socket' });
  });

  it('leaves no descriptor open, whatever fails', async () => {
    const taken = createServer().listen({ port: 0, host: '127.0.0.1', exclusive: true });
    servers.push(taken);
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const failing = [calls({ setsockopt: () => -1 }), calls({ listen: () => -1 }), calls({ bind: () => -1 })];
    const before = openDescriptors();
    for (let round = 0; round < 1_000; round++) {
      const fd = openListenSocket({ host: '', port: 0 });
      expect(typeof fd).toBe('number');
      closeFd(fd as number);
      expect(openListenSocket({ host: '127.0.0.1', port })).toMatchObject({ code: 'EADDRINUSE' });
      expect(openListenSocket({ host: '', port: 0 }, failing[round % 3])).toHaveProperty('code');
    }
    expect(openDescriptors()).toBe(before);
  });

  it('takes a port on which connections of a former listener linger', async () => {
    const former = createServer().listen({ port: 0, host: '127.0.0.1', exclusive: true });
    await once(former, 'listening');
    const { port } = former.address() as AddressInfo;
    const accepting = once(former, 'connection');
    const client = await dial(port, '127.0.0.1');
    const [accepted] = (await accepting) as [Socket];
    // The side that closes first is the one that lingers in TIME_WAIT.
    accepted.end();
    await once(client.resume(), 'close');
    former.close();
    await once(former, 'close');
    open({ host: '127.0.0.1', port });
  });

  it('lets the port go when it is closed', async () => {
    const port = await freePort();
    const fd = openListenSocket({ host: '127.0.0.1', port });
    await dial(port, '127.0.0.1');
    closeFd(fd as number);
    await expect(dial(port, '127.0.0.1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

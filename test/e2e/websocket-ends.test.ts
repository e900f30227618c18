/** WebSockets through a reload, a drain, and with a reader that stands still. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { expectApplied } from '../support/expect-applied.ts';
import { rssMiB } from '../support/process-figures.ts';
import { RawClient } from '../support/raw-client.ts';
import { type OriginConnection, type RawOrigin, startRawOrigin } from '../support/raw-origin.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor, within } from '../support/wait-for.ts';
import { openWebSocket, startWebSocketOrigin, type WebSocketOrigin } from '../support/websocket-bed.ts';

const HANDSHAKE =
  'GET /raw HTTP/1.1\r\nHost: ws.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';
const SWITCHED =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';
/** What is sent at most, MiB: more than all kernels' buffers on the way hold. */
const MOST_MIB = 48;
/** 1001 as penstock sends it to either side. */
const GOING_AWAY = { code: 1001, reason: '' };
const CLOSE_TO_CLIENT = '\x88\x02\x03\xe9';
const CLOSE_TO_ENDPOINT = '\x88\x82\0\0\0\0\x03\xe9';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Stage {
  readonly penstock: RunningPenstock;
  readonly origin: WebSocketOrigin;
  readonly raw: RawOrigin;
  /** Accepts and does nothing. */
  readonly sink: Server;
  config(paths: readonly string[], response?: string): object;
}

async function setUp(drain = '30s'): Promise<Stage> {
  const origin = await startWebSocketOrigin();
  const raw = await startRawOrigin(async (connection) => {
    await connection.take('\r\n\r\n');
    await connection.write(SWITCHED);
  });
  const sink = createServer().listen(0, '127.0.0.1');
  await once(sink, 'listening');
  const { port } = sink.address() as AddressInfo;
  const config = (paths: readonly string[], response = '30s'): object => ({
    workers: 1,
    timeouts: { drain },
    services: {
      ws: { endpoints: [origin.address] },
      raw: { endpoints: [`127.0.0.1:${raw.port}`] },
      sink: { endpoints: [`127.0.0.1:${port}`] },
    },
    routes: [
      ...paths.map((path) => ({ path, service: 'ws', timeouts: { response } })),
      { path: '/raw', service: 'raw' },
      { path: '/sink', service: 'sink' },
    ],
  });
  const penstock = await runPenstock({ config: config(['/a', '/b']) });
  cleanUps.push(
    () => origin.close(),
    () => raw.close(),
    () => new Promise((resolve) => sink.close(resolve)),
    () => penstock.stop(),
  );
  return { penstock, origin, raw, sink, config };
}

async function rawPair({ penstock, raw }: Stage): Promise<[RawClient, OriginConnection]> {
  const before = raw.connections.length;
  const client = await RawClient.connect(penstock.ports.http);
  client.write(HANDSHAKE);
  await client.readUntil('\r\n\r\n');
  return [client, await waitFor(() => raw.connections[before], { what: 'the endpoint' })];
}

/** An end that counts what comes behind the head, and keeps nothing. */
interface CountingEnd {
  readonly socket: Socket;
  bytes: number;
}

function countingEnd(socket: Socket): CountingEnd {
  const end: CountingEnd = { socket, bytes: 0 };
  let inHead = true;
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    if (inHead) inHead = !bytes.includes('\r\n\r\n');
    else end.bytes += bytes.length;
  });
  return end;
}

async function countingPair({ penstock, sink }: Stage): Promise<[CountingEnd, CountingEnd]> {
  const socket = connect(penstock.ports.http, '127.0.0.1');
  const client = countingEnd(socket);
  cleanUps.push(() => socket.destroy());
  const [accepted] = (await within(
    Promise.all([
      once(sink, 'connection'),
      once(socket, 'connect').then(() => socket.write(HANDSHAKE.replace('/raw', '/sink'))),
    ]).then(([first]) => first),
    { what: 'a connection at the sink' },
  )) as [Socket];
  const endpoint = countingEnd(accepted);
  cleanUps.push(() => accepted.destroy());
  await within(once(accepted, 'data'), { what: 'the handshake' });
  accepted.write(SWITCHED);
  await within(once(socket, 'data'), { what: 'the 101' });
  return [client, endpoint];
}

describe('WebSockets', () => {
  it('stay open through reloads, and are closed with 1001 by a drain, between two frames', async () => {
    const stage = await setUp();
    const { penstock, origin, config } = stage;
    const { http, https, admin } = penstock.ports;
    const listen = { http: `127.0.0.1:${http}`, https: `127.0.0.1:${https}`, admin: `127.0.0.1:${admin}` };
    const kept = await openWebSocket(http, '/a');
    const orphaned = await openWebSocket(http, '/b');
    for (const paths of [['/a', '/b'], ['/a'], ['/a', '/c']]) {
      penstock.writeConfig({ listen, ...config(paths, `${20 + paths.length}s`) });
      expectApplied(await penstock.reload());
      for (const one of [kept, orphaned]) {
        one.socket.send('still there?');
        expect(String((await one.message()).data)).toBe('still there?');
      }
    }
    // Half a frame in each direction: what is under way comes whole, and the Close behind it.
    const [client, endpoint] = await rawPair(stage);
    client.write('\x81\x85\0\0\0\0he');
    await endpoint.takeBytes(8);
    await endpoint.write('\x81\x05he');
    await client.readUntil('he');
    penstock.signal('SIGTERM');
    for (const end of [kept, orphaned, ...origin.ends]) expect(await end.whenClosed()).toEqual(GOING_AWAY);
    expect(client.text()).not.toContain(CLOSE_TO_CLIENT);
    client.write('llo\x81\x80\0\0\0\0');
    expect(await endpoint.takeBytes(3 + CLOSE_TO_ENDPOINT.length)).toBe(`llo${CLOSE_TO_ENDPOINT}`);
    await endpoint.write('llo\x81\x00');
    await client.readUntil(`hello${CLOSE_TO_CLIENT}`);
    // Both answer, and the connections end; what stood behind the frames went nowhere.
    client.write('\x88\x82\0\0\0\0\x03\xe9');
    await endpoint.write('\x88\x02\x03\xe9');
    await client.expectClosed();
    await endpoint.ended;
    expect([client.text().split('\r\n\r\n')[1], endpoint.received()]).toEqual([
      `\x81\x05hello${CLOSE_TO_CLIENT}`,
      '',
    ]);
    expect(await penstock.waitExit()).toEqual({ code: 0, signal: null });
    expect(penstock.stderr()).not.toContain('were cut');
  });

  it('with a reader that stands still cost bounded memory, and are cut where no Close is answered', async () => {
    const stage = await setUp();
    const [client, endpoint] = await countingPair(stage);
    const before = rssMiB(stage.penstock.pid);
    // A frame of 1 GiB, of which as much is sent as is taken.
    const piece = Buffer.alloc(1024 * 1024, 0x55);
    const directions = [
      { from: endpoint, to: client, head: '\x82\x7f\0\0\0\0\x40\0\0\0' },
      { from: client, to: endpoint, head: '\x82\xff\0\0\0\0\x40\0\0\0\0\0\0\0' },
    ];
    for (const { from, to, head } of directions) {
      to.socket.pause();
      from.socket.write(head, 'latin1');
      let sent = 0;
      const pump = (): void => {
        while (sent < MOST_MIB) {
          sent++;
          if (!from.socket.write(piece)) return;
        }
      };
      from.socket.on('drain', pump);
      pump();
      let last = -1;
      const stands = (): boolean => {
        const same = sent === last;
        last = sent;
        return same;
      };
      await waitFor(stands, { what: 'the sender to be held', intervalMs: 300 });
      expect(sent).toBeLessThan(MOST_MIB / 2);
    }
    expect(rssMiB(stage.penstock.pid) - before).toBeLessThan(40);
    for (const { to, head } of directions) {
      const all = to.bytes + head.length + MOST_MIB * piece.length;
      to.socket.resume();
      await waitFor(() => to.bytes === all, { what: 'all of it' });
    }
    const [silent, behind] = await rawPair(stage);
    const since = performance.now();
    stage.penstock.signal('SIGTERM');
    await silent.readUntil(CLOSE_TO_CLIENT);
    await behind.takeBytes(CLOSE_TO_ENDPOINT.length);
    await silent.expectClosed();
    await behind.ended;
    expect(performance.now() - since).toBeGreaterThan(2_500);
    expect(await stage.penstock.waitExit()).toEqual({ code: 0, signal: null });
  });
});

/**
 * How connections of HTTP/2 end, seen from outside, plain and over TLS: by a stop or by a reload that takes their listener away
 * they finish what is under way; when their peer goes nothing of them stays, neither here nor at the endpoint.
 */

import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { data, ErrorCode, FrameClient, FrameType, headers, requestFields } from '../support/h2-frames.ts';
import { type Origin, startOrigin } from '../support/origin.ts';
import { type Ports, type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

const LAYERS = [
  ['plain', false],
  ['TLS', true],
] as const;
const STREAMS = 8;
const UPLOAD = 2 * STREAMS + 1;

let origin: Origin;
let penstock: RunningPenstock;
/** Answers that the endpoint has yet to give, by target. */
const held = new Map<string, ServerResponse>();
const clients: FrameClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  held.clear();
  await origin.close();
});

const configuration = (ports: Ports, drain: string): object => ({
  listen: {
    http: `127.0.0.1:${ports.http}`,
    https: `127.0.0.1:${ports.https}`,
    admin: `127.0.0.1:${ports.admin}`,
  },
  workers: 2,
  timeouts: { drain },
  services: { api: { endpoints: [origin.address] } },
  routes: [{ host: 'example.test', path: '/', service: 'api', tls: 'self_signed', https_redirect: false }],
});

async function start(drain = '30s'): Promise<void> {
  origin = await startOrigin({
    handler: (request, response, recorded) => {
      const target = request.url ?? '';
      if (!target.startsWith('/hold')) response.end('at once');
      else {
        response.write(`${recorded.bodyText}-`);
        held.set(target, response);
      }
    },
  });
  penstock = await runPenstock({ config: (ports) => configuration(ports, drain) });
}

const uploadOf = (tls: boolean): string => `/hold-${tls}-upload`;

/** A session with STREAMS answers under way, of which the beginning has come, and an upload. */
async function busySession(tls: boolean): Promise<FrameClient> {
  const client = await FrameClient.open(tls ? penstock.ports.https : penstock.ports.http, { tls });
  clients.push(client);
  for (let n = 0; n < STREAMS; n++)
    client.send(headers(2 * n + 1, requestFields('GET', `/hold-${tls}-${n}`)));
  client.send(headers(UPLOAD, requestFields('POST', uploadOf(tls)), false), data(UPLOAD, 'one'));
  await waitFor(() => client.of(FrameType.DATA).length >= STREAMS, { what: 'the beginnings of the answers' });
  await waitFor(
    () => origin.requests.some(({ url, bodyBytes }) => url === uploadOf(tls) && bodyBytes === 3),
    {
      what: 'the upload to be under way',
    },
  );
  return client;
}

/** Ends all that is under way in a session, and looks at how it ended. */
async function finish(client: FrameClient, tls: boolean): Promise<void> {
  client.send(data(UPLOAD, '-two', true));
  await waitFor(() => held.has(uploadOf(tls)), { what: 'the upload to be answered' });
  for (const [target, response] of held) if (target.startsWith(`/hold-${tls}-`)) response.end('whole');
  for (let stream = 1; stream <= UPLOAD; stream += 2) {
    expect(await client.ended(stream)).toBe(true);
    expect(client.body(stream).toString()).toBe(stream === UPLOAD ? 'one-two-whole' : '-whole');
  }
  await client.closing();
  expect(client.goawayCode()).toBe(ErrorCode.NO_ERROR);
}

/** Connections that the kernel knows of at a local port, listening sockets aside (proc_net_tcp(5)). */
function socketsAt(port: number): number {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const isOpen = (state: string | undefined): boolean => state === '01' || state === '08';
  return readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local === address && isOpen(state)).length;
}

describe('SIGTERM', () => {
  it('lets every stream under way finish, in both directions, then ends with 0', async () => {
    await start();
    const sessions = await Promise.all(LAYERS.map(([, tls]) => busySession(tls)));
    penstock.signal('SIGTERM');
    for (const client of sessions) await client.frame(FrameType.GOAWAY);
    expect(sessions.map(({ closed }) => closed)).toEqual([false, false]);
    for (const [index, [, tls]] of LAYERS.entries()) await finish(sessions[index] as FrameClient, tls);
    expect(await penstock.waitExit()).toEqual({ code: 0, signal: null });
  });

  it('cuts what has not finished by timeouts.drain, and ends with 0', async () => {
    await start('1s');
    const client = await busySession(false);
    penstock.signal('SIGTERM');
    await client.closing();
    expect(await penstock.waitExit()).toEqual({ code: 0, signal: null });
  });
});

describe('a reload that moves the listeners', () => {
  it('lets every stream under way finish, and takes new sessions at the new addresses', async () => {
    await start();
    const sessions = await Promise.all(LAYERS.map(([, tls]) => busySession(tls)));
    const moved = { http: await freePort(), https: await freePort(), admin: penstock.ports.admin };
    penstock.writeConfig(configuration(moved, '30s'));
    await penstock.reload();
    for (const client of sessions) await client.frame(FrameType.GOAWAY);
    for (const [, tls] of LAYERS) {
      const client = await FrameClient.open(tls ? moved.https : moved.http, { tls });
      clients.push(client);
      client.send(headers(1, requestFields('GET', '/')));
      expect(await client.ended(1)).toBe(true);
    }
    for (const [index, [, tls]] of LAYERS.entries()) await finish(sessions[index] as FrameClient, tls);
    expect(await penstock.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('a peer that', () => {
  const ways: readonly (readonly [how: string, leave: (socket: Socket) => void])[] = [
    ['closes its side', (socket) => socket.end()],
    ['closes', (socket) => socket.destroy()],
  ];

  it.each(ways)(
    '%s leaves nothing behind, with and without streams under way, plain and over TLS',
    async (_how, leave) => {
      await start();
      for (const [name, tls] of LAYERS) {
        const port = tls ? penstock.ports.https : penstock.ports.http;
        const idle = await FrameClient.open(port, { tls });
        idle.send(headers(1, requestFields('GET', '/')));
        expect(await idle.ended(1)).toBe(true);
        const busy = await busySession(tls);
        clients.push(idle);
        expect(socketsAt(port)).toBe(2);
        leave(idle.socket);
        await waitFor(() => socketsAt(port) === 1, { what: `the idle connection to be closed, ${name}` });
        leave(busy.socket);
        await waitFor(() => socketsAt(port) === 0, { what: `the busy connection to be closed, ${name}` });
      }
      await waitFor(async () => (await connectionsCounted()) === 0, {
        what: 'no worker to count a connection',
      });
      const underWay = origin.requests.filter(({ url }) => url.startsWith('/hold'));
      expect(underWay).toHaveLength(2 * (STREAMS + 1));
      await waitFor(() => underWay.every(({ aborted }) => aborted), { what: 'the endpoint to hear of it' });
      expect(await penstock.stop()).toEqual({ code: 0, signal: null });
    },
  );
});

async function connectionsCounted(): Promise<number> {
  const { workers } = (await penstock.admin('/v1/status')).json as { workers: { connections: number }[] };
  return workers.reduce((sum, { connections }) => sum + connections, 0);
}

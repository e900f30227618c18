/**
 * The time limits towards endpoints (contract 2, `timeouts`): connect, response and idle, each from a route, a service or the top level,
 * to endpoints of HTTP/1.1 and HTTP/2, plain and TLS. That none applies after a 101: websocket.test.ts. One engine is
 * enough: what clients speak to has no part in it.
 */

import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createSilentServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lineOf } from '../support/access-lines.ts';
import { makeCertificate } from '../support/cert-maker.ts';
import { type Bed, connect, startBed } from '../support/conformance-bed.ts';
import { type FullListener, startFullListener } from '../support/full-listener.ts';
import { type AskedStream, type H2Origin, startH2Origin } from '../support/h2-origin.ts';

const LIMIT_MS = 200;
const LIMIT = `${LIMIT_MS}ms`;
const LONG = '30s';
/** A limit is noticed by looking ten times a second, on a machine that others use too. */
const LATE_MS = 5_000;

const WIRES = ['http1', 'http1 over TLS', 'h2c', 'h2'] as const;
type Wire = (typeof WIRES)[number];
const LIMITS = ['connect', 'response', 'idle'] as const;
const PLACES = ['route', 'service', 'top level'] as const;

interface Case {
  readonly wire: Wire;
  readonly limit: (typeof LIMITS)[number];
  readonly place: (typeof PLACES)[number];
  readonly path: string;
}

const CASES: readonly Case[] = WIRES.flatMap((wire) =>
  LIMITS.flatMap((limit) =>
    // The top level knows no idle.
    PLACES.filter((place) => limit !== 'idle' || place !== 'top level').map((place) => ({
      wire,
      limit,
      place,
      path: `/${limit}/${place}/${wire}`.replaceAll(' ', '-'),
    })),
  ),
);

/** Begins an answer, where idling is what is to be seen; else says nothing. */
const stalls: RequestListener = ({ url }, response) => {
  if (url?.startsWith('/idle') === true) response.writeHead(200, { 'content-length': 10 }).write('begin');
};

function stallsStream({ stream, headers }: AskedStream): void {
  if (headers[':path']?.startsWith('/idle') !== true) return;
  stream.respond({ ':status': 200 });
  stream.write('begin');
}

const servers: Server[] = [];
const sockets = new Set<Socket>();
const h2Origins: H2Origin[] = [];
let full: FullListener;
let bed: Bed;

async function listen(server: Server): Promise<string> {
  servers.push(server);
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  const { certPem: cert, keyPem: key } = await makeCertificate({ hosts: ['localhost'] });
  full = await startFullListener();
  // It accepts, and never says what would make the connection one of TLS or HTTP/2.
  const silent = await listen(createSilentServer());
  const h2c = await startH2Origin(stallsStream);
  const h2 = await startH2Origin(stallsStream, { tls: { cert, key } });
  h2Origins.push(h2c, h2);
  const stalling: Record<Wire, string> = {
    http1: await listen(createServer(stalls)),
    'http1 over TLS': await listen(createTlsServer({ cert, key }, stalls)),
    h2c: `127.0.0.1:${h2c.port}`,
    h2: `127.0.0.1:${h2.port}`,
  };
  const serviceOf = ({ wire, limit, place }: Case): object => {
    const long = Object.fromEntries(LIMITS.map((name) => [name, LONG]));
    const { [limit]: _, ...others } = long;
    const address = limit === 'connect' ? (wire === 'http1' ? full.address : silent) : stalling[wire];
    return {
      endpoints: [address],
      protocol: wire === 'http1 over TLS' ? 'http1' : wire,
      ...((wire === 'http1 over TLS' || wire === 'h2') && { tls: { verify: false } }),
      timeouts: place === 'route' ? long : place === 'service' ? { ...others, [limit]: LIMIT } : others,
    };
  };
  bed = await startBed({
    config: {
      log: { access: './access.log', format: 'json' },
      timeouts: { connect: LIMIT, response: LIMIT },
    },
    services: {
      ...Object.fromEntries(CASES.map((one) => [one.path, serviceOf(one)])),
      slow: { endpoints: [full.address], timeouts: { connect: '700ms', response: '100ms' } },
    },
    routes: [
      ...CASES.map(({ path, place, limit }) => ({
        path,
        service: path,
        ...(place === 'route' && { timeouts: { [limit]: LIMIT } }),
      })),
      { path: '/slow', service: 'slow' },
    ],
  });
});
afterAll(async () => {
  await bed.stop();
  for (const server of servers) server.close();
  for (const socket of sockets) socket.destroy();
  await Promise.all(h2Origins.map((origin) => origin.close()));
  full.close();
});

/** What the client has, and what the access log says. */
async function outcomeOf(path: string) {
  const client = await connect(bed);
  client.write(`GET ${path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`);
  await client.expectClosed();
  client.close();
  const { fault, duration_ms: durationMs } = await lineOf(bed.penstock, path);
  return { status: client.text().slice(9, 12), text: client.text(), fault, durationMs };
}

// All of them wait, and do nothing else: together.
describe.concurrent('the time limits towards endpoints', () => {
  const FAULTS = {
    connect: ['504', 'connect_timeout'],
    response: ['504', 'response_timeout'],
    // The head was passed on: the client is cut.
    idle: ['200', 'response_idle'],
  } as const;

  it.each(CASES)('$limit of the $place, $wire', async ({ path, limit }) => {
    const { status, text, fault, durationMs } = await outcomeOf(path);
    expect([status, fault]).toEqual(FAULTS[limit]);
    expect(text.includes('begin')).toBe(limit === 'idle');
    // The sweep that looks at a connection may have begun just before it.
    expect(durationMs).toBeGreaterThan(LIMIT_MS - 5);
    expect(durationMs).toBeLessThan(LIMIT_MS + LATE_MS);
  });

  it('the time to answer begins when there is a connection', async () => {
    const { status, fault, durationMs } = await outcomeOf('/slow');
    expect([status, fault]).toEqual(['504', 'connect_timeout']);
    expect(durationMs).toBeGreaterThan(695);
  });
});

/** RFC 6455 through penstock: the handshake, frames both ways, closes, refusals. What reloads and drains do stands in e2e. */

import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lineOf } from '../support/access-lines.ts';
import { makeAuthority, makeCertificate } from '../support/cert-maker.ts';
import { type Bed, HOST, onEngine, onlyOn, startBed, TLS_HOST } from '../support/conformance-bed.ts';
import { parseExposition } from '../support/metrics-text.ts';
import { RawClient } from '../support/raw-client.ts';
import { type OriginConnection, type RawOrigin, startRawOrigin } from '../support/raw-origin.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  openWebSocket,
  startWebSocketOrigin,
  type WebSocketEnd,
  type WebSocketOrigin,
} from '../support/websocket-bed.ts';

const HEAD_END = '\r\n\r\n';
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
const SWITCHED = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade, X-Hop\r\nX-Hop: 1\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n\r\n`;
/** Masked with zeros: "hi". */
const HI = '\x81\x82\0\0\0\0hi';
/** From the server: "yo". */
const YO = '\x81\x02yo';

let bed: Bed;
let plain: WebSocketOrigin;
let secure: WebSocketOrigin;
let deflating: WebSocketOrigin;
let raw: RawOrigin;
/** Connections of the raw endpoint whose heads were taken, with those heads. */
const taken: { connection: OriginConnection; head: string }[] = [];
/** What the raw endpoint answers. */
let answer = SWITCHED;

beforeAll(async () => {
  const authority = await makeAuthority();
  const { certPem, keyPem } = await makeCertificate({ hosts: ['127.0.0.1'], issuer: authority });
  plain = await startWebSocketOrigin();
  secure = await startWebSocketOrigin({ tls: { cert: certPem, key: keyPem } });
  deflating = await startWebSocketOrigin({ deflate: true, protocol: 'chat.v2' });
  raw = await startRawOrigin(async (connection) => {
    for (let switched = false; !switched; ) {
      const head = await connection.take(HEAD_END);
      taken.push({ connection, head });
      switched = answer.startsWith(SWITCHED);
      await connection.write(answer);
    }
  });
  const short = { connect: '1s', response: '300ms', idle: '300ms', read: '300ms', write: '300ms' };
  const paths = (host: string, more: object = {}) => [
    { host, path: '/plain', service: 'plain', timeouts: short, body_bytes: 10, ...more },
    { host, path: '/secure', service: 'secure', ...more },
    { host, path: '/deflating', service: 'deflating', ...more },
  ];
  bed = await startBed({
    config: { log: { access: './access.log', format: 'json' } },
    services: {
      plain: { endpoints: [plain.address] },
      secure: { endpoints: [secure.address], tls: { ca_file: 'ca.pem' } },
      deflating: { endpoints: [deflating.address] },
      raw: { endpoints: [`127.0.0.1:${raw.port}`] },
      h2c: { endpoints: [plain.address], protocol: 'h2c' },
    },
    routes: [
      ...paths('ws.test'),
      ...paths(TLS_HOST, { tls: 'self_signed', https_redirect: false }),
      { host: HOST, path: '/raw', service: 'raw', response_headers: { set: { 'X-Seen': 'yes' } } },
      { host: HOST, path: '/off', service: 'raw', websocket: false },
      { host: HOST, path: '/h2c', service: 'h2c' },
    ],
    files: { 'ca.pem': authority.rootPem },
  });
});

afterAll(async () => {
  await bed?.stop();
  for (const origin of [plain, secure, deflating, raw]) await origin?.close();
});

/** The lines of an opening handshake behind its request line; a value of '' leaves the line out. */
function handshake(path: string, change: Readonly<Record<string, string>> = {}): string {
  const fields: Record<string, string> = {
    Host: HOST,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': KEY,
    'Sec-WebSocket-Version': '13',
    ...change,
  };
  const lines = Object.entries(fields).filter(([, value]) => value !== '');
  return `GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

const connectRaw = () => RawClient.connect(bed.penstock.ports.http);

/** Both ends of one WebSocket. */
async function pair(
  origin: WebSocketOrigin,
  path: string,
  tls = false,
): Promise<[WebSocketEnd, WebSocketEnd]> {
  const { http, https } = bed.penstock.ports;
  const before = origin.ends.length;
  const client = await openWebSocket(tls ? https : http, path, tls ? { tls, host: TLS_HOST } : {});
  return [client, await waitFor(() => origin.ends[before], { what: 'the endpoint to have it' })];
}

/** A raw client and the raw endpoint behind it, both past the 101. */
async function rawPair(
  behind = '',
): Promise<{ client: RawClient; connection: OriginConnection; head: string }> {
  const before = taken.length;
  const client = await connectRaw();
  client.write(handshake('/raw') + behind);
  const { connection, head } = await waitFor(() => taken[before], { what: 'the handshake', intervalMs: 2 });
  await client.readUntil(HEAD_END);
  return { client, connection, head };
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

it.each([
  ['/off', 403, 'penstock; error=http_request_denied'],
  ['/h2c', 501, 'penstock; error=http_upgrade_failed'],
  [
    '/raw',
    onEngine({ node: 101, uws: 501 }),
    onEngine({ node: null, uws: 'penstock; error=http_upgrade_failed' }),
  ],
])('a handshake for %s is answered %i, and the connection lives', async (path, status, proxyStatus) => {
  const client = await connectRaw();
  client.write(handshake(path));
  await client.readUntil(HEAD_END);
  expect(client.text()).toContain(`HTTP/1.1 ${status} `);
  if (proxyStatus !== null) {
    expect(client.text()).toContain(`Proxy-Status: ${proxyStatus}`);
    client.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    await client.readUntil('HTTP/1.1 200 ');
  }
  client.close();
});

it.each([
  ['names another protocol', { Upgrade: 'h2c' }],
  ['names another protocol beside it', { Upgrade: 'websocket, h2c' }],
  ['lacks Connection', { Connection: '' }],
  ['lacks Upgrade', { Upgrade: '' }],
  ['lacks the key', { 'Sec-WebSocket-Key': '' }],
  ['has a body', { 'Content-Length': '0' }],
])('a handshake that %s is an ordinary request', async (_name, change) => {
  const before = taken.length;
  answer = 'HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n';
  const client = await connectRaw();
  client.write(handshake('/raw', change));
  await client.readUntil('HTTP/1.1 426 ');
  expect(taken[before]?.head).not.toMatch(/^(upgrade|connection):/im);
  answer = SWITCHED;
  client.close();
});

onlyOn('node', () => {
  describe.each([
    ['plain', 'plain', '/plain', false],
    ['TLS to the endpoint', 'secure', '/secure', false],
    ['TLS on both sides', 'secure', '/secure', true],
  ] as const)('a WebSocket, %s', (_name, which, path, tls) => {
    const open = () => pair(which === 'plain' ? plain : secure, path, tls);

    it('carries text, binary, fragments, pings and 16 MiB both ways', async () => {
      const [client, endpoint] = await open();
      client.socket.send('žluť');
      expect(await client.message()).toEqual({ data: Buffer.from('žluť'), binary: false });
      client.socket.send('one ', { fin: false });
      client.socket.ping('between');
      client.socket.send('two', { fin: true });
      expect(await client.message()).toEqual({ data: Buffer.from('one two'), binary: false });
      expect(endpoint.pings).toEqual(['between']);
      await waitFor(() => client.pongs.includes('between'), { what: 'the pong' });
      endpoint.socket.ping('back');
      await waitFor(() => endpoint.pongs.includes('back'), { what: 'the pong of the client' });
      const large = randomBytes(16 * 1024 * 1024);
      client.socket.send(large);
      const { data, binary } = await client.message();
      expect([binary, digest(data)]).toEqual([true, digest(large)]);
      client.socket.close(4001, 'bye');
      expect(await endpoint.whenClosed()).toEqual({ code: 4001, reason: 'bye' });
      expect(await client.whenClosed()).toEqual({ code: 4001, reason: 'bye' });
    });

    it('is closed by the endpoint with its code and reason', async () => {
      const [client, endpoint] = await open();
      endpoint.socket.close(3999, 'enough');
      expect(await client.whenClosed()).toEqual({ code: 3999, reason: 'enough' });
      expect(await endpoint.whenClosed()).toEqual({ code: 3999, reason: 'enough' });
    });

    it('ends for one side when the other is gone without a word', async () => {
      const [client, endpoint] = await open();
      client.socket.terminate();
      expect((await endpoint.whenClosed()).code).toBe(1006);
      const [other, behind] = await open();
      behind.socket.terminate();
      expect((await other.whenClosed()).code).toBe(1006);
    });
  });

  it('idles for longer than every limit of its route', async () => {
    const [client] = await pair(plain, '/plain');
    await sleep(1_000);
    client.socket.send('still here');
    expect(String((await client.message()).data)).toBe('still here');
    client.socket.close();
  });

  it('agrees on a subprotocol and on compression', async () => {
    const wish = { protocols: ['chat.v1', 'chat.v2'], deflate: true };
    const client = await openWebSocket(bed.penstock.ports.http, '/deflating', wish);
    expect([client.socket.protocol, client.socket.extensions]).toEqual(['chat.v2', 'permessage-deflate']);
    client.socket.send('x'.repeat(100_000));
    expect((await client.message()).data).toHaveLength(100_000);
    client.socket.close();
  });

  it('sends the endpoint the handshake with the fields of a proxy, and the client the 101 with the route’s', async () => {
    const { client, head } = await rawPair();
    expect(head).toContain('\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n');
    expect(head).toContain(`\r\nSec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n`);
    expect(head).toContain(`\r\nX-Forwarded-Host: ${HOST}\r\n`);
    const text = client.text().replace(/Date: .*\r\n/, '');
    expect(text).toBe(
      `HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: ${ACCEPT}\r\nX-Seen: yes\r\n` +
        'Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    );
    client.close();
  });

  it('passes on frames that come together with the heads', async () => {
    answer = SWITCHED + YO;
    const { client, connection } = await rawPair(HI);
    answer = SWITCHED;
    await client.readUntil(YO);
    expect(await connection.takeBytes(HI.length)).toBe(HI);
    connection.end();
    await client.expectClosed();
  });

  it('passes on what comes before the end of a side, and its end', async () => {
    const { client, connection } = await rawPair();
    client.write(HI);
    client.endWriting();
    expect(await connection.takeBytes(HI.length)).toBe(HI);
    await connection.ended;
    await connection.write(YO);
    connection.end();
    await client.readUntil(YO);
    await client.expectClosed();
  });

  it('passes on an endpoint’s refusal, and the connection lives', async () => {
    answer = 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 4\r\n\r\nwho?';
    const client = await connectRaw();
    client.write(handshake('/raw'));
    const refusal = await client.readAnswer();
    answer = SWITCHED;
    expect(refusal.status).toBe(401);
    expect(client.text()).toContain('WWW-Authenticate: Basic');
    client.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
  });

  it('is counted and logged once it is over', async () => {
    const scrape = async () => parseExposition((await bed.penstock.admin('/metrics')).text);
    const inFlight = async () => (await scrape()).value('penstock_requests_in_flight');
    const switched = async () =>
      (await scrape()).samples
        .filter(({ name, labels }) => name === 'penstock_requests_total' && labels.status === '1xx')
        .reduce((sum, { value }) => sum + value, 0);
    await waitFor(async () => (await inFlight()) === 0, { what: 'the others to be over' });
    const before = await switched();
    const [client, endpoint] = await pair(plain, '/plain/logged');
    client.socket.send('1234');
    await client.message();
    await waitFor(async () => (await inFlight()) === 1, { what: 'the WebSocket to be in flight' });
    client.socket.close(1000);
    await endpoint.whenClosed();
    // Frames: text of 4 octets, Close of 2; masked from the client.
    const line = await lineOf(bed.penstock, '/plain/logged');
    expect(line).toMatchObject({ status: 101, bytes_in: 10 + 8, bytes_out: 6 + 4 });
    expect(line).not.toHaveProperty('fault');
    await waitFor(async () => (await inFlight()) === 0, { what: 'it to be over' });
    expect(await switched()).toBe(before + 1);
  });
});

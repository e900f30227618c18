/** How a connection ends whose client is still busy: sending what is refused already, or not reading what it was sent. */

import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectAlive,
  HOST,
  portOf,
  startBed,
  TLS_HOST,
  WIRES,
  type Wire,
} from '../support/conformance-bed.ts';
import { parseExposition } from '../support/metrics-text.ts';
import type { RawClient } from '../support/raw-client.ts';
import { type ScriptedOrigin, startScriptedOrigin } from '../support/scripted-origin.ts';
import { waitFor } from '../support/wait-for.ts';

const LIMIT = 100_000;
/** How long penstock reads on behind a refusal. */
const LINGER_MS = 5_000;

let bed: Bed;
let upstream: ScriptedOrigin;
beforeAll(async () => {
  upstream = await startScriptedOrigin();
  bed = await startBed({
    config: { limits: { body_bytes: LIMIT } },
    services: { scripted: { endpoints: [upstream.address] } },
    routes: [{ host: 'r.test', service: 'scripted' }],
  });
});
afterAll(async () => {
  await bed.stop();
  await upstream.close();
});

/** A client that goes on sending after penstock has closed its side, as RFC 9112 9.6 has in mind. */
interface StubbornClient {
  readonly socket: Socket;
  /** Latin-1. */
  text(): string;
  /** Penstock has closed its side. */
  ended(): boolean;
  /** Why the connection broke; empty while it has not. */
  error(): string;
}

async function stubborn(wire: Wire): Promise<StubbornClient> {
  const options = { port: portOf(bed, wire), host: '127.0.0.1', allowHalfOpen: true };
  const socket =
    wire === 'plain'
      ? connectTcp(options)
      : connectTls({ ...options, servername: TLS_HOST, rejectUnauthorized: false });
  let text = '';
  let ended = false;
  let error = '';
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
  });
  socket.on('end', () => {
    ended = true;
  });
  socket.on('error', ({ message }) => {
    error = message;
  });
  await once(socket, wire === 'plain' ? 'connect' : 'secureConnect');
  return { socket, text: () => text, ended: () => ended, error: () => error };
}

const CHUNKS = 'Transfer-Encoding: chunked\r\n';
const post = (fields: string, path = '/a', host = HOST): string =>
  `POST ${path} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`;
const chunk = (data: string): string => `${data.length.toString(16)}\r\n${data}\r\n`;
const asIs = (data: string): string => data;

// Most of a case is waiting: all of them wait together.
describe.concurrent.each(WIRES)('an upload that is refused while it comes (%s)', (wire) => {
  const SIZE = 4_000_000;
  const PIECE = 'x'.repeat(40_000);
  const LENGTH = `Content-Length: ${SIZE}\r\n`;

  it.each([
    ['413, announced', post(LENGTH), asIs, 413],
    ['413, in chunks', post(CHUNKS), chunk, 413],
    ['400, a path above the root', post(LENGTH, '/../a'), asIs, 400],
    ['400, malformed chunks', post(CHUNKS), (data: string) => `x${chunk(data)}`, 400],
    ['400, two lengths', post(`${LENGTH}Content-Length: 5\r\n`), asIs, 400],
    ['404, with Connection: close', post(`${LENGTH}Connection: close\r\n`, '/a', 'unknown.test'), asIs, 404],
  ] as const)('%s: its sender gets to read the answer, and no reset', async (_name, head, wrap, status) => {
    const client = await stubborn(wire);
    client.socket.write(head, 'latin1');
    for (let sent = 0; sent < SIZE; sent += PIECE.length) {
      if (!client.socket.write(wrap(PIECE), 'latin1')) await once(client.socket, 'drain');
    }
    // All of it was taken, though the answer came at its beginning.
    await waitFor(() => client.ended(), { what: 'the end', intervalMs: 2 });
    expect(client.text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(client.text().match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    expect(client.text()).toContain('\r\nConnection: close\r\n');
    expect(client.error()).toBe('');
    client.socket.end();
    await waitFor(() => client.socket.destroyed, { what: 'the close', intervalMs: 2 });
    expect(client.error()).toBe('');
  });

  it('one that never ends is cut in the end', async () => {
    const client = await stubborn(wire);
    client.socket.write(post(LENGTH), 'latin1');
    await waitFor(() => client.ended(), { what: 'the answer', intervalMs: 2 });
    expect(client.text()).toMatch(/^HTTP\/1\.1 413 /);
    const before = performance.now();
    const timer = setInterval(() => client.socket.write('x'), 50);
    await waitFor(() => client.error() !== '', { what: 'the cut', timeoutMs: LINGER_MS + 3_000 });
    clearInterval(timer);
    expect(performance.now() - before).toBeGreaterThan(LINGER_MS - 500);
    client.socket.destroy();
  });

  it('an answer of the origin to a part of it leaves the connection to be used, if the rest comes', async () => {
    upstream.on(`/early-${wire}`, 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
    const client = await connect(bed, wire);
    client.write(`POST /early-${wire} HTTP/1.1\r\nHost: r.test\r\nContent-Length: ${LIMIT}\r\n\r\nhello`);
    expect((await client.readAnswer()).status).toBe(403);
    client.socket.write('x'.repeat(LIMIT - 5));
    await expectAlive(client);
    client.close();
  });
});

describe.concurrent.each(WIRES)('answers that are not read (%s)', (wire) => {
  /** An answer of `size` bytes to a client that does not read. */
  async function ask(from: Bed, size: number, fields = ''): Promise<RawClient> {
    const client = await connect(from, wire);
    client.socket.pause();
    client.write(`GET /sized-${wire} HTTP/1.1\r\nHost: r.test\r\nX-Size: ${size}\r\n${fields}\r\n`);
    return client;
  }

  /** How large an answer penstock can hand over whole to such a client: what the kernel holds, and a little in its own memory. */
  async function takenUnread(from: Bed): Promise<number> {
    let low = 0;
    let high = 32_000_000;
    while (high - low > 10_000) {
      const size = Math.round((low + high) / 2);
      const client = await ask(from, size);
      const done = await waitFor(async () => (await gauge(from, 'penstock_requests_in_flight')) === 0, {
        what: 'the end of the request',
        timeoutMs: 150,
      }).catch(() => false);
      client.close();
      await waitFor(async () => (await gauge(from, 'penstock_connections')) === 0, { what: 'its end' });
      if (done) low = size;
      else high = size;
    }
    return low;
  }

  it('end with their connections, on whichever side of the kernel their last bytes wait', async () => {
    const impatient = await startBed({
      config: { timeouts: { read: '400ms', write: '400ms', keepalive: '400ms' } },
      services: { scripted: { endpoints: [upstream.address] } },
      routes: [{ host: 'r.test', service: 'scripted' }],
    });
    const body = Buffer.alloc(32_100_000);
    let asked = 0;
    upstream.on(`/sized-${wire}`, (connection, { head }) => {
      asked++;
      const size = Number(/X-Size: (\d+)/i.exec(head)?.[1]);
      connection.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
      connection.socket.write(body.subarray(0, size));
    });
    const most = await takenUnread(impatient);
    asked = 0;
    // The last bytes of some of these are in memory of penstock's when the answer is over for it.
    const sizes = Array.from({ length: 16 }, (_, i) => Math.max(1, most + (i - 14) * 8_000));
    const clients = await Promise.all(
      sizes.map((size, i) => ask(impatient, size, i % 2 === 0 ? 'Connection: close\r\n' : '')),
    );
    await waitFor(() => asked === sizes.length, { what: 'the requests' });
    await waitFor(async () => (await gauge(impatient, 'penstock_connections')) === 0, {
      what: 'the connections to end',
      timeoutMs: 2 * LINGER_MS,
    });
    for (const client of clients) client.close();
    await impatient.stop();
  });
});

async function gauge(of: Bed, wanted: string): Promise<number> {
  const { samples } = parseExposition((await of.penstock.admin('/metrics')).text);
  return samples.filter(({ name }) => name === wanted).reduce((sum, { value }) => sum + value, 0);
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeHello } from '../support/client-hellos.ts';
import {
  type Bed,
  connect,
  expectAlive,
  HOST,
  portOf,
  startBed,
  TLS_HOST,
  WIRES,
} from '../support/conformance-bed.ts';
import { RawClient } from '../support/raw-client.ts';
import { type ScriptedOrigin, startScriptedOrigin } from '../support/scripted-origin.ts';
import { waitFor } from '../support/wait-for.ts';

const READ_MS = 600;
const WRITE_MS = 400;
const KEEPALIVE_MS = 900;
/** Between two signs of life that count. */
const PAUSE_MS = 50;
/** A limit is noticed by looking ten times a second, on a machine that others use too. */
const LATE_MS = 3_000;

let bed: Bed;
let upstream: ScriptedOrigin;
beforeAll(async () => {
  upstream = await startScriptedOrigin();
  bed = await startBed({
    config: {
      timeouts: { read: `${READ_MS}ms`, write: `${WRITE_MS}ms`, keepalive: `${KEEPALIVE_MS}ms` },
      limits: { body_bytes: 1_000_000 },
    },
    services: { scripted: { endpoints: [upstream.address] } },
    routes: [{ host: 'r.test', service: 'scripted' }],
  });
});
afterAll(async () => {
  await bed.stop();
  await upstream.close();
});

const LINE = 'GET /a HTTP/1.1';
const get = (fields = ''): string => `${LINE}\r\nHost: ${HOST}\r\n${fields}\r\n`;
const CHUNKS = 'Transfer-Encoding: chunked\r\n';

/** Writes until `client` is closed: a sign of life that must not count. */
function drip(client: RawClient, bytes: string, everyMs: number): () => void {
  const timer = setInterval(() => {
    if (!client.closed()) client.socket.write(bytes);
  }, everyMs);
  return () => clearInterval(timer);
}

/**
 * Waits for penstock to close. `sinceMs`: a moment of `performance.now()` before that from which penstock counts, so that the
 * limit can never seem to have come early.
 */
async function expectClosedAfter(limitMs: number, client: RawClient, sinceMs: number): Promise<void> {
  await client.expectClosed(limitMs + LATE_MS);
  expect(performance.now() - sinceMs).toBeGreaterThan(limitMs - 5);
}

// Most of a case is waiting: all of them wait together.
describe.concurrent.each(WIRES)('time limits of a connection (%s)', (wire) => {
  it.each([
    ['one letter', 'G'],
    ['half a request line', 'GET /a HT'],
    ['a CR', `${LINE}\r`],
    ['a request line', `${LINE}\r\n`],
    ['half a name', `${LINE}\r\nHo`],
    ['half a value', `${LINE}\r\nHost: t.te`],
    ['all but the last LF', get().slice(0, -1)],
    ['empty lines and a letter', '\r\n\r\nG'],
  ])('a head that ends in the middle (%s): 408 after timeouts.read', async (_name, bytes) => {
    const before = performance.now();
    const client = await connect(bed, wire);
    client.write(bytes);
    await expectClosedAfter(READ_MS, client, before);
    expect(client.answers.map(({ status }) => status)).toEqual([408]);
    expect(client.text()).toContain('\r\nServer: penstock\r\n');
    expect(client.text()).toContain('\r\nConnection: close\r\n');
    client.close();
  });

  it('one that grows octet by octet has no more time', async () => {
    const before = performance.now();
    const client = await connect(bed, wire);
    client.write(`${LINE}\r\nHost: ${HOST}\r\nX: `);
    const stop = drip(client, 'x', 50);
    await expectClosedAfter(READ_MS, client, before);
    stop();
    expect(client.answers.map(({ status }) => status)).toEqual([408]);
    client.close();
  });

  it('one behind a request that was served: 408, with its own time', async () => {
    const client = await connect(bed, wire);
    await expectAlive(client);
    const before = performance.now();
    client.write(`${LINE}\r\nHost`);
    await expectClosedAfter(READ_MS, client, before);
    expect(client.answers.map(({ status }) => status)).toEqual([200, 408]);
    client.close();
  });

  it.each([
    ['nothing', ''],
    ['empty lines alone', '\r\n\r\n'],
  ])('a connection that brings %s: closed without a word', async (_name, bytes) => {
    const before = performance.now();
    const client = await connect(bed, wire);
    client.write(bytes);
    // Behind a handshake, or an empty line, time runs as between two requests.
    const limitMs = wire === 'plain' && bytes === '' ? READ_MS : KEEPALIVE_MS;
    await expectClosedAfter(limitMs, client, before);
    expect(client.text()).toBe('');
    client.close();
  });

  it('an idle connection: closed without a word after timeouts.keepalive', async () => {
    const client = await connect(bed, wire);
    const before = performance.now();
    await expectAlive(client);
    const { length } = client.text();
    await expectClosedAfter(KEEPALIVE_MS, client, before);
    expect(client.text()).toHaveLength(length);
    client.close();
  });

  it('a request within that time is served, and the time begins anew', async () => {
    const client = await connect(bed, wire);
    const end = performance.now() + 2 * KEEPALIVE_MS;
    let before = performance.now();
    while (before < end) {
      await expectAlive(client);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      before = performance.now();
    }
    await expectAlive(client);
    await expectClosedAfter(KEEPALIVE_MS, client, before);
    client.close();
  });

  it.each([
    ['of a length', 'Content-Length: 10\r\n', 'hello'],
    ['before its first byte', 'Content-Length: 10\r\n', ''],
    ['within a chunk', CHUNKS, '5\r\nhel'],
    ['between chunks', CHUNKS, '5\r\nhello\r\n'],
    ['within the trailers', CHUNKS, '0\r\nX-A: '],
  ])('a body that stops (%s): 408 after timeouts.read', async (_name, fields, part) => {
    const client = await connect(bed, wire);
    const before = performance.now();
    client.write(`POST /a HTTP/1.1\r\nHost: ${HOST}\r\n${fields}\r\n${part}`);
    await expectClosedAfter(READ_MS, client, before);
    expect(client.answers.map(({ status }) => status)).toEqual([408]);
    client.close();
  });

  it('a body that comes slowly but steadily is taken', async () => {
    const client = await connect(bed, wire);
    const count = (2 * READ_MS) / PAUSE_MS;
    client.write(`POST /a HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: ${count}\r\n\r\n`);
    for (let i = 0; i < count; i++) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      client.write('x');
    }
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
  });

  it('a body that nobody wants and that stops: closed', async () => {
    const client = await connect(bed, wire);
    const before = performance.now();
    client.write('POST /a HTTP/1.1\r\nHost: unknown.test\r\nContent-Length: 10\r\n\r\nhello');
    expect((await client.readAnswer()).status).toBe(404);
    await expectClosedAfter(READ_MS, client, before);
    expect(client.answers).toHaveLength(1);
    client.close();
  });

  it('a reader that takes nothing: cut after timeouts.write and at most twice as much more, and the origin is let go', async () => {
    let sent = 0;
    upstream.on(`/flood-${wire}`, (connection) => {
      const piece = Buffer.alloc(100_000);
      connection.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 40000000\r\n\r\n');
      for (let i = 0; i < 400; i++) connection.socket.write(piece);
      connection.socket.once('close', () => {
        sent = connection.socket.bytesWritten;
      });
    });
    const client = await connect(bed, wire);
    client.socket.pause();
    const before = performance.now();
    client.write(`GET /flood-${wire} HTTP/1.1\r\nHost: r.test\r\n\r\n`);
    await waitFor(() => sent > 0, { what: 'the origin to be let go', intervalMs: 5 });
    const elapsedMs = performance.now() - before;
    expect(elapsedMs).toBeGreaterThan(WRITE_MS - 5);
    expect(elapsedMs).toBeLessThan(3 * WRITE_MS + LATE_MS);
    client.socket.resume();
    await client.expectClosed();
    expect(client.answers).toEqual([]);
    client.close();
  });
});

describe.concurrent('time limits before the first request', () => {
  it.each([
    ['nothing', 0],
    ['three octets', 3],
    ['half of the ClientHello', 100],
  ])('a TLS handshake of which %s came: closed without a word', async (_name, length) => {
    const hello = await nodeHello({ servername: TLS_HOST });
    const before = performance.now();
    const client = await RawClient.connect(portOf(bed, 'tls'));
    client.write(hello.subarray(0, length));
    await expectClosedAfter(READ_MS, client, before);
    expect(client.text()).toBe('');
    client.close();
  });

  it('a handshake that does not go on behind its ClientHello: closed', async () => {
    const hello = await nodeHello({ servername: TLS_HOST });
    const before = performance.now();
    const client = await RawClient.connect(portOf(bed, 'tls'));
    client.write(hello);
    await client.readUntil(/^\x16\x03/);
    await expectClosedAfter(READ_MS, client, before);
    client.close();
  });

  it('the beginning of HTTP/2: closed without a word', async () => {
    const before = performance.now();
    const client = await RawClient.connect(portOf(bed, 'plain'));
    client.write('PRI * HTTP/2.0\r\n\r\nSM');
    await expectClosedAfter(READ_MS, client, before);
    expect(client.text()).toBe('');
    client.close();
  });
});

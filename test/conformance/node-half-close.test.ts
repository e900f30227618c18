import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectAlive,
  expectOnly,
  forwarded,
  HOST,
  recordFrom,
  startBed,
  WIRES,
  type Wire,
} from '../support/conformance-bed.ts';
import type { OriginConnection } from '../support/raw-origin.ts';
import { type ScriptedOrigin, startScriptedOrigin } from '../support/scripted-origin.ts';
import { waitFor, within } from '../support/wait-for.ts';

let bed: Bed;
let upstream: ScriptedOrigin;
beforeAll(async () => {
  upstream = await startScriptedOrigin();
  bed = await startBed({
    services: { scripted: { endpoints: [upstream.address] } },
    routes: [
      { host: 'r.test', service: 'scripted' },
      { host: 'respond.test', respond: { status: 200, body: 'mine' } },
    ],
  });
});
afterAll(async () => {
  await bed.stop();
  await upstream.close();
});

const get = (path: string, host = HOST): string => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

describe.each(WIRES)('a client that ends its side and waits, RFC 9112 9.6 (%s)', (wire) => {
  /** Statuses of all that comes until penstock closes too. */
  async function endAfter(text: string): Promise<number[]> {
    const client = await connect(bed, wire);
    try {
      client.write(text);
      client.endWriting();
      await client.expectClosed();
      return client.answers.map(({ status }) => status);
    } finally {
      client.close();
    }
  }

  it.each([
    ['one request', get('/a'), [200]],
    ['a body', `POST /a HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 5\r\n\r\nhello`, [200]],
    [
      'chunks',
      `POST /a HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
      [200],
    ],
    ['what penstock answers itself', get('/', 'unknown.test'), [404]],
    ['what the configuration answers', get('/', 'respond.test'), [200]],
    ['what is refused', get('/../a'), [400]],
    [
      'several requests',
      get('/a') + get('/', 'unknown.test') + get('/b') + get('/', 'respond.test'),
      [200, 404, 200, 200],
    ],
    ['a hundred', get('/a').repeat(100), new Array(100).fill(200)],
    ['HTTP/1.0', `GET /a HTTP/1.0\r\nHost: ${HOST}\r\n\r\n`, [200]],
    ['an empty line behind the request', `${get('/a')}\r\n`, [200]],
    ['a request and a part of one', `${get('/a')}GET /b HT`, [200]],
  ])('behind %s: is answered', async (_name, text, statuses) => {
    expect(await endAfter(text)).toEqual(statuses);
  });

  it.each([
    ['nothing', ''],
    ['an empty line', '\r\n'],
    ['half a request line', 'GET /a HT'],
    ['half a head', `GET /a HTTP/1.1\r\nHost: ${HOST}\r\n`],
  ])('behind %s: is closed without an answer', async (_name, text) => {
    const since = recordFrom(bed);
    expect(await endAfter(text)).toEqual([]);
    await expectOnly(bed, wire, since, '');
  });

  it('within a body: has gone, and the origin sees it', async () => {
    let held: OriginConnection | null = null;
    upstream.on('/part', (connection) => {
      held = connection;
    });
    expect(await endAfter(`POST /part HTTP/1.1\r\nHost: r.test\r\nContent-Length: 10\r\n\r\nhello`)).toEqual(
      [],
    );
    const connection = await waitFor(() => held as OriginConnection | null, {
      what: 'the request',
      intervalMs: 2,
    });
    await within(connection.ended, { what: 'the origin to see the end', timeoutMs: 3000 });
  });

  it('is answered however long it takes', async () => {
    let held: OriginConnection | null = null;
    upstream.on('/slow', (connection) => {
      held = connection;
    });
    const client = await connect(bed, wire);
    client.write(get('/slow', 'r.test'));
    client.endWriting();
    const connection = await waitFor(() => held as OriginConnection | null, {
      what: 'the request',
      intervalMs: 2,
    });
    const other = await connect(bed, wire);
    await expectAlive(other);
    other.close();
    expect(client.closed()).toBe(false);
    await connection.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n');
    await client.readUntil('one');
    await connection.write('3\r\ntwo\r\n0\r\n\r\n');
    expect((await client.readAnswer()).body.toString()).toBe('onetwo');
    await client.expectClosed();
    client.close();
  });

  it('an end between two requests closes the connection', async () => {
    const client = await connect(bed, wire);
    await expectAlive(client);
    client.endWriting();
    await client.expectClosed();
    client.close();
  });

  it('what the origin gets is the same', async () => {
    const since = recordFrom(bed);
    await endAfter(get('/a') + get('/b'));
    expect(since()).toBe(
      ['/a', '/b'].map((path) => forwarded(bed, wire, { line: `GET ${path} HTTP/1.1` })).join(''),
    );
  });
});

describe.each(WIRES)('a client that ends its side and reads slowly (%s)', (wire) => {
  const SIZE = 6 * 1024 * 1024;
  const body = Buffer.alloc(SIZE);
  for (let at = 0; at < SIZE; at += 4) body.writeUInt32BE(at / 4, at);
  const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

  async function readSlowly(over: Wire, text: string, end: 'before' | 'after'): Promise<Buffer> {
    upstream.on('/large', (connection) => {
      connection.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`);
      connection.socket.write(body);
    });
    const client = await connect(bed, over);
    try {
      client.socket.pause();
      client.write(text);
      if (end === 'before') client.endWriting();
      await waitFor(() => (upstream.connections.at(-1)?.socket.bytesWritten ?? 0) > 0, {
        what: 'the answer',
      });
      for (let i = 0; i < 10; i++) {
        const other = await connect(bed, over);
        await expectAlive(other);
        other.close();
        client.socket.resume();
        await new Promise((resolve) => client.socket.once('data', resolve));
        client.socket.pause();
      }
      // The rest of the answer is on its way, some of it still in memory.
      if (end === 'after') client.endWriting();
      client.socket.resume();
      const answer = await client.readAnswer(30_000);
      await client.expectClosed();
      return answer.body;
    } finally {
      client.close();
    }
  }

  it.each(['before', 'after'] as const)(
    'gets every byte of it, whether it ends %s the answer begins',
    async (end) => {
      const got = await readSlowly(wire, get('/large', 'r.test'), end);
      expect(got.length).toBe(SIZE);
      expect(sha(got)).toBe(sha(body));
    },
  );
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Bed, connect, onEngine, onlyOn, portOf, startBed, WIRES } from '../support/conformance-bed.ts';
import { FrontProxy } from '../support/front-proxy.ts';
import { fieldOf } from '../support/message-framer.ts';
import type { RawClient } from '../support/raw-client.ts';
import type { OriginConnection } from '../support/raw-origin.ts';
import { type ScriptedOrigin, startScriptedOrigin } from '../support/scripted-origin.ts';
import { waitFor, within } from '../support/wait-for.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

let bed: Bed;
let upstream: ScriptedOrigin;
beforeAll(async () => {
  upstream = await startScriptedOrigin();
  upstream.on('/warm', OK);
  bed = await startBed({
    services: { scripted: { endpoints: [upstream.address], timeouts: { response: '10s' } } },
    routes: [{ host: 'r.test', service: 'scripted' }],
  });
});
afterAll(async () => {
  await bed.stop();
  await upstream.close();
});

const head = (line: string, fields = ''): string => `${line} HTTP/1.1\r\nHost: r.test\r\n${fields}\r\n`;

/** Leaves exactly one idle connection to the origin, which carried a request already. */
beforeEach(async () => {
  const client = await connect(bed);
  client.write(head('GET /warm'));
  expect((await client.readAnswer()).status).toBe(200);
  client.close();
});

describe('a reused connection that dies before any byte of the answer (contract 3, Retries)', () => {
  /** How often the request came, and what came with it. The first one dies as `dies` says. */
  function dyingOnce(
    path: string,
    bodyBytes: number,
    dies: (connection: OriginConnection) => Promise<void> | void,
  ): { seen: string[] } {
    const seen: string[] = [];
    upstream.on(path, async (connection, request) => {
      const body = await connection.takeBytes(bodyBytes);
      seen.push(request.head.split('\r\n', 1)[0] + (body.length > 100 ? `${body.length}` : body));
      if (seen.length === 1) await dies(connection);
      else await connection.write(OK);
    });
    return { seen };
  }
  const end = (connection: OriginConnection): void => connection.end();
  const reset = (connection: OriginConnection): void => connection.reset();

  it.each([
    ['GET, by FIN', 'GET', '', '', end],
    ['GET, by reset', 'GET', '', '', reset],
    ['HEAD', 'HEAD', '', '', end],
    ['DELETE', 'DELETE', '', '', reset],
    ['POST without a body', 'POST', 'Content-Length: 0\r\n', '', end],
    ['POST with a body', 'POST', 'Content-Length: 5\r\n', 'hello', end],
    ['POST with a body, by reset', 'POST', 'Content-Length: 5\r\n', 'hello', reset],
    ['POST with a chunked body', 'POST', 'Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n\r\n', end],
    ['PUT of 60,000 bytes', 'PUT', 'Content-Length: 60000\r\n', 'x'.repeat(60_000), end],
  ])('%s: sent again, whole and once, on a new connection', async (_name, method, fields, body, dies) => {
    const { seen } = dyingOnce('/dies', body.length, dies);
    const connections = upstream.connections.length;
    const client = await connect(bed);
    client.write(head(`${method} /dies`, fields) + body);
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
    const once = `${method} /dies HTTP/1.1${body.length > 100 ? body.length : body}`;
    expect(seen).toEqual([once, once]);
    expect(upstream.connections.length).toBe(connections + 1);
  });

  it('a body is sent again as it came, whatever is read from others meanwhile', async () => {
    const bodies: string[] = [];
    upstream.on('/kept', async (connection) => {
      bodies.push(String(await connection.takeBytes(30_000)));
      if (bodies.length > 1) return await connection.write(OK);
      other.write(head('POST /other', 'Content-Length: 30000\r\n') + 'b'.repeat(30_000));
      expect((await other.readAnswer()).status).toBe(200);
      connection.end();
    });
    upstream.on('/other', async (connection) => {
      await connection.takeBytes(30_000);
      await connection.write(OK);
    });
    // From their second request on all of them are read into the same memory.
    const [client, other] = [await connect(bed), await connect(bed)];
    for (const one of [client, other]) {
      one.write(head('GET /warm'));
      expect((await one.readAnswer()).status).toBe(200);
    }
    client.write(head('POST /kept', 'Content-Length: 30000\r\n') + 'a'.repeat(30_000));
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
    other.close();
    expect(bodies.map((body) => body === 'a'.repeat(30_000))).toEqual([true, true]);
  });

  it('a body too large to be kept: 502, and not sent again', async () => {
    const { seen } = dyingOnce('/dies', 200_000, end);
    const client = await connect(bed);
    client.write(head('POST /dies', 'Content-Length: 200000\r\n') + 'x'.repeat(200_000));
    const answer = await client.readAnswer();
    expect([answer.status, fieldOf(answer.head, 'proxy-status')]).toEqual([
      502,
      'penstock; error=connection_terminated',
    ]);
    client.close();
    expect(seen).toHaveLength(1);
  });

  it('in the midst of the upload: sent again from its start', async () => {
    const seen: string[] = [];
    let first: OriginConnection | null = null as OriginConnection | null;
    upstream.on('/mid', async (connection) => {
      if (seen.length === 0) {
        first = connection;
        seen.push(await connection.takeBytes(5));
        connection.reset();
      } else {
        seen.push(await connection.takeBytes(10));
        await connection.write(OK);
      }
    });
    const client = await connect(bed);
    client.write(`${head('POST /mid', 'Content-Length: 10\r\n')}hello`);
    await waitFor(() => seen.length > 0, { what: 'the first half', intervalMs: 2 });
    await waitFor(() => first?.socket.destroyed, { what: 'the end of the first try', intervalMs: 2 });
    client.write('world');
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
    expect(seen).toEqual(['hello', 'helloworld']);
  });

  it('a second loss is final: 502', async () => {
    let count = 0;
    upstream.on('/always', (connection) => {
      count++;
      connection.end();
    });
    const client = await connect(bed);
    client.write(head('GET /always'));
    expect((await client.readAnswer()).status).toBe(502);
    client.close();
    expect(count).toBe(2);
  });

  it.each([
    ['an interim answer', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['one byte', 'H'],
    ['half a head', 'HTTP/1.1 200 OK\r\nConte'],
  ])('not if %s came: 502, sent once', async (_name, bytes) => {
    let count = 0;
    upstream.on('/part', async (connection) => {
      count++;
      await connection.write(bytes);
      connection.end();
    });
    const client = await connect(bed);
    client.write(head('GET /part'));
    expect((await client.readAnswer()).status).toBe(502);
    client.close();
    expect(count).toBe(1);
  });

  it('not on a new connection: 502, sent once', async () => {
    let count = 0;
    upstream.on('/warm-away', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok');
    upstream.on('/new', (connection) => {
      count++;
      connection.end();
    });
    const client = await connect(bed);
    client.write(head('GET /warm-away'));
    expect((await client.readAnswer()).status).toBe(200);
    client.write(head('GET /new'));
    expect((await client.readAnswer()).status).toBe(502);
    client.close();
    expect(count).toBe(1);
  });
});

describe.each(WIRES)('a client that goes away (%s)', (wire) => {
  let front: FrontProxy;
  beforeAll(async () => {
    front = await FrontProxy.open(portOf(bed, wire));
  });
  afterAll(() => front.close());

  /** uWebSockets.js takes an end for a leave. To the Node engine, whose clients may end and wait, a reset alone is one. */
  const leaveForGood = onEngine({
    node: () => front.reset(),
    uws: (client: RawClient) => client.close(),
  });

  /** An origin that reads that much of a body, and what it has read. */
  function takenBody(bytes: number): { read(connection: OriginConnection): Promise<void>; text(): string } {
    let got = '';
    return {
      read: async (connection) => {
        got = await connection.takeBytes(bytes);
      },
      text: () => got,
    };
  }

  async function endsAtOrigin(
    path: string,
    whenAsked: (connection: OriginConnection) => Promise<void> | void,
    send: string,
    ready: (text: string) => boolean,
    leave: (client: RawClient) => void = leaveForGood,
  ): Promise<RawClient> {
    let held: OriginConnection | null = null;
    upstream.on(path, async (connection) => {
      held = connection;
      await whenAsked(connection);
    });
    const client = await connect(bed, wire, front.port);
    client.write(send);
    const connection = await waitFor(() => held as OriginConnection | null, {
      what: 'the request at the origin',
      intervalMs: 2,
    });
    await waitFor(() => ready(client.text()), { what: 'the moment to go', intervalMs: 2 });
    leave(client);
    await within(connection.ended, { what: 'the origin to see the end', timeoutMs: 3000 });
    return client;
  }

  it('while it uploads: the origin sees the end', async () => {
    const body = takenBody(5);
    await endsAtOrigin(
      '/up',
      body.read,
      `${head('POST /up', 'Content-Length: 1000\r\n')}hello`,
      () => body.text() === 'hello',
    );
  });

  it('while it waits: the origin sees the end', async () => {
    await endsAtOrigin(
      '/wait',
      () => {},
      head('GET /wait'),
      () => true,
    );
  });

  // For the Node engine: node-half-close.test.ts.
  onlyOn('uws', () => {
    it('engine limit: one that only closes its sending side is gone too, and gets no answer', async () => {
      const client = await endsAtOrigin(
        '/half',
        () => {},
        head('GET /half'),
        () => true,
        (one) => one.endWriting(),
      );
      await client.expectClosed();
      expect(client.text()).toBe('');
    });
  });

  it('while it waits after an upload: the origin sees the end', async () => {
    const body = takenBody(5);
    await endsAtOrigin(
      '/wait',
      body.read,
      `${head('POST /wait', 'Content-Length: 5\r\n')}hello`,
      () => body.text() === 'hello',
    );
  });

  it('while it downloads: the origin sees the end', async () => {
    const begin = (connection: OriginConnection): Promise<void> =>
      connection.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello');
    await endsAtOrigin('/down', begin, head('GET /down'), (text) => text.endsWith('hello'));
  });

  it('while it does not read: the origin sees the end', async () => {
    const FLOOD = 30_000_000;
    const piece = Buffer.alloc(FLOOD / 400);
    let held: OriginConnection | null = null;
    upstream.on('/flood', (connection) => {
      held = connection;
      connection.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${FLOOD}\r\n\r\n`);
      for (let i = 0; i < 400; i++) connection.socket.write(piece);
    });
    const client = await connect(bed, wire);
    client.socket.pause();
    client.write(head('GET /flood'));
    const connection = await waitFor(() => held as OriginConnection | null, { what: 'the request' });
    await waitFor(() => connection.socket.writableLength < FLOOD, { what: 'the flood' });
    client.close();
    await within(connection.ended, { what: 'the origin to see the end', timeoutMs: 3000 });
  });
});

describe('an answer that comes before the upload ends', () => {
  it('reaches the client at once, and the connection serves on after the rest of the upload', async () => {
    upstream.on('/early', 'HTTP/1.1 413 Payload Too Large\r\nContent-Length: 4\r\n\r\nlate');
    const client = await connect(bed);
    client.write(`${head('POST /early', 'Content-Length: 300000\r\n')}hello`);
    const early = await client.readAnswer();
    expect([early.status, early.body.toString()]).toEqual([413, 'late']);
    client.write('x'.repeat(299_995));
    client.write(head('GET /warm'));
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
  });

  it('chunked upload, origin that closes: the same', async () => {
    upstream.on('/early', async (connection) => {
      await connection.write(
        'HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlate',
      );
      connection.end();
    });
    const client = await connect(bed);
    client.write(`${head('POST /early', 'Transfer-Encoding: chunked\r\n')}5\r\nhello\r\n`);
    expect((await client.readAnswer()).status).toBe(413);
    for (let i = 0; i < 20; i++) client.write(`2710\r\n${'x'.repeat(10_000)}\r\n`);
    client.write(`0\r\n\r\n${head('GET /warm')}`);
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
  });

  it('the upload goes on while a longer answer is under way', async () => {
    let finish = (): void => {};
    upstream.on('/both', async (connection) => {
      await connection.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n');
      finish = () =>
        void connection.takeBytes(10).then((body) => connection.write(`a\r\n${body}\r\n0\r\n\r\n`));
    });
    const client = await connect(bed);
    client.write(`${head('POST /both', 'Content-Length: 10\r\n')}hello`);
    await client.readUntil('one');
    finish();
    client.write('world');
    expect((await client.readAnswer()).body.toString()).toBe('onehelloworld');
    client.close();
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectOnly,
  expectRefused,
  forwarded,
  HOST,
  recordFrom,
  startBed,
  WIRES,
  withoutDates,
  withoutIds,
} from '../support/conformance-bed.ts';
import { fieldOf } from '../support/message-framer.ts';
import { type ScriptedOrigin, startScriptedOrigin } from '../support/scripted-origin.ts';
import { waitFor } from '../support/wait-for.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

let bed: Bed;
let upstream: ScriptedOrigin;
beforeAll(async () => {
  upstream = await startScriptedOrigin();
  upstream.on('/length', OK);
  bed = await startBed({
    services: { scripted: { endpoints: [upstream.address] } },
    routes: [
      { host: 'r.test', service: 'scripted' },
      { path: '/any-host', service: 'origin' },
      { host: 'respond.test', respond: { status: 200, body: 'mine' } },
    ],
  });
});
afterAll(async () => {
  await bed.stop();
  await upstream.close();
});

const get = (path: string, fields = '', host = 'r.test'): string =>
  `GET ${path} HTTP/1.0\r\nHost: ${host}\r\n${fields}\r\n`;
const KEEP = 'Connection: keep-alive\r\n';

describe.each(WIRES)('a client of HTTP/1.0, RFC 9112 9.3 and RFC 1945 (%s)', (wire) => {
  /** All that comes until the close. */
  async function until(text: string): Promise<string> {
    const client = await connect(bed, wire);
    try {
      client.write(text);
      await client.expectClosed();
      return withoutDates(client.text());
    } finally {
      client.close();
    }
  }

  describe('without keep-alive', () => {
    it.each([
      ['a length', OK, 'Content-Length: 2\r\n', 'ok'],
      ['a length of 0', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'Content-Length: 0\r\n', ''],
      ['chunks', `${CHUNKED}3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n`, '', 'onetwo'],
      ['no data', `${CHUNKED}0\r\n\r\n`, '', ''],
      ['trailers', `${CHUNKED}2\r\nok\r\n0\r\nX-A: 1\r\n\r\n`, '', 'ok'],
    ])('an answer with %s: no chunks, and the end is the close', async (_name, answer, framing, body) => {
      upstream.on('/case', answer);
      expect(await until(get('/case', 'TE: trailers\r\n'))).toBe(
        `HTTP/1.1 200 OK\r\nDate: <date>\r\n${framing}Connection: close\r\n\r\n${body}`,
      );
    });

    it('a large answer of unknown length arrives whole', async () => {
      const piece = 'x'.repeat(0xffff);
      upstream.on('/large', async (connection) => {
        await connection.write(CHUNKED);
        for (let i = 0; i < 64; i++) await connection.write(`ffff\r\n${piece}\r\n`);
        await connection.write('0\r\n\r\n');
      });
      const text = await until(get('/large'));
      expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe(piece.repeat(64));
    });

    it('nothing behind it is served', async () => {
      const since = recordFrom(bed);
      expect((await until(get('/length') + get('/a', '', HOST))).match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
      await expectOnly(bed, wire, since, '');
    });

    it.each(['x-other', 'close', 'keep-alive, close', 'close, keep-alive', 'keep-alives'])(
      'Connection: %s is none either',
      async (options) => {
        const text = await until(get('/length', `Connection: ${options}\r\n`));
        expect(text.match(/^connection: close\r$/gim)).toHaveLength(1);
      },
    );

    it('an own answer says that it closes, and does', async () => {
      const text = withoutIds(await until(get('/', '', 'unknown.test')));
      expect(text).toBe(
        'HTTP/1.1 404 Not Found\r\nDate: <date>\r\nContent-Type: text/plain; charset=utf-8\r\nServer: penstock\r\n' +
          'X-Request-Id: <id>\r\nProxy-Status: penstock; error=destination_not_found\r\nContent-Length: 46\r\n' +
          'Connection: close\r\n\r\n404 Not Found: No route matches this request.\n',
      );
    });
  });

  describe('with keep-alive', () => {
    it.each(['keep-alive', 'Keep-Alive', 'KEEP-ALIVE', 'x-other, keep-alive', ' keep-alive ,x'])(
      'Connection: %s is said back and kept, request after request',
      async (options) => {
        const client = await connect(bed, wire);
        for (let i = 0; i < 3; i++) {
          client.write(get('/length', `Connection: ${options}\r\n`));
          const { head, body } = await client.readAnswer();
          expect(withoutDates(`${head}\r\n`)).toBe(
            'HTTP/1.1 200 OK\r\nDate: <date>\r\nContent-Length: 2\r\nConnection: keep-alive\r\n',
          );
          expect(body.toString()).toBe('ok');
        }
        client.write(get('/length'));
        expect(fieldOf((await client.readAnswer()).head, 'connection')).toBe('close');
        await client.expectClosed();
        client.close();
      },
    );

    it('an answer of unknown length ends with the connection all the same', async () => {
      upstream.on('/stream', `${CHUNKED}2\r\nok\r\n0\r\n\r\n`);
      expect(await until(get('/stream', KEEP))).toBe(
        'HTTP/1.1 200 OK\r\nDate: <date>\r\nConnection: close\r\n\r\nok',
      );
    });

    it.each([
      ['HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n'],
      ['HEAD of chunks', 'HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
      ['204', 'GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
      ['304', 'GET', 'HTTP/1.1 304 Not Modified\r\n\r\n'],
    ])('%s has no body, so the connection goes on', async (_name, method, answer) => {
      upstream.on('/bodiless', answer);
      const client = await connect(bed, wire);
      client.write(`${method} /bodiless HTTP/1.0\r\nHost: r.test\r\n${KEEP}\r\n`);
      expect(fieldOf((await client.readAnswer()).head, 'connection')).toBe('keep-alive');
      client.write(get('/length', KEEP));
      expect((await client.readAnswer()).body.toString()).toBe('ok');
      client.close();
    });

    it('own answers keep it too', async () => {
      const client = await connect(bed, wire);
      for (const [host, status] of [
        ['unknown.test', 404],
        ['respond.test', 200],
        ['unknown.test', 404],
      ] as const) {
        client.write(get('/', KEEP, host));
        const answer = await client.readAnswer();
        expect([answer.status, fieldOf(answer.head, 'connection')]).toEqual([status, 'keep-alive']);
      }
      client.close();
    });

    it('pipelined requests are answered in order, until one does not ask for it', async () => {
      const client = await connect(bed, wire);
      client.write(
        get('/length', KEEP) + get('/', KEEP, 'unknown.test') + get('/length', KEEP) + get('/length'),
      );
      await client.expectClosed();
      expect(client.answers.map(({ status }) => status)).toEqual([200, 404, 200, 200]);
      client.close();
    });

    it('and HTTP/1.1 on the same connection, each in its own way', async () => {
      upstream.on('/stream', `${CHUNKED}2\r\nok\r\n0\r\n\r\n`);
      const client = await connect(bed, wire);
      client.write(get('/length', KEEP));
      expect(fieldOf((await client.readAnswer()).head, 'connection')).toBe('keep-alive');
      client.write('GET /stream HTTP/1.1\r\nHost: r.test\r\n\r\n');
      expect(fieldOf((await client.readAnswer()).head, 'transfer-encoding')).toBe('chunked');
      client.write(get('/stream', KEEP));
      expect(fieldOf((await client.readAnswer()).head, 'transfer-encoding')).toBeNull();
      await client.expectClosed();
      client.close();
    });
  });

  describe('what the origin gets', () => {
    it('is HTTP/1.1, without what ends here', async () => {
      const since = recordFrom(bed);
      await until(get('/a', 'Connection: x-hop\r\nX-Hop: 1\r\nKeep-Alive: 300\r\nX: caf\xe9\r\n', HOST));
      expect(since()).toBe(forwarded(bed, wire, { line: 'GET /a HTTP/1.1', fields: ['X: caf\xe9'] }));
    });

    it('with a body of a length', async () => {
      const since = recordFrom(bed);
      await until(`POST /a HTTP/1.0\r\nHost: ${HOST}\r\nContent-Length: 5\r\n\r\nhello`);
      expect(since()).toBe(
        forwarded(bed, wire, { line: 'POST /a HTTP/1.1', framing: 'Content-Length: 5', body: 'hello' }),
      );
    });

    it('without a Host: an empty one (RFC 9112 3.2), by the routes of every host', async () => {
      const since = recordFrom(bed);
      expect(await until('GET /any-host HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(since()).toBe(forwarded(bed, wire, { line: 'GET /any-host HTTP/1.1', host: '' }));
      expect(await until('GET /elsewhere HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
    });

    it('without a Host, but with an absolute target: its authority', async () => {
      const since = recordFrom(bed);
      await until(`GET http://${HOST}/a HTTP/1.0\r\n\r\n`);
      expect(since()).toBe(forwarded(bed, wire, { line: 'GET /a HTTP/1.1' }));
    });
  });

  it.each([
    ['Host twice', `GET /a HTTP/1.0\r\nHost: ${HOST}\r\nHost: ${HOST}\r\n\r\n`],
    ['a malformed Host', 'GET /a HTTP/1.0\r\nHost: a b\r\n\r\n'],
    // RFC 9112 6.1: it has no transfer codings, so the framing is taken for faulty.
    [
      'Transfer-Encoding',
      `POST /a HTTP/1.0\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    ],
    [
      'Transfer-Encoding and a length',
      `POST /a HTTP/1.0\r\nHost: ${HOST}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello`,
    ],
    [
      'Transfer-Encoding and keep-alive',
      `POST /a HTTP/1.0\r\nHost: ${HOST}\r\n${KEEP}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'two lengths',
      `POST /a HTTP/1.0\r\nHost: ${HOST}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
    ],
  ])('%s: 400', async (_name, text) => {
    await expectRefused(bed, wire, text, { status: 400 });
  });

  it('gets no 100 (RFC 9110 10.1.1), and the field goes nowhere', async () => {
    const since = recordFrom(bed);
    const client = await connect(bed, wire);
    client.write(`POST /a HTTP/1.0\r\nHost: ${HOST}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`);
    // Where the head goes on a 100 would have been sent.
    await waitFor(() => since().includes('POST /a'), { what: 'the head at the origin', intervalMs: 2 });
    expect(client.text()).toBe('');
    client.write('hello');
    await client.expectClosed();
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    client.close();
    expect(since()).toBe(
      forwarded(bed, wire, { line: 'POST /a HTTP/1.1', framing: 'Content-Length: 5', body: 'hello' }),
    );
  });
});

describe('an answer to HTTP/1.0 whose origin breaks off', () => {
  it('ends with a reset: an end would look like the end of the body', async () => {
    let cut = (): void => {};
    upstream.on('/broken', async (connection) => {
      cut = () => connection.reset();
      await connection.write(`${CHUNKED}5\r\nhello\r\n`);
    });
    const client = await connect(bed);
    let error = '';
    client.socket.once('error', ({ message }) => {
      error = message;
    });
    client.write(get('/broken'));
    await client.readUntil('hello');
    cut();
    await client.expectClosed();
    expect(error).toContain('ECONNRESET');
    client.close();
  });
});

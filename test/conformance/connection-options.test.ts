import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectAlive,
  expectForwarded,
  expectOnly,
  expectRefused,
  forwarded,
  HOST,
  onEngine,
  onlyOn,
  probeText,
  type Refusal,
  recordFrom,
  startBed,
  WIRES,
} from '../support/conformance-bed.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed();
});
afterAll(() => bed.stop());

const LINE = 'GET /a HTTP/1.1';
const get = (fields = ''): string => `${LINE}\r\nHost: ${HOST}\r\n${fields}\r\n`;
const UNKNOWN = (fields = ''): string => `${LINE}\r\nHost: unknown.test\r\n${fields}\r\n`;
const HELLO = { line: 'POST /a HTTP/1.1', framing: 'Content-Length: 5', body: 'hello' };

describe.each(WIRES)('hop-by-hop fields of a request, RFC 9110 7.6.1 (%s)', (wire) => {
  const bare = (): string => forwarded(bed, wire, { line: LINE });

  it.each([
    'Connection: keep-alive',
    'Keep-Alive: timeout=5, max=100',
    'Proxy-Connection: keep-alive',
    'TE: trailers',
    'TE: trailers, deflate;q=0.5',
    'Trailer: X-Checksum',
    'Upgrade: h2c',
    'Proxy-Authenticate: Basic',
    'Proxy-Authorization: Basic c2VjcmV0',
  ])('%s ends here', async (field) => {
    await expectForwarded(bed, wire, get(`${field}\r\n`), bare());
  });

  it.each(['Expect: 100-continue', 'Expect: something'])('%s ends here', async (field) => {
    // No body follows, so there is nothing to go on with.
    await expectForwarded(bed, wire, get(`${field}\r\n`), bare());
  });

  it.each([
    ['Connection: X-Other\r\nX-Other: 1\r\n', []],
    ['Connection: x-OTHER\r\nX-oThEr: 1\r\n', []],
    ['X-Other: 1\r\nConnection: keep-alive, X-Other\r\n', []],
    ['Connection: X-First\r\nX-First: 1\r\nX-Second: 2\r\nConnection: X-Second\r\n', []],
    ['Connection:  , ,X-First ,\tX-Second,\r\nX-First: 1\r\nX-Second: 2\r\nX-Third: 3\r\n', ['X-Third: 3']],
    ['Connection: X-Other\r\nX-Other: 1\r\nX-Other: 2\r\nX-Others: 3\r\n', ['X-Others: 3']],
    [
      'Connection: Authorization, Cookie\r\nAuthorization: Basic x\r\nCookie: a=b\r\nAccept: c\r\n',
      ['Accept: c'],
    ],
    ['Connection: "X-Other"\r\nX-Other: 1\r\n', ['X-Other: 1']],
  ] as [string, string[]][])('%j: what Connection names ends here', async (fields, rest) => {
    await expectForwarded(bed, wire, get(fields), forwarded(bed, wire, { line: LINE, fields: rest }));
  });

  it.each([
    'X-Forwarded-For',
    'X-Forwarded-Proto, X-Forwarded-Host, X-Forwarded-Port',
    'X-Real-IP',
    'X-Request-Id',
    'Host',
    'Host, X-Forwarded-For, x-real-ip, x-request-id, Content-Length, Transfer-Encoding',
  ])('Connection: %s takes nothing away that penstock adds', async (names) => {
    await expectForwarded(bed, wire, get(`Connection: ${names}\r\nX-Forwarded-For: 6.6.6.6\r\n`), bare());
  });

  it.each([
    ['Content-Length', 'Content-Length: 5\r\n', 'hello', HELLO],
    ['content-length, close', 'Content-Length: 5\r\n', 'hello', HELLO],
    [
      'Transfer-Encoding',
      'Transfer-Encoding: chunked\r\n',
      '5\r\nhello\r\n0\r\n\r\n',
      { ...HELLO, framing: 'Transfer-Encoding: chunked', body: '5\r\nhello\r\n0\r\n\r\n' },
    ],
  ])('Connection: %s leaves the framing alone', async (names, fields, body, sent) => {
    const since = recordFrom(bed);
    const client = await connect(bed, wire);
    client.write(`POST /a HTTP/1.1\r\nHost: ${HOST}\r\nConnection: ${names}\r\n${fields}\r\n${body}`);
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
    expect(since()).toBe(forwarded(bed, wire, sent));
  });

  it('an upgrade that no one asked penstock to make is an ordinary request', async () => {
    const fields = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
    await expectForwarded(bed, wire, get(fields), bare());
  });
});

describe('fields that an application would take for those of penstock', () => {
  it.each([
    'X_Forwarded_For: 6.6.6.6',
    'X-Forwarded_For: 6.6.6.6',
    'x_forwarded-proto: https',
    'X_FORWARDED_HOST: evil.test',
    'X_Forwarded_Port: 1',
    'X_Forwarded_User: root',
    'X_Real_IP: 6.6.6.6',
    'x-real_ip: 6.6.6.6',
    'X_Request_Id: forged',
    'X-Request_Id: forged',
    'Content_Length: 7',
    'Transfer_Encoding: chunked',
    'Proxy_Connection: keep-alive',
    'Keep_Alive: timeout=5',
  ])('%s goes nowhere', async (field) => {
    await expectForwarded(bed, 'plain', get(`${field}\r\n`), forwarded(bed, 'plain', { line: LINE }));
  });

  it.each(['x_other: 1', 'ho_st: evil.test', 'x_forwarde_for: 1', 'content_lengths: 7'])(
    '%s is a field like any other',
    async (field) => {
      const text = forwarded(bed, 'plain', { line: LINE, fields: [field] });
      await expectForwarded(bed, 'plain', get(`${field}\r\n`), text);
    },
  );
});

describe.each(WIRES)('a connection, RFC 9112 9 (%s)', (wire) => {
  it('serves one request after the other', async () => {
    const since = recordFrom(bed);
    const client = await connect(bed, wire);
    for (let i = 0; i < 20; i++) await expectAlive(client);
    client.close();
    expect(since()).toBe(probeText(bed, wire).repeat(20));
  });

  it.each(['close', 'Close', 'CLOSE'])('Connection: %s is said back and kept', async (option) => {
    const since = recordFrom(bed);
    const client = await connect(bed, wire);
    client.write(get(`Connection: ${option}\r\n`));
    const { head } = await client.readAnswer();
    expect(head.match(/^connection: close$/gim)).toHaveLength(1);
    await client.expectClosed();
    await expectOnly(bed, wire, since, forwarded(bed, wire, { line: LINE }));
  });

  it.each(['close', 'keep-alive, close', 'close, x-other'])(
    'Connection: %s holds for own answers too',
    async (option) => {
      const text = await expectRefused(bed, wire, UNKNOWN(`Connection: ${option}\r\n`), { status: 404 });
      expect(text.match(/^connection: close\r$/gim)).toHaveLength(1);
    },
  );

  it('says nothing about a connection that goes on', async () => {
    const client = await connect(bed, wire);
    client.write(get());
    expect((await client.readAnswer()).head).not.toMatch(/^(connection|keep-alive):/im);
    client.write(UNKNOWN());
    expect((await client.readAnswer()).head).not.toMatch(/^(connection|keep-alive):/im);
    client.close();
  });

  onlyOn('node', () => {
    it.each(['keep-alive, close', 'close, x-other', 'x-other,CLOSE', 'x-other\r\nConnection: close'])(
      'Connection: %s is said back and kept, whatever stands beside it',
      async (options) => {
        const since = recordFrom(bed);
        const client = await connect(bed, wire);
        client.write(get(`Connection: ${options}\r\n`));
        expect((await client.readAnswer()).head.match(/^connection: close$/gim)).toHaveLength(1);
        await client.expectClosed();
        await expectOnly(bed, wire, since, forwarded(bed, wire, { line: LINE }));
      },
    );

    it.each(['x-abc', 'closed', 'x-close', 'clos', '"close"'])(
      'Connection: %s does not close',
      async (option) => {
        const text = forwarded(bed, wire, { line: LINE });
        await expectForwarded(bed, wire, get(`Connection: ${option}\r\n`), text);
      },
    );
  });

  // uWebSockets.js closes after a streamed answer only where the request's Connection field is `close` and nothing else.
  onlyOn('uws', () => {
    it('engine limit: close in a list is said back; to close is then the client’s part', async () => {
      const client = await connect(bed, wire);
      client.write(get('Connection: keep-alive, close\r\n'));
      expect((await client.readAnswer()).head.match(/^connection: close$/gim)).toHaveLength(1);
      client.close();
    });

    it('engine limit: any Connection field of five characters counts as close', async () => {
      const since = recordFrom(bed);
      const client = await connect(bed, wire);
      client.write(get('Connection: x-abc\r\nX-Abc: 1\r\n'));
      expect((await client.readAnswer()).status).toBe(200);
      await client.expectClosed();
      await expectOnly(bed, wire, since, forwarded(bed, wire, { line: LINE }));
    });
  });

  // More of it: node-pipelining.test.ts.
  describe('pipelining', () => {
    onlyOn('node', () => {
      it('a request behind one that is forwarded is answered after it', async () => {
        await expectForwarded(bed, wire, get() + get(), forwarded(bed, wire, { line: LINE }).repeat(2), 2);
      });
    });

    onlyOn('uws', () => {
      it('engine limit: a request behind one that is forwarded cuts the connection', async () => {
        await expectRefused(bed, wire, get() + get(), {
          status: 'cut',
          begun: forwarded(bed, wire, { line: LINE }),
        });
      });
    });

    it('requests that are answered at once are answered in order', async () => {
      const since = recordFrom(bed);
      const client = await connect(bed, wire);
      client.write(UNKNOWN() + UNKNOWN() + get());
      const statuses = [];
      for (let i = 0; i < 3; i++) statuses.push((await client.readAnswer()).status);
      expect(statuses).toEqual([404, 404, 200]);
      await expectAlive(client);
      client.close();
      expect(since()).toBe(forwarded(bed, wire, { line: LINE }) + probeText(bed, wire));
    });

    it.each([
      ['a path above the root', `GET /../a HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 400],
      ['a bad method', `G@T /a HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 400],
      ['DEL in a value', get('X: \x7f\r\n'), 400],
      ['a bad Host', `${LINE}\r\nHost: a b\r\n\r\n`, 400],
      [
        'a coding but chunked',
        `POST /a HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n`,
        400,
      ],
      [
        'two lengths',
        `POST /a HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx`,
        400,
      ],
      ['Connection: close, answered at once', UNKNOWN('Connection: close\r\n'), 404],
      [
        'Connection: close, with a body',
        `POST /a HTTP/1.1\r\nHost: unknown.test\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx`,
        404,
      ],
    ])('nothing behind %s is served', async (_name, first, status) => {
      // What comes behind a request that waits for its answer makes uWebSockets.js cut the connection.
      const refusal = onEngine<Refusal>({ node: { status }, uws: { status: 'cut' } });
      await expectRefused(bed, wire, first + get(), refusal);
    });
  });

  it('a body that no route took is read past, not into', async () => {
    const hidden = get();
    const since = recordFrom(bed);
    const client = await connect(bed, wire);
    client.write(
      `POST /a HTTP/1.1\r\nHost: unknown.test\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    );
    expect((await client.readAnswer()).status).toBe(404);
    await expectAlive(client);
    client.close();
    expect(since()).toBe(probeText(bed, wire));
  });

  describe('Expect: 100-continue, RFC 9110 10.1.1', () => {
    const waiting = (host: string, fields = ''): string =>
      `POST /a HTTP/1.1\r\nHost: ${host}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n${fields}\r\n`;

    it('100 comes before the body, and the field goes nowhere', async () => {
      const since = recordFrom(bed);
      const client = await connect(bed, wire);
      client.write(waiting(HOST));
      expect(await client.readUntil('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n');
      client.write('hello');
      expect((await client.readAnswer()).status).toBe(200);
      await expectAlive(client);
      client.close();
      expect(since()).toBe(forwarded(bed, wire, HELLO) + probeText(bed, wire));
    });

    it('the final answer of a refusal still comes', async () => {
      const client = await connect(bed, wire);
      client.write(waiting('unknown.test'));
      expect((await client.readAnswer()).status).toBe(404);
      client.close();
    });
  });
});

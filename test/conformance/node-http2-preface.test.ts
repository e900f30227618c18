/** How HTTP/2 begins, plain and over TLS (RFC 9113 3), and who else shares its port and its connections (9.1). */

import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { connect as connectHttp1, forwarded, recordFrom } from '../support/conformance-bed.ts';
import {
  type Case,
  connectionError,
  expectAlive,
  itHolds,
  open,
  useHttp2Bed,
} from '../support/h2-conformance.ts';
import {
  AUTHORITY,
  CONNECTION,
  data,
  ErrorCode,
  Flag,
  FrameType,
  frame,
  get,
  headers,
  PREFACE,
  ping,
  requestFields,
  SETTINGS_ACK,
  Setting,
  settings,
  windowUpdate,
} from '../support/h2-frames.ts';
import { waitFor } from '../support/wait-for.ts';

const { PROTOCOL_ERROR } = ErrorCode;
const bed = useHttp2Bed();

describe('the connection preface, RFC 9113 3.4', () => {
  it('3.4: ours is SETTINGS, before anything else and without waiting for theirs', async () => {
    const client = await open(bed(), { greet: false });
    client.send(PREFACE);
    await client.frame(FrameType.SETTINGS);
    expect(client.frames[0]).toMatchObject({ type: FrameType.SETTINGS, flags: 0, stream: CONNECTION });
  });

  it('3.4: requests may follow it before our SETTINGS have come', async () => {
    const client = await open(bed(), { greet: false });
    client.send(PREFACE, settings(), get(1));
    expect((await client.answer(1)).status).toBe(200);
  });

  it('3.4: may come octet by octet', async () => {
    const client = await open(bed(), { greet: false });
    for (const octet of Buffer.concat([PREFACE, settings(), get(1)])) {
      client.send(Buffer.of(octet));
      await new Promise(setImmediate);
    }
    expect((await client.answer(1)).status).toBe(200);
  });

  it.each([PREFACE.length - 1, PREFACE.length, PREFACE.length + 1, PREFACE.length + 9])(
    '3.4: may be cut at octet %i',
    async (at) => {
      const client = await open(bed(), { greet: false });
      const all = Buffer.concat([PREFACE, settings(), get(1)]);
      client.send(all.subarray(0, at));
      await new Promise(setImmediate);
      client.send(all.subarray(at));
      expect((await client.answer(1)).status).toBe(200);
    },
  );

  it.each([
    ['another version', 'PRI * HTTP/2.1\r\n\r\nSM\r\n\r\n'],
    ['other letters at its end', 'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n'],
    ['bare LF', 'PRI * HTTP/2.0\n\nSM\n\n'],
    ['lower case', 'pri * http/2.0\r\n\r\nsm\r\n\r\n'],
    ['one octet too much before it', '\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('3.4: with %s is closed, and nothing of it is served', async (_what, text) => {
    const record = recordFrom(bed());
    const client = await open(bed(), { greet: false });
    client.send(Buffer.from(text, 'latin1'), settings(), get(1));
    await client.closing();
    await expectAlive(await open(bed()));
    expect(record()).toBe(forwarded(bed(), 'plain', { line: 'GET /still-here HTTP/1.1', host: AUTHORITY }));
  });

  const first = (what: string, bytes: Buffer): Case => [
    `3.4: followed by ${what}`,
    connectionError(PROTOCOL_ERROR),
    [PREFACE, bytes, settings(), get(3)],
    { client: { greet: false } },
  ];
  itHolds(bed, [
    first('HEADERS', get(1)),
    first('DATA', data(1, 'x')),
    first('PING', ping()),
    first('WINDOW_UPDATE', windowUpdate(CONNECTION, 1)),
    first('an acknowledgement of SETTINGS', SETTINGS_ACK),
    first('PRIORITY', frame(FrameType.PRIORITY, 0, 1, Buffer.alloc(5))),
    first('a type that nobody knows', frame(0xf0, 0, CONNECTION)),
  ]);

  it('3.4: a second one is no frame', async () => {
    const client = await open(bed());
    client.send(PREFACE, get(1));
    await waitFor(() => client.closed || client.goawayCode() !== null, { what: 'an end' });
    expect(client.of(FrameType.HEADERS)).toEqual([]);
  });

  it('6.5.3: SETTINGS of the client are acknowledged', async () => {
    const client = await open(bed(), { greet: false });
    client.send(PREFACE, settings([Setting.ENABLE_PUSH, 0]));
    await waitFor(() => client.of(FrameType.SETTINGS).some(({ flags }) => flags === Flag.ACK), {
      what: 'the acknowledgement',
    });
  });

  it('6.5.2: what ours say', async () => {
    const client = await open(bed());
    const told = await client.settingsTold();
    expect(told.get(Setting.ENABLE_PUSH) ?? 0).toBe(0);
    expect(told.get(Setting.MAX_CONCURRENT_STREAMS)).toBeGreaterThanOrEqual(100);
    expect(told.get(Setting.MAX_HEADER_LIST_SIZE)).toBeGreaterThan(16_384);
  });
});

describe('one port for HTTP/1.1 and HTTP/2, RFC 9113 3.1 and 3.3', () => {
  it('3.1: Upgrade: h2c is not taken', async () => {
    const client = await connectHttp1(bed());
    client.write(
      `GET / HTTP/1.1\r\nHost: ${AUTHORITY}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
    );
    expect((await client.readAnswer()).startLine).toBe('HTTP/1.1 200 OK');
    client.close();
  });

  it('3.3: one connection of each, side by side', async () => {
    const [one, two] = await Promise.all([connectHttp1(bed()), open(bed())]);
    one.write(`GET / HTTP/1.1\r\nHost: ${AUTHORITY}\r\n\r\n`);
    two.send(get(1));
    expect((await one.readAnswer()).status).toBe(200);
    expect((await two.answer(1)).status).toBe(200);
    one.close();
  });

  it('3.3: no HTTP/2 behind a request of HTTP/1.1', async () => {
    const client = await connectHttp1(bed());
    client.write(`GET / HTTP/1.1\r\nHost: ${AUTHORITY}\r\n\r\n`);
    await client.readAnswer();
    client.write(Buffer.concat([PREFACE, settings(), get(1)]));
    await client.expectClosed();
    expect(client.text()).not.toContain('\0\0\0\x04');
  });
});

describe('connections that serve many requests, RFC 9113 9.1', () => {
  it('9.1: one after the other', async () => {
    const client = await open(bed());
    for (let stream = 1; stream < 40; stream += 2) {
      client.send(get(stream));
      expect((await client.answer(stream)).status).toBe(200);
    }
    expect(client.goawayCode()).toBeNull();
  });

  it('9.1.1: for other hosts', async () => {
    const client = await open(bed());
    for (const [index, host] of [AUTHORITY, 't.test', AUTHORITY].entries()) {
      client.send(
        headers(
          1 + 2 * index,
          requestFields('GET', '/').map(([name, value]) => [name, name === ':authority' ? host : value]),
        ),
      );
      expect((await client.answer(1 + 2 * index)).status).toBe(200);
    }
  });
});

describe('over TLS, RFC 9113 3.2 and 9.2', () => {
  const tls = { tls: true } as const;

  it('3.2: by ALPN h2, and the origin is told https', async () => {
    const record = recordFrom(bed());
    const client = await open(bed(), tls);
    client.send(get(1, '/tls'));
    expect((await client.answer(1)).status).toBe(200);
    expect(record()).toBe(forwarded(bed(), 'tls', { line: 'GET /tls HTTP/1.1', host: AUTHORITY }));
  });

  it('3.2: a client that offers both gets h2', async () => {
    const socket = connectTls({
      port: bed().penstock.ports.https,
      host: '127.0.0.1',
      ALPNProtocols: ['http/1.1', 'h2'],
      rejectUnauthorized: false,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve).once('error', reject);
    });
    expect(socket.alpnProtocol).toBe('h2');
    socket.destroy();
  });

  itHolds(bed, [
    [
      '3.4: something else than the preface behind ALPN h2',
      connectionError(PROTOCOL_ERROR),
      [Buffer.from(`GET / HTTP/1.1\r\nHost: ${AUTHORITY}\r\n\r\n`)],
      { client: { ...tls, greet: false } },
    ],
  ]);

  it('5.4.2: an error of a stream', async () => {
    const client = await open(bed(), tls);
    client.send(get(1, '/', [['connection', 'close']]), get(3));
    expect(await client.resetCode(1)).toBe(PROTOCOL_ERROR);
    expect((await client.answer(3)).status).toBe(200);
  });

  it('5.4.1: an error of the connection', async () => {
    const client = await open(bed(), tls);
    client.send(settings([Setting.ENABLE_PUSH, 2]));
    await client.closing();
  });

  it('3.3: the preface without TLS on this port is closed', async () => {
    const socket = connectTcp({ port: bed().penstock.ports.https, host: '127.0.0.1' });
    socket.on('error', () => {}).resume();
    socket.write(Buffer.concat([PREFACE, settings(), get(1)]));
    await new Promise((resolve) => socket.once('close', resolve));
  });
});

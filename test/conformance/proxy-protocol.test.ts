/** The PROXY protocol, versions 1 and 2, as HAProxy's "The PROXY protocol" has it. A connection with a header goes to the Node engine. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectAlive,
  expectOnly,
  type Forwarded,
  forwarded,
  HOST,
  onEngine,
  portOf,
  recordFrom,
  startBed,
  WIRES,
} from '../support/conformance-bed.ts';
import { binaryHeader, type Field, hex, PROXY_SIGNATURE, uint16 } from '../support/door-bytes.ts';
import { FrontProxy } from '../support/front-proxy.ts';
import { fieldOf } from '../support/message-framer.ts';
import { type ProxiedOrigin, startProxiedOrigin } from '../support/proxied-origin.ts';
import { RawClient } from '../support/raw-client.ts';

const READ_MS = 1_000;

let bed: Bed;
let proxied: ProxiedOrigin;
beforeAll(async () => {
  proxied = await startProxiedOrigin();
  bed = await startBed({
    // The tests' own connections come from 127.0.0.1; 127.0.0.2 is somebody else.
    config: { trusted_proxies: ['127.0.0.1/32', '10.0.0.0/8'], timeouts: { read: `${READ_MS}ms` } },
    services: { proxied: { endpoints: [`127.0.0.1:${proxied.port}`], proxy_protocol: 'v2' } },
    routes: [
      { host: 'secure.test', path: '/https-only', service: 'origin', tls: 'self_signed' },
      { host: HOST, path: '/proxied', service: 'proxied' },
    ],
  });
});
afterAll(async () => {
  await bed.stop();
  await proxied.close();
});

const fronts: FrontProxy[] = [];
afterEach(() => {
  for (const front of fronts.splice(0)) front.close();
});

const line1 = (text: string): Buffer => Buffer.from(`PROXY ${text}\r\n`, 'latin1');
/** 192.0.2.1:1000 to 198.51.100.2:443. */
const V4 = hex('c0000201 c6336402 03e8 01bb');
/** [2001:db8::1]:1000 to [2001:db8::2]:443. */
const V6 = hex('20010db8000000000000000000000001 20010db8000000000000000000000002 03e8 01bb');
const UNIX = Buffer.alloc(216, 'u');
const checksum: Field = [0x03, Buffer.alloc(4)];
const alpn: Field = [0x01, Buffer.from('http/1.1')];
const LOCAL = 0x20;

const request = (path = '/a', fields = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n${fields}\r\n`;
const LINE = 'GET /a HTTP/1.1';
const TOLD_V4 = { line: LINE, client: '192.0.2.1', localPort: 443 };
const TOLD_V6 = { line: LINE, client: '2001:db8::1', localPort: 443 };
/** The connection's own addresses count. */
const OWN = { line: LINE };

/** What a trusted proxy says of its client, and what the origin then learns. */
const HEADERS: readonly (readonly [name: string, header: Buffer, wish: Forwarded])[] = [
  ['1, TCP4', line1('TCP4 192.0.2.1 198.51.100.2 1000 443'), TOLD_V4],
  ['1, TCP6', line1('TCP6 2001:db8::1 2001:db8::2 1000 443'), TOLD_V6],
  ['1, TCP6 in another spelling', line1('TCP6 2001:0DB8:0:0:0:0:0:1 2001:DB8::2 1000 443'), TOLD_V6],
  ['1, TCP6 that is IPv4-mapped', line1('TCP6 ::ffff:192.0.2.1 ::ffff:198.51.100.2 1000 443'), TOLD_V4],
  ['1, UNKNOWN', line1('UNKNOWN'), OWN],
  ['1, UNKNOWN with addresses', line1('UNKNOWN 192.0.2.1 198.51.100.2 1000 443'), OWN],
  ['2, TCP over IPv4', binaryHeader({ addresses: V4 }), TOLD_V4],
  ['2, TCP over IPv6', binaryHeader({ family: 0x21, addresses: V6 }), TOLD_V6],
  ['2, UNIX', binaryHeader({ family: 0x31, addresses: UNIX }), OWN],
  ['2, unspecified', binaryHeader({ family: 0x00, addresses: hex('') }), OWN],
  ['2, LOCAL', binaryHeader({ versionAndCommand: LOCAL, family: 0x00, addresses: hex('') }), OWN],
  ['2, LOCAL with addresses', binaryHeader({ versionAndCommand: LOCAL, addresses: V4 }), OWN],
  ['2, with fields', binaryHeader({ addresses: V4, fields: [alpn, [0x04, Buffer.alloc(7)]] }), TOLD_V4],
  ['2, with a checksum', binaryHeader({ addresses: V4, fields: [alpn, checksum] }), TOLD_V4],
  ['2, with 4 KiB of fields', binaryHeader({ addresses: V4, fields: [[0x04, Buffer.alloc(4093)]] }), TOLD_V4],
];

describe.each(WIRES)('from a trusted proxy (%s)', (wire) => {
  /** A client behind a proxy that sends `header`, from 127.0.0.1 or `localAddress`. */
  async function behind(header: Uint8Array, localAddress?: string): Promise<RawClient> {
    const front = await FrontProxy.open(portOf(bed, wire), {
      header,
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    fronts.push(front);
    return connect(bed, wire, front.port);
  }

  it.each(HEADERS)(
    'version %s: each request has the addresses that it tells',
    async (_name, header, wish) => {
      const since = recordFrom(bed);
      const client = await behind(header);
      for (let i = 0; i < 2; i++) {
        client.write(request());
        expect((await client.readAnswer()).status).toBe(200);
      }
      client.close();
      expect(since()).toBe(forwarded(bed, wire, wish).repeat(2));
    },
  );

  it('none: the connection’s own addresses', async () => {
    const since = recordFrom(bed);
    const client = await connect(bed, wire);
    client.write(request());
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
    expect(since()).toBe(forwarded(bed, wire, OWN));
  });

  it('what the client behind it says of others is not believed', async () => {
    const since = recordFrom(bed);
    const client = await behind(binaryHeader({ addresses: V4 }));
    client.write(
      request('/a', 'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: ftp\r\nX-Request-Id: forged\r\n'),
    );
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
    expect(since()).toBe(forwarded(bed, wire, TOLD_V4));
  });

  it('a client that is a trusted proxy itself is believed', async () => {
    const since = recordFrom(bed);
    const client = await behind(line1('TCP4 10.0.0.7 198.51.100.2 1000 443'));
    client.write(request('/a', 'X-Forwarded-For: 203.0.113.9\r\nX-Request-Id: abc\r\n'));
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
    const head = since();
    expect(fieldOf(head, 'x-forwarded-for')).toBe('203.0.113.9, 10.0.0.7');
    expect(fieldOf(head, 'x-real-ip')).toBe('203.0.113.9');
    expect(fieldOf(head, 'x-request-id')).toBe('abc');
    expect(fieldOf(head, 'x-forwarded-port')).toBe('443');
  });

  it('a LOCAL connection is one of the proxy itself, which is believed', async () => {
    const since = recordFrom(bed);
    const client = await behind(binaryHeader({ versionAndCommand: LOCAL, addresses: V4 }));
    client.write(request('/a', 'X-Forwarded-For: 203.0.113.9\r\n'));
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
    expect(fieldOf(since(), 'x-forwarded-for')).toBe('203.0.113.9, 127.0.0.1');
  });

  describe('from a peer that is not trusted it is no header', () => {
    const isVersion2 = (header: Buffer): boolean => header.indexOf('PROXY') !== 0;

    const UNANSWERED_BY_UWS = new Set(['2, UNIX', '2, with 4 KiB of fields']);

    it.each(HEADERS)('version %s', async (name, header) => {
      const since = recordFrom(bed);
      const front = await FrontProxy.open(portOf(bed, wire), {
        header: wire === 'plain' ? Buffer.concat([header, Buffer.from(request())]) : header,
        localAddress: '127.0.0.2',
      });
      fronts.push(front);
      if (wire === 'tls') {
        // To TLS it is no ClientHello.
        await expect(connect(bed, wire, front.port)).rejects.toThrow();
        await expectOnly(bed, wire, since, '');
        return;
      }
      const client = await connect(bed, wire, front.port);
      if (onEngine({ node: false, uws: isVersion2(header) })) {
        // engine limit: uWebSockets.js takes version 2 off by itself. What the header tells counts for nothing all the same.
        // Of two it makes nothing at all; the others are answered, and have come to the origin before what `expectOnly` sends.
        if (!UNANSWERED_BY_UWS.has(name)) expect((await client.readAnswer()).status).toBe(200);
        await expectOnly(bed, wire, since, forwarded(bed, wire, { ...OWN, client: '127.0.0.2' }));
      } else {
        // To HTTP/1 it is a malformed request.
        await client.expectClosed();
        expect(client.answers.map(({ status }) => status)).toEqual([onEngine({ node: 400, uws: 505 })]);
        await expectOnly(bed, wire, since, '');
      }
      client.close();
    });
  });

  it('from a peer that is not trusted, without one: served as itself', async () => {
    const since = recordFrom(bed);
    const front = await FrontProxy.open(portOf(bed, wire), { localAddress: '127.0.0.2' });
    fronts.push(front);
    const client = await connect(bed, wire, front.port);
    client.write(request('/a', 'X-Forwarded-For: 6.6.6.6\r\n'));
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
    expect(since()).toBe(forwarded(bed, wire, { ...OWN, client: '127.0.0.2' }));
  });
});

describe('how a header comes', () => {
  const V1 = line1('TCP4 192.0.2.1 198.51.100.2 1000 443');
  const V2 = binaryHeader({ addresses: V4, fields: [checksum] });

  it.each([
    ['1', V1],
    ['2', V2],
  ])('version %s in one piece with requests behind it', async (_name, header) => {
    const since = recordFrom(bed);
    const client = await RawClient.connect(portOf(bed, 'plain'));
    client.write(Buffer.concat([header, Buffer.from(request().repeat(2))]));
    for (let i = 0; i < 2; i++) expect((await client.readAnswer()).status).toBe(200);
    client.close();
    expect(since()).toBe(forwarded(bed, 'plain', TOLD_V4).repeat(2));
  });

  it.each([
    ['1', V1],
    ['2', V2],
  ])('version %s split in two at every octet', async (_name, header) => {
    const bytes = Buffer.concat([header, Buffer.from(request())]);
    const since = recordFrom(bed);
    await Promise.all(
      Array.from({ length: header.length }, async (_, at) => {
        const client = await RawClient.connect(portOf(bed, 'plain'));
        client.write(bytes.subarray(0, at + 1));
        await new Promise((resolve) => setTimeout(resolve, 20));
        client.write(bytes.subarray(at + 1));
        expect((await client.readAnswer()).status).toBe(200);
        client.close();
      }),
    );
    expect(since()).toBe(forwarded(bed, 'plain', TOLD_V4).repeat(header.length));
  });

  it('once: a second one is no request', async () => {
    const since = recordFrom(bed);
    const client = await RawClient.connect(portOf(bed, 'plain'));
    client.write(Buffer.concat([V1, V1, Buffer.from(request())]));
    await client.expectClosed();
    expect(client.answers.map(({ status }) => status)).toEqual([400]);
    client.close();
    await expectOnly(bed, 'plain', since, '');
  });

  it('never between two requests', async () => {
    const client = await RawClient.connect(portOf(bed, 'plain'));
    await expectAlive(client);
    client.write(V1);
    client.write(request());
    await client.expectClosed();
    expect(client.answers.map(({ status }) => status)).toEqual([200, onEngine({ node: 400, uws: 505 })]);
    client.close();
  });

  it('plain HTTP on the TLS port behind one: 400 that says so', async () => {
    const client = await RawClient.connect(portOf(bed, 'tls'));
    client.write(Buffer.concat([V2, Buffer.from(request())]));
    await client.expectClosed();
    expect(client.text()).toContain('400 Bad Request: This port speaks HTTPS');
    client.close();
  });
});

describe('a malformed header of a trusted proxy: closed without a word, and nothing reaches an origin', () => {
  const spoilt = binaryHeader({ addresses: V4, fields: [checksum] });
  spoilt[spoilt.length - 1] = (spoilt[spoilt.length - 1] as number) ^ 1;
  const tooLong = Buffer.concat([binaryHeader({ addresses: Buffer.alloc(12) }).subarray(0, 14), hex('ffff')]);

  it.each([
    ['1: an unknown family', line1('TCP5 192.0.2.1 198.51.100.2 1000 443')],
    ['1: a port out of range', line1('TCP4 192.0.2.1 198.51.100.2 1000 65536')],
    ['1: a port with a leading zero', line1('TCP4 192.0.2.1 198.51.100.2 01000 443')],
    ['1: an address out of range', line1('TCP4 192.0.2.256 198.51.100.2 1000 443')],
    ['1: an address with leading zeros', line1('TCP4 192.0.02.1 198.51.100.2 1000 443')],
    ['1: an address of the other family', line1('TCP4 2001:db8::1 2001:db8::2 1000 443')],
    ['1: a name for an address', line1('TCP4 localhost 198.51.100.2 1000 443')],
    ['1: two blanks', line1('TCP4  192.0.2.1 198.51.100.2 1000 443')],
    ['1: too few parts', line1('TCP4 192.0.2.1 198.51.100.2 1000')],
    ['1: a bare LF', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.2 1000 443\n')],
    ['1: a bare CR', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.2 1000 443\rX')],
    ['1: longer than 107 octets', line1(`UNKNOWN ${'x'.repeat(100)}`)],
    ['2: version 1', binaryHeader({ versionAndCommand: 0x11, addresses: V4 })],
    ['2: version 3', binaryHeader({ versionAndCommand: 0x31, addresses: V4 })],
    ['2: an unknown command', binaryHeader({ versionAndCommand: 0x22, addresses: V4 })],
    ['2: an unknown family', binaryHeader({ family: 0x41, addresses: V4 })],
    ['2: an unknown transport', binaryHeader({ family: 0x13, addresses: V4 })],
    ['2: too short for its addresses', binaryHeader({ addresses: V4.subarray(0, 11) })],
    [
      '2: a field that goes beyond the end',
      binaryHeader({ addresses: Buffer.concat([V4, hex('04 0009 00')]) }),
    ],
    ['2: a wrong checksum', spoilt],
    ['2: longer than any is', tooLong],
  ])('%s', async (_name, header) => {
    const since = recordFrom(bed);
    const client = await RawClient.connect(portOf(bed, 'plain'));
    client.write(Buffer.concat([header, Buffer.from(request())]));
    await client.expectClosed();
    expect(client.text()).toBe('');
    client.close();
    await expectOnly(bed, 'plain', since, '');
  });

  it.each([
    ['1', Buffer.from('PROXY TCP4 192.0.2.1')],
    ['2', binaryHeader({ addresses: V4 }).subarray(0, 20)],
  ])('version %s that does not go on: closed after timeouts.read', async (_name, part) => {
    const before = performance.now();
    const client = await RawClient.connect(portOf(bed, 'plain'));
    client.write(part);
    await client.expectClosed();
    expect(performance.now() - before).toBeGreaterThan(READ_MS - 5);
    expect(client.text()).toBe('');
    client.close();
  });
});

describe.each(WIRES)('to endpoints (%s)', (wire) => {
  /** Which connection an endpoint got the request over, and with what it began. */
  async function ask(client: RawClient, fields = ''): Promise<readonly [connection: string, header: string]> {
    client.write(request('/proxied', fields));
    const { status, body } = await client.readAnswer();
    expect(status).toBe(200);
    const [connection = '', header = ''] = body.toString().split(' ');
    return [connection, header];
  }
  const v4 = (...addresses: string[]): string =>
    addresses
      .flatMap((address) => address.split('.'))
      .map((part) => Number(part).toString(16).padStart(2, '0'))
      .join('');
  const MAPPED = `${'0'.repeat(20)}ffff`;
  const NOWHERE = '0'.repeat(32);
  const port = (number: number): string => uint16(number).toString('hex');
  const header = (family: string, block: string): string =>
    `${PROXY_SIGNATURE.toString('hex')}21${family}${port(block.length / 2)}${block}`;
  /** engine limit: uWebSockets.js tells neither the client's port nor the address that it came to. */
  const localhost = onEngine({ node: '127.0.0.1', uws: '0.0.0.0' });
  const portOfClient = (client: RawClient): string =>
    port(onEngine({ node: client.socket.localPort ?? 0, uws: 0 }));

  it('each connection tells of the one client whose requests it carries', async () => {
    const ada = await connect(bed, wire);
    const bob = await connect(bed, wire);
    const here = port(portOf(bed, wire));
    const [first, toldOfAda] = await ask(ada);
    expect(toldOfAda).toBe(header('11', v4('127.0.0.1', localhost) + portOfClient(ada) + here));
    expect(await ask(ada)).toEqual([first, toldOfAda]);
    const [second, toldOfBob] = await ask(bob);
    expect(toldOfBob).toBe(header('11', v4('127.0.0.1', localhost) + portOfClient(bob) + here));
    // Where nobody tells the port, the two are the same client.
    expect(second === first).toBe(onEngine({ node: false, uws: true }));
    ada.close();
    bob.close();
  });

  it.each([
    ['192.0.2.9', '11', v4('192.0.2.9', localhost)],
    ['203.0.113.1, 192.0.2.9, 10.0.0.1', '11', v4('192.0.2.9', localhost)],
    [
      '2001:db8::9',
      '21',
      `20010db8000000000000000000000009${onEngine({ node: MAPPED + v4(localhost), uws: NOWHERE })}`,
    ],
  ])('X-Forwarded-For: %s: whom a trusted proxy names, without a port', async (value, family, addresses) => {
    const client = await connect(bed, wire);
    const [connection, told] = await ask(client, `X-Forwarded-For: ${value}\r\n`);
    const wanted = header(family, `${addresses}0000${port(portOf(bed, wire))}`);
    expect(told).toBe(wanted);
    // The next request on this connection is somebody else's.
    const [other] = await ask(client, 'X-Forwarded-For: 192.0.2.77\r\n');
    expect(other).not.toBe(connection);
    client.close();
  });

  it('what a PROXY header told goes on', async () => {
    for (const [sent, family, block] of [
      [binaryHeader({ addresses: V4 }), '11', V4],
      [line1('TCP6 2001:db8::1 2001:db8::2 1000 443'), '21', V6],
    ] as const) {
      const front = await FrontProxy.open(portOf(bed, wire), { header: sent });
      fronts.push(front);
      const client = await connect(bed, wire, front.port);
      const [, told] = await ask(client);
      expect(told).toBe(header(family, block.toString('hex')));
      client.close();
    }
  });
});

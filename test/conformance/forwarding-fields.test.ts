import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectForwarded,
  forwarded,
  HOST,
  startBed,
  WIRES,
  type Wire,
} from '../support/conformance-bed.ts';
import { fieldOf } from '../support/message-framer.ts';

const LINE = 'GET /a HTTP/1.1';
const get = (fields = ''): string => `${LINE}\r\nHost: ${HOST}\r\n${fields}\r\n`;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The head that the origin gets for these field lines. */
async function headFor(bed: Bed, wire: Wire, fields: string): Promise<string> {
  const before = bed.origin.requests().length;
  const client = await connect(bed, wire);
  try {
    client.write(get(fields));
    expect((await client.readAnswer()).status).toBe(200);
  } finally {
    client.close();
  }
  return bed.origin.requests()[before]?.head ?? '';
}

describe('from a peer that is not trusted', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await startBed({ config: { trusted_proxies: ['10.0.0.0/8', '127.0.0.2/32'] } });
  });
  afterAll(() => bed.stop());

  describe.each(WIRES)('what it says about others is dropped and set anew (%s)', (wire) => {
    it.each([
      'X-Forwarded-For: 6.6.6.6',
      'X-Forwarded-For: 10.0.0.1',
      'X-Forwarded-For: 127.0.0.1, 10.0.0.1',
      'X-Forwarded-For:',
      'x-FORWARDED-for: 6.6.6.6',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: evil.test',
      'X-Forwarded-Port: 1',
      'X-Forwarded-Prefix: /admin',
      'X-Forwarded-User: root',
      'X-Forwarded-: x',
      'X-Forwarded-For-Original: x',
      'X-Real-IP: 6.6.6.6',
      'Forwarded: for=6.6.6.6;proto=https;by=10.0.0.1',
      'Forwarded: for=6.6.6.6\r\nForwarded: for=7.7.7.7',
      'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 7.7.7.7',
      'X-Request-Id: forged',
      'X-Request-Id: 00000000-0000-4000-8000-000000000000',
    ])('%s', async (field) => {
      await expectForwarded(bed, wire, get(`${field}\r\n`), forwarded(bed, wire, { line: LINE }));
    });
  });

  it.each([
    'X-Forward: 1',
    'X-Forwarded: 1',
    'Forwarded-For: 1',
    'X-Real-IP-2: 1',
    'X-Request-Ids: 1',
    'Via: 1.1 x',
  ])('%s is a field like any other', async (field) => {
    const text = forwarded(bed, 'plain', { line: LINE, fields: [field] });
    await expectForwarded(bed, 'plain', get(`${field}\r\n`), text);
  });

  it('each request has an id of its own, and the client learns none for a forwarded answer', async () => {
    const ids = new Set<string>();
    for (let i = 0; i < 10; i++) {
      const id = fieldOf(await headFor(bed, 'plain', ''), 'x-request-id') ?? '';
      expect(id).toMatch(UUID);
      ids.add(id);
    }
    expect(ids.size).toBe(10);
  });

  it('a Host with a port goes on as it came, and as X-Forwarded-Host; X-Forwarded-Port is the port it came in by', async () => {
    const host = `${HOST}:8443`;
    const text = forwarded(bed, 'plain', { line: LINE, host });
    await expectForwarded(bed, 'plain', `${LINE}\r\nHost: ${host}\r\n\r\n`, text);
  });
});

describe('from a trusted proxy', () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await startBed({ config: { trusted_proxies: ['127.0.0.0/8', '10.0.0.0/8', '2001:db8:1::/48'] } });
  });
  afterAll(() => bed.stop());

  it('what it says is kept, and penstock adds what is missing', async () => {
    expect(
      await headFor(
        bed,
        'plain',
        'X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nX-Request-Id: abc-1\r\n',
      ),
    ).toBe(
      [
        LINE,
        `Host: ${HOST}`,
        'x-forwarded-proto: https',
        'X-Forwarded-For: 1.2.3.4, 127.0.0.1',
        `X-Forwarded-Host: ${HOST}`,
        `X-Forwarded-Port: ${bed.penstock.ports.http}`,
        'X-Real-IP: 1.2.3.4',
        'X-Request-Id: abc-1',
      ].join('\r\n'),
    );
  });

  it('nothing it says is said twice', async () => {
    const fields =
      'X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: www.test\r\nX-Forwarded-Port: 443\r\n' +
      'X-Real-IP: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\nX-Forwarded-Prefix: /p\r\n';
    const head = await headFor(bed, 'plain', fields);
    expect(head.split('\r\n').slice(2, -1)).toEqual([
      'x-forwarded-proto: https',
      'x-forwarded-host: www.test',
      'x-forwarded-port: 443',
      'x-real-ip: 1.2.3.4',
      'forwarded: for=1.2.3.4',
      'x-forwarded-prefix: /p',
      'X-Forwarded-For: 1.2.3.4, 127.0.0.1',
    ]);
  });

  it('a proxy that says nothing is the client', async () => {
    const head = await headFor(bed, 'tls', '');
    expect(head.split('\r\n').slice(2, -1)).toEqual([
      'X-Forwarded-For: 127.0.0.1',
      'X-Forwarded-Proto: https',
      `X-Forwarded-Host: ${HOST}`,
      `X-Forwarded-Port: ${bed.penstock.ports.https}`,
      'X-Real-IP: 127.0.0.1',
    ]);
  });

  it.each([
    ['one address', '1.2.3.4', '1.2.3.4'],
    ['the last untrusted one from the right', '6.6.6.6, 1.2.3.4', '1.2.3.4'],
    ['behind trusted ones', '6.6.6.6, 1.2.3.4, 10.0.0.1, 127.0.0.9', '1.2.3.4'],
    ['trusted ones alone: the farthest', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['no blanks', '6.6.6.6,1.2.3.4,10.0.0.1', '1.2.3.4'],
    ['a port', '1.2.3.4:5678', '1.2.3.4'],
    ['IPv6', '6.6.6.6, 2001:db8::1', '2001:db8::1'],
    ['IPv6 in brackets', '[2001:db8::1]', '2001:db8::1'],
    ['IPv6 in brackets with a port', '6.6.6.6, [2001:db8::1]:443', '2001:db8::1'],
    ['a trusted IPv6', '1.2.3.4, 2001:db8:1::5', '1.2.3.4'],
    ['an IPv4-mapped one is IPv4', '6.6.6.6, ::ffff:1.2.3.4', '1.2.3.4'],
    ['an IPv4-mapped trusted one is trusted', '1.2.3.4, ::ffff:10.0.0.1', '1.2.3.4'],
    ['what is no address ends the search', '1.2.3.4, unknown', '127.0.0.1'],
    ['what is no address ends the search at the last good one', '1.2.3.4, evil, 10.0.0.1', '10.0.0.1'],
    ['an empty element ends the search', '1.2.3.4,, 10.0.0.1', '10.0.0.1'],
    ['a name', 'localhost', '127.0.0.1'],
    ['a number', '16909060', '127.0.0.1'],
    ['an address with a prefix length', '1.2.3.4/8', '127.0.0.1'],
    ['an address with a zone', 'fe80::1%eth0', '127.0.0.1'],
    ['an obfuscated one', '_hidden, 1.2.3.4', '1.2.3.4'],
  ])('the client behind it: %s', async (_name, value, client) => {
    const head = await headFor(bed, 'plain', `X-Forwarded-For: ${value}\r\n`);
    expect(fieldOf(head, 'x-real-ip')).toBe(client);
    expect(fieldOf(head, 'x-forwarded-for')).toBe(`${value}, 127.0.0.1`);
  });

  it('several lines are one list', async () => {
    const head = await headFor(
      bed,
      'plain',
      'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 10.0.0.1\r\n',
    );
    expect(head.match(/^x-forwarded-for: .*$/gim)).toEqual([
      'X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.0.0.1, 127.0.0.1',
    ]);
    expect(fieldOf(head, 'x-real-ip')).toBe('1.2.3.4');
  });

  it('an empty list is none', async () => {
    const head = await headFor(bed, 'plain', 'X-Forwarded-For:\r\n');
    expect(fieldOf(head, 'x-forwarded-for')).toBe('127.0.0.1');
  });

  it.each([
    ['kept', 'abc-123', true],
    ['of 128 characters, kept', 'a'.repeat(128), true],
    ['with every visible character, kept', 'a/b:c;"\'<>~', true],
    ['too long, new', 'a'.repeat(129), false],
    ['with a blank, new', 'a b', false],
    ['empty, new', '', false],
    ['not ASCII, new', 'a\xc3\xa9b', false],
  ])('X-Request-Id: %s', async (_name, id, kept) => {
    const sent = fieldOf(await headFor(bed, 'plain', `X-Request-Id: ${id}\r\n`), 'x-request-id') ?? '';
    if (kept) expect(sent).toBe(id);
    else expect(sent).toMatch(UUID);
  });

  it('Connection takes none of it away', async () => {
    const fields =
      'Connection: X-Forwarded-For, X-Forwarded-Proto, X-Real-IP, X-Request-Id, Forwarded\r\nX-Forwarded-For: 1.2.3.4\r\n' +
      'X-Forwarded-Proto: https\r\nX-Real-IP: 1.2.3.4\r\nX-Request-Id: abc\r\n';
    const head = await headFor(bed, 'plain', fields);
    expect(fieldOf(head, 'x-forwarded-for')).toBe('1.2.3.4, 127.0.0.1');
    expect(fieldOf(head, 'x-forwarded-proto')).toBe('https');
    expect(fieldOf(head, 'x-real-ip')).toBe('1.2.3.4');
    expect(fieldOf(head, 'x-request-id')).toBe('abc');
  });

  it('twins with underscores go nowhere, though the peer is trusted', async () => {
    const head = await headFor(
      bed,
      'plain',
      'X_Forwarded_For: 6.6.6.6\r\nX_Real_IP: 6.6.6.6\r\nX_Request_Id: x\r\n',
    );
    expect(head).not.toContain('6.6.6.6');
    expect(fieldOf(head, 'x-request-id')).toMatch(UUID);
  });
});

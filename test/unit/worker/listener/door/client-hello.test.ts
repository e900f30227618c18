import { describe, expect, it } from 'vitest';
import {
  type ClientHello,
  HelloOutcome,
  MAX_HELLO_BYTES,
  readClientHello,
} from '../../../../../src/worker/listener/door/client-hello.ts';
import {
  alpnExtension,
  type Decision,
  decisionOn,
  extension,
  type HelloParts,
  helloMessage,
  hex,
  inRecords,
  record,
  serverNameExtension,
} from '../../../../support/door-bytes.ts';

type Result = ClientHello | HelloOutcome;
/** Every prefix is read; see `decisionOn`. */
const decide = (bytes: Uint8Array): Decision<Result> | null =>
  decisionOn<Result>(readClientHello, HelloOutcome.MORE, bytes);
const helloOf = (...extensions: readonly Uint8Array[]): Buffer => record(helloMessage({ extensions }));
const expected = (serverName: string, ...protocols: readonly string[]): ClientHello => ({
  serverName,
  offersHttp2: protocols.includes('h2'),
  protocols,
});
const padding = (size: number): Buffer => extension(21, Buffer.alloc(size));

describe('readClientHello, hellos by hand', () => {
  it('reads what is written octet by octet', () => {
    const pieces = [
      // A record of the handshake that holds a ClientHello, TLS 1.2 as its legacy version.
      '16 03 01 00 5d  01 00 00 59  03 03',
      // Random, session id, cipher suites, no compression.
      `${'c1'.repeat(32)}  04 01020304  0004 1301 c02f  01 00`,
      // Extensions: server_name, extended_master_secret, ALPN.
      '00 28',
      '0000  00 11  00 0f  00  00 0c  612e6578616d706c652e6f72',
      '0017  00 00',
      '0010  00 0b  00 09  02 6832  05 682f312e30',
    ];
    const hello = hex(pieces.join(''));
    expect(decide(hello)).toEqual({ at: hello.length, result: expected('a.example.or', 'h2', 'h/1.0') });
  });

  it.each<readonly [string, HelloParts, ClientHello]>([
    ['one without extensions', { extensions: null }, expected('')],
    ['one with no extension', { extensions: [] }, expected('')],
    ['an empty session id', { sessionId: hex(''), extensions: null }, expected('')],
    [
      'many cipher suites and compressions',
      { suites: Buffer.alloc(5000, 1), compressions: Buffer.alloc(255) },
      expected(''),
    ],
    ['one cipher suite', { suites: hex('1301'), extensions: [alpnExtension('h2')] }, expected('', 'h2')],
    [
      'names in lower case',
      { extensions: [serverNameExtension('WWW.Example.COM')] },
      expected('www.example.com'),
    ],
    ['a name of one label', { extensions: [serverNameExtension('localhost')] }, expected('localhost')],
    ['underscores', { extensions: [serverNameExtension('a_b.test')] }, expected('a_b.test')],
    [
      'a name as long as names may be',
      { extensions: [serverNameExtension('a'.repeat(255))] },
      expected('a'.repeat(255)),
    ],
    [
      'protocols in their order',
      { extensions: [alpnExtension('http/1.1', 'h2')] },
      expected('', 'http/1.1', 'h2'),
    ],
    [
      'protocols without HTTP/2',
      { extensions: [alpnExtension('h2c', 'H2', 'h2-14')] },
      expected('', 'h2c', 'H2', 'h2-14'),
    ],
    [
      'protocols of any octets',
      { extensions: [alpnExtension('\x0a\x0a', '\xff\0')] },
      expected('', '\n\n', '\xff\0'),
    ],
    ['a long protocol', { extensions: [alpnExtension('x'.repeat(255))] }, expected('', 'x'.repeat(255))],
    [
      'both, whatever stands around them',
      {
        extensions: [
          padding(7),
          alpnExtension('h2'),
          extension(0x0a0a, hex('')),
          serverNameExtension('a.test'),
          padding(0),
        ],
      },
      expected('a.test', 'h2'),
    ],
    // RFC 6066 3: a name of another type has its length in the same place.
    ['a name of another type', { extensions: [extension(0, hex('0005 ff 0002 abcd'))] }, expected('')],
    [
      'names of two types',
      { extensions: [extension(0, hex('0009 ff 0002 abcd 00 0001 61'))] },
      expected('a'),
    ],
    // Others that come twice are the TLS library's affair.
    ['other extensions twice', { extensions: [padding(1), padding(1)] }, expected('')],
  ])('reads %s', (_, parts, hello) => {
    const bytes = record(helloMessage(parts));
    expect(decide(Buffer.concat([bytes, hex('140303000101')]))).toEqual({ at: bytes.length, result: hello });
  });

  it.each([
    '192.0.2.1',
    '2001:db8::1',
    '[2001:db8::1]',
    '[::1]:443',
    'a.test.',
    'a.test:443',
    'a..test',
    '.a.test',
    '.',
    'a b.test',
    'a.test\0',
    '\0',
    'a.test\0.evil.test',
    '*.a.test',
    'm\xfcller.test',
    'a/b',
    'a@b',
    'a'.repeat(256),
    'a.'.repeat(5000),
  ])('takes %j for no name', (name) => {
    expect(readClientHello(helloOf(serverNameExtension(name), alpnExtension('h2')))).toEqual(
      expected('', 'h2'),
    );
  });

  it.each([0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x03ff])('takes records of version %i', (version) => {
    const bytes = record(helloMessage({ extensions: [serverNameExtension('a.test')] }), version);
    expect(decide(bytes)).toEqual({ at: bytes.length, result: expected('a.test') });
  });

  it('leaves what follows in the same record to the TLS library', () => {
    const message = helloMessage({ extensions: [serverNameExtension('a.test')] });
    const bytes = record(Buffer.concat([message, message]));
    expect(decide(bytes)).toEqual({ at: 5 + message.length, result: expected('a.test') });
  });

  it('reads a part of a larger buffer', () => {
    const bytes = Buffer.concat([
      hex('00112233'),
      helloOf(serverNameExtension('a.test'), alpnExtension('h2')),
    ]);
    expect(readClientHello(bytes.subarray(4))).toEqual(expected('a.test', 'h2'));
  });
});

describe('readClientHello, several records', () => {
  const message = helloMessage({
    extensions: [serverNameExtension('a.test'), alpnExtension('h2', 'http/1.1')],
  });
  const hello = expected('a.test', 'h2', 'http/1.1');

  it('reads a hello cut in two at every octet', () => {
    for (let cut = 1; cut < message.length; cut++) {
      const bytes = inRecords(message, [cut]);
      expect(decide(bytes), `cut at ${cut}`).toEqual({ at: bytes.length, result: hello });
    }
  });

  it('reads a hello in records of one octet', () => {
    const bytes = inRecords(message, Array(message.length).fill(1));
    expect(bytes.length).toBe(6 * message.length);
    expect(decide(bytes)).toEqual({ at: bytes.length, result: hello });
  });

  it('reads a hello whose last record goes on', () => {
    const bytes = Buffer.concat([
      record(message.subarray(0, 50)),
      record(Buffer.concat([message.subarray(50), hex('ff')])),
    ]);
    expect(decide(bytes)).toEqual({ at: bytes.length - 1, result: hello });
  });

  it.each([
    ['an alert', hex('15 0303 0002 0100'), 1],
    ['application data', hex('17 0303 0001 00'), 1],
    ['text', Buffer.from('GET / HTTP/1.1'), 1],
    ['a record of another version', hex('16 0203 0001 00'), 2],
    ['an empty record', hex('16 0303 0000'), 5],
    ['a record too long', hex('16 0303 4001'), 5],
  ])('calls it malformed if %s comes between', (_, between, octets) => {
    const first = record(message.subarray(0, 50));
    const bytes = Buffer.concat([first, between, record(message.subarray(50))]);
    expect(decide(bytes)).toEqual({ at: first.length + octets, result: HelloOutcome.MALFORMED });
  });
});

describe('readClientHello, something else', () => {
  it.each([
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n'), 1],
    ['an SSL 2.0 hello', hex('80 2e 01 0002 0015 0000 0010'), 1],
    ['an SSL 2.0 hello that offers TLS', hex('80 2e 01 0301 0015 0000 0010'), 1],
    ['an alert', hex('15 0301 0002 0228'), 1],
    ['application data', hex('17 0303 0010'), 1],
    ['a datagram of DTLS', hex('16 fefd 0000'), 2],
    ['a record of another major version', hex('16 0401 0030'), 2],
    ['SSH', Buffer.from('SSH-2.0-'), 1],
    ['a zero', hex('00'), 1],
    ['SYN and text', Buffer.from('\x16GET'), 2],
  ])('knows %s for no TLS', (_, bytes, at) => {
    expect(decide(bytes)).toEqual({ at, result: HelloOutcome.NOT_TLS });
  });

  it('waits for the first octet', () => {
    expect(readClientHello(new Uint8Array())).toBe(HelloOutcome.MORE);
  });
});

describe('readClientHello, size', () => {
  /** A sound message of exactly this many octets. */
  const messageOf = (size: number): Buffer => {
    const bare = helloMessage({ extensions: [alpnExtension('h2'), padding(0)] }).length;
    return helloMessage({ extensions: [alpnExtension('h2'), padding(size - bare)] });
  };
  const largest = messageOf(16_384);

  it('takes a message of 16 KiB', () => {
    const bytes = record(largest);
    expect(readClientHello(bytes)).toEqual(expected('', 'h2'));
    expect(readClientHello(bytes.subarray(0, -1))).toBe(HelloOutcome.MORE);
  });

  it('refuses a longer one by its head', () => {
    const message = messageOf(16_385);
    expect(readClientHello(record(message.subarray(0, 16_384)).subarray(0, 9))).toBe(HelloOutcome.TOO_LARGE);
    expect(decide(inRecords(message, [1, 1, 1, 1]).subarray(0, 30))).toEqual({
      at: 24,
      result: HelloOutcome.TOO_LARGE,
    });
    expect(decide(hex('16 0301 4000 01 ffffff'))).toEqual({ at: 9, result: HelloOutcome.TOO_LARGE });
  });

  it('takes as many heads of records as fit, and no more', () => {
    const count = Math.floor((MAX_HELLO_BYTES - largest.length) / 5);
    const fits = inRecords(largest, Array(count - 1).fill(10));
    expect(fits.length).toBe(largest.length + 5 * count);
    expect(readClientHello(fits)).toEqual(expected('', 'h2'));
    const over = inRecords(largest, Array(count).fill(10));
    expect(over.length).toBeGreaterThan(MAX_HELLO_BYTES);
    expect(readClientHello(over)).toBe(HelloOutcome.TOO_LARGE);
  });

  it('never waits for more than MAX_HELLO_BYTES', () => {
    for (const size of [1, 2, 3, 5, 10, 80, 81, 82, 100, 1000, 16_000]) {
      const bytes = inRecords(largest, Array(Math.ceil(16_384 / size)).fill(size));
      const result = readClientHello(bytes.subarray(0, MAX_HELLO_BYTES));
      if (bytes.length > MAX_HELLO_BYTES) expect(result, `records of ${size}`).toBe(HelloOutcome.TOO_LARGE);
      else expect(result, `records of ${size}`).toEqual(expected('', 'h2'));
    }
  });

  it('counts the head of a record that is still to come', () => {
    // Five octets too long, and the last record, of one octet, has its head where MAX_HELLO_BYTES end.
    const count = 1000;
    const message = messageOf(MAX_HELLO_BYTES + 5 - 5 * count);
    const sizes = Array(count - 2).fill(12);
    const bytes = inRecords(message, [...sizes, message.length - 1 - 12 * sizes.length]);
    expect(bytes.length).toBe(MAX_HELLO_BYTES + 5);
    expect(readClientHello(bytes.subarray(0, MAX_HELLO_BYTES))).toBe(HelloOutcome.TOO_LARGE);
  });

  it('looks at the head of the record alone until the message is whole', () => {
    const bytes = record(largest).subarray(0, -1);
    let looks = 0;
    const counted = new Proxy(bytes, {
      get: (target, key) => {
        looks++;
        return Reflect.get(target, key, target);
      },
    });
    expect(readClientHello(counted)).toBe(HelloOutcome.MORE);
    expect(looks).toBeLessThan(30);
  });
});

/** Whatever the first bytes of a connection are, and wherever they are cut: one answer, which nothing that follows changes. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ClientHello,
  HelloOutcome,
  MAX_HELLO_BYTES,
  readClientHello,
} from '../../src/worker/listener/door/client-hello.ts';
import {
  MAX_OPENING_BYTES,
  type Opening,
  type OpeningExpectation,
  OpeningKind,
  OpeningOutcome,
  readOpening,
} from '../../src/worker/listener/door/opening.ts';
import {
  MAX_PROXY_HEADER_BYTES,
  type ProxyHeader,
  ProxyOutcome,
  readProxyHeader,
} from '../../src/worker/listener/door/proxy-header.ts';
import {
  alpnExtension,
  binaryHeader,
  decisionOn,
  extension,
  type Field,
  helloMessage,
  inRecords,
  serverNameExtension,
  uint16,
} from '../support/door-bytes.ts';

const RUNS = 3000;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

interface Sample<T> {
  readonly bytes: Uint8Array;
  readonly expected: T;
}

const port = fc.integer({ min: 0, max: 65_535 });
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const anyOctets = (maxLength: number) => fc.uint8Array({ maxLength });

/** Groups with many zeros, so that `::` has something to stand for. */
const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
const v4 = octets(4).map((address) => ({
  octets: address,
  text: address.join('.'),
  canonical: address.join('.'),
}));
const v6 = fc
  .tuple(fc.array(group, { minLength: 8, maxLength: 8 }), fc.nat(), fc.nat(), fc.boolean(), fc.boolean())
  .map(([groups, from, length, upper, padded]) => {
    const hexOf = (value: number): string => value.toString(16).padStart(padded ? 4 : 1, '0');
    // Any run of zeros may be `::`, not only the longest.
    const start = from % 8;
    let zeros = 0;
    while (zeros < 1 + (length % 8) && groups[start + zeros] === 0) zeros++;
    const text =
      zeros === 0
        ? groups.map(hexOf).join(':')
        : `${groups.slice(0, start).map(hexOf).join(':')}::${groups
            .slice(start + zeros)
            .map(hexOf)
            .join(':')}`;
    const address = Buffer.concat(groups.map(uint16));
    const mapped = groups.slice(0, 5).every((value) => value === 0) && groups[5] === 0xffff;
    // The WHATWG URL writes addresses as RFC 5952 does, but for IPv4-mapped ones.
    const canonical = mapped
      ? address.subarray(12).join('.')
      : new URL(`http://[${text}]`).hostname.slice(1, -1);
    return { octets: address, text: upper ? text.toUpperCase() : text, canonical };
  });

const own = { source: null, sourcePort: 0, destination: null, destinationPort: 0 };
const header = (bytes: Uint8Array, rest: Omit<ProxyHeader, 'length'>): Sample<ProxyHeader> => ({
  bytes,
  expected: { length: bytes.length, ...rest },
});

const line = fc.oneof(
  fc
    .tuple(fc.oneof(fc.tuple(fc.constant(4), v4, v4), fc.tuple(fc.constant(6), v6, v6)), port, port)
    .map(([[version, from, to], sourcePort, destinationPort]) =>
      header(
        Buffer.from(`PROXY TCP${version} ${from.text} ${to.text} ${sourcePort} ${destinationPort}\r\n`),
        {
          source: from.canonical,
          sourcePort,
          destination: to.canonical,
          destinationPort,
        },
      ),
    ),
  fc
    .string({ unit: fc.constantFrom(...'abc :.019\t\0\xff'), maxLength: 80 })
    .map((rest) => header(Buffer.from(`PROXY UNKNOWN${rest === '' ? '' : ` ${rest}`}\r\n`, 'latin1'), own)),
);

const field: fc.Arbitrary<Field> = fc.tuple(
  fc.integer({ min: 0, max: 255 }).filter((type) => type !== 3),
  anyOctets(40),
);
const checksum: Field = [3, Buffer.alloc(4)];
const fields = fc
  .tuple(fc.array(field, { maxLength: 5 }), fc.option(fc.nat({ max: 5 }), { nil: -1 }))
  .map(([others, at]) => (at < 0 ? others : others.toSpliced(at, 0, checksum)));
const binary = fc.oneof(
  fc
    .tuple(
      fc.oneof(fc.tuple(fc.constant(0x10), v4, v4), fc.tuple(fc.constant(0x20), v6, v6)),
      port,
      port,
      fields,
    )
    .chain(([[family, from, to], sourcePort, destinationPort, behind]) =>
      fc.constantFrom(1, 2).map((transport) => {
        const ports = [uint16(sourcePort), uint16(destinationPort)];
        const addresses = Buffer.concat([from.octets, to.octets, ...ports]);
        return header(binaryHeader({ family: family + transport, addresses, fields: behind }), {
          source: from.canonical,
          sourcePort,
          destination: to.canonical,
          destinationPort,
        });
      }),
    ),
  fc
    .tuple(octets(216), fields)
    .map(([addresses, behind]) => header(binaryHeader({ family: 0x31, addresses, fields: behind }), own)),
  fc
    .tuple(fc.integer({ min: 0, max: 255 }), anyOctets(60))
    .map(([family, addresses]) => header(binaryHeader({ versionAndCommand: 0x20, family, addresses }), own)),
  fc
    .tuple(fc.constantFrom(0x00, 0x01, 0x02, 0x10, 0x20, 0x30), anyOctets(60))
    .map(([family, addresses]) => header(binaryHeader({ family, addresses }), own)),
);
const proxyHeader = fc.oneof(line, binary);

const name = fc
  .array(fc.string({ unit: fc.constantFrom(...'abcXYZ019-_'), minLength: 1, maxLength: 20 }), {
    minLength: 1,
    maxLength: 4,
  })
  // Not one that reads as an IPv4 address.
  .map((labels) => `${labels.join('.')}.test`);
const protocol = fc.oneof(
  fc.constantFrom('h2', 'http/1.1', 'h2c', 'acme-tls/1'),
  fc.uint8Array({ minLength: 1, maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
const otherExtension = fc
  .tuple(
    fc.integer({ min: 0, max: 0xffff }).filter((type) => type !== 0 && type !== 16),
    anyOctets(30),
  )
  .map(([type, data]) => extension(type, data));

/** A hello cut into records anywhere. */
const hello: fc.Arbitrary<Sample<ClientHello>> = fc
  .record({
    sessionId: anyOctets(32),
    suites: fc.uint8Array({ minLength: 1, maxLength: 30 }).map((half) => Buffer.concat([half, half])),
    compressions: fc.uint8Array({ minLength: 1, maxLength: 5 }),
    serverName: fc.option(name),
    protocols: fc.option(fc.array(protocol, { minLength: 1, maxLength: 5 })),
    others: fc.array(otherExtension, { maxLength: 4 }),
    sizes: fc.array(fc.integer({ min: 1, max: 80 }), { maxLength: 6 }),
    order: fc.nat(),
  })
  .map(({ sessionId, suites, compressions, serverName, protocols, others, sizes, order }) => {
    const wanted = [
      ...(serverName === null ? [] : [serverNameExtension(serverName)]),
      ...(protocols === null ? [] : [alpnExtension(...protocols)]),
    ];
    const extensions = others.toSpliced(order % (others.length + 1), 0, ...wanted);
    return {
      bytes: inRecords(helloMessage({ sessionId, suites, compressions, extensions }), sizes),
      expected: {
        serverName: (serverName ?? '').toLowerCase(),
        offersHttp2: (protocols ?? []).includes('h2'),
        protocols: protocols ?? [],
      },
    };
  });

const expectation: fc.Arbitrary<OpeningExpectation> = fc.record({
  tls: fc.boolean(),
  proxyTrusted: fc.boolean(),
  http2: fc.boolean(),
});

/** Octets that begin as something that the door knows, more often than chance would have it. */
const almost = fc
  .tuple(
    fc.oneof(
      proxyHeader.map(({ bytes }) => bytes),
      fc.constant(new Uint8Array()),
    ),
    fc.oneof(
      hello.map(({ bytes }) => bytes),
      fc.constantFrom(PREFACE, Buffer.from('GET / HTTP/1.1\r\n'), Buffer.from('\x16\x03\x01')),
      anyOctets(60),
    ),
    anyOctets(20),
  )
  .map((parts) => Buffer.concat(parts));
const edit = fc.record({
  at: fc.nat(),
  remove: fc.integer({ min: 0, max: 3 }),
  insert: fc.oneof(
    anyOctets(3),
    fc.constantFrom('\r', '\n', ' ', '0', ':', '\0', '\x16').map((text) => Buffer.from(text)),
  ),
});
const mutated = fc.tuple(almost, fc.array(edit, { minLength: 1, maxLength: 4 })).map(([bytes, edits]) =>
  edits.reduce((result, { at, remove, insert }) => {
    const from = at % (result.length + 1);
    return Buffer.concat([result.subarray(0, from), insert, result.subarray(from + remove)]);
  }, bytes),
);

describe('PROXY headers', () => {
  it('are read as they were written, and need their last octet and no more', () => {
    fc.assert(
      fc.property(proxyHeader, anyOctets(20), ({ bytes, expected }, behind) => {
        const read = decisionOn<ProxyHeader | ProxyOutcome>(
          readProxyHeader,
          ProxyOutcome.MORE,
          Buffer.concat([bytes, behind]),
        );
        expect(read).toEqual({ at: bytes.length, result: expected });
      }),
      { numRuns: RUNS },
    );
  });

  it('whatever is changed in them, give an outcome, and never another one later', () => {
    fc.assert(
      fc.property(mutated, (bytes) => {
        const read = decisionOn<ProxyHeader | ProxyOutcome>(readProxyHeader, ProxyOutcome.MORE, bytes);
        if (read !== null && typeof read.result !== 'number') {
          expect(read.result.length).toBe(read.at);
          expect(read.at).toBeLessThanOrEqual(MAX_PROXY_HEADER_BYTES);
          expect(read.result.source === null).toBe(read.result.destination === null);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe('ClientHellos', () => {
  it('are read as they were written, however they are cut into records', () => {
    fc.assert(
      fc.property(hello, anyOctets(20), ({ bytes, expected }, behind) => {
        const read = decisionOn<ClientHello | HelloOutcome>(
          readClientHello,
          HelloOutcome.MORE,
          Buffer.concat([bytes, behind]),
        );
        expect(read).toEqual({ at: bytes.length, result: expected });
      }),
      { numRuns: RUNS },
    );
  });

  it('whatever is changed in them, give an outcome, and never another one later', () => {
    fc.assert(
      fc.property(mutated, (bytes) => {
        decisionOn<ClientHello | HelloOutcome>(readClientHello, HelloOutcome.MORE, bytes);
      }),
      { numRuns: RUNS },
    );
  });

  it('are waited for up to MAX_HELLO_BYTES, however they are cut into records', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 3000 });
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 17_000 }), sizes, (size, cuts) => {
        const bare = helloMessage({ extensions: [extension(21, Buffer.alloc(0))] }).length;
        const message = helloMessage({ extensions: [extension(21, Buffer.alloc(size - bare))] });
        const bytes = inRecords(message, cuts);
        const fits = bytes.length <= MAX_HELLO_BYTES && size <= 16_384;
        const result = readClientHello(bytes.subarray(0, MAX_HELLO_BYTES));
        if (fits) expect(result).toEqual({ serverName: '', offersHttp2: false, protocols: [] });
        else expect(result).toBe(HelloOutcome.TOO_LARGE);
      }),
      { numRuns: 500 },
    );
  });
});

describe('openings', () => {
  const decide = (bytes: Uint8Array, expect: OpeningExpectation) =>
    decisionOn<Opening | OpeningOutcome>((prefix) => readOpening(prefix, expect), OpeningOutcome.MORE, bytes);

  it('of a trusted proxy are its header and what would come without it', () => {
    const what = fc.oneof(
      hello.map(({ bytes }) => bytes),
      fc.constantFrom(PREFACE, Buffer.from('GET / HTTP/1.1\r\n')),
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
    );
    fc.assert(
      fc.property(proxyHeader, what, expectation, ({ bytes, expected }, behind, expectation) => {
        const alone = decide(behind, { ...expectation, proxyTrusted: false });
        const both = decide(Buffer.concat([bytes, behind]), { ...expectation, proxyTrusted: true });
        if (alone === null) expect(both).toBeNull();
        else {
          const result = { ...(alone.result as Opening), proxy: expected };
          expect(both).toEqual({ at: bytes.length + alone.at, result });
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('whatever they are, have one kind, which fits the listener', () => {
    const { HTTP1, HTTP2, TLS, PLAIN_ON_TLS, MALFORMED } = OpeningKind;
    fc.assert(
      fc.property(fc.oneof(almost, mutated, anyOctets(200)), expectation, (bytes, expectation) => {
        const read = decide(bytes, expectation);
        if (read === null) return;
        const { kind, proxy, hello } = read.result as Opening;
        const kinds = expectation.tls
          ? [TLS, PLAIN_ON_TLS, MALFORMED]
          : [HTTP1, ...(expectation.http2 ? [HTTP2] : []), ...(expectation.proxyTrusted ? [MALFORMED] : [])];
        expect(kinds).toContain(kind);
        expect(hello !== null).toBe(kind === TLS);
        if (!expectation.proxyTrusted) expect(proxy).toBeNull();
      }),
      { numRuns: RUNS },
    );
  });

  it('are decided on with MAX_OPENING_BYTES', () => {
    const long = fc.oneof(
      // A header and records that promise as much as they may.
      fc
        .tuple(
          fc.integer({ min: 0, max: 4400 }),
          fc.integer({ min: 1, max: 16_384 }),
          fc.nat({ max: 0x4200 }),
        )
        .map(([block, fragment, message]) =>
          Buffer.concat([
            binaryHeader({ versionAndCommand: 0x20, addresses: Buffer.alloc(block) }),
            Buffer.of(22, 3, 1),
            uint16(fragment),
            Buffer.of(1, 0),
            uint16(message),
          ]),
        ),
      almost,
    );
    const filler = fc.constantFrom(0x00, 0x01, 0x16, 0x20, 0x41, 0xff);
    fc.assert(
      fc.property(long, filler, expectation, (start, octet, expectation) => {
        const bytes = Buffer.alloc(MAX_OPENING_BYTES, octet);
        bytes.set(start.subarray(0, MAX_OPENING_BYTES));
        expect(readOpening(bytes, expectation)).not.toBe(OpeningOutcome.MORE);
      }),
      { numRuns: 500 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/kit/faults.ts';
import { requestText } from '../../src/worker/exchange/request-text.ts';
import { Protocol } from '../../src/worker/listener/client-side.ts';
import { KnownSections } from '../../src/worker/listener/node/known-sections.ts';
import { RequestParser } from '../../src/worker/listener/node/request-parser.ts';
import { FieldKind, fieldKind } from '../../src/worker/listener/request-field-kind.ts';
import { RequestBody, type RequestHead } from '../../src/worker/listener/request-head.ts';
import { feed, type RequestRecord } from '../support/request-events.ts';

const RUNS = 3000;
const LIMITS = { headerBytes: 4096, urlBytes: 256 };

const charOf = (characters: string) => fc.constantFrom(...characters);
const octetFrom = (min: number, max: number) =>
  fc.integer({ min, max }).map((octet) => String.fromCharCode(octet));
const joined = (characters: fc.Arbitrary<string>, minLength: number, maxLength: number) =>
  fc.array(characters, { minLength, maxLength }).map((all) => all.join(''));

const token = joined(charOf("abcXYZ019!#$%&'*+-.^_`|~"), 1, 20);
const visible = fc.oneof(charOf('abcXYZ019:,;="/'), octetFrom(0x80, 0xff));
const text = joined(fc.oneof(visible, charOf(' \t')), 0, 40);
const targetText = fc.oneof(charOf('abcXYZ019/._-~%!$&()*+,;=:@?'), octetFrom(0x80, 0xff));
const rest = joined(targetText, 0, 40);
const bytes = fc.uint8Array({ maxLength: 300 }).map((octets) => Buffer.from(octets).toString('latin1'));
const blank = fc.constantFrom('', ' ', '\t ', '   ');

/** A line that goes on as it came: names that mean something are written below, never by chance. */
const plainLine = fc
  .tuple(token, blank, text, fc.constantFrom('', ' \t'))
  .filter(([name]) => fieldKind(name, 0, name.length) === FieldKind.PLAIN)
  .map(([name, before, value, after]) => `${name}:${before}${value}${after}\r\n`);

const chunks = fc
  .tuple(
    fc.array(
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.constantFrom('', ';a', ' ; a="b"', ';;;')),
      { maxLength: 6 },
    ),
    fc.array(fc.constantFrom('X-Sum: 1\r\n', 'y:\xe9\r\n', 'Host: b.test\r\n'), { maxLength: 3 }),
  )
  .map(([pieces, trailers]) => ({
    wire: `${pieces
      .map(([data, extension], i) => {
        const size = data.length.toString(16);
        return `${i % 2 === 0 ? size.toUpperCase() : `0${size}`}${extension}\r\n${Buffer.from(data).toString('latin1')}\r\n`;
      })
      .join('')}0\r\n${trailers.join('')}\r\n`,
    body: pieces.map(([data]) => Buffer.from(data).toString('latin1')).join(''),
    trailers: trailers.filter((line) => !line.startsWith('Host')).join(''),
  }));

interface Expected {
  readonly wire: string;
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly lines: string;
  readonly protocol: Protocol;
  readonly keepAlive: boolean;
  readonly framing: RequestBody;
  readonly body: string;
  readonly trailers: string;
}

const target = fc.oneof(
  rest.map((path) => ({ received: `/${path}`, target: `/${path}`, authority: '' })),
  fc
    .tuple(fc.constantFrom('http://', 'HTTPS://'), fc.constantFrom('', '/', '?'), rest)
    .map(([scheme, first, end]) => {
      const path = first === '' ? '' : `${first}${end}`;
      return {
        received: `${scheme}b.test:81${path}`,
        target: path === '' ? '/' : path.replace(/^\?/, '/?'),
        authority: 'b.test:81',
      };
    }),
);

/** A request out of the grammar, and what must be read from it. */
const validRequest: fc.Arbitrary<Expected> = fc
  .record({
    empty: fc.constantFrom('', '', '\r\n', '\r\n\r\n'),
    method: token.filter((method) => method !== 'CONNECT' && method !== 'OPTIONS'),
    target,
    version: fc.constantFrom('1.1', '1.1', '1.0', '1.5'),
    hostName: fc.constantFrom('Host', 'hOST'),
    host: fc.constantFrom('a.test', '', '[::1]:80'),
    connection: fc.constantFrom('', 'close', 'Keep-Alive', 'x-a, close', 'keep-alive , x-b'),
    before: fc.array(plainLine, { maxLength: 8 }),
    behind: fc.array(plainLine, { maxLength: 8 }),
    framing: fc.constantFrom(RequestBody.NONE, RequestBody.LENGTH, RequestBody.CHUNKED),
    plain: bytes,
    coded: chunks,
  })
  .map((parts) => {
    const { method, version, host, connection, plain, coded, before, behind } = parts;
    const isOld = version === '1.0';
    const framing = isOld && parts.framing === RequestBody.CHUNKED ? RequestBody.LENGTH : parts.framing;
    const [field, wire, body, trailers] =
      framing === RequestBody.NONE
        ? ['', '', '', '']
        : framing === RequestBody.LENGTH
          ? [`Content-Length: ${plain.length}\r\n`, plain, plain, '']
          : ['Transfer-Encoding: chunked\r\n', coded.wire, coded.body, coded.trailers];
    const fields =
      `${before.join('')}${parts.hostName}: ${host}\r\n${field}` +
      `${connection === '' ? '' : `Connection: ${connection}\r\n`}${behind.join('')}`;
    return {
      wire: `${parts.empty}${method} ${parts.target.received} HTTP/${version}\r\n${fields}\r\n${wire}`,
      method,
      target: parts.target.target,
      host: parts.target.authority === '' ? host : parts.target.authority,
      lines: [...before, ...behind].join(''),
      protocol: isOld ? Protocol.HTTP1_0 : Protocol.HTTP1_1,
      keepAlive: isOld ? /^keep-alive/i.test(connection) : !/close/.test(connection),
      framing,
      body,
      trailers,
    };
  });

const stream = fc.array(validRequest, { minLength: 1, maxLength: 4 });
const wireOf = (requests: readonly Expected[]): string => requests.map(({ wire }) => wire).join('');

const fractions = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });
const cutsOf = (length: number, parts: readonly number[]) =>
  parts.map((part) => Math.floor(part * length)).sort((a, b) => a - b);

const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.integer({ min: 0, max: 3 }),
  insert: fc.oneof(
    fc.constantFrom('', '\r', '\n', '\r\n', '\0', ' ', '\t', ':', ',', ';', '0', '-', '#', '\x7f', '\xff'),
    fc.constantFrom(
      'Content-Length: 5\r\n',
      'Transfer-Encoding: chunked\r\n',
      'Host: c.test\r\n',
      'Connection: close\r\n',
      'Expect: 100-continue\r\n',
      'GET / HTTP/1.1\r\n\r\n',
    ),
    bytes.map((some) => some.slice(0, 4)),
  ),
});

const mutated = fc
  .tuple(stream, fc.array(mutation, { minLength: 1, maxLength: 3 }))
  .map(([requests, mutations]) => {
    let wire = wireOf(requests);
    for (const { at, remove, insert } of mutations) {
      const from = Math.floor(at * wire.length);
      wire = wire.slice(0, from) + insert + wire.slice(from + remove);
    }
    return wire;
  });

/** The head as an endpoint would get it. */
function forwarded(head: RequestHead): string {
  const to = { target: head.target, host: head.host, requestId: 'id' };
  const from = { peer: '10.0.0.1', client: '10.0.0.1', trusted: false, tls: false, localPort: 80 };
  return requestText(head, { ...to, ...from }, null);
}

/** What was accepted has one reading: the endpoint's parser, strict as ours, sees one request with the same framing. */
function expectOneReading({ head, isWhole }: RequestRecord): void {
  if (!isWhole || head.fault !== Fault.NONE) return;
  expect(head.lines).toMatch(/^([!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/);
  expect(head.target).toMatch(/^(\*|\/[\x21\x22\x24-\x7e\x80-\xff]*)$/);
  const text = forwarded(head);
  const [again, ...others] = feed(text);
  expect(others).toEqual([]);
  expect(again).toMatchObject({ isWhole: true, keepAlive: true });
  expect(again?.head).toMatchObject({
    method: head.method,
    target: head.target,
    host: head.host,
    body: head.body,
    contentLength: head.contentLength,
    fault: Fault.NONE,
  });
}

describe('request-parser, any stream', () => {
  it('says the same of sections that it knows', () => {
    const known = new KnownSections();
    let met = 0;
    const find = known.find.bind(known);
    known.find = (...at) => {
      const head = find(...at);
      if (head !== null) met++;
      return head;
    };
    const parser = new RequestParser(LIMITS, known);
    fc.assert(
      fc.property(fc.oneof(stream.map(wireOf), mutated), fractions, (wire, parts) => {
        const expected = feed(wire, { limits: LIMITS });
        // The second time it is kept, the third time it is met.
        for (let time = 1; time <= 3; time++) expect(feed(wire, { parser })).toEqual(expected);
        const cuts = cutsOf(wire.length, parts);
        expect(feed(wire, { parser, cuts })).toEqual(feed(wire, { limits: LIMITS, cuts }));
        expect(feed(wire, { parser })).toEqual(expected);
      }),
      { numRuns: RUNS / 3 },
    );
    expect(met).toBeGreaterThan(RUNS / 10);
  });

  it('valid requests give what was written, in their order, and the same at any split', () => {
    fc.assert(
      fc.property(stream, fractions, (requests, parts) => {
        const wire = wireOf(requests);
        const whole = feed(wire);
        expect(whole.map(({ end }) => end)).toEqual(requests.map(() => 'complete'));
        for (const [i, expected] of requests.entries()) {
          const { head, protocol, keepAlive, body, trailers } = whole[i] as RequestRecord;
          const { method, lines, host } = head;
          expect({ method, target: head.target, host, lines, protocol, keepAlive, body, trailers }).toEqual({
            method: expected.method,
            target: expected.target,
            host: expected.host,
            lines: expected.lines,
            protocol: expected.protocol,
            keepAlive: expected.keepAlive,
            body: expected.body,
            trailers: expected.trailers,
          });
          expect([head.body, head.fault]).toEqual([expected.framing, Fault.NONE]);
        }
        expect(feed(wire, { cuts: cutsOf(wire.length, parts) })).toEqual(whole);
      }),
      { numRuns: RUNS },
    );
  });

  it('mutated requests give the same events or the same fault at any split, under any limits', () => {
    fc.assert(
      fc.property(mutated, fractions, fc.boolean(), (wire, parts, limited) => {
        const limits = limited ? LIMITS : { headerBytes: 0, urlBytes: 0 };
        const whole = feed(wire, { limits });
        expect(feed(wire, { limits, cuts: cutsOf(wire.length, parts) })).toEqual(whole);
        whole.forEach(expectOneReading);
      }),
      { numRuns: RUNS },
    );
  });

  it('limits so small that they are met anywhere are met at the same place at any split', () => {
    const small = fc.record({
      headerBytes: fc.integer({ min: 1, max: 120 }),
      urlBytes: fc.integer({ min: 1, max: 30 }),
    });
    fc.assert(
      fc.property(stream, small, fractions, (requests, limits, parts) => {
        const wire = wireOf(requests);
        const whole = feed(wire, { limits });
        expect(feed(wire, { limits, cuts: cutsOf(wire.length, parts) })).toEqual(whole);
        for (const { head, isWhole, end } of whole) {
          if (isWhole) expect(head.bytes).toBeLessThanOrEqual(limits.headerBytes);
          else expect([Fault.HEADERS_TOO_LARGE, Fault.URL_TOO_LONG]).toContain(end);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('any bytes at all end in an event or a fault', () => {
    const start = fc.constantFrom('', 'GET / HTTP/1.1\r\n', 'GET / HTTP/1.1\r\nHost: a\r\n', 'POST http://');
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 600 }), fractions, (before, octets, parts) => {
        const wire = before + Buffer.from(octets).toString('latin1');
        const whole = feed(wire);
        expect(feed(wire, { cuts: cutsOf(wire.length, parts) })).toEqual(whole);
        whole.forEach(expectOneReading);
      }),
      { numRuns: RUNS },
    );
  });

  it('every line that goes on reaches the endpoint with the bytes that came', () => {
    fc.assert(
      fc.property(validRequest, ({ wire, lines }) => {
        const { head } = feed(wire)[0] as RequestRecord;
        if (head.connection.includes('x-')) return;
        const text = Buffer.from(forwarded(head), 'latin1').toString('latin1');
        expect(text).toContain(`\r\n${lines}X-Forwarded-For: `);
      }),
      { numRuns: RUNS },
    );
  });
});

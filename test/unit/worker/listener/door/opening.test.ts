import { describe, expect, it } from 'vitest';
import { MAX_HELLO_BYTES } from '../../../../../src/worker/listener/door/client-hello.ts';
import {
  MAX_OPENING_BYTES,
  type Opening,
  type OpeningExpectation,
  OpeningKind,
  OpeningOutcome,
  readOpening,
} from '../../../../../src/worker/listener/door/opening.ts';
import { MAX_PROXY_HEADER_BYTES } from '../../../../../src/worker/listener/door/proxy-header.ts';
import {
  alpnExtension,
  binaryHeader,
  type Decision,
  decisionOn,
  helloMessage,
  hex,
  inRecords,
  record,
  serverNameExtension,
} from '../../../../support/door-bytes.ts';

type Result = Opening | OpeningOutcome;
const decide = (bytes: Uint8Array, expect: OpeningExpectation): Decision<Result> | null =>
  decisionOn<Result>((prefix) => readOpening(prefix, expect), OpeningOutcome.MORE, bytes);
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const plain = { tls: false, proxyTrusted: false, http2: true };
const secure = { tls: true, proxyTrusted: false, http2: true };
const opened = (kind: OpeningKind) => ({ kind, proxy: null, hello: null });
const helloBytes = record(
  helloMessage({ extensions: [serverNameExtension('a.test'), alpnExtension('h2', 'http/1.1')] }),
);
const hello = { serverName: 'a.test', offersHttp2: true, protocols: ['h2', 'http/1.1'] };

describe('readOpening on a plain listener', () => {
  it.each([
    ['GET / HTTP/1.1\r\n\r\n', 1],
    ['PUT / HTTP/1.1\r\n\r\n', 2],
    ['PRINT / HTTP/1.1\r\n\r\n', 4],
    ['PRI /', 5],
    ['PRI * HTTP/1.1\r\n', 12],
    [`${PREFACE.slice(0, -1)}\r`, 24],
    ['\x16\x03\x01\x00\x10', 1],
    ['\r\n\r\nGET / HTTP/1.1', 1],
    ['\0', 1],
    // From whom nothing of the kind is believed.
    ['PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n', 3],
    ['\r\n\r\n\0\r\nQUIT\n\x21\x11', 1],
  ])('%j is HTTP/1, or nothing, after so many octets: %i', (text, at) => {
    expect(decide(bytesOf(text), plain)).toEqual({ at, result: opened(OpeningKind.HTTP1) });
  });

  it('knows HTTP/2 by its whole preface', () => {
    expect(decide(bytesOf(`${PREFACE}\0\0\0\x04`), plain)).toEqual({
      at: 24,
      result: opened(OpeningKind.HTTP2),
    });
  });

  it('knows no HTTP/2 where it is not served', () => {
    expect(decide(bytesOf(PREFACE), { ...plain, http2: false })).toEqual({
      at: 1,
      result: opened(OpeningKind.HTTP1),
    });
  });

  it('waits for the first octet', () => {
    for (const tls of [true, false]) {
      for (const proxyTrusted of [true, false]) {
        for (const http2 of [true, false]) {
          const none = new Uint8Array();
          expect(readOpening(none, { tls, proxyTrusted, http2 })).toBe(OpeningOutcome.MORE);
        }
      }
    }
  });
});

describe('readOpening on a TLS listener', () => {
  it('waits for the whole ClientHello', () => {
    for (const bytes of [helloBytes, inRecords(helloBytes.subarray(5), [3, 1, 50])]) {
      for (const http2 of [true, false]) {
        expect(decide(Buffer.concat([bytes, hex('14030300')]), { ...secure, http2 })).toEqual({
          at: bytes.length,
          result: { kind: OpeningKind.TLS, proxy: null, hello },
        });
      }
    }
  });

  it.each([
    ['GET / HTTP/1.1\r\n', 1],
    [PREFACE, 1],
    ['PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n', 1],
    ['\x80\x2e\x01\x03\x01', 1],
    ['\x16GET', 2],
  ])('%j is no TLS after so many octets: %i', (text, at) => {
    expect(decide(bytesOf(text), secure)).toEqual({ at, result: opened(OpeningKind.PLAIN_ON_TLS) });
  });

  it.each([
    ['a malformed record', hex('16 0301 0000'), 5],
    ['another message', hex('16 0301 0010 02'), 6],
    ['a hello too large', hex('16 0301 4000 01 004000'), 9],
    ['a malformed hello', record(hex('01 000002 0303')), 11],
  ])('%s is malformed', (_, bytes, at) => {
    expect(decide(bytes, secure)).toEqual({ at, result: opened(OpeningKind.MALFORMED) });
  });
});

describe('readOpening from a trusted proxy', () => {
  const trusted = (expect: OpeningExpectation) => ({ ...expect, proxyTrusted: true });
  const line = bytesOf('PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n');
  const proxy = {
    length: line.length,
    source: '1.2.3.4',
    sourcePort: 1,
    destination: '5.6.7.8',
    destinationPort: 2,
  };
  const binary = binaryHeader({
    addresses: hex('01020304 05060708 0001 0002'),
    fields: [
      [3, Buffer.alloc(4)],
      [4, Buffer.alloc(30)],
    ],
  });

  it.each([
    ['version 1', line],
    ['version 2', binary],
  ])('reads a header of %s, then what would come without it', (_, header) => {
    const { length } = header;
    const behind = (text: string | Uint8Array, expect: OpeningExpectation) =>
      decide(Buffer.concat([header, typeof text === 'string' ? bytesOf(text) : text]), trusted(expect));
    const result = (kind: OpeningKind) => ({ kind, proxy: { ...proxy, length }, hello: null });
    expect(behind('', plain)).toBeNull();
    expect(behind('GET /', plain)).toEqual({ at: length + 1, result: result(OpeningKind.HTTP1) });
    expect(behind('PUT /', plain)).toEqual({ at: length + 2, result: result(OpeningKind.HTTP1) });
    expect(behind(PREFACE, plain)).toEqual({ at: length + 24, result: result(OpeningKind.HTTP2) });
    expect(behind(PREFACE, { ...plain, http2: false })).toEqual({
      at: length + 1,
      result: result(OpeningKind.HTTP1),
    });
    expect(behind('', secure)).toBeNull();
    expect(behind('GET /', secure)).toEqual({ at: length + 1, result: result(OpeningKind.PLAIN_ON_TLS) });
    expect(behind(hex('16 0301 0000'), secure)).toEqual({
      at: length + 5,
      result: result(OpeningKind.MALFORMED),
    });
    expect(behind(helloBytes, secure)).toEqual({
      at: length + helloBytes.length,
      result: { ...result(OpeningKind.TLS), hello },
    });
  });

  it('looks for one header only', () => {
    expect(decide(Buffer.concat([line, line]), trusted(plain))).toMatchObject({
      at: line.length + 3,
      result: { kind: OpeningKind.HTTP1, proxy },
    });
    expect(decide(Buffer.concat([line, binary]), trusted(secure))).toMatchObject({
      at: line.length + 1,
      result: { kind: OpeningKind.PLAIN_ON_TLS, proxy },
    });
  });

  it.each([
    ['GET / HTTP/1.1\r\n', 1, OpeningKind.HTTP1],
    ['POST / HTTP/1.1\r\n', 2, OpeningKind.HTTP1],
    ['PROPFIND / HTTP/1.1\r\n', 4, OpeningKind.HTTP1],
    ['\r\nGET / HTTP/1.1\r\n', 3, OpeningKind.HTTP1],
    [PREFACE, 24, OpeningKind.HTTP2],
  ])('does without a header on a plain listener: %j', (text, at, kind) => {
    expect(decide(bytesOf(text), trusted(plain))).toEqual({ at, result: opened(kind) });
  });

  it('does without a header on a TLS listener', () => {
    expect(decide(helloBytes, trusted(secure))).toEqual({
      at: helloBytes.length,
      result: { kind: OpeningKind.TLS, proxy: null, hello },
    });
    expect(decide(bytesOf('PUT / HTTP/1.1'), trusted(secure))).toEqual({
      at: 2,
      result: opened(OpeningKind.PLAIN_ON_TLS),
    });
  });

  it('refuses a broken header on both', () => {
    for (const expectation of [plain, secure]) {
      expect(decide(bytesOf('PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n'), trusted(expectation))).toEqual({
        at: 31,
        result: opened(OpeningKind.MALFORMED),
      });
    }
  });

  it('decides on MAX_OPENING_BYTES at the latest', () => {
    expect(MAX_OPENING_BYTES).toBe(MAX_PROXY_HEADER_BYTES + MAX_HELLO_BYTES);
    const header = binaryHeader({
      family: 0x31,
      addresses: Buffer.alloc(216),
      fields: [[4, Buffer.alloc(4093)]],
    });
    const largest = helloMessage({
      sessionId: Buffer.alloc(31),
      suites: Buffer.alloc(16_384 - 74),
      extensions: null,
    });
    expect(largest.length).toBe(16_384);
    const bytes = Buffer.concat([header, inRecords(largest, Array(203).fill(1))]);
    expect(bytes.length).toBe(MAX_OPENING_BYTES - 4);
    expect(readOpening(bytes.subarray(0, -1), trusted(secure))).toBe(OpeningOutcome.MORE);
    expect(readOpening(bytes, trusted(secure))).toMatchObject({ kind: OpeningKind.TLS });
  });
});

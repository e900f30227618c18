import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/kit/faults.ts';
import { MAX_EXTENSION_BYTES, MAX_TRAILER_BYTES } from '../../../../src/worker/http1/chunk-reader.ts';
import { FieldKind } from '../../../../src/worker/upstream/field-kind.ts';
import { MAX_FIELDS, MAX_HEAD_BYTES } from '../../../../src/worker/upstream/head-reader.ts';
import {
  MAX_INTERIM_HEADS,
  ParserEvent,
  ResponseParser,
} from '../../../../src/worker/upstream/response-parser.ts';
import { type FeedOptions, feed, type ResponseRecord } from '../../../support/response-events.ts';

const OK = 'HTTP/1.1 200 OK\r\n';

/** One stream per shape of response: each is fed whole, cut at every byte, and byte by byte. */
const GOLDEN: Record<string, { stream: string; options?: FeedOptions; expected: Partial<ResponseRecord> }> = {
  'a body of a known length': {
    stream: `${OK}Content-Type: text/plain\r\ncontent-LENGTH: 5\r\n\r\nhello`,
    expected: { body: 'hello', end: 'complete', extra: 0, atFin: Fault.NONE },
  },
  'no reason phrase': {
    stream: 'HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n',
    expected: { body: '', end: 'complete', extra: 0 },
  },
  'no blank after the status': {
    stream: 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n',
    expected: { body: '', end: 'complete', extra: 0 },
  },
  'obs-text in the reason and a value': {
    stream: 'HTTP/1.1 200 d\xe9j\xe0 vu\r\nX-Name: \xff caf\xc3\xa9\t!\r\nContent-Length: 1\r\n\r\nx',
    expected: { body: 'x', end: 'complete', extra: 0 },
  },
  'chunks with extensions and trailers': {
    stream: `${OK}Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\nA;name=value; q="a b"\r\n0123456789\r\n1 ;x\r\n!\r\n000;last\r\nX-Sum: 12\r\nEmpty:\r\n\r\n`,
    expected: { body: 'hello0123456789!', end: 'complete', extra: 0 },
  },
  'chunks without data': {
    stream: `${OK}transfer-encoding:CHUNKED\r\n\r\n0\r\n\r\n`,
    expected: { body: '', end: 'complete', extra: 0 },
  },
  'a body until the connection closes': {
    stream: `${OK}Server: old\r\n\r\nall of this`,
    expected: { body: 'all of this', end: 'open', atFin: Fault.NONE, atReset: Fault.RESPONSE_INCOMPLETE },
  },
  'HTTP/1.0 with keep-alive': {
    stream:
      'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nKeep-Alive: timeout=15, max=100\r\nContent-Length: 2\r\n\r\nok',
    expected: { body: 'ok', end: 'complete', extra: 0 },
  },
  'interim heads before the final one': {
    stream: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 9\r\n\r\n${OK}Content-Length: 3\r\n\r\nabc`,
    expected: { body: 'abc', end: 'complete', extra: 0 },
  },
  'an answer to HEAD': {
    stream: `${OK}Content-Length: 1000\r\n\r\n`,
    options: { requestIsHead: true },
    expected: { body: '', end: 'complete', extra: 0 },
  },
  'a chunked answer to HEAD': {
    stream: `${OK}Transfer-Encoding: chunked\r\n\r\n`,
    options: { requestIsHead: true },
    expected: { body: '', end: 'complete', extra: 0 },
  },
  '204 with a length': {
    stream: 'HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n',
    expected: { body: '', end: 'complete', extra: 0 },
  },
  '304 with a length': {
    stream: 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 7\r\n\r\n',
    expected: { body: '', end: 'complete', extra: 0 },
  },
  'bytes behind the end': {
    stream: `${OK}Content-Length: 2\r\n\r\nok${OK}\r\n`,
    expected: { body: 'ok', end: 'complete' },
  },
  'the same length twice': {
    stream: `${OK}Content-Length: 5, 5\r\nContent-Length: 5 ,\t05\r\n\r\nhello`,
    expected: { body: 'hello', end: 'complete', extra: 0 },
  },
  'fields named by Connection': {
    stream: `${OK}X-Hop: 1\r\nConnection: close, x-hop ,, Foo\r\nFOO: 2\r\nFood: 3\r\nDate: now\r\nContent-Length: 0\r\n\r\n`,
    expected: { body: '', end: 'complete', extra: 0 },
  },
};

/** Both ends open: what is wrong with the stream, and the fault that it must give at every way of cutting it. */
const REFUSED: Record<string, { stream: string; fault: Fault }> = {
  'not HTTP': { stream: 'SSH-2.0-OpenSSH_9.2\r\n', fault: Fault.BAD_RESPONSE },
  'an empty line before the status line': { stream: `\r\n${OK}\r\n`, fault: Fault.BAD_RESPONSE },
  'lower-case http': { stream: 'http/1.1 200 OK\r\n\r\n', fault: Fault.BAD_RESPONSE },
  'HTTP/2.0': { stream: 'HTTP/2.0 200 OK\r\n\r\n', fault: Fault.BAD_RESPONSE },
  'HTTP/1.2': { stream: 'HTTP/1.2 200 OK\r\n\r\n', fault: Fault.BAD_RESPONSE },
  'a status of two digits': { stream: 'HTTP/1.1 20 OK\r\n\r\n', fault: Fault.BAD_RESPONSE },
  'a status of four digits': { stream: 'HTTP/1.1 2000 OK\r\n\r\n', fault: Fault.BAD_RESPONSE },
  'a status below 100': { stream: 'HTTP/1.1 099 OK\r\n\r\n', fault: Fault.BAD_RESPONSE },
  'two blanks before the status': { stream: 'HTTP/1.1  200 OK\r\n\r\n', fault: Fault.BAD_RESPONSE },
  'a control character in the reason': { stream: 'HTTP/1.1 200 O\x07K\r\n\r\n', fault: Fault.BAD_RESPONSE },
  'a bare LF after the status line': { stream: 'HTTP/1.1 200 OK\nA: b\r\n\r\n', fault: Fault.BAD_RESPONSE },
  'a bare CR in the status line': { stream: 'HTTP/1.1 200 O\rK\r\n\r\n', fault: Fault.BAD_RESPONSE },
  'a blank before the colon': { stream: `${OK}A : b\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'a line without a colon': { stream: `${OK}nonsense\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'an empty name': { stream: `${OK}: b\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'obs-fold': { stream: `${OK}A: b\r\n c\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'obs-fold in the first line': { stream: `${OK}\tA: b\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'NUL in a value': { stream: `${OK}A: b\0c\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'DEL in a value': { stream: `${OK}A: b\x7fc\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'a bare CR in a value': { stream: `${OK}A: b\rc\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'a bare LF in a value': { stream: `${OK}A: b\nc: d\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'a bare CR at the end of the head': { stream: `${OK}A: b\r\n\rX`, fault: Fault.BAD_RESPONSE },
  'obs-text in a name': { stream: `${OK}\xe9: b\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'a negative length': { stream: `${OK}Content-Length: -1\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'a signed length': { stream: `${OK}Content-Length: +1\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'a length in hexadecimal': { stream: `${OK}Content-Length: 0x5\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'an empty length': { stream: `${OK}Content-Length:\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'a length above 2^53-1': {
    stream: `${OK}Content-Length: 9007199254740992\r\n\r\n`,
    fault: Fault.BAD_RESPONSE,
  },
  'a length of many digits': {
    stream: `${OK}Content-Length: ${'9'.repeat(400)}\r\n\r\n`,
    fault: Fault.BAD_RESPONSE,
  },
  'two lengths in a list': { stream: `${OK}Content-Length: 5, 6\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'two lengths in two lines': {
    stream: `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\n`,
    fault: Fault.BAD_RESPONSE,
  },
  'a list that ends in a comma': { stream: `${OK}Content-Length: 5,\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'a length with a word behind it': { stream: `${OK}Content-Length: 5 5\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'length and coding': {
    stream: `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
    fault: Fault.BAD_RESPONSE,
  },
  'coding and length': {
    stream: `${OK}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n`,
    fault: Fault.BAD_RESPONSE,
  },
  'an unknown coding': { stream: `${OK}Transfer-Encoding: xchunked\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'gzip, chunked': { stream: `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'chunked twice': {
    stream: `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
    fault: Fault.BAD_RESPONSE,
  },
  identity: { stream: `${OK}Transfer-Encoding: identity\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'an empty coding': { stream: `${OK}Transfer-Encoding:\r\n\r\n`, fault: Fault.BAD_RESPONSE },
  'a coding in HTTP/1.0': {
    stream: 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    fault: Fault.BAD_RESPONSE,
  },
  '33 options in Connection': {
    stream: `${OK}Connection: ${Array.from({ length: 33 }, (_, i) => `x${i}`).join(',')}\r\n\r\n`,
    fault: Fault.BAD_RESPONSE,
  },
  'a switch of protocols': {
    stream: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
    fault: Fault.UNEXPECTED_UPGRADE,
  },
  'a broken interim head': { stream: 'HTTP/1.1 100 Continue\r\nA\r\n\r\n', fault: Fault.BAD_RESPONSE },
  'too many interim heads': {
    stream: 'HTTP/1.1 100 \r\n\r\n'.repeat(MAX_INTERIM_HEADS + 1),
    fault: Fault.BAD_RESPONSE,
  },
  'a chunk size that is no number': { stream: chunked('g\r\n'), fault: Fault.BAD_RESPONSE_BODY },
  'an empty chunk size': { stream: chunked('\r\n'), fault: Fault.BAD_RESPONSE_BODY },
  'a chunk size with 0x': { stream: chunked('0x5\r\nhello\r\n'), fault: Fault.BAD_RESPONSE_BODY },
  'a negative chunk size': { stream: chunked('-5\r\nhello\r\n'), fault: Fault.BAD_RESPONSE_BODY },
  'a blank before the chunk size': { stream: chunked(' 5\r\nhello\r\n'), fault: Fault.BAD_RESPONSE_BODY },
  'a blank behind the chunk size': { stream: chunked('5 \r\nhello\r\n'), fault: Fault.BAD_RESPONSE_BODY },
  'a chunk size of 17 digits': {
    stream: chunked(`${'0'.repeat(16)}5\r\nhello\r\n`),
    fault: Fault.BAD_RESPONSE_BODY,
  },
  'a chunk size above 2^53-1': { stream: chunked('20000000000000\r\n'), fault: Fault.BAD_RESPONSE_BODY },
  'a bare LF behind the chunk size': { stream: chunked('5\nhello\r\n'), fault: Fault.BAD_RESPONSE_BODY },
  'a bare CR in an extension': { stream: chunked('5;a\rb\r\nhello\r\n'), fault: Fault.BAD_RESPONSE_BODY },
  'a NUL in an extension': { stream: chunked('5;a\0\r\nhello\r\n'), fault: Fault.BAD_RESPONSE_BODY },
  'an endless extension': {
    stream: chunked(`5;${'x'.repeat(MAX_EXTENSION_BYTES + 1)}\r\n`),
    fault: Fault.BAD_RESPONSE_BODY,
  },
  'an endless blank': {
    stream: chunked(`5${' '.repeat(MAX_EXTENSION_BYTES + 2)};x\r\n`),
    fault: Fault.BAD_RESPONSE_BODY,
  },
  'a chunk longer than its size': { stream: chunked('5\r\nhello!\r\n'), fault: Fault.BAD_RESPONSE_BODY },
  'no CR behind a chunk': { stream: chunked('5\r\nhello\n0\r\n\r\n'), fault: Fault.BAD_RESPONSE_BODY },
  'a broken trailer': { stream: chunked('0\r\nA : b\r\n\r\n'), fault: Fault.BAD_RESPONSE_BODY },
  'a folded trailer': { stream: chunked('0\r\nA: b\r\n c\r\n\r\n'), fault: Fault.BAD_RESPONSE_BODY },
  'a control character in a trailer': {
    stream: chunked('0\r\nA: \x01\r\n\r\n'),
    fault: Fault.BAD_RESPONSE_BODY,
  },
  'endless trailers': {
    stream: chunked(`0\r\n${'A: b\r\n'.repeat(MAX_TRAILER_BYTES / 6 + 1)}\r\n`),
    fault: Fault.BAD_RESPONSE_BODY,
  },
};

function chunked(body: string): string {
  return `${OK}Transfer-Encoding: chunked\r\n\r\n${body}`;
}

function everyByte(stream: string): number[] {
  return Array.from({ length: Math.max(0, stream.length - 1) }, (_, i) => i + 1);
}

describe('response-parser', () => {
  for (const [name, { stream, options, expected }] of Object.entries(GOLDEN)) {
    it(`reads ${name}, wherever it is cut`, () => {
      const whole = feed(stream, options);
      expect(whole).toMatchObject(expected);
      expect(whole.head).not.toBeNull();
      expect(feed(stream, { ...options, cuts: everyByte(stream) })).toEqual(whole);
      for (let first = 0; first <= stream.length; first++) {
        expect(feed(stream, { ...options, cuts: [first] }), `cut at ${first}`).toEqual(whole);
        const second = Math.min(stream.length, first + 2);
        expect(feed(stream, { ...options, cuts: [first, second] }), `cut at ${first}, ${second}`).toEqual(
          whole,
        );
      }
    });
  }

  for (const [name, { stream, fault }] of Object.entries(REFUSED)) {
    it(`refuses ${name}, wherever it is cut`, () => {
      const whole = feed(stream);
      expect(whole.end).toBe(fault);
      expect(whole.atFin).toBe(fault);
      const cuts = stream.length > 500 ? [1, 17, 40, stream.length - 1] : everyByte(stream);
      expect(feed(stream, { cuts: everyByte(stream) })).toEqual(whole);
      for (const cut of cuts) expect(feed(stream, { cuts: [cut] }), `cut at ${cut}`).toEqual(whole);
    });
  }

  it('tells the lines apart without losing a byte of them', () => {
    const head = feed(
      `${OK}A:b\r\nEmpty:\r\nBlank: \t \r\nSpaced: \t one  two \t\r\nContent-Length: 0\r\n\r\n`,
    ).head;
    expect(head?.lines).toEqual(['A|b|0', 'Empty||0', 'Blank||0', 'Spaced|one  two|0', 'Content-Length|0|2']);
    expect(head?.raw).toEqual(['A:b', 'Empty:', 'Blank: \t ', 'Spaced: \t one  two', 'Content-Length: 0']);
  });

  it('classes every hop-by-hop and framing field, in any case', () => {
    const fields = {
      'cOnnEction: x-a': FieldKind.CONNECTION,
      'CONTENT-LENGTH: 0': FieldKind.CONTENT_LENGTH,
      'keep-Alive: timeout=1': FieldKind.KEEP_ALIVE,
      'Proxy-Connection: x': FieldKind.PROXY_CONNECTION,
      'upGrade: h2c': FieldKind.UPGRADE,
      'TRAILER: x': FieldKind.TRAILER,
      'tE: x': FieldKind.TE,
      'proxy-Authenticate: Basic': FieldKind.PROXY_AUTHENTICATE,
      'DATE: now': FieldKind.DATE,
      'X-A: 1': FieldKind.NAMED_BY_CONNECTION,
      'X-AB: 1': FieldKind.FORWARD,
      'Dat_: 1': FieldKind.FORWARD,
      'Content_Length: 7': FieldKind.FORWARD,
      'Transfer_Encoding: x': FieldKind.FORWARD,
      'Proxy-Authenticat_: 1': FieldKind.FORWARD,
    };
    const head = feed(`${OK}${Object.keys(fields).join('\r\n')}\r\n\r\n`).head;
    expect(head?.lines.map((line) => Number(line.split('|')[2]))).toEqual(Object.values(fields));
    const coded = feed(`${OK}Transfer-Encoding: Chunked\r\n\r\n`).head;
    expect(coded?.lines).toEqual([`Transfer-Encoding|Chunked|${FieldKind.TRANSFER_ENCODING}`]);
  });

  it('marks a field named by Connection before and after it, and never the framing ones', () => {
    const head = feed(
      `${OK}X-Hop: 1\r\nConnection: x-hop, content-length, date, later\r\nDate: d\r\nLater: 2\r\nContent-Length: 0\r\n\r\n`,
    ).head;
    expect(head?.lines.map((line) => line.split('|')[2])).toEqual(['11', '1', '11', '11', '2']);
  });

  const keepAlive: [string, boolean, number][] = [
    ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', true, -1],
    ['HTTP/1.1 200 OK\r\nConnection: CLOSE\r\nContent-Length: 0\r\n\r\n', false, -1],
    [
      'HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nConnection: x, close\r\nContent-Length: 0\r\n\r\n',
      false,
      -1,
    ],
    ['HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', false, -1],
    ['HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n', true, -1],
    ['HTTP/1.1 200 OK\r\n\r\n', false, -1],
    ['HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n', true, 5000],
    ['HTTP/1.1 200 OK\r\nKeep-Alive: max=9 , Timeout=20 \r\nContent-Length: 0\r\n\r\n', true, 20_000],
    ['HTTP/1.1 200 OK\r\nKeep-Alive: timeout=0\r\nContent-Length: 0\r\n\r\n', true, 0],
    ['HTTP/1.1 200 OK\r\nKeep-Alive: timeout=\r\nContent-Length: 0\r\n\r\n', true, -1],
    ['HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1e3\r\nContent-Length: 0\r\n\r\n', true, -1],
    ['HTTP/1.1 200 OK\r\nKeep-Alive: timeout=9999999999\r\nContent-Length: 0\r\n\r\n', true, -1],
    ['HTTP/1.1 200 OK\r\nKeep-Alive: xtimeout=5\r\nContent-Length: 0\r\n\r\n', true, -1],
  ];
  it.each(keepAlive)('knows whether the connection lives on: %j', (stream, isAlive, timeoutMs) => {
    const head = feed(stream).head;
    expect(head?.keepAlive).toBe(isAlive);
    expect(head?.keepAliveTimeoutMs).toBe(timeoutMs);
  });

  it('takes a head of exactly the limit and refuses one byte more', () => {
    const shell = `${OK}A: \r\nContent-Length: 0\r\n\r\n`.length;
    const stream = (bytes: number) => `${OK}A: ${'x'.repeat(bytes - shell)}\r\nContent-Length: 0\r\n\r\n`;
    const fits = stream(MAX_HEAD_BYTES);
    expect(fits.length).toBe(MAX_HEAD_BYTES);
    const tooLong = stream(MAX_HEAD_BYTES + 1);
    for (const cuts of [[], [1], [30_000, 60_000], [MAX_HEAD_BYTES - 1], [MAX_HEAD_BYTES]]) {
      expect(feed(fits, { cuts }).end).toBe('complete');
      expect(feed(tooLong, { cuts }).end).toBe(Fault.RESPONSE_HEAD_TOO_LARGE);
    }
  });

  it(`takes ${MAX_FIELDS} fields and refuses one more`, () => {
    const lines = 'A: b\r\n'.repeat(MAX_FIELDS - 1);
    expect(feed(`${OK}Content-Length: 0\r\n${lines}\r\n`).head?.lines).toHaveLength(MAX_FIELDS);
    const stream = `${OK}Content-Length: 0\r\n${lines}A: b\r\n\r\n`;
    expect(feed(stream).end).toBe(Fault.RESPONSE_HEAD_TOO_LARGE);
    expect(feed(stream, { cuts: everyByte(stream) }).end).toBe(Fault.RESPONSE_HEAD_TOO_LARGE);
  });

  it('says what a FIN or a reset means at every byte of a response', () => {
    const stream = chunked('5\r\nhello\r\n0\r\n\r\n');
    const headBytes = chunked('').length;
    expect(feed('').atFin).toBe(Fault.UPSTREAM_CLOSED);
    expect(feed('').atReset).toBe(Fault.UPSTREAM_RESET);
    for (let length = 1; length < stream.length; length++) {
      const expected = length < headBytes ? Fault.BAD_RESPONSE : Fault.RESPONSE_INCOMPLETE;
      const { atFin, atReset } = feed(stream.slice(0, length));
      expect([length, atFin, atReset]).toEqual([length, expected, expected]);
    }
    expect(feed(stream)).toMatchObject({ atFin: Fault.NONE, atReset: Fault.NONE });
  });

  it('an interim head alone counts as a beginning of an answer', () => {
    expect(feed('HTTP/1.1 100 Continue\r\n\r\n').atFin).toBe(Fault.BAD_RESPONSE);
  });

  it('one parser reads response after response, whatever went before', () => {
    const parser = new ResponseParser();
    for (let round = 0; round < 3; round++) {
      for (const { stream, options } of Object.values(GOLDEN)) {
        const cuts = round === 1 ? everyByte(stream) : [];
        expect(feed(stream, { ...options, parser, cuts })).toEqual(feed(stream, options));
        // Left in the middle of a head, of a body, and broken.
        feed(stream.slice(0, 20), { parser, cuts: [3, 9] });
        feed('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1', { parser });
        feed('HTTP/1.1 200 OK\r\nA\r\n', { parser });
      }
    }
  });

  it('takes a 101 that was asked for, and all that follows it as it comes (RFC 9110 7.8)', () => {
    const parser = new ResponseParser();
    const head =
      'HTTP/1.1 101 Switching\r\nConnection: Upgrade, x\r\nUpgrade: websocket\r\nX: 1\r\nContent-Length: 1\r\n\r\n';
    const bytes = Buffer.from(`HTTP/1.1 100 Continue\r\n\r\n${head}HTTP/1.1 200 OK\r\n`);
    parser.reset(false, true);
    expect(parser.execute(bytes, 0, bytes.length)).toBe(ParserEvent.UPGRADE);
    expect(parser.head).toMatchObject({ status: 101, keepAlive: false });
    expect(parser.execute(bytes, parser.position, bytes.length)).toBe(ParserEvent.BODY);
    expect(bytes.toString('latin1', parser.bodyStart, parser.bodyEnd)).toBe('HTTP/1.1 200 OK\r\n');
    expect(parser.finish()).toBe(Fault.NONE);
    parser.reset(false);
    expect(parser.execute(bytes, 0, bytes.length)).toBe(ParserEvent.FAULT);
    expect(parser.fault).toBe(Fault.UNEXPECTED_UPGRADE);
  });

  it('stays broken until it is reset', () => {
    const parser = new ResponseParser();
    parser.reset(false);
    const bytes = Buffer.from(`nonsense${OK}Content-Length: 0\r\n\r\n`);
    expect(parser.execute(bytes, 0, bytes.length)).toBe(ParserEvent.FAULT);
    expect(parser.execute(bytes, 8, bytes.length)).toBe(ParserEvent.FAULT);
    parser.reset(false);
    expect(parser.execute(bytes, 8, bytes.length)).toBe(ParserEvent.HEAD);
    expect(parser.execute(bytes, parser.position, bytes.length)).toBe(ParserEvent.COMPLETE);
  });
});

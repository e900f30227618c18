import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../../src/kit/faults.ts';
import { MAX_EXTENSION_BYTES, MAX_TRAILER_BYTES } from '../../../../../src/worker/http1/chunk-reader.ts';
import {
  type HeadLimits,
  MAX_BYTES,
  RequestEvent,
  RequestParser,
} from '../../../../../src/worker/listener/node/request-parser.ts';
import { RequestBody } from '../../../../../src/worker/listener/request-head.ts';
import {
  everyByte,
  type FeedOptions,
  feed,
  feedEveryWay,
  feedOne,
  NO_LIMITS,
  type RequestRecord,
} from '../../../../support/request-events.ts';

const HOST = 'Host: a.test\r\n';
const get = (fields = ''): string => `GET /a HTTP/1.1\r\n${HOST}${fields}\r\n`;
const post = (fields: string, body: string): string => `POST /a HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;
const chunked = (body: string): string => post('Transfer-Encoding: chunked\r\n', body);

function outcomes(stream: string, options: FeedOptions = {}): RequestRecord[] {
  const whole = feed(stream, options);
  feedEveryWay(stream, options, (records, how) => expect(records, how).toEqual(whole));
  return whole;
}

function outcome(stream: string, options: FeedOptions = {}): RequestRecord {
  const [record, ...others] = outcomes(stream, options);
  expect(others).toEqual([]);
  return record as RequestRecord;
}

describe('request-parser: targets', () => {
  it.each([
    ['GET /', '/', 1, 'a.test'],
    ['GET /b/c', '/b/c', 4, 'a.test'],
    ['GET /b?c?d', '/b?c?d', 2, 'a.test'],
    ['GET /?', '/?', 1, 'a.test'],
    ['GET //b.test/c', '//b.test/c', 10, 'a.test'],
    ['GET HTTP://b.test:81/c?d', '/c?d', 2, 'b.test:81'],
    ['GET https://b.test', '/', 1, 'b.test'],
    ['OPTIONS *', '*', 1, 'a.test'],
    ['OPTIONS http://b.test', '*', 1, 'b.test'],
    ['OPTIONS /b', '/b', 2, 'a.test'],
  ])('%s is %s', (line, target, pathEnd, host) => {
    const { head, end } = outcome(`${line} HTTP/1.1\r\n${HOST}\r\n`);
    expect([head.target, head.pathEnd, head.host, head.fault, end]).toEqual([
      target,
      pathEnd,
      host,
      Fault.NONE,
      'complete',
    ]);
  });

  it.each([
    'GET *',
    'GET b',
    'GET ?b',
    'GET b.test:80',
    'GET http://u@b.test/',
    'GET http:///b',
    'GET ftp://b.test/',
    'CONNECT b.test:443',
    'CONNECT /b',
    'CONNECT http://b.test/',
    'CONNECT *',
  ])('%s is a malformed request, which can still be answered in peace', (line) => {
    const { head, end, isWhole, keepAlive } = outcome(`${line} HTTP/1.1\r\n${HOST}\r\n`);
    expect([isWhole, end, head.fault, keepAlive]).toEqual([
      true,
      Fault.BAD_REQUEST,
      Fault.BAD_REQUEST,
      false,
    ]);
    expect(head.method).toBe(line.split(' ')[0]);
  });
});

describe('request-parser: bodies, RFC 9112 6', () => {
  it.each([
    ['nothing', get(), RequestBody.NONE, ''],
    ['a length', post('Content-Length: 5\r\n', 'hello'), RequestBody.LENGTH, 'hello'],
    ['a length of 0', post('Content-Length: 0\r\n', ''), RequestBody.LENGTH, ''],
    [
      'a length twice',
      post('Content-Length: 5\r\ncontent-length: 05\r\n', 'hello'),
      RequestBody.LENGTH,
      'hello',
    ],
    ['a length on GET', get('Content-Length: 5\r\n').concat('hello'), RequestBody.LENGTH, 'hello'],
    [
      'a length in HTTP/1.0',
      'POST /a HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello',
      RequestBody.LENGTH,
      'hello',
    ],
    ['no length in HTTP/1.0', 'POST /a HTTP/1.0\r\n\r\n', RequestBody.NONE, ''],
    ['one chunk', chunked('5\r\nhello\r\n0\r\n\r\n'), RequestBody.CHUNKED, 'hello'],
    ['no chunk', chunked('0\r\n\r\n'), RequestBody.CHUNKED, ''],
    [
      'chunks with extensions',
      chunked('2;a=b\r\nhe\r\n03 ; c="d e"\r\nllo\r\nA\r\n0123456789\r\n00;z\r\n\r\n'),
      RequestBody.CHUNKED,
      'hello0123456789',
    ],
    ['a coding in any case', post('tRANSFER-eNCODING:\tCHUNKED \r\n', '0\r\n\r\n'), RequestBody.CHUNKED, ''],
    [
      'data that looks like framing',
      chunked('7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n'),
      RequestBody.CHUNKED,
      '\r\n0\r\n\r\n',
    ],
  ])('%s', (_name, stream, framing, body) => {
    const record = outcome(stream);
    expect([record.head.fault, record.head.body, record.body, record.end]).toEqual([
      Fault.NONE,
      framing,
      body,
      'complete',
    ]);
  });

  it.each([
    ['two lengths', post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello'), Fault.BAD_REQUEST],
    ['a list of lengths', post('Content-Length: 5, 5\r\n', 'hello'), Fault.BAD_REQUEST],
    ['a signed length', post('Content-Length: +5\r\n', 'hello'), Fault.BAD_REQUEST],
    ['an empty length', post('Content-Length:\r\n', ''), Fault.BAD_REQUEST],
    ['a length and a no-break space', post('Content-Length: 5\xa0\r\n', 'hello'), Fault.BAD_REQUEST],
    [
      'a length and chunks',
      post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
      Fault.BAD_REQUEST,
    ],
    [
      'chunks and a length',
      post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
      Fault.BAD_REQUEST,
    ],
    [
      'chunked twice',
      post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', ''),
      Fault.BAD_REQUEST,
    ],
    ['chunked, chunked', post('Transfer-Encoding: chunked, chunked\r\n', ''), Fault.BAD_TRANSFER_CODING],
    ['gzip, chunked', post('Transfer-Encoding: gzip, chunked\r\n', ''), Fault.BAD_TRANSFER_CODING],
    ['identity', post('Transfer-Encoding: identity\r\n', ''), Fault.BAD_TRANSFER_CODING],
    [
      'chunked and a no-break space',
      post('Transfer-Encoding: chunked\xa0\r\n', ''),
      Fault.BAD_TRANSFER_CODING,
    ],
    ['an empty coding', post('Transfer-Encoding:\r\n', ''), Fault.BAD_TRANSFER_CODING],
    [
      'a coding in HTTP/1.0',
      'POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      Fault.BAD_REQUEST,
    ],
  ])('%s: a head with a fault, and nothing behind it is read', (_name, stream, fault) => {
    const { head, isWhole, end, body, keepAlive } = outcome(stream);
    expect([head.fault, isWhole, end, body, keepAlive]).toEqual([fault, true, fault, '', false]);
  });

  it.each([
    ['a size that is no number', 'g\r\n'],
    ['no size', '\r\n'],
    ['a size with a prefix', '0x5\r\nhello\r\n'],
    ['a sign', '+5\r\nhello\r\n'],
    ['a blank before the size', ' 5\r\nhello\r\n'],
    ['a blank behind the size', '5 \r\nhello\r\n'],
    ['a size of 17 digits', `${'0'.repeat(16)}5\r\nhello\r\n`],
    ['a size above 2^53-1', '20000000000000\r\n'],
    ['a bare LF behind the size', '5\nhello\r\n'],
    ['a NUL behind the size', '5\0\r\nhello\r\n'],
    ['a bare CR in an extension', '5;a\rb\r\nhello\r\n'],
    ['a bare LF in an extension', '5;a\nb\r\nhello\r\n'],
    ['an endless extension', `5;${'x'.repeat(MAX_EXTENSION_BYTES + 1)}`],
    ['data longer than its size', '5\r\nhello!\r\n'],
    ['a bare LF behind the data', '5\r\nhello\n0\r\n\r\n'],
    ['a broken trailer', '0\r\nA : b\r\n\r\n'],
    ['a trailer without a name', '0\r\n: b\r\n\r\n'],
    ['a folded trailer', '0\r\nA: b\r\n c\r\n\r\n'],
    ['a bare LF at the end', '0\r\n\n'],
    ['endless trailers', `0\r\nA: ${'b'.repeat(MAX_TRAILER_BYTES)}`],
  ])('chunks with %s: broken in the body', (_name, body) => {
    const stream = chunked(body);
    const whole = feedOne(stream);
    expect([whole.isWhole, whole.end, whole.keepAlive]).toEqual([true, Fault.BAD_REQUEST, false]);
    expect(feedOne(stream, { cuts: everyByte(stream) })).toEqual(whole);
  });

  it('forwards the trailers that may be, with their bytes', () => {
    const { trailers, end } = outcome(
      chunked('0\r\nX-Sum: \xe9 1\r\nHost: b.test\r\nContent-Length: 5\r\nX_Forwarded_For: x\r\ny:\r\n\r\n'),
    );
    expect([end, trailers]).toEqual(['complete', 'X-Sum: \xe9 1\r\ny:\r\n']);
  });
});

describe('request-parser: pipelining, RFC 9112 9.3.2', () => {
  it('reads one request behind the other, wherever they are cut', () => {
    const stream = [
      get('X: 1\r\n'),
      post('Content-Length: 5\r\n', 'hello'),
      '\r\n',
      chunked('3\r\nabc\r\n0\r\nT: 1\r\n\r\n'),
      'GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
      get('X: 2\r\n'),
    ].join('');
    const records = outcomes(stream);
    expect(
      records.map(({ head, body, trailers, end }) => [head.target, head.lines, body, trailers, end]),
    ).toEqual([
      ['/a', 'X: 1\r\n', '', '', 'complete'],
      ['/a', '', 'hello', '', 'complete'],
      ['/a', '', 'abc', 'T: 1\r\n', 'complete'],
      ['/old', '', '', '', 'complete'],
      ['/a', 'X: 2\r\n', '', '', 'complete'],
    ]);
  });

  it('a broken request behind a sound one leaves the sound one be', () => {
    const records = outcomes(`${get()}GET  /b HTTP/1.1\r\n\r\n`);
    expect(records.map(({ end }) => end)).toEqual(['complete', Fault.BAD_REQUEST]);
  });

  it('each request has a head of its own', () => {
    const [first, second] = feed(get('X: 1\r\n') + get('X: 2\r\n'));
    expect(first?.head).not.toBe(second?.head);
    expect([first?.head.lines, second?.head.lines]).toEqual(['X: 1\r\n', 'X: 2\r\n']);
  });
});

describe('request-parser: limits', () => {
  const limits: HeadLimits = { headerBytes: 100, urlBytes: 20 };
  const ends = (stream: string): unknown[] => {
    const { end, isWhole, head } = outcome(stream, { limits });
    return [end, isWhole, head.method, head.target];
  };

  it('takes a field section of exactly the limit; one byte more is too large, before the rest is there', () => {
    const fields = `${HOST}X: ${'y'.repeat(100 - HOST.length - 'X: \r\n'.length)}\r\n`;
    expect(fields.length).toBe(limits.headerBytes);
    expect(ends(`GET /a HTTP/1.1\r\n${fields}\r\n`)).toEqual(['complete', true, 'GET', '/a']);
    const refused = [Fault.HEADERS_TOO_LARGE, false, 'GET', '/a'];
    expect(ends(`GET /a HTTP/1.1\r\n${fields}A:`)).toEqual(refused);
    expect(ends(`GET /a HTTP/1.1\r\nX${fields}\r\n`)).toEqual(refused);
    expect(ends(`GET /a HTTP/1.1\r\n${'x'.repeat(102)}`)).toEqual(refused);
  });

  it('takes a target of exactly the limit; one byte more is too long, before the rest is there', () => {
    const longest = `/${'a'.repeat(limits.urlBytes - 1)}`;
    expect(ends(`GET ${longest} HTTP/1.1\r\n${HOST}\r\n`)).toEqual(['complete', true, 'GET', longest]);
    expect(ends(`GET ${longest}`)).toEqual(['open', false, '', '']);
    expect(ends(`GET ${longest}a`)).toEqual([Fault.URL_TOO_LONG, false, 'GET', '']);
    expect(ends(`GET ${longest}#`)).toEqual([Fault.BAD_REQUEST, false, 'GET', '']);
    expect(ends(`GET http://b.test/${'a'.repeat(10)}`)).toEqual([Fault.URL_TOO_LONG, false, 'GET', '']);
  });

  it('0 is no limit but that of memory', () => {
    const value = 'v'.repeat(1_000_000);
    const target = `/${'t'.repeat(1_000_000)}`;
    const stream = `GET ${target} HTTP/1.1\r\n${HOST}X: ${value}\r\n\r\n`;
    for (const cuts of [[], [1], [4096, 900_000, 1_500_000]]) {
      const { head, end } = feedOne(stream, { cuts });
      expect([end, head.target === target, head.lines === `X: ${value}\r\n`]).toEqual([
        'complete',
        true,
        true,
      ]);
    }
    expect(feedOne(`GET /${'t'.repeat(MAX_BYTES)}`).end).toBe(Fault.URL_TOO_LONG);
    const endless = feedOne(`GET /a HTTP/1.1\r\nX: ${'v'.repeat(MAX_BYTES)}`, { cuts: [100, 5_000_000] });
    expect(endless.end).toBe(Fault.HEADERS_TOO_LARGE);
    const huge = { headerBytes: Number.MAX_SAFE_INTEGER, urlBytes: Number.MAX_SAFE_INTEGER };
    expect(feedOne(`GET /${'t'.repeat(MAX_BYTES)}`, { limits: huge }).end).toBe(Fault.URL_TOO_LONG);
  });

  it('new ones hold from the next head on', () => {
    const parser = new RequestParser(limits);
    const long = Buffer.from(`GET /${'a'.repeat(30)} HTTP/1.1\r\n${HOST}\r\n`);
    const short = Buffer.from(get());
    expect(parser.execute(short, 0, 3)).toBe(RequestEvent.MORE);
    parser.useLimits({ headerBytes: 1, urlBytes: 1 });
    expect(parser.execute(short, 3, short.length)).toBe(RequestEvent.HEAD);
    expect(parser.fault).toBe(Fault.NONE);
    parser.reset();
    parser.useLimits(NO_LIMITS);
    expect(parser.execute(long, 0, long.length)).toBe(RequestEvent.HEAD);
    parser.reset();
    parser.useLimits(limits);
    expect(parser.execute(long, 0, long.length)).toBe(RequestEvent.FAULT);
    expect(parser.fault).toBe(Fault.URL_TOO_LONG);
  });
});

describe('request-parser: the object', () => {
  it('tells from the first octet on that a request began', () => {
    const parser = new RequestParser(NO_LIMITS);
    const bytes = Buffer.from(get());
    expect(parser.started).toBe(false);
    expect(parser.execute(bytes, 0, 0)).toBe(RequestEvent.MORE);
    expect(parser.started).toBe(false);
    for (let at = 0; at < bytes.length; at++) {
      const event = parser.execute(bytes, at, at + 1);
      expect([event, parser.started]).toEqual([
        at + 1 === bytes.length ? RequestEvent.HEAD : RequestEvent.MORE,
        true,
      ]);
    }
    expect(parser.execute(bytes, bytes.length, bytes.length)).toBe(RequestEvent.COMPLETE);
    expect(parser.started).toBe(true);
    parser.reset();
    expect([parser.started, parser.head.method, parser.trailers]).toEqual([false, '', '']);
  });

  it('stays complete, and stays broken, until it is reset', () => {
    const parser = new RequestParser(NO_LIMITS);
    const sound = Buffer.from(get());
    parser.execute(sound, 0, sound.length);
    for (let i = 0; i < 2; i++) {
      expect(parser.execute(sound, 0, sound.length)).toBe(RequestEvent.COMPLETE);
      expect(parser.position).toBe(0);
    }
    parser.reset();
    expect(parser.execute(Buffer.from('\0'), 0, 1)).toBe(RequestEvent.FAULT);
    expect(parser.execute(sound, 0, sound.length)).toBe(RequestEvent.FAULT);
    parser.reset();
    expect(parser.execute(sound, 0, sound.length)).toBe(RequestEvent.HEAD);
  });

  it('reads any Uint8Array, from any offset of its memory', () => {
    const memory = new Uint8Array(1000).fill(0x58);
    memory.set(Buffer.from(get('X: 1\r\n')), 333);
    for (const bytes of [memory, memory.subarray(300)]) {
      const parser = new RequestParser(NO_LIMITS);
      const start = bytes === memory ? 333 : 33;
      expect(parser.execute(bytes, start, start + 20)).toBe(RequestEvent.MORE);
      expect(parser.execute(bytes, start + 20, start + get('X: 1\r\n').length)).toBe(RequestEvent.HEAD);
      expect(parser.head.lines).toBe('X: 1\r\n');
      parser.reset();
      expect(parser.execute(bytes, start, bytes.length)).toBe(RequestEvent.HEAD);
      expect([parser.head.lines, parser.position]).toEqual(['X: 1\r\n', start + get('X: 1\r\n').length]);
    }
  });

  it('uses no byte behind the head of a request that came in pieces, however much there is', () => {
    const parser = new RequestParser(NO_LIMITS);
    const head = post('Content-Length: 200000\r\n', '');
    const bytes = Buffer.from(head + 'b'.repeat(200_000));
    expect(parser.execute(bytes, 0, 10)).toBe(RequestEvent.MORE);
    expect(parser.execute(bytes, 10, bytes.length)).toBe(RequestEvent.HEAD);
    expect(parser.position).toBe(head.length);
    expect(parser.execute(bytes, parser.position, bytes.length)).toBe(RequestEvent.BODY);
    expect([parser.bodyStart, parser.bodyEnd]).toEqual([head.length, bytes.length]);
    expect(parser.execute(bytes, bytes.length, bytes.length)).toBe(RequestEvent.COMPLETE);
  });

  it('reads request after request, whatever went before', () => {
    const parser = new RequestParser(NO_LIMITS);
    const streams = [
      get('X: 1\r\n'),
      chunked('3\r\nabc\r\n0\r\nT: 1\r\n\r\n'),
      post('Content-Length: 2\r\n', 'ok'),
    ];
    const left = [
      'GE',
      'GET /a HTTP/1.0\r\nA',
      post('Content-Length: 9\r\n', '1'),
      chunked('5\r\nh'),
      '\r',
      'GET\0',
    ];
    for (let round = 0; round < 3; round++) {
      for (const stream of streams) {
        for (const before of left) {
          feed(before, { parser, cuts: everyByte(before) });
          const cuts = round === 1 ? everyByte(stream) : [];
          expect(feed(stream, { parser, cuts })).toEqual(feed(stream));
        }
      }
    }
  });
});

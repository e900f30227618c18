import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../../src/kit/faults.ts';
import { Protocol } from '../../../../../src/worker/listener/client-side.ts';
import { MAX_EMPTY_LINES, MAX_METHOD_BYTES } from '../../../../../src/worker/listener/node/request-line.ts';
import { RequestEvent, RequestParser } from '../../../../../src/worker/listener/node/request-parser.ts';
import {
  feed,
  feedEveryWay,
  feedOne,
  NO_LIMITS,
  type RequestRecord,
} from '../../../../support/request-events.ts';

const request = (line: string): string => `${line}\r\nHost: a.test\r\n\r\n`;
const byte = (octet: number): string => String.fromCharCode(octet);
const octets = (test: (octet: number) => boolean): number[] =>
  Array.from({ length: 256 }, (_, octet) => octet).filter(test);

const isTchar = (octet: number): boolean => /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(byte(octet));
const SP = 0x20;

/** What every way of cutting gives, which must be one thing. */
function outcome(stream: string): RequestRecord {
  const whole = feedOne(stream);
  feedEveryWay(stream, {}, (records, how) => expect(records, how).toEqual([whole]));
  return whole;
}

function expectRefused(stream: string, fault: Fault): void {
  const { end, head, isWhole, keepAlive } = outcome(stream);
  expect([end, head.fault, isWhole, keepAlive]).toEqual([fault, fault, false, false]);
}

describe('request-line: method, RFC 9110 9.1', () => {
  it.each(['GET', 'HEAD', 'POST', 'OPTIONS', 'PROPFIND', 'get', 'G', "M-!#$%&'*+.^_`|~9"])(
    'accepts %s as it came',
    (method) => {
      const { head, end } = outcome(request(`${method} /a HTTP/1.1`));
      expect([head.method, head.target, head.fault, end]).toEqual([method, '/a', Fault.NONE, 'complete']);
    },
  );

  it('accepts exactly the octets of a token', () => {
    for (const octet of octets((one) => one !== SP)) {
      const { head, end } = feedOne(request(`G${byte(octet)}T /a HTTP/1.1`));
      expect([octet, end], `0x${octet.toString(16)}`).toEqual([
        octet,
        isTchar(octet) ? 'complete' : Fault.BAD_REQUEST,
      ]);
      expect(head.method).toBe(isTchar(octet) ? `G${byte(octet)}T` : '');
    }
  });

  it(`accepts ${MAX_METHOD_BYTES} octets and rejects one more, without waiting for its end`, () => {
    const longest = 'M'.repeat(MAX_METHOD_BYTES);
    expect(outcome(request(`${longest} /a HTTP/1.1`)).head.method).toBe(longest);
    expectRefused(`${longest}M`, Fault.BAD_REQUEST);
    expect(feedOne(longest).end).toBe('open');
  });

  it('rejects an empty one', () => expectRefused(request(' /a HTTP/1.1'), Fault.BAD_REQUEST));
});

describe('request-line: octets of a target, RFC 9112 3.2', () => {
  it('accepts everything visible but "#", and every octet from 0x80 up, byte for byte', () => {
    const accepted = octets((octet) => octet > 0x20 && octet !== 0x7f && octet !== 0x23)
      .map(byte)
      .join('');
    const target = `/${accepted}`;
    const { head, end } = outcome(request(`GET ${target} HTTP/1.1`));
    expect([head.target, end]).toEqual([target, 'complete']);
    expect(head.pathEnd).toBe(target.indexOf('?'));
  });

  it('rejects every other, wherever it stands', () => {
    for (const octet of octets((one) => one < 0x20 || one === 0x7f || one === 0x23)) {
      for (const target of [
        `/a${byte(octet)}b`,
        `${byte(octet)}/a`,
        `/a?b=${byte(octet)}`,
        `/a${byte(octet)}`,
      ]) {
        const { end, head } = feedOne(request(`GET ${target} HTTP/1.1`));
        expect([octet, end]).toEqual([octet, Fault.BAD_REQUEST]);
        expect([head.method, head.target]).toEqual(['GET', '']);
      }
    }
  });
});

describe('request-line: blanks', () => {
  it.each([
    'GET  /a HTTP/1.1',
    'GET  HTTP/1.1',
    'GET /a  HTTP/1.1',
    'GET\t/a HTTP/1.1',
    'GET /a\tHTTP/1.1',
    ' GET /a HTTP/1.1',
    '\tGET /a HTTP/1.1',
    'GET /a HTTP/1.1 ',
    'GET /a HTTP/1.1\t',
    'GET /a b HTTP/1.1',
    'GET ',
    'GET',
    'GET /a',
    'GET /a ',
  ])('rejects %j', (line) => expectRefused(request(line), Fault.BAD_REQUEST));
});

describe('request-line: version, RFC 9112 2.3 and RFC 9110 2.5', () => {
  it.each([
    ['HTTP/1.0', Protocol.HTTP1_0],
    ['HTTP/1.1', Protocol.HTTP1_1],
    ['HTTP/1.2', Protocol.HTTP1_1],
    ['HTTP/1.9', Protocol.HTTP1_1],
  ])('reads %s', (version, protocol) => {
    const record = outcome(request(`GET /a ${version}`));
    expect([record.protocol, record.end]).toEqual([protocol, 'complete']);
  });

  it.each(['HTTP/2.0', 'HTTP/3.0', 'HTTP/9.9', 'HTTP/2.1'])('does not speak %s: 505', (version) =>
    expectRefused(request(`GET /a ${version}`), Fault.VERSION_NOT_SUPPORTED),
  );

  it('does not speak what begins like HTTP/2: 505', () =>
    expectRefused('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', Fault.VERSION_NOT_SUPPORTED));

  it.each([
    'HTTP/0.9',
    'HTTP/1',
    'HTTP/1.',
    'HTTP/1.10',
    'HTTP/01.1',
    'HTTP/1.1x',
    'HTTP/2.0x',
    'HTTP/2',
    'HTTP/1,1',
    'HTTP/11',
    'HTTP/-1.1',
    'HTTP/a.1',
    'HTTP/1.a',
    'http/1.1',
    'Http/1.1',
    'XTTP/1.1',
    'HTTPS/1.1',
    'HTTP 1.1',
    'HTTP/1.1\r',
    'HTTP/1.1\n',
    'HTTP/1.1\0',
  ])('rejects %j', (version) => expectRefused(request(`GET /a ${version}`), Fault.BAD_REQUEST));

  it('rejects a request of HTTP/0.9', () => expectRefused('GET /a\r\n', Fault.BAD_REQUEST));

  it('is 1.1 until it is known', () => {
    const parser = new RequestParser(NO_LIMITS);
    feed('GET /a HTTP/1.0\r\n\r\n', { parser });
    parser.reset();
    expect(parser.protocol).toBe(Protocol.HTTP1_1);
    const cut = Buffer.from('GET /a HTTP/1.0\r');
    expect(parser.execute(cut, 0, cut.length)).toBe(RequestEvent.MORE);
    expect(parser.protocol).toBe(Protocol.HTTP1_1);
    expect(parser.execute(Buffer.from('\n'), 0, 1)).toBe(RequestEvent.MORE);
    expect(parser.protocol).toBe(Protocol.HTTP1_0);
  });
});

describe('request-line: its end', () => {
  it.each([
    ['a bare LF', 'GET /a HTTP/1.1\nHost: a.test\r\n\r\n'],
    ['a bare CR', 'GET /a HTTP/1.1\rHost: a.test\r\n\r\n'],
    ['two CRs', 'GET /a HTTP/1.1\r\r\nHost: a.test\r\n\r\n'],
    ['LF CR', 'GET /a HTTP/1.1\n\rHost: a.test\r\n\r\n'],
  ])('rejects %s', (_name, stream) => expectRefused(stream, Fault.BAD_REQUEST));
});

describe('request-line: empty lines before it, RFC 9112 2.2', () => {
  it(`passes over ${MAX_EMPTY_LINES}, and says that nothing began`, () => {
    const lines = '\r\n'.repeat(MAX_EMPTY_LINES);
    expect(outcome(lines + request('GET /a HTTP/1.1')).end).toBe('complete');
    const parser = new RequestParser(NO_LIMITS);
    const bytes = Buffer.from(`${lines}G`);
    for (let at = 0; at < bytes.length; at++) {
      expect(parser.started).toBe(false);
      expect(parser.execute(bytes, at, at + 1)).toBe(RequestEvent.MORE);
    }
    expect(parser.started).toBe(true);
  });

  it('rejects one more', () => {
    expect(feed('\r\n'.repeat(MAX_EMPTY_LINES))).toEqual([]);
    expectRefused(`${'\r\n'.repeat(MAX_EMPTY_LINES)}\r`, Fault.BAD_REQUEST);
  });

  it.each([
    ['bare LFs', '\n'],
    ['a bare CR', '\rG'],
    ['two CRs', '\r\r\n'],
    ['a blank line', ' \r\n'],
    ['a NUL', '\0'],
  ])('rejects %s', (_name, before) => expectRefused(before + request('GET /a HTTP/1.1'), Fault.BAD_REQUEST));

  it('counts anew before each request of a connection', () => {
    const one = '\r\n'.repeat(MAX_EMPTY_LINES) + request('GET /a HTTP/1.1');
    expect(feed(one + one + one).map(({ end }) => end)).toEqual(['complete', 'complete', 'complete']);
  });
});

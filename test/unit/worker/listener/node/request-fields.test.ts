/** The field section of a request, as the request parser reads it: grammar, Host, the connection, bytes kept. */

import { describe, expect, it } from 'vitest';
import { Fault } from '../../../../../src/kit/faults.ts';
import { requestText } from '../../../../../src/worker/exchange/request-text.ts';
import { MAX_FIELDS } from '../../../../../src/worker/listener/node/request-parser.ts';
import { feedEveryWay, feedOne, type RequestRecord } from '../../../../support/request-events.ts';

const LINE = 'GET /a HTTP/1.1\r\n';
const HOST = 'Host: a.test\r\n';
const get = (fields: string): string => `${LINE}${HOST}${fields}\r\n`;
const old = (fields: string): string => `GET /a HTTP/1.0\r\n${fields}\r\n`;
const byte = (octet: number): string => String.fromCharCode(octet);
const OCTETS = Array.from({ length: 256 }, (_, octet) => octet);

const COLON = 0x3a;

function outcome(stream: string): RequestRecord {
  const whole = feedOne(stream);
  feedEveryWay(stream, {}, (records, how) => expect(records, how).toEqual([whole]));
  return whole;
}

describe('request-fields: lines', () => {
  it('go on in their order as they came, in any case and with their blanks', () => {
    const lines = 'ACCEPT:a\r\nX:  b \t\r\naccept: \r\nCookie:\r\nx-Y:\t=?c d\t e:f\r\n';
    const { head } = outcome(get(lines));
    expect([head.lines, head.host, head.fault]).toEqual([lines, 'a.test', Fault.NONE]);
  });

  it('of one meaning each are sorted out of the run', () => {
    const { head } = outcome(
      `${LINE}A: 1\r\nB: 2\r\nhOST: \t a.test\t \r\nC: 3\r\nConnection: X-A\r\nTE: trailers\r\nUpgrade: x\r\nD: 4\r\n` +
        'X-Forwarded-For: \t1.2.3.4 \r\nX-Request-Id: r\r\nx_forwarded_for: 5\r\nE: 5\r\n\r\n',
    );
    expect(head.lines).toBe('A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\n');
    expect([head.host, head.connection, head.requestId]).toEqual(['a.test', 'x-a', 'r']);
    expect([head.forwarding, head.acceptsTrailers]).toEqual([['x-forwarded-for', '1.2.3.4'], true]);
  });

  it('are found by name in any case, with their blanks off, those of one name joined', () => {
    const { head } = outcome(
      `${LINE}A: 1\r\nHost: a.test\r\nAb:\t2 \r\nUpgrade: x\r\naB: 3\r\nB:\r\nTE: trailers\r\na:4\r\nABC: 5\r\n\r\n`,
    );
    const names = ['a', 'ab', 'b', 'abc', 'c', 'te', 'upgrade', 'host'];
    expect(names.map((name) => head.header(name))).toEqual([
      '1, 4',
      '2, 3',
      '',
      '5',
      null,
      null,
      null,
      'a.test',
    ]);
    const marked = head.marks.map((at, i) => head.lines.slice(at, head.marks[i + 1]));
    expect(marked.filter((_, i) => i % 2 === 0)).toEqual(['A', 'Ab', 'aB', 'B', 'a', 'ABC']);
  });

  it('are counted in bytes without the empty line', () => {
    const fields = `${HOST}X:  y \r\nTE: z\r\n`;
    expect(outcome(`${LINE}${fields}\r\n`).head.bytes).toBe(fields.length);
    expect(outcome(old('')).head.bytes).toBe(0);
  });

  it(`number at most ${MAX_FIELDS}`, () => {
    const lines = 'A: b\r\n'.repeat(MAX_FIELDS - 1);
    expect(feedOne(get(lines)).head.lines).toBe(lines);
    const { end, isWhole } = feedOne(get(`${lines}A`));
    expect([end, isWhole]).toEqual([Fault.HEADERS_TOO_LARGE, false]);
  });
});

describe('request-fields: octets, RFC 9110 5.5 and 5.6.2', () => {
  const isTchar = (octet: number): boolean => /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(byte(octet));

  it('accepts exactly the octets of a token in a name, at every place of a word', () => {
    for (const octet of OCTETS) {
      for (let before = 0; before < 5; before++) {
        const name = `${'X'.repeat(before)}${byte(octet)}YYYYY`;
        const { end, head } = feedOne(get(`${name}: v\r\n`));
        const isFine = isTchar(octet) || (octet === COLON && before > 0);
        expect([octet, before, end]).toEqual([octet, before, isFine ? 'complete' : Fault.BAD_REQUEST]);
        if (isFine) expect(head.lines).toBe(`${name}: v\r\n`);
      }
    }
  });

  it('accepts HTAB, everything visible and 0x80 up in a value, at every place of a word', () => {
    for (const octet of OCTETS) {
      for (let before = 0; before < 5; before++) {
        const value = `${'v'.repeat(before)}${byte(octet)}wwwww`;
        const { end, head } = feedOne(get(`X:${value}\r\n`));
        const isFine = octet === 0x09 || (octet >= 0x20 && octet !== 0x7f);
        expect([octet, before, end]).toEqual([octet, before, isFine ? 'complete' : Fault.BAD_REQUEST]);
        if (isFine) expect(head.lines).toBe(`X:${value}\r\n`);
      }
    }
  });

  it.each([
    ['no colon', 'Xv\r\n'],
    ['an empty name', ': v\r\n'],
    ['a blank before the colon', 'X : v\r\n'],
    ['a tab before the colon', 'X\t: v\r\n'],
    ['a blank before the first name', ' X: v\r\n'],
    ['obs-fold', 'X: v\r\n w\r\n'],
    ['obs-fold with a tab', 'X: v\r\n\tw\r\n'],
    ['an empty obs-fold', 'X: v\r\n \r\n'],
    ['a bare LF in a value', 'X: v\nY: w\r\n'],
    ['a bare LF behind a value', 'X: v\n'],
    ['a bare CR in a value', 'X: v\rw\r\n'],
    ['a bare CR between lines', 'X: v\rY: w\r\n'],
    ['two CRs', 'X: v\r\r\n'],
    ['NUL in a name', 'X\0: v\r\n'],
    ['NUL in a value', 'X: \0v\r\n'],
    ['DEL in a value', 'X: v\x7f\r\n'],
    ['a CR and no LF at the end', '\rX'],
    ['a bare LF at the end', '\n'],
  ])('rejects %s', (_name, fields) => {
    const { end, head, isWhole } = outcome(get(fields));
    expect([end, head.fault, isWhole]).toEqual([Fault.BAD_REQUEST, Fault.BAD_REQUEST, false]);
    expect([head.method, head.target, head.lines]).toEqual(['GET', '/a', '']);
  });
});

describe('request-fields: bytes', () => {
  const forwarding = {
    target: '/a',
    host: 'a.test',
    peer: '10.9.8.7',
    trusted: true,
    client: '10.9.8.7',
    tls: false,
    localPort: 80,
    requestId: 'id',
  };
  const high = OCTETS.filter((octet) => octet >= 0x80)
    .map(byte)
    .join('');

  it.each([
    ['every octet from 0x80 up', high],
    ['Latin-1', 'voil\xe0 \xff'],
    ['UTF-8', '\xc3\xa9t\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80'],
    ['octets that a trim takes for blanks', '\xa0v\x85\xa0'],
  ])('%s reach the endpoint unchanged', (_name, value) => {
    const { head } = outcome(get(`X-A: ${value}\r\nX-Forwarded-Host:${value}\r\nB: ${value}${value}\r\n`));
    const bytes = Buffer.from(requestText(head, forwarding, null), 'latin1').toString('latin1');
    expect(bytes).toContain(`\r\nX-A: ${value}\r\nB: ${value}${value}\r\n`);
    expect(bytes).toContain(`\r\nx-forwarded-host: ${value}\r\n`);
  });
});

describe('request-fields: Host, RFC 9112 3.2', () => {
  const cases: [string, string, string | null][] = [
    ['one', `${LINE}Host: a.test\r\n\r\n`, 'a.test'],
    ['an empty one', `${LINE}Host:\r\n\r\n`, ''],
    ['none', `${LINE}X: y\r\n\r\n`, null],
    ['none and no field at all', `${LINE}\r\n`, null],
    ['two', `${LINE}${HOST}Host: b.test\r\n\r\n`, null],
    ['two equal ones', `${LINE}${HOST}${HOST}\r\n`, null],
    ['two in different case', `${LINE}${HOST}X: y\r\nhOST: a.test\r\n\r\n`, null],
    ['one in HTTP/1.0', old(HOST), 'a.test'],
    ['none in HTTP/1.0', old(''), ''],
    ['two in HTTP/1.0', old(HOST + HOST), null],
    ['one in HTTP/1.2', `GET /a HTTP/1.2\r\n${HOST}\r\n`, 'a.test'],
    ['none in HTTP/1.2', 'GET /a HTTP/1.2\r\n\r\n', null],
    ['one and an absolute target', `GET http://b.test:1/c HTTP/1.1\r\n${HOST}\r\n`, 'b.test:1'],
    ['none and an absolute target', 'GET http://b.test/c HTTP/1.1\r\n\r\n', null],
    ['two and an absolute target', `GET http://b.test/c HTTP/1.1\r\n${HOST}${HOST}\r\n`, null],
    ['none and an absolute target in HTTP/1.0', 'GET http://b.test/c HTTP/1.0\r\n\r\n', 'b.test'],
    ['one and the whole server', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, 'a.test'],
    ['none and the whole server', 'OPTIONS * HTTP/1.1\r\n\r\n', null],
  ];
  it.each(cases)('%s', (_name, stream, host) => {
    const { end, head, isWhole } = outcome(stream);
    expect(isWhole).toBe(true);
    if (host === null) expect([end, head.fault]).toEqual([Fault.BAD_REQUEST, Fault.BAD_REQUEST]);
    else expect([end, head.fault, head.host]).toEqual(['complete', Fault.NONE, host]);
  });
});

describe('request-fields: the connection, RFC 9112 9.3', () => {
  const connection = (value: string): string => `Connection: ${value}\r\n`;
  it.each([
    [get(''), true],
    [get(connection('keep-alive')), true],
    [get(connection('close')), false],
    [get(connection('CLOSE')), false],
    [get(connection('x-a, close')), false],
    [get(connection('close\t ,x-a')), false],
    [get(connection('keep-alive') + connection('close')), false],
    [get(connection('keep-alive, close')), false],
    [get(connection('closed')), true],
    [get(connection('x-close, y')), true],
    [get(connection('close\xa0')), true],
    [get('Proxy-Connection: close\r\n'), true],
    [`GET /a HTTP/1.2\r\n${HOST}\r\n`, true],
    [old(''), false],
    [old(connection('keep-alive')), true],
    [old(connection('Keep-Alive')), true],
    [old(connection('x , keep-alive')), true],
    [old(connection('x-keep-alive')), false],
    [old(connection('keep-alive, close')), false],
    [old(connection('keep-alive') + connection('close')), false],
    [old('Proxy-Connection: keep-alive\r\n'), false],
    [old('Keep-Alive: timeout=5\r\n'), false],
  ])('%j: lives on: %s', (stream, keepAlive) => {
    const record = outcome(stream);
    expect([record.end, record.keepAlive]).toEqual(['complete', keepAlive]);
  });
});

describe('request-fields: Expect, RFC 9110 10.1.1', () => {
  it.each([
    [get('Expect: 100-continue\r\nContent-Length: 0\r\n'), true],
    [get('EXPECT:\t100-Continue \r\nContent-Length: 0\r\n'), true],
    [get('Expect: x\r\n'), false],
    [old('Expect: 100-continue\r\nContent-Length: 0\r\n'), false],
  ])('%j: waits for 100: %s', (stream, expectsContinue) => {
    const { head } = outcome(stream);
    expect([head.expectsContinue, head.fault, head.lines]).toEqual([expectsContinue, Fault.NONE, '']);
  });
});

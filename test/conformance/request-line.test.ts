import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectForwarded,
  expectRefused,
  forwarded,
  HOST,
  startBed,
  WIRES,
} from '../support/conformance-bed.ts';

const URL_BYTES = 2048;

let bed: Bed;
beforeAll(async () => {
  bed = await startBed({ config: { limits: { url_bytes: URL_BYTES, header_bytes: 8192 } } });
});
afterAll(() => bed.stop());

const request = (line: string): string => `${line}\r\nHost: ${HOST}\r\n\r\n`;
const byte = (octet: number): string => String.fromCharCode(octet);
const hex = (octet: number): string => `0x${octet.toString(16).padStart(2, '0')}`;
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** All but CR, for which see "a bare CR" of the field lines. */
const CONTROLS = range(0x00, 0x20).filter((octet) => octet !== 0x0d);
const DELIMITERS = ['(', ')', ',', '/', ':', ';', '<', '=', '>', '?', '@', '[', '\\', ']', '{', '}', '"'];

describe.each(WIRES)('the request line, RFC 9112 3 (%s)', (wire) => {
  describe('methods', () => {
    it.each([
      'GET',
      'POST',
      'PUT',
      'DELETE',
      'OPTIONS',
      'PATCH',
      'TRACE',
      'PROPFIND',
      'get',
      "M-!#$%&'*+.^_`|~9",
    ])('%s goes on as it came', async (method) => {
      const line = `${method} /a HTTP/1.1`;
      await expectForwarded(bed, wire, request(line), forwarded(bed, wire, { line }));
    });

    it.each(DELIMITERS)('with %s: 400', async (delimiter) => {
      await expectRefused(bed, wire, request(`GE${delimiter}T /a HTTP/1.1`), { status: 400 });
    });

    it.each([0x7f].map(hex))('with %s: 400', async (code) => {
      await expectRefused(bed, wire, request(`GE${byte(Number(code))}T /a HTTP/1.1`), { status: 400 });
    });

    it.each(CONTROLS.concat(0x80, 0xff).map(hex))('with %s: 505 by the engine', async (code) => {
      const line = `GE${byte(Number(code))}T /a HTTP/1.1`;
      await expectRefused(bed, wire, request(line), { status: 505, by: 'engine' });
    });

    it('an empty one: 400', async () => {
      await expectRefused(bed, wire, request(' /a HTTP/1.1'), { status: 400 });
    });

    it('CONNECT: refused in both forms', async () => {
      await expectRefused(bed, wire, request('CONNECT t.test:443 HTTP/1.1'), { status: 505, by: 'engine' });
      await expectRefused(bed, wire, request('CONNECT /a HTTP/1.1'), { status: 400 });
    });
  });

  describe('versions', () => {
    it.each([
      'GET /a HTTP/1.0',
      'GET /a HTTP/0.9',
      'GET /a HTTP/1.2',
      'GET /a HTTP/2.0',
      'GET /a HTTP/1.10',
      'GET /a HTTP/1,1',
      'GET /a HTTP/11',
      'GET /a http/1.1',
      'GET /a XTTP/1.1',
      'GET /a HTTP/1.1 ',
      'GET /a HTTP/1.1x',
      'GET /a ',
      'PRI * HTTP/2.0',
    ])('%j: 505 by the engine', async (line) => {
      await expectRefused(bed, wire, request(line), { status: 505, by: 'engine' });
    });
  });

  describe('blanks', () => {
    it.each([
      'GET  /a HTTP/1.1',
      'GET /a  HTTP/1.1',
      'GET\t/a\tHTTP/1.1',
      'GET\t/a HTTP/1.1',
      '  GET /a HTTP/1.1',
      'GET /a b HTTP/1.1',
    ])('%j: 505 by the engine', async (line) => {
      await expectRefused(bed, wire, request(line), { status: 505, by: 'engine' });
    });
  });

  describe('the forms of a target, RFC 9112 3.2', () => {
    it.each([
      ['absolute', 'GET http://t.test/a HTTP/1.1'],
      ['absolute, of another host', 'GET http://evil.test/a HTTP/1.1'],
      ['absolute, https', 'GET https://t.test/a HTTP/1.1'],
      ['asterisk', 'OPTIONS * HTTP/1.1'],
      ['without a slash', 'GET a HTTP/1.1'],
      ['a query alone', 'GET ?a HTTP/1.1'],
      ['a backslash', 'GET \\a HTTP/1.1'],
    ])('%s: 505 by the engine', async (_name, line) => {
      await expectRefused(bed, wire, request(line), { status: 505, by: 'engine' });
    });
  });

  describe('characters of a target', () => {
    it.each(CONTROLS.map(hex))('%s: 505 by the engine', async (code) => {
      const line = `GET /a${byte(Number(code))}b HTTP/1.1`;
      await expectRefused(bed, wire, request(line), { status: 505, by: 'engine' });
    });

    it.each([
      ['DEL', '/a\x7fb'],
      ['DEL in the query', '/a?\x7f'],
      ['a fragment', '/a#b'],
      ['a fragment behind a query', '/a?b#c'],
      ['bytes that are not UTF-8', '/a\xe9'],
      ['bytes that are not UTF-8 in the query', '/a?b=\xff'],
      ['a % without digits', '/a%'],
      ['a % with one digit', '/a%2'],
      ['a % with letters', '/a%zz'],
    ])('%s: 400', async (_name, target) => {
      await expectRefused(bed, wire, request(`GET ${target} HTTP/1.1`), { status: 400 });
    });

    it.each([
      '/a%00b',
      '/a%0d%0ab',
      '/a%7f',
      '/%ff',
      "/a!$&'()*+,;=:@-._~",
      '/a|b^c`d{e}f"g<h>i[j]k\\l',
      '/b\xc3\xbccher',
      '/\xe2\x82\xac?\xe2\x82\xac',
    ])('%j goes on byte for byte', async (target) => {
      const line = `GET ${target} HTTP/1.1`;
      await expectForwarded(bed, wire, request(line), forwarded(bed, wire, { line }));
    });
  });

  describe('queries go on byte for byte', () => {
    it.each([
      '/a?',
      '/a??',
      '/a?b',
      '/a?b=c&b=c&&=',
      '/a?%zz=%',
      '/a?x=/../y',
      '/?a=b?c',
      '/a?b=%2F%2f',
      '/a?a+b=c%20d',
      '/a?[]={}|\\^`"<>',
    ])('%s', async (target) => {
      const line = `GET ${target} HTTP/1.1`;
      await expectForwarded(bed, wire, request(line), forwarded(bed, wire, { line }));
    });
  });
});

describe('limits of the request head', () => {
  it('a URL of exactly the limit goes on, one byte more is 414', async () => {
    const longest = `/${'a'.repeat(URL_BYTES - 1)}`;
    const line = `GET ${longest} HTTP/1.1`;
    await expectForwarded(bed, 'plain', request(line), forwarded(bed, 'plain', { line }));
    const text = await expectRefused(bed, 'plain', request(`GET ${longest}a HTTP/1.1`), { status: 414 });
    expect(text).toContain('\r\nConnection: close\r\n');
    expect(text).toContain('\r\n\r\n414 URI Too Long: The URL is too long.\n');
  });

  it('the query counts', async () => {
    await expectRefused(bed, 'plain', request(`GET /?${'a'.repeat(URL_BYTES)} HTTP/1.1`), { status: 414 });
  });

  it('a header section over the limit in one packet: 431 by penstock', async () => {
    const text = `GET /a HTTP/1.1\r\nHost: ${HOST}\r\nX: ${'a'.repeat(8192)}\r\n\r\n`;
    const answer = await expectRefused(bed, 'plain', text, { status: 431 });
    expect(answer).toContain(
      '431 Request Header Fields Too Large: The request header section is too large.\n',
    );
  });

  it('a header section over the limit in several packets: 431 by the engine', async () => {
    const client = await connect(bed);
    client.write(`GET /a HTTP/1.1\r\nHost: ${HOST}\r\n`);
    // One write a turn, until it has had enough: the engine counts what waits for the end of the head.
    for (let sent = 0; sent < 1024 && !client.closed(); sent++) {
      client.write(`X${sent}: ${'a'.repeat(1000)}\r\n`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.expectClosed();
    expect(client.answers.map((answer) => answer.status)).toEqual([431]);
  });

  it('98 fields go on; more than 100 are 431 by the engine, whatever they hold', async () => {
    const fields = (count: number): string[] => Array.from({ length: count }, (_, i) => `x${i}: v`);
    const text = (count: number): string =>
      `GET /a HTTP/1.1\r\nHost: ${HOST}\r\n${fields(count).join('\r\n')}\r\n\r\n`;
    const all = forwarded(bed, 'plain', { line: 'GET /a HTTP/1.1', fields: fields(97) });
    await expectForwarded(bed, 'plain', text(97), all);
    await expectRefused(bed, 'plain', text(101), { status: 431, by: 'engine' });
  });
});

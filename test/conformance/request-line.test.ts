import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  expectForwarded,
  expectRefused,
  forwarded,
  HOST,
  onEngine,
  onlyOn,
  type Refusal,
  startBed,
  WIRES,
} from '../support/conformance-bed.ts';

const URL_BYTES = 2048;

let bed: Bed;
beforeAll(async () => {
  bed = await startBed({ config: { limits: { url_bytes: URL_BYTES, header_bytes: 8192 } } });
});
afterAll(() => bed.stop());

/** uWebSockets.js calls a line that it cannot read a version that it does not speak. */
const NO_REQUEST_LINE: Refusal = onEngine<Refusal>({
  node: { status: 400 },
  uws: { status: 505, by: 'uws' },
});

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

    it.each(CONTROLS.concat(0x80, 0xff).map(hex))('with %s: refused', async (code) => {
      await expectRefused(bed, wire, request(`GE${byte(Number(code))}T /a HTTP/1.1`), NO_REQUEST_LINE);
    });

    onlyOn('node', () => {
      it('of 64 characters goes on, of 65 is 400', async () => {
        const line = `${'M'.repeat(64)} /a HTTP/1.1`;
        await expectForwarded(bed, wire, request(line), forwarded(bed, wire, { line }));
        await expectRefused(bed, wire, request(`M${line}`), { status: 400 });
      });
    });

    it('an empty one: 400', async () => {
      await expectRefused(bed, wire, request(' /a HTTP/1.1'), { status: 400 });
    });

    it('CONNECT: refused in both forms', async () => {
      await expectRefused(bed, wire, request('CONNECT t.test:443 HTTP/1.1'), NO_REQUEST_LINE);
      await expectRefused(bed, wire, request('CONNECT /a HTTP/1.1'), { status: 400 });
    });
  });

  describe('versions', () => {
    it.each([
      'GET /a HTTP/0.9',
      'GET /a HTTP/1.10',
      'GET /a HTTP/1.',
      'GET /a HTTP/.1',
      'GET /a HTTP/1.a',
      'GET /a HTTP/1,1',
      'GET /a HTTP/11',
      'GET /a http/1.1',
      'GET /a XTTP/1.1',
      'GET /a HTTP/1.1 ',
      'GET /a HTTP/1.1x',
      'GET /a ',
    ])('%j: refused', async (line) => {
      await expectRefused(bed, wire, request(line), NO_REQUEST_LINE);
    });

    it.each(['GET /a HTTP/2.0', 'GET /a HTTP/3.0', 'GET /a HTTP/9.9', 'PRI * HTTP/2.0'])(
      '%j: 505',
      async (line) => {
        await expectRefused(bed, wire, request(line), { status: 505, by: 'uws' });
      },
    );

    onlyOn('node', () => {
      it.each(['HTTP/1.2', 'HTTP/1.9'])('%s is understood as HTTP/1.1 (RFC 9110 2.5)', async (version) => {
        const text = forwarded(bed, wire, { line: 'GET /a HTTP/1.1' });
        await expectForwarded(bed, wire, request(`GET /a ${version}`), text);
      });
    });

    onlyOn('uws', () => {
      it.each(['HTTP/1.0', 'HTTP/1.2'])('engine limit: %s is 505', async (version) => {
        await expectRefused(bed, wire, request(`GET /a ${version}`), { status: 505, by: 'uws' });
      });
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
    ])('%j: refused', async (line) => {
      await expectRefused(bed, wire, request(line), NO_REQUEST_LINE);
    });

    onlyOn('node', () => {
      it('up to four empty lines before it are passed over (RFC 9112 2.2), a fifth is 400', async () => {
        const line = 'GET /a HTTP/1.1';
        const text = forwarded(bed, wire, { line });
        for (const count of [1, 4])
          await expectForwarded(bed, wire, '\r\n'.repeat(count) + request(line), text);
        await expectRefused(bed, wire, '\r\n'.repeat(5) + request(line), { status: 400 });
      });

      it.each([
        ['a CR before it', `\r${request('GET /a HTTP/1.1')}`],
        ['a LF before it', `\n${request('GET /a HTTP/1.1')}`],
        ['a bare CR in the target', request('GET /a\rb HTTP/1.1')],
        ['a bare CR in the method', request('GE\rT /a HTTP/1.1')],
        ['no version', request('GET /a')],
        ['a method alone', request('GET')],
      ])('%s: 400', async (_name, text) => {
        await expectRefused(bed, wire, text, { status: 400 });
      });
    });
  });

  // Those that the Node engine serves: node-request-target.test.ts.
  describe('the forms of a target, RFC 9112 3.2', () => {
    it.each([
      ['without a slash', 'GET a HTTP/1.1'],
      ['a query alone', 'GET ?a HTTP/1.1'],
      ['a backslash', 'GET \\a HTTP/1.1'],
      ['an asterisk, but for OPTIONS', 'GET * HTTP/1.1'],
      ['an asterisk and more', 'OPTIONS *a HTTP/1.1'],
      ['an authority', 'GET t.test:80 HTTP/1.1'],
      ['of another scheme', 'GET ftp://t.test/a HTTP/1.1'],
      ['a scheme alone', 'GET http: HTTP/1.1'],
    ])('%s: refused', async (_name, line) => {
      await expectRefused(bed, wire, request(line), NO_REQUEST_LINE);
    });

    onlyOn('uws', () => {
      it.each([
        ['absolute', 'GET http://t.test/a HTTP/1.1'],
        ['absolute, of another host', 'GET http://evil.test/a HTTP/1.1'],
        ['absolute, https', 'GET https://t.test/a HTTP/1.1'],
        ['asterisk', 'OPTIONS * HTTP/1.1'],
      ])('engine limit: %s, 505', async (_name, line) => {
        await expectRefused(bed, wire, request(line), { status: 505, by: 'uws' });
      });
    });
  });

  describe('characters of a target', () => {
    it.each(CONTROLS.map(hex))('%s: refused', async (code) => {
      await expectRefused(bed, wire, request(`GET /a${byte(Number(code))}b HTTP/1.1`), NO_REQUEST_LINE);
    });

    it.each([
      ['DEL', '/a\x7fb'],
      ['DEL in the query', '/a?\x7f'],
      ['a fragment', '/a#b'],
      ['a fragment behind a query', '/a?b#c'],
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

    const NOT_UTF8 = [
      ['bytes that are not UTF-8', 'GET /a\xe9 HTTP/1.1'],
      ['bytes that are not UTF-8 in the query', 'GET /a?b=\xff HTTP/1.1'],
    ] as const;
    onlyOn('node', () => {
      it.each(NOT_UTF8)('%s go on as they came', async (_name, line) => {
        await expectForwarded(bed, wire, request(line), forwarded(bed, wire, { line }));
      });
    });
    onlyOn('uws', () => {
      it.each(NOT_UTF8)('engine limit: %s: 400', async (_name, line) => {
        await expectRefused(bed, wire, request(line), { status: 400 });
      });
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

  it('a header section over the limit in several packets: 431', async () => {
    const client = await connect(bed);
    client.write(`GET /a HTTP/1.1\r\nHost: ${HOST}\r\n`);
    // One write a turn, until it has had enough: the engine counts what waits for the end of the head.
    for (let sent = 0; sent < 1024 && !client.closed(); sent++) {
      client.write(`X${sent}: ${'a'.repeat(1000)}\r\n`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.expectClosed();
    // uWebSockets.js closes at once, and what is still under way to it makes a reset of that, which can destroy the answer.
    if (onEngine({ node: true, uws: client.answers.length > 0 })) {
      expect(client.answers.map((answer) => answer.status)).toEqual([431]);
      expect(client.text().includes('Server: penstock')).toBe(onEngine({ node: true, uws: false }));
    }
  });

  const withFields = (count: number): { readonly fields: string[]; readonly text: string } => {
    const fields = Array.from({ length: count }, (_, i) => `x${i}: v`);
    return { fields, text: `GET /a HTTP/1.1\r\nHost: ${HOST}\r\n${fields.join('\r\n')}\r\n\r\n` };
  };

  onlyOn('node', () => {
    it('256 fields go on; one more is 431, whatever they hold', async () => {
      const { fields, text } = withFields(255);
      await expectForwarded(bed, 'plain', text, forwarded(bed, 'plain', { line: 'GET /a HTTP/1.1', fields }));
      await expectRefused(bed, 'plain', withFields(256).text, { status: 431 });
    });

    it('a header section of exactly the limit goes on, one byte more is 431', async () => {
      const host = `Host: ${HOST}\r\n`;
      const field = `X: ${'a'.repeat(8192 - host.length - 'X: \r\n'.length)}`;
      const line = 'GET /a HTTP/1.1';
      const text = forwarded(bed, 'plain', { line, fields: [field] });
      await expectForwarded(bed, 'plain', `${line}\r\n${host}${field}\r\n\r\n`, text);
      await expectRefused(bed, 'plain', `${line}\r\n${host}${field}a\r\n\r\n`, { status: 431 });
    });
  });

  onlyOn('uws', () => {
    it('engine limit: 98 fields go on; more than 100 are 431, whatever they hold', async () => {
      const { fields, text } = withFields(97);
      await expectForwarded(bed, 'plain', text, forwarded(bed, 'plain', { line: 'GET /a HTTP/1.1', fields }));
      await expectRefused(bed, 'plain', withFields(101).text, { status: 431, by: 'uws' });
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answered,
  type Bed,
  connect,
  expectForwarded,
  expectRefused,
  forwarded,
  HOST,
  startBed,
  WIRES,
  type Wire,
  withoutDates,
} from '../support/conformance-bed.ts';

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n';
/** What an origin sends behind the last chunk, by path. */
const ORIGIN_TRAILERS = new Map<string, string>();
/** Field lines of those answers. */
let originFields = '';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed({
    routes: [{ host: 'r.test', service: 'origin' }],
    answer: ({ startLine }) => {
      const trailers = ORIGIN_TRAILERS.get(startLine.split(' ')[1] ?? '');
      if (trailers === undefined) return 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n';
      return `${CHUNKED.replace('\r\n\r\n', `\r\n${originFields}\r\n`)}0\r\n${trailers}\r\n`;
    },
  });
});
afterAll(() => bed.stop());

/**
 * What frames, routes, authenticates or controls (RFC 9110 6.5.1), belongs to one connection (7.6.1), or is penstock's to say;
 * the last ones read as such behind CGI.
 */
const FORBIDDEN = [
  'Authorization: Basic x',
  'Cache-Control: no-store',
  'Connection: close',
  'Content-Encoding: gzip',
  'Content-Length: 5',
  'Content-Range: bytes 0-1/2',
  'Content-Type: text/html',
  'Cookie: a=b',
  'Expect: 100-continue',
  'Forwarded: for=6.6.6.6',
  'Host: evil.test',
  'Keep-Alive: timeout=5',
  'Proxy-Authorization: Basic x',
  'Proxy-Connection: keep-alive',
  'Set-Cookie: a=b',
  'TE: trailers',
  'Trailer: X-A',
  'Transfer-Encoding: chunked',
  'Upgrade: h2c',
  'X-Forwarded-For: 6.6.6.6',
  'X-Forwarded-Proto: https',
  'x-forwarded-anything: 1',
  'X-Real-IP: 6.6.6.6',
  'X-Request-Id: forged',
  'CONTENT-LENGTH: 5',
  'Content_Length: 5',
  'X_Forwarded_For: 6.6.6.6',
  'X_Real_IP: 6.6.6.6',
];

describe.each(WIRES)('trailers of a request, RFC 9112 7.1.2 (%s)', (wire) => {
  const post = (trailers: string, more = ''): string =>
    `POST /a HTTP/1.1\r\nHost: ${HOST}\r\n${more}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n${trailers}\r\n`;
  const onwards = (trailers: string): string =>
    forwarded(bed, wire, {
      line: 'POST /a HTTP/1.1',
      framing: 'Transfer-Encoding: chunked',
      body: `5\r\nhello\r\n0\r\n${trailers}\r\n`,
    });

  it.each([
    ['one', 'X-Checksum: 1\r\n'],
    ['several, in order', 'X-B: 1\r\nX-A: 2\r\nx-b: 3\r\n'],
    ['case, blanks and bytes as they came', 'x-CASE:v\r\nY: \t v \t\r\nZ: caf\xe9 \xc3\xa9\r\n'],
    ['empty values', 'X:\r\nY: \r\n'],
    ['8 KiB', `X: ${'v'.repeat(8185)}\r\n`],
  ])('%s: the origin gets them', async (_name, trailers) => {
    await expectForwarded(bed, wire, post(trailers), onwards(trailers));
  });

  it('Trailer itself ends here', async () => {
    await expectForwarded(bed, wire, post('X-A: 1\r\n', 'Trailer: X-A\r\n'), onwards('X-A: 1\r\n'));
  });

  it.each(FORBIDDEN)('%s goes nowhere, what stands beside it does', async (field) => {
    await expectForwarded(
      bed,
      wire,
      post(`X-A: 1\r\n${field}\r\nX-B: 2\r\n`),
      onwards('X-A: 1\r\nX-B: 2\r\n'),
    );
  });

  it('none is left: the body ends as usual', async () => {
    await expectForwarded(bed, wire, post(`${FORBIDDEN.join('\r\n')}\r\n`), onwards(''));
  });

  it('behind a body without data', async () => {
    const bytes = `POST /a HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: 1\r\n\r\n`;
    const text = forwarded(bed, wire, {
      line: 'POST /a HTTP/1.1',
      framing: 'Transfer-Encoding: chunked',
      body: '0\r\nX-A: 1\r\n\r\n',
    });
    await expectForwarded(bed, wire, bytes, text);
  });

  it.each([
    ['a blank before the colon', 'X : 1\r\n'],
    ['an empty name', ': 1\r\n'],
    ['no colon', 'X\r\n'],
    ['a continuation line', 'X: 1\r\n 2\r\n'],
    ['a bare LF', 'X: 1\n'],
    ['a bare CR', 'X: 1\rY: 2\r\n'],
    ['a NUL', 'X: \0\r\n'],
    ['a control character', 'X: \x01\r\n'],
    ['DEL', 'X: \x7f\r\n'],
    ['a delimiter in a name', 'X(: 1\r\n'],
    ['a byte from 0x80 up in a name', 'X\xe9: 1\r\n'],
    ['a request line', 'GET /hidden HTTP/1.1\r\n'],
    ['more than 8 KiB', `X: ${'v'.repeat(8192)}\r\n`],
  ])('%s: 400, and the origin gets no whole request', async (_name, trailers) => {
    await expectRefused(bed, wire, post(trailers), {
      status: 400,
      begun: onwards('').slice(0, -'0\r\n\r\n'.length),
    });
  });
});

describe.each(WIRES)('trailers of an answer, RFC 9110 6.5 (%s)', (wire) => {
  /** All that the client gets, whose connection goes on. */
  async function relay(trailers: string, te: string, line = 'GET /case HTTP/1.1'): Promise<string> {
    ORIGIN_TRAILERS.set('/case', trailers);
    const client = await connect(bed, wire);
    try {
      client.write(`${line}\r\nHost: r.test\r\n${te}\r\n`);
      await client.readAnswer();
      const text = client.text();
      client.write('GET /next HTTP/1.1\r\nHost: r.test\r\n\r\n');
      expect((await client.readAnswer()).body.toString()).toBe('ok\n');
      return withoutDates(text);
    } finally {
      client.close();
    }
  }
  const whole = (trailers: string): string =>
    `${answered('200 OK', '', 'Transfer-Encoding: chunked\r\n')}5\r\nhello\r\n0\r\n${trailers}\r\n`;
  const ACCEPTS = 'TE: trailers\r\n';

  it.each([
    'TE: trailers\r\n',
    'te: Trailers\r\n',
    'TE: deflate;q=0.5, trailers\r\n',
    'TE: deflate\r\nTE: trailers\r\n',
    'Connection: TE\r\nTE: trailers\r\n',
  ])('a client that says %j gets them', async (te) => {
    const trailers = 'X-Checksum: 1\r\nServer-Timing: db;dur=1\r\n';
    expect(await relay(trailers, te)).toBe(whole(trailers));
  });

  it.each(['', 'TE: deflate\r\n', 'TE:\r\n', 'Trailer: X-Checksum\r\n'])(
    'one that says %j gets the body alone',
    async (te) => {
      expect(await relay('X-Checksum: 1\r\n', te)).toBe(whole(''));
    },
  );

  it('a coding whose name holds the word is not it', async () => {
    expect(await relay('X-Checksum: 1\r\n', 'TE: x-trailers\r\n')).toBe(whole(''));
  });

  it('case, blanks and bytes go on as they came', async () => {
    const trailers = 'x-CASE: v\r\nY: caf\xe9 \xc3\xa9\r\nx-case: w\r\n';
    expect(await relay(trailers, ACCEPTS)).toBe(whole(trailers));
  });

  it.each(FORBIDDEN)('%s goes nowhere, what stands beside it does', async (field) => {
    expect(await relay(`X-A: 1\r\n${field}\r\nX-B: 2\r\n`, ACCEPTS)).toBe(whole('X-A: 1\r\nX-B: 2\r\n'));
  });

  it('an answer to HEAD has none', async () => {
    ORIGIN_TRAILERS.delete('/case');
    const client = await connect(bed, wire);
    client.write(`HEAD /none HTTP/1.1\r\nHost: r.test\r\n${ACCEPTS}\r\n`);
    await client.readAnswer();
    expect(withoutDates(client.text())).toBe(answered('200 OK', '', 'Content-Length: 3\r\n'));
    client.close();
  });
});

describe('a field that Connection names belongs to one connection, RFC 9110 7.6.1', () => {
  const wire: Wire = 'plain';

  it('as a trailer of a request', async () => {
    const bytes =
      `POST /a HTTP/1.1\r\nHost: ${HOST}\r\nConnection: X-Hop\r\nTransfer-Encoding: chunked\r\n\r\n` +
      '0\r\nX-Hop: 1\r\nX-End: 2\r\n\r\n';
    const text = forwarded(bed, wire, {
      line: 'POST /a HTTP/1.1',
      framing: 'Transfer-Encoding: chunked',
      body: '0\r\nX-End: 2\r\n\r\n',
    });
    await expectForwarded(bed, wire, bytes, text);
  });

  it('as a trailer of an answer', async () => {
    ORIGIN_TRAILERS.set('/named', 'X-Hop: 1\r\nX-End: 2\r\n');
    originFields = 'Connection: X-Hop\r\n';
    const client = await connect(bed, wire);
    client.write('GET /named HTTP/1.1\r\nHost: r.test\r\nTE: trailers\r\n\r\n');
    await client.readAnswer();
    client.close();
    originFields = '';
    expect(client.text().endsWith('\r\n0\r\nX-End: 2\r\n\r\n')).toBe(true);
  });
});

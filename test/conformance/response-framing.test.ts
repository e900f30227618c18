import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answered,
  type Bed,
  connect,
  expectAlive,
  startBed,
  withoutDates,
} from '../support/conformance-bed.ts';
import { fieldOf } from '../support/message-framer.ts';
import { type ScriptedOrigin, startScriptedOrigin } from '../support/scripted-origin.ts';

let bed: Bed;
let upstream: ScriptedOrigin;
beforeAll(async () => {
  upstream = await startScriptedOrigin();
  bed = await startBed({
    services: { scripted: { endpoints: [upstream.address] } },
    routes: [{ host: 'r.test', service: 'scripted' }],
  });
});
afterAll(async () => {
  await bed.stop();
  await upstream.close();
});

interface Answer {
  /** Everything that came, with the date as `<date>`. */
  readonly text: string;
  readonly body: string;
  /** How many connections the origin had before and after one more request. */
  readonly connectionKept: boolean;
}

/** What the client gets for what the origin answers; its connection must go on. */
async function relay(answer: string, options: { method?: string; closes?: boolean } = {}): Promise<Answer> {
  const { method = 'GET' } = options;
  upstream.on('/case', async (connection) => {
    await connection.write(answer);
    if (options.closes) connection.end();
  });
  upstream.on('/next', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext');
  const client = await connect(bed);
  try {
    client.write(`${method} /case HTTP/1.1\r\nHost: r.test\r\n\r\n`);
    const { body } = await client.readAnswer();
    const text = client.text();
    const before = upstream.connections.length;
    client.write('GET /next HTTP/1.1\r\nHost: r.test\r\n\r\n');
    expect((await client.readAnswer()).body.toString()).toBe('next');
    return {
      text: withoutDates(text),
      body: body.toString('latin1'),
      connectionKept: upstream.connections.length === before,
    };
  } finally {
    client.close();
  }
}

describe('a body and its end, RFC 9112 6.3', () => {
  it.each([
    ['a length', 'Content-Length: 5\r\n', 'hello'],
    ['a length of 0', 'Content-Length: 0\r\n', ''],
    ['two equal lengths', 'Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'],
    ['a list of equal lengths', 'Content-Length: 5, 5\r\n', 'hello'],
    ['leading zeros', 'Content-Length: 0005\r\n', 'hello'],
  ])('%s', async (_name, fields, body) => {
    const got = await relay(`HTTP/1.1 200 OK\r\n${fields}\r\n${body}`);
    expect(got.text).toBe(`HTTP/1.1 200 OK\r\nDate: <date>\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    expect(got.connectionKept).toBe(true);
  });

  it.each([
    ['chunked', '5\r\nhello\r\n0\r\n\r\n', 'hello'],
    ['chunked in pieces', '1\r\nh\r\n2\r\nel\r\n2\r\nlo\r\n0\r\n\r\n', 'hello'],
    ['chunked without data', '0\r\n\r\n', ''],
    ['chunked with extensions', '5;a=b;c="d e"\r\nhello\r\n0;last\r\n\r\n', 'hello'],
    ['chunked with trailers', '5\r\nhello\r\n0\r\nX-Checksum: 1\r\nSet-Cookie: evil=1\r\n\r\n', 'hello'],
    ['chunked in upper-case digits and zeros', '00A\r\n0123456789\r\n000\r\n\r\n', '0123456789'],
  ])('%s: chunks of our own, nothing but data in them', async (_name, chunks, body) => {
    const got = await relay(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`);
    expect(got.body).toBe(body);
    expect(got.connectionKept).toBe(true);
    const [head = ''] = got.text.split('\r\n\r\n', 1);
    if (body === '') expect(head).toMatch(/\r\n(Content-Length: 0|Transfer-Encoding: chunked)$/);
    else expect(head).toBe('HTTP/1.1 200 OK\r\nDate: <date>\r\nTransfer-Encoding: chunked');
    expect(got.text).not.toMatch(/checksum|evil|a=b/i);
  });

  it.each([
    ['HTTP/1.1 without any length', 'HTTP/1.1 200 OK\r\n\r\nhello'],
    ['HTTP/1.1 with Connection: close', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nhello'],
    ['HTTP/1.0 that asks to go on', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nhello'],
  ])('until the close, %s: chunked to the client, whose connection goes on', async (_name, answer) => {
    const got = await relay(answer, { closes: true });
    expect(got.text).toMatch(/^HTTP\/1\.1 200 OK\r\nDate: <date>\r\nTransfer-Encoding: chunked\r\n\r\n/);
    expect(got.body).toBe('hello');
  });

  it('until the close, with no byte at all', async () => {
    expect((await relay('HTTP/1.1 200 OK\r\n\r\n', { closes: true })).body).toBe('');
  });

  it('a length and a close', async () => {
    const got = await relay('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello', {
      closes: true,
    });
    expect(got.text).toBe('HTTP/1.1 200 OK\r\nDate: <date>\r\nContent-Length: 5\r\n\r\nhello');
    expect(got.connectionKept).toBe(false);
  });

  it('bytes behind the body belong to no one, and cost the connection', async () => {
    const got = await relay(
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged',
    );
    expect(got.text).toBe('HTTP/1.1 200 OK\r\nDate: <date>\r\nContent-Length: 5\r\n\r\nhello');
    expect(got.connectionKept).toBe(false);
  });
});

describe('answers without a body, RFC 9110 6.4.1', () => {
  it.each([
    [
      'HEAD with a length',
      'HEAD',
      'HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n',
      'Content-Length: 1234\r\n',
    ],
    [
      'HEAD with a length of 0',
      'HEAD',
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
      'Content-Length: 0\r\n',
    ],
    ['HEAD chunked', 'HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', ''],
    ['HEAD without any', 'HEAD', 'HTTP/1.1 200 OK\r\n\r\n', ''],
    ['204', 'GET', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
    ['204 with a length of 0', 'GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', ''],
    ['204 to DELETE', 'DELETE', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
    ['304', 'GET', 'HTTP/1.1 304 Not Modified\r\n\r\n', ''],
    [
      '304 with a length',
      'GET',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\n\r\n',
      'Content-Length: 1234\r\n',
    ],
    ['HEAD with 404', 'HEAD', 'HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n', 'Content-Length: 9\r\n'],
  ])('%s', async (_name, method, answer, length) => {
    const got = await relay(answer, { method });
    const [line = ''] = answer.split('\r\n', 1);
    expect(got.text).toBe(`${line}\r\nDate: <date>\r\n${length}\r\n`);
    expect(got.connectionKept).toBe(true);
  });

  it('a 204 that has a body all the same: the body belongs to no one', async () => {
    const got = await relay('HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello');
    expect(got.text).toBe('HTTP/1.1 204 No Content\r\nDate: <date>\r\n\r\n');
    expect(got.connectionKept).toBe(false);
  });
});

describe('interim answers, RFC 9110 15.2', () => {
  it.each([
    ['100', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['102', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['103 with fields', 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n'],
    [
      'several',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX: y\r\n\r\nHTTP/1.1 199 Odd\r\n\r\n',
    ],
  ])('%s: not forwarded', async (_name, interim) => {
    const got = await relay(`${interim}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello`);
    expect(got.text).toBe('HTTP/1.1 200 OK\r\nDate: <date>\r\nContent-Length: 5\r\n\r\nhello');
  });
});

describe('the status line, RFC 9112 4', () => {
  it.each([
    ['200 OK', '200 OK'],
    ['201 Created', '201 Created'],
    ['200 Fine', '200 Fine'],
    ['299 Whatever It Is', '299 Whatever It Is'],
    ['404 ', '404 Not Found'],
    ['404', '404 Not Found'],
    ['418 I am a teapot; really', '418 I am a teapot; really'],
    ['503 Busy', '503 Busy'],
    ['599 x', '599 x'],
    ['799 Odd', '799 Odd'],
  ])('%s goes on as %s', async (sent, wanted) => {
    const got = await relay(`HTTP/1.1 ${sent}\r\nContent-Length: 0\r\n\r\n`);
    expect(got.text.split('\r\n', 1)).toEqual([`HTTP/1.1 ${wanted}`]);
  });
});

describe('fields of an answer', () => {
  const ok = (fields: string): string => `HTTP/1.1 200 OK\r\n${fields}Content-Length: 2\r\n\r\nok`;

  it.each([
    'Connection: keep-alive',
    'Keep-Alive: timeout=5, max=100',
    'Proxy-Connection: keep-alive',
    'Proxy-Authenticate: Basic',
    'TE: trailers',
    'Trailer: X-Checksum',
    'Upgrade: h2c',
    'Date: Mon, 01 Jan 1990 00:00:00 GMT',
    'Connection: X-Hop, x-other\r\nX-Hop: 1\r\nX-OTHER: 2\r\nx-hop: 3',
    'X-Hop: 1\r\nConnection: close, X-Hop',
  ])('%s ends here', async (fields) => {
    expect((await relay(ok(`${fields}\r\n`))).text).toBe(
      'HTTP/1.1 200 OK\r\nDate: <date>\r\nContent-Length: 2\r\n\r\nok',
    );
  });

  it.each([
    ['Server and Via', 'Server: origin/1.0 (x)\r\nVia: 1.1 y'],
    [
      'the same field several times, in order',
      'Set-Cookie: a=1\r\nSet-Cookie: b=2; Path=/\r\nset-cookie: c=3',
    ],
    ['names in any case', 'X-lower: 1\r\nx-UPPER: 2'],
    ['Latin-1', 'X-Name: caf\xe9\r\nContent-Disposition: attachment; filename="na\xefve.txt"'],
    ['UTF-8', 'X-Name: caf\xc3\xa9 \xe2\x82\xac'],
    ['bytes that are no text', 'X-Name: \xff\xfe\x80'],
    ['an empty value', 'X-Empty: \r\nX-Other: 1'],
    ['tabs inside', 'X-Tab: a\tb'],
    ['penstock’s own names', 'X-Request-Id: of-the-origin\r\nProxy-Status: origin; error=x'],
    ['authentication', 'WWW-Authenticate: Basic realm="x"\r\nAlt-Svc: h3=":443"'],
  ])('%s: byte for byte', async (_name, fields) => {
    const got = await relay(ok(`${fields}\r\n`));
    expect(got.text).toBe(`${answered('200 OK', `${fields}\r\n`, 'Content-Length: 2\r\n')}ok`);
  });

  it('blanks around a value are taken off', async () => {
    const got = await relay(ok('X-A:v\r\nX-B: \t v \t \r\n'));
    expect(got.text).toContain('\r\nX-A: v\r\nX-B: v\r\n');
  });

  it('Connection cannot name the length away', async () => {
    expect((await relay(ok('Connection: Content-Length, Date\r\n'))).text).toBe(
      'HTTP/1.1 200 OK\r\nDate: <date>\r\nContent-Length: 2\r\n\r\nok',
    );
  });

  it('256 fields and 60 KB of them go on', async () => {
    const fields = Array.from({ length: 250 }, (_, i) => `X-${i}: ${'v'.repeat(230)}\r\n`).join('');
    expect((await relay(ok(fields))).text).toBe(`${answered('200 OK', fields, 'Content-Length: 2\r\n')}ok`);
  });
});

it('the other service is served beside all this', async () => {
  const client = await connect(bed);
  await expectAlive(client);
  expect(fieldOf(client.answers[0]?.head ?? '', 'content-type')).toBe('text/plain');
  client.close();
});

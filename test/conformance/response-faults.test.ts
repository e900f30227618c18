import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bed, connect, expectAlive, onEngine, startBed } from '../support/conformance-bed.ts';
import { fieldOf } from '../support/message-framer.ts';
import { type OriginAnswer, type ScriptedOrigin, startScriptedOrigin } from '../support/scripted-origin.ts';

const LIMITS = { response: '400ms', idle: '400ms' };

let bed: Bed;
let upstream: ScriptedOrigin;
beforeAll(async () => {
  upstream = await startScriptedOrigin();
  bed = await startBed({
    config: { timeouts: { read: '400ms' } },
    services: { scripted: { endpoints: [upstream.address], timeouts: LIMITS } },
    routes: [{ host: 'r.test', service: 'scripted' }],
  });
});
afterAll(async () => {
  await bed.stop();
  await upstream.close();
});

const get = (path = '/case'): string => `GET ${path} HTTP/1.1\r\nHost: r.test\r\n\r\n`;

/** The answer of penstock to what the origin does, on a connection that must go on. */
async function refusalFor(answer: OriginAnswer): Promise<{ status: number; error: string; head: string }> {
  upstream.on('/case', answer);
  const client = await connect(bed);
  try {
    client.write(get());
    const { status, head } = await client.readAnswer();
    expect(fieldOf(head, 'server')).toBe('penstock');
    // A fault of the endpoint is none of the client's: its connection goes on.
    await expectAlive(client);
    return { status, error: fieldOf(head, 'proxy-status') ?? '', head };
  } finally {
    client.close();
  }
}

/** What the client has when it is cut. */
async function cutFor(answer: OriginAnswer): Promise<string> {
  upstream.on('/case', answer);
  const client = await connect(bed);
  try {
    client.write(get());
    await client.expectClosed();
    expect(client.answers).toEqual([]);
    return client.text();
  } finally {
    client.close();
  }
}

const GARBAGE = 'penstock; error=http_protocol_error';
const LOST = 'penstock; error=connection_terminated';

describe('an answer that is not HTTP, RFC 9112 2 to 5: 502', () => {
  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a request', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['HTML', '<html><body>hello</body></html>\r\n\r\n'],
    ['a lower-case version', 'http/1.1 200 OK\r\n\r\n'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n'],
    ['HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n'],
    ['an empty line first', '\r\nHTTP/1.1 200 OK\r\n\r\n'],
    ['two blanks', 'HTTP/1.1  200 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
    ['a bare LF behind the status line', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
    ['a bare LF behind a field', 'HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n'],
    ['a bare CR in a field', 'HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\nContent-Length: 0\r\n\r\n'],
    ['NUL in a field', 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n'],
    ['DEL in the reason', 'HTTP/1.1 200 O\x7fK\r\nContent-Length: 0\r\n\r\n'],
    ['a continuation line', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n'],
    ['a blank before a colon', 'HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 0\r\n\r\n'],
    ['an empty name', 'HTTP/1.1 200 OK\r\n: a\r\nContent-Length: 0\r\n\r\n'],
    ['no colon', 'HTTP/1.1 200 OK\r\nX\r\nContent-Length: 0\r\n\r\n'],
    ['both lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['a length with a sign', 'HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello'],
    ['an empty length', 'HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n'],
    ['a length beyond 2^53', 'HTTP/1.1 200 OK\r\nContent-Length: 9007199254740993\r\n\r\n'],
    ['a coding but chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    [
      'chunked twice',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['chunked in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    [
      '33 interim answers',
      `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(33)}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`,
    ],
  ])('%s', async (_name, answer) => {
    expect(await refusalFor(answer)).toMatchObject({ status: 502, error: GARBAGE });
  });

  it('a head that is too large: 502 that says so', async () => {
    const answer = `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}\r\n\r\n`;
    expect(await refusalFor(answer)).toMatchObject({
      status: 502,
      error: 'penstock; error=http_response_header_section_size',
    });
  });

  it('a change of protocol that no one asked for: 502 that says so', async () => {
    const answer = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n';
    expect(await refusalFor(answer)).toMatchObject({
      status: 502,
      error: 'penstock; error=http_upgrade_failed',
    });
  });
});

describe('an answer that never comes', () => {
  const taken =
    (end: 'end' | 'reset', text = ''): OriginAnswer =>
    async (connection) => {
      if (text !== '') await connection.write(text);
      connection[end]();
    };

  it.each([
    ['a close', taken('end'), LOST],
    ['a reset', taken('reset'), LOST],
    ['a close within the status line', taken('end', 'HTTP/1.1 200'), GARBAGE],
    ['a close within the fields', taken('end', 'HTTP/1.1 200 OK\r\nContent-Le'), GARBAGE],
    ['a close behind an interim answer', taken('end', 'HTTP/1.1 100 Continue\r\n\r\n'), GARBAGE],
  ])('%s before the head: 502', async (_name, answer, error) => {
    // Always on a connection of its own: on a reused one the request would be sent again.
    upstream.on('/first', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    const client = await connect(bed);
    client.write(get('/first'));
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
    expect(await refusalFor(answer)).toMatchObject({ status: 502, error });
  });

  it('silence: 504 after the response timeout', async () => {
    const before = performance.now();
    const refusal = await refusalFor(() => {});
    expect(refusal).toMatchObject({ status: 504, error: 'penstock; error=http_response_timeout' });
    expect(performance.now() - before).toBeGreaterThan(390);
    expect(performance.now() - before).toBeLessThan(2000);
    await upstream.connections.at(-1)?.ended;
  });

  it('an interim answer and then silence: 504', async () => {
    const answer: OriginAnswer = (connection) => connection.write('HTTP/1.1 103 Early Hints\r\n\r\n');
    expect(await refusalFor(answer)).toMatchObject({ status: 504 });
  });
});

describe('an answer that breaks off behind its head cuts the client', () => {
  const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n';
  const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

  it.each([
    ['a close within a body of known length', `${HEAD}hello`, 'end', 'hello'],
    ['a reset within a body of known length', `${HEAD}hello`, 'reset', ''],
    ['a close before a body of known length', HEAD, 'end', ''],
    ['a close within a chunk', `${CHUNKED}5\r\nhel`, 'end', 'hel'],
    ['a close between chunks', `${CHUNKED}5\r\nhello\r\n`, 'end', 'hello'],
    ['a close before the last CRLF', `${CHUNKED}5\r\nhello\r\n0\r\n`, 'end', 'hello'],
    ['a close before the first chunk', CHUNKED, 'end', ''],
  ] as const)('%s', async (_name, text, end, data) => {
    const got = await cutFor(async (connection) => {
      await connection.write(text);
      connection[end]();
    });
    expect(got).toContain(data);
    // No last chunk: the client must not take a part for the whole.
    expect(got).not.toContain('\r\n0\r\n\r\n');
  });

  it.each([
    ['a chunk size that is none', `${CHUNKED}5\r\nhello\r\nxyz\r\n`],
    ['a chunk size with a sign', `${CHUNKED}+5\r\nhello\r\n0\r\n\r\n`],
    ['no CRLF behind a chunk', `${CHUNKED}5\r\nhelloXX0\r\n\r\n`],
    ['a bare LF in the framing', `${CHUNKED}5\nhello\r\n0\r\n\r\n`],
    ['a chunk beyond 2^53', `${CHUNKED}20000000000001\r\nhello`.replace('2000', 'ffff')],
    ['a malformed trailer', `${CHUNKED}5\r\nhello\r\n0\r\nX y\r\n\r\n`],
  ])('%s', async (_name, text) => {
    expect(await cutFor(text)).not.toContain('\r\n0\r\n\r\n');
  });

  // The reset must come in a turn of its own: libuv reports one that comes together with data as an ordinary end.
  it('a reset within a body until the close', async () => {
    let reset = (): void => {};
    upstream.on('/case', async (connection) => {
      reset = () => connection.reset();
      await connection.write('HTTP/1.1 200 OK\r\n\r\nhello');
    });
    const client = await connect(bed);
    client.write(get());
    await client.readUntil('hello');
    reset();
    await client.expectClosed();
    expect(client.answers).toEqual([]);
  });

  it('silence within the body, after the idle timeout', async () => {
    const before = performance.now();
    const got = await cutFor((connection) => connection.write(`${HEAD}hello`));
    expect(got.endsWith('\r\n\r\nhello')).toBe(true);
    expect(performance.now() - before).toBeGreaterThan(390);
  });

  it('silence before the first chunk, after the idle timeout', async () => {
    const got = await cutFor((connection) => connection.write(CHUNKED));
    // The Node engine has sent the head by then.
    expect(got).toMatch(
      onEngine({ node: /^HTTP\/1\.1 200 OK\r\nDate: .*\r\nTransfer-Encoding: chunked\r\n\r\n$/, uws: /^$/ }),
    );
  });
});

describe('a request body that stops', () => {
  it('408 after the read timeout; the connection closes and the origin sees the end', async () => {
    upstream.on('/case', () => {});
    const client = await connect(bed);
    client.write('POST /case HTTP/1.1\r\nHost: r.test\r\nContent-Length: 10\r\n\r\nhello');
    const { status, head } = await client.readAnswer();
    expect(status).toBe(408);
    expect(head).toContain('\r\nConnection: close');
    await upstream.connections.at(-1)?.ended;
    client.close();
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answered,
  type Bed,
  connect,
  expectAlive,
  onEngine,
  recordFrom,
  startBed,
  WIRES,
  type Wire,
  withoutDates,
  withoutIds,
} from '../support/conformance-bed.ts';
import { freePorts } from '../support/free-port.ts';
import { type FullListener, startFullListener } from '../support/full-listener.ts';
import { type FramedMessage, fieldOf } from '../support/message-framer.ts';
import { type ScriptedOrigin, startScriptedOrigin } from '../support/scripted-origin.ts';

let bed: Bed;
let upstream: ScriptedOrigin;
let full: FullListener;
beforeAll(async () => {
  upstream = await startScriptedOrigin();
  upstream.on('/silent', () => {});
  upstream.on('/close', (connection) => connection.end());
  upstream.on('/garbage', 'not HTTP at all\r\n\r\n');
  full = await startFullListener();
  const [refused] = await freePorts(1);
  bed = await startBed({
    config: { limits: { url_bytes: 1024, header_bytes: 4096, body_bytes: 10 } },
    services: {
      empty: { endpoints: [] },
      refused: { endpoints: [`127.0.0.1:${refused}`] },
      full: { endpoints: [full.address], timeouts: { connect: '300ms' } },
      unnamed: { endpoints: ['no-such-host.invalid:80'] },
      scripted: { endpoints: [upstream.address], timeouts: { response: '300ms' } },
    },
    routes: [
      ...['empty', 'refused', 'full', 'unnamed', 'scripted'].map((name) => ({
        host: `${name}.test`,
        service: name,
      })),
      {
        host: 'respond.test',
        respond: { status: 203, body: 'hello\n', headers: { 'X-Mine': 'm', 'content-type': 'text/x' } },
      },
      { host: 'respond.test', path: '/empty', respond: { status: 204 } },
      { host: 'respond.test', path: '/plain', respond: { body: 'caf\u00e9' } },
    ],
  });
});
afterAll(async () => {
  await bed.stop();
  await upstream.close();
  full.close();
});

async function ask(text: string, wire: Wire = 'plain'): Promise<FramedMessage & { closed: boolean }> {
  const client = await connect(bed, wire);
  try {
    client.write(text);
    const answer = await client.readAnswer();
    const closes = /^connection: close$/im.test(answer.head);
    if (closes) await client.expectClosed();
    else await expectAlive(client);
    return { ...answer, closed: closes };
  } finally {
    client.close();
  }
}

const get = (host: string, path = '/', fields = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

type Row = readonly [
  name: string,
  text: string,
  status: string,
  detail: string,
  error: string,
  closes: boolean,
];
/** Every status that the contract's table has and that can be had today. */
const ROWS: readonly Row[] = [
  [
    'a malformed request',
    get('t.test', '/a#b'),
    '400 Bad Request',
    'The request is malformed.',
    'http_request_error',
    true,
  ],
  [
    'a path above the root',
    get('t.test', '/a/../..'),
    '400 Bad Request',
    'The path climbs above the root.',
    'http_request_error',
    true,
  ],
  [
    'conflicting lengths',
    'POST / HTTP/1.1\r\nHost: t.test\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
    '400 Bad Request',
    'The request is malformed.',
    'http_request_error',
    true,
  ],
  [
    'a coding but chunked',
    'POST / HTTP/1.1\r\nHost: t.test\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n',
    '400 Bad Request',
    'The only transfer coding taken is chunked.',
    'http_request_error',
    true,
  ],
  [
    'no route',
    get('unknown.test'),
    '404 Not Found',
    'No route matches this request.',
    'destination_not_found',
    false,
  ],
  [
    'a body over the limit, announced',
    'POST / HTTP/1.1\r\nHost: t.test\r\nContent-Length: 11\r\n\r\nhello world',
    '413 Payload Too Large',
    'The request body is larger than this route takes.',
    'http_request_error',
    true,
  ],
  [
    'a body over the limit, chunked',
    'POST /silent HTTP/1.1\r\nHost: scripted.test\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n6\r\nworlds\r\n0\r\n\r\n',
    '413 Payload Too Large',
    'The request body is larger than this route takes.',
    'http_request_error',
    true,
  ],
  [
    'a long URL',
    get('t.test', `/${'a'.repeat(1024)}`),
    '414 URI Too Long',
    'The URL is too long.',
    'http_request_error',
    true,
  ],
  [
    'a large header section',
    get('t.test', '/', `X: ${'a'.repeat(4096)}\r\n`),
    '431 Request Header Fields Too Large',
    'The request header section is too large.',
    'http_request_error',
    true,
  ],
  [
    'a refused connection',
    get('refused.test'),
    '502 Bad Gateway',
    'The endpoint refused the connection.',
    'connection_refused',
    false,
  ],
  [
    'a name that does not resolve',
    get('unnamed.test'),
    '503 Service Unavailable',
    'No endpoint is available.',
    'destination_unavailable',
    false,
  ],
  [
    'a connection that closes',
    get('scripted.test', '/close'),
    '502 Bad Gateway',
    'The endpoint closed the connection before it answered.',
    'connection_terminated',
    false,
  ],
  [
    'an answer that is not HTTP',
    get('scripted.test', '/garbage'),
    '502 Bad Gateway',
    'The endpoint answered something that is not HTTP.',
    'http_protocol_error',
    false,
  ],
  [
    'a service without endpoints',
    get('empty.test'),
    '503 Service Unavailable',
    'No endpoint is available.',
    'destination_unavailable',
    false,
  ],
  [
    'a connection that no one accepts',
    get('full.test'),
    '504 Gateway Timeout',
    'The endpoint did not accept the connection in time.',
    'connection_timeout',
    false,
  ],
  [
    'silence',
    get('scripted.test', '/silent'),
    '504 Gateway Timeout',
    'The endpoint did not answer in time.',
    'http_response_timeout',
    false,
  ],
];

/** The Node engine reads these no further than to where they break off. */
const BROKEN_HEADS: readonly string[] = ['a malformed request', 'a long URL', 'a large header section'];

describe('answers of penstock itself (contract 3)', () => {
  it.each(ROWS)('%s', async (_name, text, status, detail, error, closes) => {
    const since = recordFrom(bed);
    const { head, body, closed } = await ask(text);
    const [line, ...lines] = head.split('\r\n');
    const [code = ''] = status.split(' ', 1);
    expect(line).toBe(`HTTP/1.1 ${status}`);
    expect(body.toString()).toBe(`${status}: ${detail}\n`);
    const fields = lines.map((field) => field.replace(/^Date: .*/, 'Date: <date>'));
    const id = fieldOf(head, 'x-request-id') ?? '';
    expect(id).toMatch(UUID);
    const marks = [
      'Content-Type: text/plain; charset=utf-8',
      ...(code === '503' ? ['Retry-After: 1'] : []),
      'Server: penstock',
      `X-Request-Id: ${id}`,
      `Proxy-Status: penstock; error=${error}`,
    ];
    const close = closes ? ['Connection: close'] : [];
    const length = `Content-Length: ${body.length}`;
    expect(fields).toEqual(
      onEngine({
        node: ['Date: <date>', ...marks, length, ...close],
        uws: [...marks, ...close, 'Date: <date>', length],
      }),
    );
    expect(closed).toBe(closes);
    if (closes) expect(since()).toBe('');
  });

  it.each(ROWS.map((row) => [row[0], row] as const))('%s, as a problem document', async (name, row) => {
    const [, text, status, detail] = row;
    const { head, body } = await ask(text.replace('\r\n\r\n', '\r\nAccept: application/json\r\n\r\n'));
    if (onEngine({ node: BROKEN_HEADS.includes(name), uws: false })) {
      // Nobody has read what it accepts.
      expect(body.toString()).toBe(`${status}: ${detail}\n`);
      return;
    }
    const [, code = '', title = ''] = /^(\d+) (.*)$/.exec(status) ?? [];
    expect(fieldOf(head, 'content-type')).toBe('application/problem+json');
    expect(JSON.parse(body.toString())).toEqual({
      type: 'about:blank',
      title,
      status: Number(code),
      detail,
      request_id: fieldOf(head, 'x-request-id'),
    });
  });

  it.each(WIRES)('HEAD gets the length of the body and no body (%s)', async (wire) => {
    const { head, body } = await ask('HEAD / HTTP/1.1\r\nHost: unknown.test\r\n\r\n', wire);
    expect(head.startsWith('HTTP/1.1 404 Not Found\r\n')).toBe(true);
    expect(fieldOf(head, 'content-length')).toBe(
      String('404 Not Found: No route matches this request.\n'.length),
    );
    expect(body.length).toBe(0);
  });

  it('HEAD on a closing answer', async () => {
    const { head, closed } = await ask('HEAD /a#b HTTP/1.1\r\nHost: t.test\r\n\r\n');
    expect(fieldOf(head, 'content-length')).toBe(
      String('400 Bad Request: The request is malformed.\n'.length),
    );
    expect(closed).toBe(true);
  });

  it.each([
    ['application/json', true],
    ['application/problem+json', true],
    ['APPLICATION/JSON', true],
    ['application/vnd.api+json', true],
    ['text/html, application/json', true],
    ['text/html;q=0.9, application/json', true],
    ['application/json;q=0.5, text/plain;q=0.4', true],
    ['application/json; charset=utf-8', true],
    ['*/*, application/json;q=0.1', true],
    ['application/json;q=0.5, text/html', false],
    ['application/json;q=0', false],
    ['application/json; q=0.000', false],
    ['text/plain', false],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', false],
    ['*/*', false],
    ['application/jsonlines', false],
    ['', false],
  ])('Accept: %s', async (accept, json) => {
    const { head } = await ask(get('unknown.test', '/', `Accept: ${accept}\r\n`));
    expect(fieldOf(head, 'content-type')).toBe(
      json ? 'application/problem+json' : 'text/plain; charset=utf-8',
    );
  });

  it('Accept in several lines is one list', async () => {
    const { head } = await ask(
      get('unknown.test', '/', 'Accept: text/html;q=0.1\r\nAccept: application/json\r\n'),
    );
    expect(fieldOf(head, 'content-type')).toBe('application/problem+json');
  });
});

describe('an upload that is refused', () => {
  it('is read to its end, so that its sender gets to read why', async () => {
    const client = await connect(bed);
    client.write('POST / HTTP/1.1\r\nHost: t.test\r\nContent-Length: 200000\r\n\r\n');
    for (let i = 0; i < 20; i++) {
      client.write('x'.repeat(10_000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await client.readAnswer()).status).toBe(413);
    await client.expectClosed();
    client.close();
  });
});

describe('respond', () => {
  it('gives what the route says, with penstock’s marks', async () => {
    const { head, body } = await ask(get('respond.test'));
    expect(body.toString()).toBe('hello\n');
    expect(withoutDates(withoutIds(`${head}\r\n\r\n`))).toBe(
      answered(
        '203 Non-Authoritative Information',
        'X-Mine: m\r\ncontent-type: text/x\r\nServer: penstock\r\nX-Request-Id: <id>\r\nProxy-Status: penstock\r\n',
        'Content-Length: 6\r\n',
      ),
    );
  });

  it('counts bytes, not characters', async () => {
    const { head, body } = await ask(get('respond.test', '/plain'));
    expect(body.toString()).toBe('caf\u00e9');
    expect(fieldOf(head, 'content-length')).toBe('5');
    expect(fieldOf(head, 'content-type')).toBe('text/plain; charset=utf-8');
  });

  it('204 has neither body nor length', async () => {
    const { head, body } = await ask(get('respond.test', '/empty'));
    expect(head.startsWith('HTTP/1.1 204 No Content\r\n')).toBe(true);
    expect(fieldOf(head, 'content-length')).toBeNull();
    expect(body.length).toBe(0);
  });

  it('HEAD gets the head alone', async () => {
    const { head, body } = await ask('HEAD / HTTP/1.1\r\nHost: respond.test\r\n\r\n');
    expect(fieldOf(head, 'content-length')).toBe('6');
    expect(body.length).toBe(0);
  });
});

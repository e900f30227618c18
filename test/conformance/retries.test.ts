/**
 * When a request is sent again (contract 3, Retries): each condition, method and kind of body. Two endpoints, of which the second is a
 * backup: it gets exactly what the first one was tried with in vain.
 */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lineOf } from '../support/access-lines.ts';
import { type Bed, connect, onlyOn, startBed } from '../support/conformance-bed.ts';
import { type FailingPair, reply, startFailingPair } from '../support/failing-pair.ts';
import { freePort } from '../support/free-port.ts';
import { type FramedMessage, fieldOf } from '../support/message-framer.ts';
import { parseExposition } from '../support/metrics-text.ts';
import type { OriginConnection } from '../support/raw-origin.ts';
import { waitFor, within } from '../support/wait-for.ts';

const RESPONSE_MS = 250;
/** Of a budget, over all workers. */
const MIN_RETRIES = 10;

let bed: Bed;
let origins: FailingPair;
/** What came: where, with which method, and its body. */
const came: string[] = [];

const SERVICES = [
  ...['pair', 'refusing', 'none', 'only503', 'statuses', 'alone', 'counted', 'sticky', 'full', 'kept'],
  ...['h2', 'h2refusing'],
];

beforeAll(async () => {
  origins = await startFailingPair(came);
  const { first, second, h2First, h2Second } = origins;
  const pair = (one: unknown, other: string, facts: object = {}): object => ({
    endpoints: [one, { address: other, backup: true }],
    timeouts: { response: `${RESPONSE_MS}ms`, connect: '2s' },
    // A connection that served before makes other rules: retries-and-aborts.test.ts.
    keepalive: { max_idle: 0 },
    // Nor is one that fails here ever taken out.
    outlier: 'off',
    retries: { budget_percent: 100 },
    ...facts,
  });
  const closed = `127.0.0.1:${await freePort()}`;
  bed = await startBed({
    config: { log: { access: './access.log', format: 'json' } },
    services: {
      pair: pair(first.address, second.address),
      refusing: pair(closed, second.address),
      none: pair(first.address, second.address, { retries: { attempts: 0 } }),
      only503: pair(first.address, second.address, { retries: { on: [503] } }),
      statuses: pair(closed, second.address, { retries: { on: [502, 504] } }),
      alone: { endpoints: [first.address], outlier: 'off', retries: { attempts: 3, budget_percent: 100 } },
      counted: pair(first.address, second.address, { retries: { window: '10m', budget_percent: 20 } }),
      sticky: pair({ address: first.address, id: 'a' }, second.address, { sticky: {} }),
      full: pair(first.address, second.address, { max_requests: 1 }),
      kept: pair(first.address, second.address, { keepalive: {} }),
      h2: pair(`127.0.0.1:${h2First.port}`, `127.0.0.1:${h2Second.port}`, { protocol: 'h2c' }),
      h2refusing: pair(closed, `127.0.0.1:${h2Second.port}`, { protocol: 'h2c' }),
    },
    routes: [
      ...SERVICES.map((service) => ({ host: `${service}.test`, service })),
      { host: 'pair.test', path: '/off', service: 'pair', retries: { attempts: 0 } },
      { host: 'none.test', path: '/on', service: 'none', retries: { attempts: 1 } },
    ],
  });
});
afterAll(async () => {
  await bed.stop();
  await origins.close();
});
beforeEach(() => {
  came.length = 0;
});

async function send(service: string, line: string, fields = '', body = ''): Promise<FramedMessage> {
  const client = await connect(bed);
  client.write(`${line} HTTP/1.1\r\nHost: ${service}.test\r\n${fields}\r\n${body}`);
  const answered = await client.readAnswer();
  client.close();
  return answered;
}

/** Method, fields, body, and what an endpoint gets of it. */
const REQUESTS = {
  GET: ['GET', '', '', 'GET'],
  HEAD: ['HEAD', '', '', 'HEAD'],
  OPTIONS: ['OPTIONS', '', '', 'OPTIONS'],
  DELETE: ['DELETE', '', '', 'DELETE'],
  PUT: ['PUT', 'Content-Length: 5\r\n', 'hello', 'PUT hello'],
  'PUT of 60,000 bytes': ['PUT', 'Content-Length: 60000\r\n', 'x'.repeat(60_000), 'PUT 60000'],
  POST: ['POST', 'Content-Length: 5\r\n', 'hello', 'POST hello'],
  'POST without a body': ['POST', 'Content-Length: 0\r\n', '', 'POST'],
  PATCH: ['PATCH', 'Content-Length: 5\r\n', 'hello', 'PATCH hello'],
} as const;

type RequestName = keyof typeof REQUESTS;
const isIdempotent = (name: RequestName): boolean => !/^(POST|PATCH)/.test(name);
const ALL = Object.keys(REQUESTS) as RequestName[];
const SOME: readonly RequestName[] = ['GET', 'PUT', 'POST'];

const ask = (service: string, name: RequestName, path: string): Promise<FramedMessage> => {
  const [method, fields, body] = REQUESTS[name];
  return send(service, `${method} ${path}`, fields, body);
};

describe('a failed attempt', () => {
  const FAILED: readonly (readonly [string, number, readonly RequestName[]])[] = [
    ['reset', 502, ALL],
    ['end', 502, SOME],
    ['garbage', 502, SOME],
    ['half', 502, SOME],
    ['silent', 504, SOME],
    ['502', 502, SOME],
    ['503', 503, ALL],
    ['504', 504, SOME],
  ];
  const cases = FAILED.flatMap(([failure, status, names]) =>
    names.map((name) => [failure, name, status] as const),
  );

  it.each(cases)(
    '%s, %s: goes to the other endpoint if the method is idempotent',
    async (failure, name, status) => {
      const answered = await ask('pair', name, `/${failure}`);
      const what = REQUESTS[name][3];
      const isRepeated = isIdempotent(name);
      expect(came).toEqual(isRepeated ? [`first ${what}`, `second ${what}`] : [`first ${what}`]);
      expect(answered.status).toBe(isRepeated ? 200 : status);
    },
  );

  it.each(ALL)('refused connection, %s: goes to the other endpoint, as nothing was sent', async (name) => {
    expect((await ask('refusing', name, '/')).status).toBe(200);
    expect(came).toEqual([`second ${REQUESTS[name][3]}`]);
  });

  it('an answer with another status is the answer', async () => {
    expect((await ask('pair', 'GET', '/500')).status).toBe(500);
    expect(came).toEqual(['first GET']);
  });
});

describe('the body of a request', () => {
  const CHUNKED = 'Transfer-Encoding: chunked\r\n';

  it('goes again whole in the chunked coding, too', async () => {
    expect((await send('pair', 'PUT /503', CHUNKED, '5\r\nhello\r\n0\r\n\r\n')).status).toBe(200);
    expect(came).toEqual(['first', 'second'].map((name) => `${name} PUT 5\r\nhello\r\n0\r\n\r\n`));
  });

  onlyOn('node', () => {
    it('goes again with its trailers', async () => {
      const body = '5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n';
      expect((await send('refusing', 'POST /', `Trailer: X-Sum\r\n${CHUNKED}`, body)).status).toBe(200);
      expect(came).toEqual([`second POST ${body}`]);
    });
  });

  it.each(['reset', '503'])('is not kept where it is large: %s is final', async (failure) => {
    const large = 'x'.repeat(200_000);
    const answered = await send('pair', `PUT /${failure}`, 'Content-Length: 200000\r\n', large);
    expect(answered.status).toBe(failure === '503' ? 503 : 502);
    expect(came).toEqual(['first PUT 200000']);
  });

  it('is awaited, and goes to the endpoint that is there (Expect: 100-continue)', async () => {
    const client = await connect(bed);
    client.write(
      'POST / HTTP/1.1\r\nHost: refusing.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n',
    );
    await client.readUntil('100 Continue');
    client.write('hello');
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
    expect(came).toEqual(['second POST hello']);
  });

  it('an answer in the midst of it: the beginning goes again, and the rest follows', async () => {
    origins.first.on('/early', async (connection) => {
      came.push(`first ${await connection.takeBytes(5)}`);
      await connection.write(reply('503 Service Unavailable', 'no'));
    });
    const client = await connect(bed);
    client.write('PUT /early HTTP/1.1\r\nHost: pair.test\r\nContent-Length: 10\r\n\r\nhello');
    await waitFor(() => origins.second.connections.at(-1)?.received() === 'hello', {
      what: 'the beginning at the second endpoint',
      intervalMs: 2,
    });
    client.write('world');
    expect((await client.readAnswer()).status).toBe(200);
    client.close();
    expect(came).toEqual(['first hello', 'second PUT helloworld']);
  });
});

describe('the policy', () => {
  it.each([
    ['none.test, as the service asks for none', 'none', '/503', 1],
    ['pair.test/off, as the route asks for none', 'pair', '/off/503', 1],
    ['none.test/on, as the route asks for one', 'none', '/on/503', 2],
    ['only503.test, after a 503', 'only503', '/503', 2],
    ['only503.test, not after a 502', 'only503', '/502', 1],
    ['only503.test, not after a reset', 'only503', '/reset', 1],
    ['statuses.test, not after a refused connection', 'statuses', '/', 0],
    ['alone.test, at the one endpoint there is', 'alone', '/503', 4],
  ])('%s: %s%s', async (_name, service, path, tries) => {
    await ask(service, 'GET', path);
    expect(came).toHaveLength(tries);
  });

  it('the last answer is passed on, whole', async () => {
    let count = 0;
    origins.first.on('/last', (connection) => {
      came.push('first');
      return connection.write(reply('503 Service Unavailable', `answer ${++count}`));
    });
    const answered = await ask('alone', 'GET', '/last');
    expect([answered.status, answered.body.toString(), came.length]).toEqual([503, 'answer 4', 4]);
  });

  it('the budget is kept: of 60 requests that fail, as many go again as the minimum of a window, or a fifth', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 60; i++) statuses.push((await ask('counted', 'GET', '/503')).status);
    const good = statuses.filter((status) => status === 200);
    expect(statuses.slice(0, MIN_RETRIES)).toEqual(new Array(MIN_RETRIES).fill(200));
    expect(good).toHaveLength(60 / 5);
    expect(came.filter((line) => line.startsWith('second'))).toHaveLength(good.length);
    const { text } = await bed.penstock.admin('/metrics');
    const counted = parseExposition(text).value('penstock_retries_total', { service: 'counted' });
    expect(counted).toBe(good.length);
  });
});

describe('the endpoint of a further attempt', () => {
  it('is the one that a sticky client stays with', async () => {
    const answered = await ask('sticky', 'GET', '/503');
    const [cookie = ''] = (fieldOf(answered.head, 'set-cookie') ?? '').split(';');
    expect([answered.status, cookie.startsWith('penstock=')]).toEqual([200, true]);
    came.length = 0;
    await send('sticky', 'GET /', `Cookie: ${cookie}\r\n`);
    expect(came).toEqual(['second GET']);
    // The endpoint that the cookie names fails: another one, and its cookie.
    const other = await send('sticky', 'GET /', '');
    const [named = ''] = (fieldOf(other.head, 'set-cookie') ?? '').split(';');
    came.length = 0;
    const moved = await send('sticky', 'GET /503', `Cookie: ${named}\r\n`);
    expect(came).toEqual(['first GET', 'second GET']);
    expect(fieldOf(moved.head, 'set-cookie')).toContain(cookie);
  });

  it('has room, else it is the same one; and the places that were taken are free again', async () => {
    origins.second.on('/hold', (connection) => {
      held = connection;
    });
    let held = null as OriginConnection | null;
    origins.first.on('/hold', (connection) => connection.write(reply('503 Service Unavailable', 'no')));
    const holding = await connect(bed);
    holding.write('GET /hold HTTP/1.1\r\nHost: full.test\r\n\r\n');
    const connection = await waitFor(() => held, {
      what: 'the request at the second endpoint',
      intervalMs: 2,
    });
    expect((await ask('full', 'GET', '/503')).status).toBe(503);
    expect(came).toEqual(['first GET', 'first GET', 'first GET']);
    await connection.write(reply('200 OK', 'held'));
    expect((await holding.readAnswer()).body.toString()).toBe('held');
    holding.close();
    came.length = 0;
    expect((await ask('full', 'GET', '/503')).status).toBe(200);
    expect(came).toEqual(['first GET', 'second GET']);
    const { json } = await bed.penstock.admin('/v1/services');
    const full = json.services.find(({ name }: { name: string }) => name === 'full');
    expect(full.endpoints.map((one: { requestsInFlight: number }) => one.requestsInFlight)).toEqual([0, 0]);
  });

  it('is none once the client has left', async () => {
    let held = null as OriginConnection | null;
    origins.first.on('/left', (connection) => {
      held = connection;
    });
    const client = await connect(bed);
    client.write('GET /left HTTP/1.1\r\nHost: pair.test\r\n\r\n');
    const connection = await waitFor(() => held, { what: 'the request', intervalMs: 2 });
    client.socket.resetAndDestroy();
    await within(connection.ended, { what: 'the end of the attempt', timeoutMs: 5_000 });
    connection.reset();
    expect((await ask('pair', 'GET', '/')).status).toBe(200);
    expect(came).toEqual(['first GET']);
  });
});

describe('an answer that is not passed on', () => {
  it('leaves the connection for the next request where it came whole', async () => {
    const before = origins.first.connections.length;
    for (let i = 0; i < 5; i++) expect((await ask('kept', 'GET', '/503')).status).toBe(200);
    expect(origins.first.connections.length).toBe(before + 1);
  });

  it.each([
    ['of which more is to come', 'Content-Length: 100000\r\n\r\nbegin'],
    ['that breaks the rules', 'Transfer-Encoding: chunked\r\n\r\nzz'],
    ['that ends with its connection', '\r\n'],
  ])('%s closes it, and nothing waits for it', async (_name, rest) => {
    let ended = null as Promise<void> | null;
    origins.first.on('/open', (connection) => {
      ended = connection.ended;
      return connection.write(`HTTP/1.1 503 Service Unavailable\r\n${rest}`);
    });
    const answered = await ask('kept', 'GET', '/open');
    expect([answered.status, answered.body.toString()]).toEqual([200, 'second']);
    await within(ended ?? Promise.reject(new Error('not asked')), { what: 'the end', timeoutMs: 5_000 });
  });
});

describe('HTTP/2 to the endpoints', () => {
  it.each([
    ['reset', 'GET', ['first GET', 'second GET'], 200],
    ['reset', 'POST', ['first POST'], 502],
    ['503', 'PUT', ['first PUT', 'second PUT'], 200],
    ['503', 'POST', ['first POST'], 503],
    ['silent', 'GET', ['first GET', 'second GET'], 200],
    // What was refused is tried there once more.
    ['refused', 'POST', ['first POST', 'first POST', 'second POST'], 200],
  ] as const)('%s, %s', async (failure, name, tries, status) => {
    expect((await ask('h2', name, `/${failure}`)).status).toBe(status);
    expect(came).toEqual(tries);
  });

  it('refused connection, POST', async () => {
    expect((await ask('h2refusing', 'POST', '/')).status).toBe(200);
    expect(came).toEqual(['second POST']);
  });
});

onlyOn('node', () => {
  it('a WebSocket handshake goes again before its 101', async () => {
    origins.second.on('/ws/503', (connection) =>
      connection.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
      ),
    );
    const client = await connect(bed);
    client.write(
      'GET /ws/503 HTTP/1.1\r\nHost: pair.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await client.readUntil('101 Switching Protocols');
    client.close();
    expect(came).toEqual(['first GET']);
  });
});

it('the access log tells how often a request was sent, and where it ended', async () => {
  await ask('pair', 'GET', '/logged/503');
  expect(await lineOf(bed.penstock, '/logged/503')).toMatchObject({
    attempts: 2,
    status: 200,
    endpoint: origins.second.address,
  });
  await ask('pair', 'GET', '/logged/200');
  expect(await lineOf(bed.penstock, '/logged/200')).toMatchObject({
    attempts: 1,
    endpoint: origins.first.address,
  });
});

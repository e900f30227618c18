/**
 * What a route does over each wire, on both engines: HSTS, redirect_from, body_bytes, rewrite.host and an endpoint on a unix socket, and the PROXY
 * header to endpoints for clients of HTTP/2. The whole table of combinations is in `node-route-actions.test.ts`.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bed, HOST, onEngine, startBed } from '../support/conformance-bed.ts';
import { PROXY_SIGNATURE, uint16 } from '../support/door-bytes.ts';
import { askHttp2 } from '../support/h2-ask.ts';
import { ask } from '../support/http-ask.ts';
import { type Origin, startOrigin } from '../support/origin.ts';
import { type ProxiedOrigin, startProxiedOrigin } from '../support/proxied-origin.ts';

const ALIAS = 'www.route.test';
const NAME = 'route.test';
const BODY_LIMIT = 5;
const TARGET = '/a/b%20c?d=e';
const SENT = 'max-age=31536000';

/** `plain-h2`: by prior knowledge. */
const WIRES = ['plain-h1', 'tls-h1', 'plain-h2', 'tls-h2'] as const;
type Wire = (typeof WIRES)[number];

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly hsts: string | undefined;
  readonly body: string;
}

interface Wish {
  readonly host: string;
  readonly method?: string;
  readonly target?: string;
  readonly bytes?: number;
  /** The length of the body is told before it. */
  readonly announced?: boolean;
}

const folder = mkdtempSync(join(tmpdir(), 'penstock-wires-'));
const sessions = new Map<Wire, ClientHttp2Session>();
let bed: Bed;
let unix: Origin;
let proxied: readonly [tcp: ProxiedOrigin, unix: ProxiedOrigin];

beforeAll(async () => {
  unix = await startOrigin({
    path: join(folder, 'app.sock'),
    handler: (request, response, { bodyBytes }) => {
      response.setHeader('strict-Transport-security', 'max-age=1');
      response.end(`${request.headers.host} ${request.url} ${bodyBytes}`);
    },
  });
  proxied = await Promise.all([
    startProxiedOrigin(),
    startProxiedOrigin({ path: join(folder, 'proxied.sock') }),
  ]);
  bed = await startBed({
    services: {
      unix: { endpoints: [unix.address] },
      nowhere: { endpoints: [`unix:${join(folder, 'nowhere.sock')}`] },
      tcp_v2: { endpoints: [`127.0.0.1:${proxied[0].port}`], proxy_protocol: 'v2' },
      unix_v2: { endpoints: [`unix:${join(folder, 'proxied.sock')}`], proxy_protocol: 'v2' },
    },
    routes: [
      {
        host: NAME,
        redirect_from: [ALIAS],
        service: 'unix',
        tls: 'self_signed',
        hsts: {},
        rewrite: { host: 'inside.test:81' },
        body_bytes: BODY_LIMIT,
      },
      { host: HOST, path: '/limited', service: 'unix', body_bytes: BODY_LIMIT },
      { host: HOST, path: '/nowhere', service: 'nowhere' },
      { host: HOST, path: '/tcp-v2', service: 'tcp_v2' },
      { host: HOST, path: '/unix-v2', service: 'unix_v2' },
    ],
  });
});
afterAll(async () => {
  for (const session of sessions.values()) session.destroy();
  await bed.stop();
  await Promise.all([unix, ...proxied].map((origin) => origin.close()));
  rmSync(folder, { recursive: true });
});

const isSecure = (wire: Wire): boolean => wire.startsWith('tls');
const portOf = (wire: Wire): number => (isSecure(wire) ? bed.penstock.ports.https : bed.penstock.ports.http);

function sessionOf(wire: Wire): ClientHttp2Session {
  const known = sessions.get(wire);
  if (known !== undefined) return known;
  const session = connectHttp2(`${isSecure(wire) ? 'https' : 'http'}://127.0.0.1:${portOf(wire)}`, {
    servername: NAME,
    rejectUnauthorized: false,
  });
  session.on('error', () => {});
  sessions.set(wire, session);
  return session;
}

async function send(wire: Wire, wish: Wish): Promise<Answer> {
  const { method = 'GET', target = TARGET, bytes = 0, announced = true } = wish;
  const host = `${wish.host}:${portOf(wire)}`;
  const body = Buffer.alloc(bytes, 'b');
  const length: Record<string, string> = bytes > 0 && announced ? { 'content-length': `${bytes}` } : {};
  if (wire.endsWith('h1')) {
    const headers = bytes > 0 && !announced ? { 'transfer-encoding': 'chunked' } : length;
    const options = { host, method, path: target, tls: isSecure(wire), headers };
    const answer = await ask(portOf(wire), bytes > 0 ? { ...options, body } : options);
    const { location, 'strict-transport-security': hsts } = answer.headers;
    return { status: answer.status, location, hsts, body: answer.text };
  }
  const fields = { ':authority': host, ':method': method, ...length };
  const answer = await askHttp2(sessionOf(wire), target, fields, bytes > 0 ? body : undefined);
  const { location, 'strict-transport-security': hsts } = answer.headers;
  return { status: answer.status, location, hsts, body: answer.body.toString() };
}

describe.each(WIRES)('a route over %s', (wire) => {
  const method = (bytes: number): string => (bytes === 0 ? 'GET' : 'POST');

  it.each([
    [NAME, 0],
    [NAME, 3],
    [ALIAS, 0],
    [ALIAS, 3],
  ])(
    'of %s, %i bytes: to https, to its own name, or to the endpoint, with HSTS over TLS alone',
    async (host, bytes) => {
      const answer = await send(wire, { host, method: method(bytes), bytes });
      const permanent = bytes === 0 ? 301 : 308;
      const { https } = bed.penstock.ports;
      const redirected = { status: permanent, location: `https://${NAME}:${https}${TARGET}` };
      if (!isSecure(wire)) expect(answer).toMatchObject({ ...redirected, hsts: undefined });
      else if (host === ALIAS) expect(answer).toMatchObject({ ...redirected, hsts: SENT });
      else
        expect(answer).toEqual({
          status: 200,
          location: undefined,
          hsts: SENT,
          body: `inside.test:81 ${TARGET} ${bytes}`,
        });
    },
  );

  it.each([true, false])('takes a body up to its limit and no more, announced: %s', async (announced) => {
    const limited = { host: HOST, method: 'POST', target: '/limited', announced };
    const whole = await send(wire, { ...limited, bytes: BODY_LIMIT });
    expect(whole).toMatchObject({ status: 200, body: `${HOST}:${portOf(wire)} /limited ${BODY_LIMIT}` });
    const before = unix.requests.length;
    expect((await send(wire, { ...limited, bytes: BODY_LIMIT + 1 })).status).toBe(413);
    // Of one that is announced the endpoint hears nothing; of another one it never gets the whole.
    const heard = unix.requests.slice(before);
    expect(heard.filter(({ complete }) => complete)).toEqual([]);
    if (announced) expect(heard).toEqual([]);
    // The route's own refusals have its HSTS.
    if (isSecure(wire)) {
      const refused = await send(wire, { host: NAME, method: 'POST', bytes: BODY_LIMIT + 1, announced });
      expect(refused).toMatchObject({ status: 413, hsts: SENT });
    }
  });

  it('answers 502 where there is no such socket', async () => {
    expect((await send(wire, { host: HOST, target: '/nowhere' })).status).toBe(502);
  });
});

describe.each(['plain-h2', 'tls-h2'] as const)('the PROXY header for a client of %s', (wire) => {
  it.each(['/tcp-v2', '/unix-v2'])('tells its address and port on every connection to %s', async (target) => {
    // At once, so that there is more than one connection: all are the same client's.
    const answers = await Promise.all(Array.from({ length: 3 }, () => send(wire, { host: HOST, target })));
    const session = sessionOf(wire);
    const localPort = clientPortOf(session);
    const header = headerOf(localPort, portOf(wire));
    expect(answers.map(({ status, body }) => [status, body.split(' ')[1]])).toEqual(
      Array(3).fill([200, header]),
    );
    // Another connection is another client.
    session.destroy();
    sessions.delete(wire);
    const next = await send(wire, { host: HOST, target });
    const other = clientPortOf(sessionOf(wire));
    expect(next.body.split(' ')[1]).toBe(headerOf(other, portOf(wire)));
    expect(other).not.toBe(localPort);
  });
});

describe.each(['plain-h1', 'tls-h1'] as const)('the PROXY header for a client of %s', (wire) => {
  it('goes to a unix socket too', async () => {
    const { status, body } = await send(wire, { host: HOST, target: '/unix-v2' });
    const [, header = ''] = body.split(' ');
    // engine limit: uWebSockets.js tells neither the client's port nor the address that it came to.
    const begin = `${PROXY_SIGNATURE.toString('hex')}2111000c7f000001${onEngine({ node: '7f000001', uws: '00000000' })}`;
    expect([status, header.slice(0, begin.length)]).toEqual([200, begin]);
    expect(header.endsWith(uint16(portOf(wire)).toString('hex'))).toBe(true);
  });
});

/** Of a session that has served a request. */
function clientPortOf({ socket }: ClientHttp2Session): number {
  return socket?.localPort ?? 0;
}

/** Version 2, PROXY, TCP over IPv4, from 127.0.0.1 to 127.0.0.1. */
function headerOf(clientPort: number, port: number): string {
  const ports = Buffer.concat([uint16(clientPort), uint16(port)]).toString('hex');
  return `${PROXY_SIGNATURE.toString('hex')}2111000c7f0000017f000001${ports}`;
}

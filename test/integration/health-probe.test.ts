/** One active check at a time against real servers: what passes, what does not, and what is said of it. */

import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HealthCheck, UpstreamTls } from '../../src/bridge/snapshot/model.ts';
import { parseAddress } from '../../src/kit/address.ts';
import { TlsContexts } from '../../src/kit/tls-contexts.ts';
import { type CheckTarget, makeProbe } from '../../src/primary/health/probe.ts';
import {
  type Authority,
  type MadeCertificate,
  makeAuthority,
  makeCertificate,
} from '../support/cert-maker.ts';
import { startH2Origin } from '../support/h2-origin.ts';
import { startOrigin } from '../support/origin.ts';
import { startProxiedOrigin } from '../support/proxied-origin.ts';
import { waitFor, within } from '../support/wait-for.ts';

const CHECK: HealthCheck = {
  tcp: false,
  path: '/healthz?deep=1',
  host: '',
  intervalMs: 1_000,
  timeoutMs: 400,
  healthyAfter: 1,
  unhealthyAfter: 1,
  expect: [{ first: 200, last: 399 }],
  initiallyUnhealthy: false,
};

const probe = makeProbe(new TlsContexts());
const cleanUps: (() => unknown)[] = [];
let authority: Authority;
let leaf: MadeCertificate;
let trusting: UpstreamTls;

beforeAll(async () => {
  authority = await makeAuthority();
  leaf = await makeCertificate({ hosts: ['api.test'], issuer: authority });
  trusting = { serverName: 'api.test', caPem: authority.rootPem, verify: true, certPem: '', keyPem: '' };
});

afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

function check(address: string, facts: Partial<CheckTarget> = {}): Promise<string | null> {
  const at = parseAddress(address);
  if (typeof at === 'string') throw new Error(at);
  const target: CheckTarget = {
    address: at,
    protocol: 'http1',
    tls: null,
    proxyProtocol: 0,
    check: CHECK,
    ...facts,
  };
  const result = new Promise<string | null>((resolve) => probe(target, resolve));
  return within(result, { what: 'the check to end', timeoutMs: 2_000 });
}

/** Calls `script` with each connection. */
async function listening(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const scripted = (script: (socket: Socket) => void): Promise<string> => listening(createServer(script));

describe('a check by HTTP/1.1', () => {
  it('asks as it is told to', async () => {
    const origin = await startOrigin();
    cleanUps.push(() => origin.close());
    expect(await check(origin.address)).toBeNull();
    expect(await check(origin.address, { check: { ...CHECK, host: 'api.internal' } })).toBeNull();
    expect(origin.requests.map(({ method, url, headers }) => [method, url, headers.host])).toEqual([
      ['GET', '/healthz?deep=1', origin.address],
      ['GET', '/healthz?deep=1', 'api.internal'],
    ]);
    expect(origin.requests[0]?.headers['user-agent']).toBe('penstock-health');
  });

  it('goes by the status', async () => {
    const origin = await startOrigin({
      handler: ({ url = '' }, response) => {
        response.writeHead(Number(url.slice(1)));
        response.end('x'.repeat(100_000));
      },
    });
    cleanUps.push(() => origin.close());
    const at = (status: number, expected = CHECK.expect): Promise<string | null> =>
      check(origin.address, { check: { ...CHECK, path: `/${status}`, expect: expected } });
    expect(await at(204)).toBeNull();
    expect(await at(302)).toBeNull();
    expect(await at(503)).toBe('status 503, expected 200-399');
    const narrow = [
      { first: 200, last: 200 },
      { first: 401, last: 403 },
    ];
    expect(await at(401, narrow)).toBeNull();
    expect(await at(204, narrow)).toBe('status 204, expected 200,401-403');
  });

  it('works over a unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'penstock-probe-'));
    const origin = await startOrigin({ path: join(folder, 'o.sock') });
    cleanUps.push(() => origin.close().then(() => rmSync(folder, { recursive: true })));
    expect(await check(origin.address)).toBeNull();
    expect(origin.requests[0]?.headers.host).toBe('localhost');
  });

  it('says what is wrong', async () => {
    const [silent, closing, garbage, resetting] = await Promise.all([
      scripted(() => {}),
      scripted((socket) => socket.once('data', () => socket.end())),
      scripted((socket) => socket.end('220 mail.test ESMTP\r\n')),
      scripted((socket) => socket.once('data', () => socket.resetAndDestroy())),
    ]);
    expect(await check(silent)).toBe('no answer within 400ms');
    expect(await check(closing)).toBe('it closed the connection before it answered');
    expect(await check(garbage)).toBe('its answer is not HTTP');
    expect(await check(resetting)).toBe('it reset the connection');
    expect(await check('127.0.0.1:1')).toBe('it refuses the connection');
    expect(await check('no-such-host.invalid:80')).toMatch(/ENOTFOUND|EAI_AGAIN|no answer/);
  });

  it('ends when it is broken off, and says nothing any more', async () => {
    const sockets: Socket[] = [];
    const address = await scripted((socket) => sockets.push(socket));
    const at = parseAddress(address);
    if (typeof at === 'string') throw new Error(at);
    let said = false;
    const cancel = probe(
      { address: at, protocol: 'http1', tls: null, proxyProtocol: 0, check: CHECK },
      () => {
        said = true;
      },
    );
    await waitFor(() => sockets.length > 0, { what: 'the check to connect' });
    cancel();
    await waitFor(() => sockets[0]?.readableEnded || sockets[0]?.destroyed, {
      what: 'its connection to close',
    });
    // Longer than the time that it would have had.
    await check(address);
    expect(said).toBe(false);
  });
});

describe('a check of a connection alone', () => {
  const tcp = { ...CHECK, tcp: true };

  it('passes where one stands', async () => {
    expect(await check(await scripted(() => {}), { check: tcp })).toBeNull();
    expect(await check('127.0.0.1:1', { check: tcp })).toBe('it refuses the connection');
  });

  it('wants the whole handshake with TLS', async () => {
    const secure = await listening(createTlsServer({ cert: leaf.certPem, key: leaf.keyPem }, () => {}));
    expect(await check(secure, { check: tcp, tls: trusting })).toBeNull();
    expect(await check(secure, { check: tcp, tls: { ...trusting, caPem: '' } })).toMatch(/certificate/);
    expect(await check(secure, { check: tcp, tls: { ...trusting, serverName: 'other.test' } })).toMatch(
      /altnames/,
    );
    expect(await check(await scripted(() => {}), { check: tcp, tls: trusting })).toBe(
      'no answer within 400ms',
    );
  });
});

describe('a check of an endpoint that wants a PROXY header', () => {
  const LOCAL = '0d0a0d0a000d0a515549540a20000000';

  it.each(['plain', 'tls'])('begins with one that names nobody (%s)', async (wire) => {
    const secure = wire === 'tls';
    const tls = { cert: leaf.certPem, key: leaf.keyPem };
    const origin = await startProxiedOrigin(secure ? { tls } : {});
    cleanUps.push(() => origin.close());
    const facts = { proxyProtocol: 2, tls: secure ? trusting : null } as const;
    const address = `127.0.0.1:${origin.port}`;
    expect(await check(address, facts)).toBeNull();
    expect(await check(address, { ...facts, check: { ...CHECK, tcp: true } })).toBeNull();
    // A check of a connection alone is over before the endpoint has read anything.
    await waitFor(() => origin.headers.length === 2, { what: 'the header of the second check' });
    expect(origin.headers).toEqual([LOCAL, LOCAL]);
    expect(await check('127.0.0.1:1', facts)).toBe('it refuses the connection');
    if (secure)
      expect(await check(address, { ...facts, tls: { ...trusting, caPem: '' } })).toMatch(/certificate/);
  });
});

describe('a check by HTTP/2', () => {
  it('asks as it is told to, with TLS and without', async () => {
    const asked: unknown[] = [];
    const onStream = ({ stream, headers }: Parameters<Parameters<typeof startH2Origin>[0]>[0]): void => {
      asked.push([headers[':method'], headers[':path'], headers[':authority'], headers[':scheme']]);
      stream.respond({ ':status': headers[':path'] === '/bad' ? 500 : 200 });
      stream.end('well');
    };
    const plain = await startH2Origin(onStream);
    const secure = await startH2Origin(onStream, { tls: { cert: leaf.certPem, key: leaf.keyPem } });
    cleanUps.push(() => Promise.all([plain.close(), secure.close()]));
    const named = { ...CHECK, host: 'api.test' };
    expect(await check(`127.0.0.1:${plain.port}`, { protocol: 'h2c', check: named })).toBeNull();
    expect(
      await check(`127.0.0.1:${secure.port}`, { protocol: 'h2', tls: trusting, check: named }),
    ).toBeNull();
    expect(asked).toEqual([
      ['GET', '/healthz?deep=1', 'api.test', 'http'],
      ['GET', '/healthz?deep=1', 'api.test', 'https'],
    ]);
    const bad = { ...CHECK, path: '/bad' };
    expect(await check(`127.0.0.1:${plain.port}`, { protocol: 'h2c', check: bad })).toBe(
      'status 500, expected 200-399',
    );
  });

  it('says what is wrong', async () => {
    const http1 = await listening(createTlsServer({ cert: leaf.certPem, key: leaf.keyPem }, () => {}));
    expect(await check(http1, { protocol: 'h2', tls: trusting })).toBe('it does not speak HTTP/2');
    expect(await check('127.0.0.1:1', { protocol: 'h2c' })).toBe('it refuses the connection');
    const silent = await startH2Origin(() => {});
    cleanUps.push(() => silent.close());
    expect(await check(`127.0.0.1:${silent.port}`, { protocol: 'h2c' })).toBe('no answer within 400ms');
    expect(
      await check(await scripted((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')), {
        protocol: 'h2c',
      }),
    ).not.toBeNull();
  });
});

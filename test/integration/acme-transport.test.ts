/** The way to an authority against servers that do what no authority should: silence, floods, redirects, closed connections. */

import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kit/clock.ts';
import { AuthorityError } from '../../src/primary/certs/acme/authority-error.ts';
import { AuthorityTransport } from '../../src/primary/certs/acme/authority-transport.ts';
import { classify } from '../../src/primary/certs/acme/diagnosis/classify.ts';
import { MovedClock } from '../support/acme-bed.ts';
import { makeAuthority, makeCertificate } from '../support/cert-maker.ts';
import { freePort } from '../support/free-port.ts';

const cleanUps: (() => void)[] = [];

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

function transport(timeoutMs = 5_000, caPem: string | null = null): AuthorityTransport {
  const made = new AuthorityTransport({ caPem, clock: systemClock, timeoutMs });
  cleanUps.push(() => made.close());
  return made;
}

const get = (port: number, timeoutMs?: number) =>
  transport(timeoutMs).ask({ url: `http://127.0.0.1:${port}/x`, method: 'GET', body: null });

async function answering(listener: RequestListener): Promise<number> {
  const server = createHttpServer(listener);
  cleanUps.push(() => server.closeAllConnections());
  return listening(server);
}

describe('the way to an authority', () => {
  it('gives status, fields and what is JSON, also of a refusal', async () => {
    const port = await answering((_, response) => {
      response.writeHead(403, { 'content-type': 'application/problem+json' }).end('{"detail":"no"}');
    });
    expect(await get(port)).toMatchObject({ status: 403, data: { detail: 'no' } });
  });

  it('follows nowhere', async () => {
    const port = await answering(
      (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    );
    expect(await get(port)).toMatchObject({ status: 302 });
  });

  it('takes the clock of no cache for that of the authority', async () => {
    const port = await answering((_, response) => {
      response.sendDate = false;
      response.setHeader('age', '86400').setHeader('date', new Date(0).toUTCString()).end();
    });
    const made = transport();
    await made.ask({ url: `http://127.0.0.1:${port}/`, method: 'GET', body: null });
    expect(made.clockSkewMs).toBeNull();
  });

  it('knows how far the clocks are apart, also when ours is set after it has said', async () => {
    const port = await answering((_, response) => {
      response.sendDate = false;
      response.setHeader('date', new Date(Date.now() + 3_600_000).toUTCString()).end();
    });
    const clock = new MovedClock();
    const made = new AuthorityTransport({ caPem: null, clock, timeoutMs: 5_000 });
    cleanUps.push(() => made.close());
    expect(made.clockSkewMs).toBeNull();
    await made.ask({ url: `http://127.0.0.1:${port}/`, method: 'GET', body: null });
    for (const aheadMs of [0, 3_600_000, 86_400_000]) {
      clock.aheadMs = aheadMs;
      expect(Math.abs((made.clockSkewMs ?? 0) + aheadMs - 3_600_000)).toBeLessThan(10_000);
    }
  });

  it.each<[string, () => Promise<number>, RegExp]>([
    ['nobody', freePort, /nothing listens there/],
    ['one that says nothing', () => listening(createServer(() => {})), /no whole answer within 0\.3 s/],
    [
      'one that never ends',
      () => answering((_, response) => void setInterval(() => response.write('x'), 50).unref()),
      /no whole answer within 0\.3 s/,
    ],
    [
      'one that says too much',
      () => answering((_, response) => response.end(Buffer.alloc(1_048_577))),
      /more than 1048576 bytes/,
    ],
    [
      'one that breaks off',
      () =>
        answering(
          ({ socket }, response) =>
            void response.writeHead(200, { 'content-length': 9 }).write('x', () => socket.destroy()),
        ),
      /aborted|hang up|reset/,
    ],
    [
      'one that speaks no HTTP',
      () => listening(createServer((socket) => void socket.end('220 mail\r\n'))),
      /Parse Error/,
    ],
  ])('fails in words for %s', async (_, start, words) => {
    const failure = get(await start(), 300);
    await expect(failure).rejects.toThrow(words);
    await expect(failure).rejects.toMatchObject({ kind: 'network', status: 0, problem: null });
  });

  it.each(['http://authority.example/', 'ftp://127.0.0.1/', 'no URL', 'file:///etc/passwd'])(
    'does not go to %s',
    async (url) => {
      const failure = transport().ask({ url, method: 'GET', body: null });
      await expect(failure).rejects.toThrow(AuthorityError);
      await expect(failure).rejects.toThrow(/no https URL/);
    },
  );

  it('asks again where a kept connection was closed', async () => {
    let connections = 0;
    const server = createHttpServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      // The second request over one connection is answered by its end.
      const socket = request.socket as typeof request.socket & { used?: boolean };
      if (socket.used) return void socket.destroy();
      socket.used = true;
      response.end('ok');
    });
    server.on('connection', () => {
      connections += 1;
    });
    const port = await listening(server);
    const made = transport();
    const ask = () => made.ask({ url: `http://127.0.0.1:${port}/`, method: 'POST', body: '{}' });
    expect([await ask(), await ask()]).toMatchObject([{ data: 'ok' }, { data: 'ok' }]);
    expect(connections).toBe(2);
  });

  it('finds by a certificate of the authority that begins later that our clock is behind', async () => {
    const issuer = await makeAuthority();
    const { certPem: cert, keyPem: key } = await makeCertificate({
      hosts: ['127.0.0.1'],
      issuer,
      startDays: 1,
    });
    const url = `https://127.0.0.1:${await listening(createHttpsServer({ cert, key }))}/`;
    const asked = transport(5_000, issuer.rootPem).ask({ url, method: 'GET', body: null });
    const error: unknown = await asked.catch((refused: unknown) => refused);
    const found = classify({
      host: 'a.example.com',
      authority: url,
      stage: 'before_order',
      error,
      clockSkewMs: null,
      nowMs: 0,
      warnings: [],
      publicAddresses: [],
      isPublic: false,
    });
    expect(found).toMatchObject({ code: 'clock_off', message: expect.stringContaining('is not valid yet') });
  });

  it('trusts the roots that it is given, each of them, and only with the right name', async () => {
    const [ours, other] = await Promise.all([makeAuthority('Ours'), makeAuthority('Other')]);
    const right = await makeCertificate({ hosts: ['127.0.0.1'], issuer: ours });
    const wrong = await makeCertificate({ hosts: ['elsewhere.example'], issuer: ours });
    const ports: number[] = [];
    for (const { certPem, keyPem } of [right, wrong])
      ports.push(
        await listening(
          createHttpsServer({ cert: certPem, key: keyPem }, (_, response) => response.end('ok')),
        ),
      );
    const ask = (port: number | undefined, caPem: string | null) =>
      transport(5_000, caPem).ask({ url: `https://127.0.0.1:${port}/`, method: 'GET', body: null });
    expect(await ask(ports[0], other.rootPem + ours.rootPem)).toMatchObject({ status: 200 });
    await expect(ask(ports[0], other.rootPem)).rejects.toThrow(/acme\.ca_file/);
    await expect(ask(ports[0], null)).rejects.toThrow(/acme\.ca_file/);
    await expect(ask(ports[1], ours.rootPem)).rejects.toThrow(/altnames|IP/);
  });
});

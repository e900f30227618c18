/**
 * Automatic certificates as clients and authorities meet them: what is served before there is one, when it comes, when it is renewed; and the answers to
 * challenges (RFC 8555 8.3). Whoever obtains certificates is the test. Two workers, so that each of them must have what the other has.
 */

import { connect as connectHttp2 } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE } from '../support/conformance-bed.ts';
import { askHttp2 } from '../support/h2-ask.ts';
import { type Answered, type AskOptions, ask } from '../support/http-ask.ts';
import { RawClient } from '../support/raw-client.ts';
import {
  type AutomaticPair,
  automaticPair,
  type RunningAutomatic,
  runAutomatic,
} from '../support/run-automatic.ts';
import { waitFor } from '../support/wait-for.ts';

/** Enough connections that both workers have some. */
const CONNECTIONS = 12;
const ANSWER = 'token-1.thumbprint';
const path = (token: string): string => `/.well-known/acme-challenge/${token}`;

const BOTH = {
  host: ['a.test', 'c.test'],
  redirect_from: ['www.a.test'],
  respond: { body: 'auto' },
  hsts: {},
};
const OTHERS = [
  { host: 'stored.test', respond: { body: 'stored' } },
  { host: 'signed.test', tls: 'self_signed', respond: { body: 'signed' } },
  { host: 'denied.test', tls: 'off', access: { deny: ['127.0.0.0/8'] }, respond: { body: 'never' } },
  {
    host: 'limited.test',
    tls: 'off',
    rate_limit: { requests_per_second: 0.01, burst: 1 },
    respond: { body: 'one' },
  },
];
const CONFIG = {
  workers: 2,
  // An authority of one's own: it may know names that are in no public DNS.
  acme: { email: 'ops@example.com', directory: 'https://ca.internal/directory' },
  routes: [BOTH, { host: 'b.test', redirect_from: 'www.b.test', respond: { body: 'auto' } }, ...OTHERS],
};

describe('automatic certificates', () => {
  let penstock: RunningAutomatic;
  let stored: AutomaticPair;
  let http = 0;
  let https = 0;
  beforeAll(async () => {
    stored = await automaticPair('stored.test', 5);
    penstock = await runAutomatic({
      config: CONFIG,
      listen: { engine: ENGINE },
      stored: { 'stored.test': stored },
    });
    ({ http, https } = penstock.ports);
  });
  afterAll(async () => {
    expect(await penstock.close(), penstock.stderr()).toBe(0);
  });

  const plain = (host: string, options: AskOptions = {}): Promise<Answered> =>
    ask(http, { host, ...options });
  const secure = (host: string, options: AskOptions = {}): Promise<Answered> =>
    ask(https, { host, tls: true, ...options });
  const everywhere = (one: () => Promise<Answered>): Promise<readonly Answered[]> =>
    Promise.all(Array.from({ length: CONNECTIONS }, one));
  /** Every new handshake gets it, within the second that a renewal may take. */
  const servedBy = async (host: string, { fingerprint }: AutomaticPair): Promise<void> => {
    await waitFor(
      async () =>
        (await everywhere(() => secure(host))).every((answer) => answer.fingerprint === fingerprint),
      { what: `the new certificate of ${host} on every worker`, timeoutMs: 1_000 },
    );
  };

  /** New connections all the while, of which none may fail. Gives how many there were. */
  const withHandshakes = async (host: string, act: () => Promise<void>): Promise<number> => {
    let over = false;
    const loop = async (): Promise<number> => {
      let count = 0;
      for (; !over; count++) expect((await secure(host)).status).toBe(200);
      return count;
    };
    const loops = Promise.all([loop(), loop()]);
    try {
      await act();
    } finally {
      over = true;
    }
    const [one, other] = await loops;
    return one + other;
  };

  describe('before and after they come', () => {
    it('are wanted for the names of the routes', async () => {
      expect((await penstock.wanted()).map(({ host }) => host)).toEqual([
        'a.test',
        'c.test',
        'www.a.test',
        'b.test',
        'www.b.test',
        'stored.test',
      ]);
    });

    it('serve from the first request on where they are stored', async () => {
      expect((await plain('stored.test')).headers.location).toBe(`https://stored.test:${https}/`);
      expect((await secure('stored.test')).fingerprint).toBe(stored.fingerprint);
      expect(penstock.stderr()).toMatch(/the automatic certificate for stored\.test ends in [45] days/);
    });

    it('names without one are served over plain HTTP, and over HTTPS by the default certificate', async () => {
      const open = await plain('a.test');
      expect([open.status, open.text, open.headers['strict-transport-security']]).toEqual([
        200,
        'auto',
        undefined,
      ]);
      const other = await secure('unknown.test');
      expect((await secure('a.test')).fingerprint).toBe(other.fingerprint);
      const redirected = await ask(http, { host: `www.a.test:${http}`, path: '/x' });
      expect([redirected.status, redirected.headers.location]).toEqual([301, `http://a.test:${http}/x`]);
    });

    it('each name is redirected once it has its own, with a configuration on disk that is broken by then', async () => {
      penstock.writeConfig('routes: [');
      await waitFor(async () => (await penstock.status()).lastReload?.outcome === 'rejected', {
        what: 'the refusal',
      });
      const before = (await penstock.status()).lastReload;
      const pair = await automaticPair('a.test');
      // Opened under the default certificate, and in use through all that follows.
      const kept = await RawClient.connect(https, { tls: true, servername: 'a.test' });
      const request = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n';
      kept.write(request);
      await kept.readAnswer();

      await penstock.certificates({ 'a.test': pair });
      await servedBy('a.test', pair);
      for (const { status, headers } of await everywhere(() => plain('a.test', { path: '/y?z' })))
        expect([status, headers.location]).toEqual([301, `https://a.test:${https}/y?z`]);
      // The other host of its route, and the other route, wait for theirs.
      for (const host of ['b.test', 'c.test']) expect((await plain(host)).text).toBe('auto');
      expect((await plain('www.a.test')).headers.location).toBe(`https://a.test:${https}/`);
      expect((await ask(http, { host: `www.b.test:${http}` })).headers.location).toBe(
        `http://b.test:${http}/`,
      );
      expect((await secure('a.test')).headers['strict-transport-security']).toContain('max-age=');

      for (let round = 0; round < 2; round++) {
        const renewed = await automaticPair('a.test');
        const handshakes = await withHandshakes('a.test', async () => {
          await penstock.certificates({ 'a.test': renewed });
          await servedBy('a.test', renewed);
        });
        expect(handshakes).toBeGreaterThan(0);
        kept.write(request);
        expect((await kept.readAnswer()).startLine).toBe('HTTP/1.1 200 OK');
      }
      kept.close();
      const listed = await ask(penstock.ports.admin, { path: '/v1/certificates' });
      expect(JSON.parse(listed.text).certificates).toMatchObject([
        { host: 'a.test', source: 'acme', names: ['DNS:a.test'] },
        { host: 'signed.test', source: 'self_signed' },
        { host: 'stored.test', source: 'acme', notAfterMs: stored.notAfterMs },
        { host: '', source: 'default' },
      ]);
      // It is no reload.
      expect((await penstock.status()).lastReload).toEqual(before);
    });

    it('that are over are served, and redirected to, until they are replaced', async () => {
      const over = await automaticPair('b.test', -1);
      await penstock.certificates({ 'b.test': over });
      await servedBy('b.test', over);
      expect((await plain('b.test')).status).toBe(301);
    });

    it('stay through a reload, and leave with their names', async () => {
      penstock.writeConfig(CONFIG);
      expect((await penstock.reload()).outcome).toBe('unchanged');
      penstock.writeConfig({ ...CONFIG, routes: [BOTH, ...OTHERS] });
      expect((await penstock.reload()).outcome).toBe('applied');
      expect((await penstock.wanted()).map(({ host }) => host)).toEqual([
        'a.test',
        'c.test',
        'www.a.test',
        'stored.test',
      ]);
      expect((await plain('a.test')).status).toBe(301);
      expect((await secure('b.test')).fingerprint).toBe((await secure('unknown.test')).fingerprint);
      penstock.writeConfig(CONFIG);
      expect((await penstock.reload()).outcome).toBe('applied');
    });
  });

  describe('answers to challenges', () => {
    beforeAll(() => penstock.challenges([['token-1', ANSWER]]));

    it.each([
      'a.test',
      'signed.test',
      'denied.test',
      'limited.test',
      'unknown.test',
      '127.0.0.1',
      'www.a.test',
    ])('by the host %s, on every worker, before redirects, access lists and limits', async (host) => {
      for (const { status, text, headers } of await everywhere(() =>
        plain(host, { path: path('token-1') }),
      )) {
        expect([status, text, headers['content-type']]).toEqual([200, ANSWER, 'application/octet-stream']);
        expect([headers.server, headers['proxy-status']]).toEqual(['penstock', 'penstock']);
      }
    });

    it('to HEAD without a body, and to no other method', async () => {
      const { status, headers, text } = await plain('signed.test', { path: path('token-1'), method: 'HEAD' });
      expect([status, headers['content-length'], text]).toEqual([200, String(ANSWER.length), '']);
      expect((await plain('signed.test', { path: path('token-1'), method: 'POST', body: 'x' })).status).toBe(
        308,
      );
      expect((await plain('denied.test', { path: path('token-1'), method: 'POST' })).status).toBe(403);
    });

    it.each(['token-2', 'token-1/', 'token-1/x', 'token-', '', '../token-1', 'TOKEN-1'])(
      'not to the token "%s", which is routed',
      async (token) => {
        expect((await plain('denied.test', { path: path(token) })).status).toBe(403);
      },
    );

    it('with a query, and with a path that is the same in normal form', async () => {
      for (const same of [`${path('token-1')}?x=1`, '/.well-known/./acme-challenge/token%2D1'])
        expect((await plain('denied.test', { path: same })).text).toBe(ANSWER);
    });

    it('not on TLS listeners', async () => {
      expect((await secure('signed.test', { path: path('token-1') })).text).toBe('signed');
    });

    it('by HTTP/2 without TLS', async () => {
      const session = connectHttp2(`http://127.0.0.1:${http}`);
      try {
        const { status, body, headers } = await askHttp2(session, path('token-1'), {
          ':authority': 'signed.test',
        });
        expect([status, body.toString(), headers['content-type']]).toEqual([
          200,
          ANSWER,
          'application/octet-stream',
        ]);
        expect((await askHttp2(session, path('token-2'), { ':authority': 'denied.test' })).status).toBe(403);
      } finally {
        session.close();
      }
    });

    it('of the last set alone, and of a worker that takes the place of a dead one', async () => {
      await penstock.challenges([
        ['token-3', 'three'],
        ['token-4', 'four'],
      ]);
      for (const { status } of await everywhere(() => plain('denied.test', { path: path('token-1') })))
        expect(status).toBe(403);
      await penstock.failWorker(0);
      await waitFor(
        async () => {
          const { ready, workers } = await penstock.status();
          return ready && workers[0]?.restarts === 1;
        },
        { what: 'the worker that takes its place' },
      );
      for (const { text } of await everywhere(() => plain('denied.test', { path: path('token-4') })))
        expect(text).toBe('four');
    });

    it('are looked for through the listener before the authority is told, and taken away', async () => {
      const challenge = { host: 'a.test', token: 'token-5', keyAuthorization: 'five', dnsValue: '' };
      await penstock.present(challenge);
      expect((await plain('denied.test', { path: path('token-5') })).text).toBe('five');
      await penstock.cleanUp(challenge);
      await penstock.cleanUp(challenge);
      for (const { status } of await everywhere(() => plain('denied.test', { path: path('token-5') })))
        expect(status).toBe(403);
    });

    it('are no more than workers keep', async () => {
      const tokens = Array.from({ length: 10_001 }, (_, index) => [`t${index}`, 'x'] as const);
      await expect(penstock.challenges(tokens)).rejects.toThrow('10000 at most');
    });
  });
});

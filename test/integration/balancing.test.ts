/** Balancing through a whole penstock with two workers: what is counted and shared between them, and what clients see of it. */

import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answered, ask } from '../support/http-ask.ts';
import { parseExposition } from '../support/metrics-text.ts';
import { type Origin, startOrigin } from '../support/origin.ts';
import { RawClient } from '../support/raw-client.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

const MAX_REQUESTS = 5;

/** An origin that holds every request until `release`. The last segment of the path says how it ends then. */
interface HoldingOrigin extends Origin {
  readonly held: ServerResponse[];
  release(): void;
}

async function startHolding(): Promise<HoldingOrigin> {
  const held: ServerResponse[] = [];
  const origin = await startOrigin({ handler: (_, response) => held.push(response) });
  const release = (): void => {
    for (const response of held.splice(0)) {
      const { url = '' } = response.req;
      if (url.endsWith('/silent')) continue;
      if (url.endsWith('/cut')) response.destroy();
      else if (url.endsWith('/half')) {
        response.writeHead(200, { 'content-length': 10 });
        response.write('half!', () => response.destroy());
      } else response.end('whole');
    }
  };
  return { ...origin, held, release };
}

let penstock: RunningPenstock;
let stateDir = '';
let limited: HoldingOrigin;
let least: readonly [HoldingOrigin, HoldingOrigin];
let pair: readonly [Origin, Origin];

const config = (stickyEndpoints: readonly object[]) => ({
  workers: 2,
  state_dir: stateDir,
  services: {
    limited: { endpoints: [{ address: limited.address, id: 'l' }], max_requests: MAX_REQUESTS },
    least: { endpoints: least.map(({ address }) => address), balance: 'least_requests' },
    hash: { endpoints: pair.map(({ address }) => address), balance: 'hash', hash_on: 'header:X-User' },
    one: { endpoints: [pair[0].address] },
    two: { endpoints: [pair[1].address] },
    sticky: { endpoints: stickyEndpoints, sticky: { cookie: 'penstock' } },
  },
  routes: [
    { path: '/limited', service: 'limited' },
    { path: '/limited/silent', service: 'limited', timeouts: { response: '1s' } },
    { path: '/least', service: 'least' },
    { path: '/hash', service: 'hash' },
    {
      path: '/split',
      split: [
        { service: 'one', weight: 90 },
        { service: 'two', weight: 10 },
      ],
    },
    { path: '/sticky', service: 'sticky', tls: 'self_signed', host: 'x.test', https_redirect: false },
  ],
});

const stickyEndpoint = (at: 0 | 1, weight = 1) => ({ address: pair[at].address, id: `e${at}`, weight });

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'penstock-balancing-'));
  const named = (name: string): Promise<Origin> =>
    startOrigin({
      readBody: false,
      handler: (_, response) => {
        response.setHeader('set-cookie', ['app=1; Path=/a', 'other="x y"']);
        response.end(name);
      },
    });
  [limited, ...least] = (await Promise.all([startHolding(), startHolding(), startHolding()])) as [
    HoldingOrigin,
    HoldingOrigin,
    HoldingOrigin,
  ];
  pair = await Promise.all([named('one'), named('two')]);
  penstock = await runPenstock({ config: config([stickyEndpoint(0), stickyEndpoint(1)]) });
});

afterAll(async () => {
  await penstock.stop();
  await Promise.all([limited, ...least, ...pair].map((origin) => origin.close()));
  rmSync(stateDir, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Answered> =>
  ask(penstock.ports.http, { path, headers, host: 'x.test' });

/** Reloads with these endpoints of the sticky service. */
async function apply(endpoints: readonly object[]): Promise<void> {
  const { http, https, admin } = penstock.ports;
  const listen = { http: `127.0.0.1:${http}`, https: `127.0.0.1:${https}`, admin: `127.0.0.1:${admin}` };
  penstock.writeConfig({ listen, ...config(endpoints) });
  expect(['applied', 'unchanged']).toContain((await penstock.reload()).json.outcome);
}

async function inFlight(service: string, endpoint: string): Promise<number | undefined> {
  const { text } = await penstock.admin('/metrics');
  return parseExposition(text).value('penstock_endpoint_requests_in_flight', { service, endpoint });
}

describe('max_requests', () => {
  const outcomesOf = (ends: readonly string[]): Promise<(number | 'lost')[]> =>
    Promise.all(
      ends.map((end) =>
        get(`/limited/${end}`).then(
          ({ status }) => status,
          () => 'lost' as const,
        ),
      ),
    );
  const allHeld = (): Promise<boolean> =>
    waitFor(() => limited.held.length === MAX_REQUESTS, { what: 'the requests at the endpoint' });

  it('holds over all workers, and a place is free again whatever the end of its request', async () => {
    const outcomes = outcomesOf(['whole', 'cut', 'half', 'silent']);
    const aborting = await RawClient.connect(penstock.ports.http);
    aborting.write('GET /limited/whole HTTP/1.1\r\nHost: x.test\r\n\r\n');
    await allHeld();
    expect(await inFlight('limited', 'l')).toBe(MAX_REQUESTS);
    expect((await penstock.admin('/v1/services')).json.services[0]).toMatchObject({
      name: 'limited',
      maxRequests: MAX_REQUESTS,
      endpoints: [{ id: 'l', requestsInFlight: MAX_REQUESTS }],
    });
    const refused = await Promise.all(Array.from({ length: 12 }, () => get('/limited/more')));
    for (const { status, headers } of refused) {
      expect([status, headers['retry-after'], headers['proxy-status']]).toEqual([
        503,
        '1',
        'penstock; error=connection_limit_reached',
      ]);
    }
    expect(limited.held).toHaveLength(MAX_REQUESTS);
    // Counts belong to the endpoint, not to a snapshot.
    await apply([stickyEndpoint(0), stickyEndpoint(1, 2)]);
    expect([await inFlight('limited', 'l'), (await get('/limited/more')).status]).toEqual([
      MAX_REQUESTS,
      503,
    ]);
    aborting.close();
    await waitFor(async () => (await inFlight('limited', 'l')) === MAX_REQUESTS - 1, { what: 'the abort' });
    limited.release();
    expect(await outcomes).toEqual([200, 502, 'lost', 504]);
    await waitFor(async () => (await inFlight('limited', 'l')) === 0, { what: 'the places to be free' });
    const again = outcomesOf(new Array(MAX_REQUESTS).fill('whole'));
    await allHeld();
    expect((await get('/limited/more')).status).toBe(503);
    limited.release();
    expect(new Set(await again)).toEqual(new Set([200]));
  });
});

describe('least_requests', () => {
  it('counts what other workers have under way', async () => {
    const answers: Promise<Answered>[] = [];
    for (let i = 1; i <= 20; i++) {
      // A new connection each: either worker gets some.
      answers.push(get('/least'));
      const held = (): number[] => least.map((origin) => origin.held.length);
      await waitFor(() => held().reduce((sum, count) => sum + count) === i, { what: `request ${i}` });
      const [first = 0, second = 0] = held();
      expect(Math.abs(first - second)).toBe(i % 2);
    }
    for (const origin of least) origin.release();
    expect((await Promise.all(answers)).every(({ status }) => status === 200)).toBe(true);
  });
});

describe('hash', () => {
  it('gives a key the same endpoint in every worker, and those without one take turns', async () => {
    const endpointsFor = async (headers: Record<string, string>): Promise<string> => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => get('/hash', headers)));
      return [...new Set(answers.map(({ text }) => text))].sort().join();
    };
    // The ports, which are others in every run, are part of the hash: of eight keys all fall to one endpoint once in 128 runs.
    const users = Array.from({ length: 40 }, (_, index) => `u${index}`);
    const places = await Promise.all(users.map((user) => endpointsFor({ 'X-User': user })));
    expect(new Set(places)).toEqual(new Set(['one', 'two']));
    expect(await endpointsFor({})).toBe('one,two');
  });
});

describe('a split', () => {
  it('is exact in proportion over 10,000 requests, whatever share of them each worker gets', async () => {
    const [connections, each] = [16, 625];
    const counts = await Promise.all(
      Array.from({ length: connections }, async () => {
        const client = await RawClient.connect(penstock.ports.http);
        client.write('GET /split HTTP/1.1\r\nHost: x.test\r\n\r\n'.repeat(each));
        await waitFor(() => client.answers.length === each, { what: 'the answers', timeoutMs: 30_000 });
        client.close();
        return client.answers.filter(({ body }) => body.toString() === 'two').length;
      }),
    );
    // Every worker is exact to one request: test/unit/worker/balancer.
    const total = counts.reduce((sum, count) => sum + count);
    expect(Math.abs(total - 1_000)).toBeLessThanOrEqual(2);
  });
});

describe('sticky', () => {
  const ownCookie = ({ headers }: Answered): string =>
    headers['set-cookie']?.find((line) => line.startsWith('penstock=')) ?? '';

  it('keeps a client at its endpoint through reloads, draining and a restart', async () => {
    // The service's own lines go on as they are, and a client that has a cookie gets no other.
    const first = await get('/sticky');
    const place = first.text;
    const other = place === 'one' ? 'two' : 'one';
    const index = place === 'one' ? 0 : 1;
    const set = ownCookie(first);
    expect(set).toMatch(/^penstock=[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(first.headers['set-cookie']).toEqual(['app=1; Path=/a', 'other="x y"', set]);
    const cookie = `a=b; ${set.split(';')[0]}`;
    const stays = async (): Promise<void> => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => get('/sticky', { cookie })));
      expect(answers.map(({ text }) => text)).toEqual(new Array(8).fill(place));
      expect(answers.map(ownCookie)).toEqual(new Array(8).fill(''));
    };
    await stays();
    // It is passed on, as every other field is.
    expect(pair[index as 0 | 1].requests.at(-1)?.headers.cookie).toBe(cookie);
    const secure = await ask(penstock.ports.https, { path: '/sticky', host: 'x.test', tls: true });
    expect(ownCookie(secure)).toMatch(/; SameSite=Lax; Secure$/);

    await apply([stickyEndpoint(0, index === 0 ? 0 : 7), stickyEndpoint(1, index === 1 ? 0 : 7)]);
    await stays();
    const fresh = await Promise.all(Array.from({ length: 8 }, () => get('/sticky')));
    expect(fresh.map(({ text }) => text)).toEqual(new Array(8).fill(other));

    await penstock.stop();
    penstock = await runPenstock({ config: config([stickyEndpoint(0), stickyEndpoint(1)]) });
    await stays();

    await apply([stickyEndpoint(index === 0 ? 1 : 0)]);
    const moved = await get('/sticky', { cookie });
    expect(moved.text).toBe(other);
    expect(ownCookie(moved)).toMatch(/^penstock=/);
    expect(ownCookie(moved).slice(0, 31)).not.toBe(set.slice(0, 31));
  });
});

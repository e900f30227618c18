/** How often requests may pass: contract 2 (`rate_limit`) and 3 (Rate limits, Order of policies), draft-ietf-httpapi-ratelimit-headers-10. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bed,
  connect,
  ENGINE,
  expectAlive,
  portOf,
  recordFrom,
  startBed,
  WIRES,
  type Wire,
} from '../support/conformance-bed.ts';
import { fieldOf } from '../support/message-framer.ts';
import { parseExposition } from '../support/metrics-text.ts';

const service = 'origin';
const TLS = { tls: 'self_signed', https_redirect: false };
/** So slow that nothing comes back while the tests run. */
const slow = (burst: number, by: string): object => ({ requests_per_second: 0.01, burst, by });
const on = (host: string, rateLimit: unknown, more: object = {}): object => ({
  ...{ host, name: host, rate_limit: rateLimit, service, ...TLS, ...more },
});

const ROUTES = [
  on('ip.test', slow(2, 'ip')),
  on('wire.test', slow(2, 'ip')),
  on('*.host.test', slow(2, 'host')),
  on('global.test', slow(3, 'global')),
  on('key.test', slow(1, 'header:X-Api-Key')),
  on('list.test', [slow(4, 'global'), { requests_per_second: 0.002, burst: 2, by: 'ip' }]),
  on('fast.test', { requests_per_second: 20, burst: 1, by: 'ip' }),
  on('upload.test', slow(1, 'global')),
  on('json.test', slow(1, 'global')),
  on('denied.test', slow(1, 'global'), { access: { deny: ['192.0.2.66'] } }),
  on('redirected.test', slow(1, 'global'), { https_redirect: true }),
  { host: 'own.test', rate_limit: slow(1, 'global'), respond: { body: 'mine' } },
  { host: 'away.test', rate_limit: slow(1, 'global'), redirect: { to: 'https://example.com' } },
];
const CONFIG = { trusted_proxies: ['127.0.0.1'] };

let bed: Bed;
beforeAll(async () => {
  bed = await startBed({ routes: ROUTES, config: CONFIG });
});
afterAll(() => bed.stop());

interface Answer {
  readonly status: number;
  readonly head: string;
}

async function ask(host: string, fields = '', wire: Wire = 'plain'): Promise<Answer> {
  const since = recordFrom(bed);
  const client = await connect(bed, wire, portOf(bed, wire));
  try {
    client.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`);
    const { startLine, head } = await client.readAnswer();
    const status = Number(startLine.split(' ')[1]);
    if (status === 429) expect(since()).toBe('');
    // Whoever is over a limit may ask for something else over the same connection.
    await expectAlive(client);
    return { status, head };
  } finally {
    client.close();
  }
}

const from = (address: string): string => `X-Forwarded-For: ${address}\r\n`;

async function statuses(host: string, requests: readonly string[]): Promise<number[]> {
  const seen: number[] = [];
  for (const fields of requests) seen.push((await ask(host, fields)).status);
  return seen;
}

describe('a rate limit', () => {
  it('by ip counts for the client behind the trusted proxy, an IPv6 one by its /64', async () => {
    const [a, b] = [from('192.0.2.1'), from('192.0.2.2')];
    expect(await statuses('ip.test', [a, a, a, b, b, b])).toEqual([200, 200, 429, 200, 200, 429]);
    const [c, d, e] = [from('2001:db8::1'), from('2001:DB8::2'), from('2001:db8:0:1::1')];
    expect(await statuses('ip.test', [c, d, c, e])).toEqual([200, 200, 429, 200]);
    // The mapped form is the same address; who speaks for nobody is the peer.
    expect(await statuses('ip.test', [from('::ffff:192.0.2.1'), '', '', ''])).toEqual([429, 200, 200, 429]);
  });

  it('counts on all listeners together', async () => {
    const seen: number[] = [];
    for (const wire of [...WIRES, ...WIRES]) seen.push((await ask('wire.test', '', wire)).status);
    expect(seen).toEqual([200, 200, 429, 429]);
  });

  it('by host counts for the host in normal form', async () => {
    expect(await statuses('a.host.test', ['', ''])).toEqual([200, 200]);
    expect(await statuses('A.Host.Test.:80', [''])).toEqual([429]);
    expect(await statuses('b.host.test', ['', '', ''])).toEqual([200, 200, 429]);
  });

  it('global counts everybody', async () => {
    const requests = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].map(from);
    expect(await statuses('global.test', requests)).toEqual([200, 200, 200, 429]);
  });

  it('by header counts for its value, and for the address where there is none', async () => {
    const key = (value: string): string => `x-api-key: ${value}\r\n`;
    expect(await statuses('key.test', [key('one'), key('two'), from('192.0.2.9') + key('one')])).toEqual([
      200, 200, 429,
    ]);
    const [a, b] = [from('192.0.2.1'), from('192.0.2.2')];
    expect(await statuses('key.test', [a, a, b, b + key(''), key('192.0.2.1')])).toEqual([
      200, 429, 200, 429, 200,
    ]);
  });

  it('gives back a request after its interval', async () => {
    const address = from('192.0.2.50');
    expect((await ask('fast.test', address)).status).toBe(200);
    await expect.poll(async () => (await ask('fast.test', address)).status, { timeout: 5_000 }).toBe(200);
  });

  it('of a list lets pass what all let pass, and one that refuses uses up no other', async () => {
    const [a, b, c] = [from('192.0.2.1'), from('192.0.2.2'), from('192.0.2.3')];
    expect(await statuses('list.test', [a, a, a, a, a, b, b, c])).toEqual([
      200, 200, 429, 429, 429, 200, 200, 429,
    ]);
    const address = await ask('list.test', a);
    expect(fieldOf(address.head, 'ratelimit-policy')).toBe('"global";q=4;w=400, "ip";q=2;w=1000');
    // The longest wait counts: before that the client would only be refused again.
    expect(fieldOf(address.head, 'ratelimit')).toMatch(/^"ip";r=0;t=(500|49\d)$/);
    const everybody = await ask('list.test', c);
    expect(fieldOf(everybody.head, 'ratelimit')).toMatch(/^"global";r=0;t=(100|9\d)$/);
  });

  it('holds for answers of penstock’s own too', async () => {
    expect(await statuses('own.test', ['', ''])).toEqual([200, 429]);
    expect(await statuses('away.test', ['', ''])).toEqual([301, 429]);
  });

  it('is asked after the redirect to https and the access list, which use nothing up', async () => {
    expect(await statuses('redirected.test', ['', ''])).toEqual([301, 301]);
    const https = 'X-Forwarded-Proto: https\r\n';
    expect(await statuses('redirected.test', [https, https])).toEqual([200, 429]);
    const denied = from('192.0.2.66');
    expect(await statuses('denied.test', [denied, denied, '', '', denied])).toEqual([
      403, 403, 200, 429, 403,
    ]);
  });

  it('refuses an upload before it is sent on', async () => {
    expect((await ask('upload.test')).status).toBe(200);
    const since = recordFrom(bed);
    const client = await connect(bed);
    try {
      client.write('POST / HTTP/1.1\r\nHost: upload.test\r\nContent-Length: 5\r\n\r\nhello');
      expect((await client.readAnswer()).startLine).toBe('HTTP/1.1 429 Too Many Requests');
      expect(since()).toBe('');
    } finally {
      client.close();
    }
  });

  it('says in its answer what the limit is and when to come back', async () => {
    expect((await ask('json.test')).status).toBe(200);
    const { status, head } = await ask('json.test', 'Accept: application/json\r\n');
    expect(status).toBe(429);
    const seconds = Number(fieldOf(head, 'retry-after'));
    expect(seconds).toBeGreaterThan(90);
    expect(seconds).toBeLessThanOrEqual(100);
    expect(fieldOf(head, 'ratelimit-policy')).toBe('"global";q=1;w=100');
    expect(fieldOf(head, 'ratelimit')).toBe(`"global";r=0;t=${seconds}`);
    expect(fieldOf(head, 'proxy-status')).toBe('penstock; error=http_request_denied');
    expect(fieldOf(head, 'content-type')).toBe('application/problem+json');
    expect(fieldOf(head, 'server')).toBe('penstock');
  });

  it('is counted for its route', async () => {
    const limited = async (route: string): Promise<number | undefined> =>
      parseExposition((await bed.penstock.admin('/metrics')).text).value('penstock_rate_limited_total', {
        route,
      });
    expect(await limited('json.test')).toBe(1);
    expect(await limited('global.test')).toBe(1);
    expect(await limited('fast.test')).toBeDefined();
  });
});

describe('a rate limit that was used up', () => {
  const reload = async (routes: readonly object[]): Promise<void> => {
    const { http, https, admin } = bed.penstock.ports;
    bed.penstock.writeConfig({
      listen: {
        http: `127.0.0.1:${http}`,
        https: `127.0.0.1:${https}`,
        admin: `127.0.0.1:${admin}`,
        engine: ENGINE,
      },
      workers: 1,
      ...CONFIG,
      services: { origin: { endpoints: [bed.origin.address] } },
      routes: [...routes, { host: 't.test', service: 'origin' }],
    });
    const { status, json } = await bed.penstock.reload();
    expect(status, JSON.stringify(json)).toBe(200);
  };

  it('still is after reloads that do not change it, and begins anew where it is changed', async () => {
    const { status } = await ask('global.test');
    expect(status).toBe(429);
    await reload([on('new.test', slow(1, 'ip')), ...ROUTES.slice(3, 5)]);
    expect((await ask('global.test')).status).toBe(429);
    // Also one that takes all limits out for a while.
    await reload([{ host: 'global.test', name: 'global.test', service }]);
    expect((await ask('global.test')).status).toBe(200);
    await reload(ROUTES);
    expect((await ask('global.test')).status).toBe(429);
    await reload([on('global.test', slow(4, 'global'))]);
    expect((await ask('global.test')).status).toBe(200);
  });
});

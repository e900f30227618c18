/** The scrape after known traffic: a format that parses, names of the contract, and numbers that are right. */

import { X509Certificate } from 'node:crypto';
import { Agent } from 'node:http';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../src/kit/names.ts';
import { PENSTOCK_VERSION } from '../../src/kit/version.ts';
import type { StatusReport } from '../../src/primary/control.ts';
import { makeCertificate } from '../support/cert-maker.ts';
import { ask } from '../support/http-ask.ts';
import { type Exposition, parseExposition } from '../support/metrics-text.ts';
import { startOrigin } from '../support/origin.ts';
import { type Ports, type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

const scrape = async (penstock: RunningPenstock): Promise<Exposition> => {
  const response = await fetch(`${penstock.adminUrl}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parseExposition(await response.text());
};

const listen = (ports: Ports): object => ({
  http: `127.0.0.1:${ports.http}`,
  https: `127.0.0.1:${ports.https}`,
  admin: `127.0.0.1:${ports.admin}`,
});

const latencyOf = async (penstock: RunningPenstock): Promise<StatusReport['latency']> =>
  (await penstock.admin('/v1/status')).json.latency;

/** Of `penstock_tls_handshakes_total`. */
const RESULTS = ['ok', 'resumed', 'failed', 'timeout'] as const;

/** Resolves with the socket once the handshake has ended, or with null where the server refused. */
function handshake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket | null> {
  const socket = connectTls({
    port,
    host: '127.0.0.1',
    servername: 'c.test',
    rejectUnauthorized: false,
    ...options,
  });
  return new Promise((resolve) => {
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', () => resolve(null));
  });
}

describe('GET /metrics', () => {
  it('counts known traffic, by route and status, on all workers together', async () => {
    const origin = await startOrigin({
      handler: (request, response) => {
        response.statusCode = request.url === '/api/bad' ? 500 : 200;
        response.end('x');
      },
    });
    const certificate = await makeCertificate({ hosts: ['c.test'] });
    const penstock = await runPenstock({
      files: { 'c.pem': certificate.certPem, 'c.key': certificate.keyPem },
      config: (ports) => ({
        listen: listen(ports),
        workers: 2,
        services: { api: { endpoints: [origin.address] } },
        routes: [
          { name: 'api-1', path: '/api', service: 'api' },
          { name: 'moved', path: '/moved', redirect: { to: 'http://x/', status: 302 } },
        ],
        certificates: [{ cert_file: 'c.pem', key_file: 'c.key' }],
      }),
    });
    const { http } = penstock.ports;
    for (let i = 0; i < 12; i++) await ask(http, { path: '/api/good' });
    for (let i = 0; i < 3; i++) await ask(http, { path: '/api/bad' });
    for (let i = 0; i < 4; i++) await ask(http, { path: '/moved' });
    // A scanner: however many hosts and paths it tries, they share one label.
    for (let i = 0; i < 5; i++) await ask(http, { path: `/scan/${i}`, host: `h${i}.test` });
    const metrics = await scrape(penstock);
    const requests = (route: string, status: string): number | undefined =>
      metrics.value('penstock_requests_total', { route, status });
    const api = 'api-1';
    expect([requests(api, '2xx'), requests(api, '5xx'), requests(api, '4xx')]).toEqual([12, 3, 0]);
    expect(requests('moved', '3xx')).toBe(4);
    expect(requests('(none)', '4xx')).toBe(5);
    // Every metric is there from the start, but reloads, of which there was none.
    const shown = new Set(metrics.samples.map(({ name }) => name.replace(/_(?:bucket|sum|count)$/, '')));
    expect(Object.values(METRICS).filter(({ name }) => !shown.has(name))).toEqual([METRICS.reloads]);
    const routes = metrics.samples.filter(({ name }) => name === 'penstock_requests_total');
    expect(new Set(routes.map(({ labels }) => labels.route))).toEqual(new Set([api, 'moved', '(none)']));

    expect(metrics.value('penstock_request_duration_seconds_count', { route: api })).toBe(15);
    expect(metrics.value('penstock_request_duration_seconds_sum', { route: api })).toBeGreaterThan(0);
    expect(metrics.value('penstock_upstream_duration_seconds_count', { service: 'api' })).toBe(15);
    const made =
      metrics.value('penstock_upstream_connections_total', { service: 'api', reused: 'false' }) ?? 0;
    const reused =
      metrics.value('penstock_upstream_connections_total', { service: 'api', reused: 'true' }) ?? 0;
    expect([made + reused, made]).toEqual([15, origin.connections()]);
    expect(metrics.value('penstock_snapshot_version')).toBe(1);
    expect(metrics.value('penstock_requests_in_flight')).toBe(0);
    const { validTo } = new X509Certificate(certificate.certPem);
    expect(metrics.value('penstock_certificate_expiry_seconds', { host: 'c.test' })).toBe(
      Date.parse(validTo) / 1000,
    );
    expect(metrics.value('penstock_build_info', { version: PENSTOCK_VERSION, node: process.version })).toBe(
      1,
    );
    // One handshake of each kind, the resumed one with the ticket of the first.
    const { https } = penstock.ports;
    const first = await handshake(https);
    const session = await new Promise<Buffer>((resolve) => first?.once('session', resolve));
    const second = await handshake(https, { session });
    expect(second?.isSessionReused()).toBe(true);
    expect(
      await handshake(https, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
    ).toBeNull();
    await waitFor(
      async () => {
        const now = await scrape(penstock);
        const counted = RESULTS.map((result) => now.value('penstock_tls_handshakes_total', { result }));
        const open = now.value('penstock_connections', { listener: 'https' });
        return JSON.stringify([...counted, open]) === '[1,1,1,0,2]';
      },
      { what: 'the handshakes' },
    );
    first?.destroy();
    second?.destroy();
    await waitFor(
      async () => (await scrape(penstock)).value('penstock_connections', { listener: 'https' }) === 0,
      { what: 'the connections to be closed' },
    );
    await penstock.stop();
    await origin.close();
  });

  it('says how long requests took: whole histograms, and percentiles in the status', async () => {
    const SLOW_MS = 100;
    const origin = await startOrigin({
      handler: (_, response) => void setTimeout(() => response.end('x'), SLOW_MS),
    });
    const penstock = await runPenstock({
      config: {
        workers: 2,
        services: { api: { endpoints: [origin.address] } },
        routes: [
          { name: 'quick', path: '/', respond: { status: 200 } },
          { name: 'slow', path: '/slow', service: 'api' },
        ],
      },
    });
    expect(await latencyOf(penstock)).toMatchObject({ all: { requests: 0, p50Ms: null }, routes: [] });
    for (let i = 0; i < 17; i++) await ask(penstock.ports.http);
    for (let i = 0; i < 3; i++) await ask(penstock.ports.http, { path: '/slow' });
    // A request is counted once its answer is written, in the row of its service last.
    await waitFor(async () => (await latencyOf(penstock)).services[0]?.requests === 3, {
      what: 'the requests to be counted',
    });
    const metrics = await scrape(penstock);
    const bucketsOf = (label: string, value: string) =>
      metrics.samples.filter(({ name, labels }) => name.endsWith('_bucket') && labels[label] === value);
    for (const [label, value, count] of [
      ['route', 'quick', 17],
      ['route', 'slow', 3],
      ['service', 'api', 3],
    ] as const) {
      const buckets = bucketsOf(label, value);
      const bounds = buckets.map(({ labels }) => Number(labels.le?.replace('+Inf', 'Infinity')));
      const counts = buckets.map((bucket) => bucket.value);
      expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
      expect(bounds.at(-1)).toBe(Number.POSITIVE_INFINITY);
      expect(counts).toEqual([...counts].sort((a, b) => a - b));
      expect(counts.at(-1)).toBe(count);
      expect(counts[bounds.indexOf(67.1089)]).toBe(count);
      if (value !== 'quick') expect(counts[bounds.indexOf(0.065536)]).toBe(0);
    }
    const seconds = metrics.value('penstock_request_duration_seconds_sum', { route: 'slow' }) ?? 0;
    const upstream = metrics.value('penstock_upstream_duration_seconds_sum', { service: 'api' }) ?? 0;
    // Node's timers may be a millisecond early.
    expect(upstream).toBeGreaterThan((3 * (SLOW_MS - 1)) / 1000);
    expect(seconds).toBeGreaterThanOrEqual(upstream);

    const { all, routes, services } = await latencyOf(penstock);
    expect(routes.map(({ route, requests }) => [route, requests])).toEqual([
      ['quick', 17],
      ['slow', 3],
    ]);
    expect(services.map(({ service, requests }) => [service, requests])).toEqual([['api', 3]]);
    expect(all.requests).toBe(20);
    for (const { p50Ms, p90Ms, p99Ms, p999Ms, maxMs } of [all, ...routes, ...services]) {
      const ascending = [p50Ms, p90Ms, p99Ms, p999Ms, maxMs].map(Number);
      expect(ascending).toEqual(ascending.toSorted((a, b) => a - b));
    }
    // A route's buckets are within 1/16 of what was measured, those of all requests within 1/256.
    const slow = routes[1];
    expect(slow?.p50Ms).toBeGreaterThan((SLOW_MS - 1) * (1 - 1 / 16));
    expect(all.p90Ms).toBeGreaterThan((SLOW_MS - 1) * (1 - 1 / 256));
    expect(slow?.maxMs).toBe(all.maxMs);
    expect(services[0]?.maxMs).toBeLessThanOrEqual(slow?.maxMs ?? 0);
    expect(services[0]?.p50Ms).toBeGreaterThan((SLOW_MS - 1) * (1 - 1 / 16));
    expect((slow?.maxMs ?? 0) / 1000).toBeLessThan(seconds - (2 * (SLOW_MS - 1)) / 1000);
    await penstock.stop();
    await origin.close();
  });

  it('has only names, types and labels of the contract', async () => {
    const penstock = await runPenstock({ config: { routes: [{ path: '/', respond: { status: 200 } }] } });
    await ask(penstock.ports.http);
    const { samples, types } = await scrape(penstock);
    const known = new Map(Object.values(METRICS).map((metric) => [metric.name, metric]));
    for (const [family, type] of types)
      expect({ family, type }).toEqual({ family, type: known.get(family)?.type });
    for (const { name, labels } of samples) {
      const metric = known.get(name) ?? known.get(name.replace(/_(?:bucket|sum|count)$/, ''));
      const names = Object.keys(labels).filter((label) => label !== 'le');
      expect({ name, names }).toEqual({ name, names: [...(metric?.labels ?? ['none'])] });
    }
    await penstock.stop();
  });

  it('shows what is open and under way, and nothing of it afterwards', async () => {
    const origin = await startOrigin({ handler: () => {} });
    const penstock = await runPenstock({
      config: {
        workers: 2,
        services: { api: { endpoints: [origin.address] } },
        routes: [{ path: '/', service: 'api' }],
      },
    });
    const gave = ask(penstock.ports.http).catch(() => null);
    await waitFor(() => origin.requests.length === 1, { what: 'the request' });
    const during = await scrape(penstock);
    expect(during.value('penstock_requests_in_flight')).toBe(1);
    expect(during.value('penstock_connections', { listener: 'http' })).toBe(1);
    const kind = { listener: 'http', engine: 'node', protocol: 'http1' };
    expect(during.value('penstock_client_connections', kind)).toBe(1);
    expect(during.value('penstock_client_requests_total', { engine: 'node', protocol: 'HTTP/1.1' })).toBe(1);
    await origin.close();
    await gave;
    await waitFor(
      async () => {
        const after = await scrape(penstock);
        const left = [
          after.value('penstock_requests_in_flight'),
          after.value('penstock_connections', { listener: 'http' }),
        ];
        return left.every((value) => value === 0);
      },
      { what: 'the gauges to come down' },
    );

    // A stopped process has late loops. What the first beat afterwards says stands until the next one, half a second on.
    const LAG = 'penstock_worker_event_loop_lag_seconds';
    const STOPPED_MS = 900;
    await waitFor(
      async () => {
        penstock.signal('SIGSTOP');
        // What is measured: the time that passes for a process that does nothing.
        await new Promise((resolve) => setTimeout(resolve, STOPPED_MS));
        penstock.signal('SIGCONT');
        const { samples } = await scrape(penstock);
        const lags = samples.filter(({ name }) => name === LAG);
        expect(lags.map(({ labels }) => labels.worker)).toEqual(['0', '1']);
        // Seconds: less what was left of the beat when it was stopped, more what the machine was late.
        return lags.every(({ value }) => value > 0.35 && value < 10);
      },
      { what: 'the lag of both workers', timeoutMs: 15_000 },
    );
    await penstock.stop();
  });

  it('goes on counting through reloads, also for a route that goes and comes back', async () => {
    const config = (names: readonly string[]) => (ports: Ports) => ({
      listen: listen(ports),
      workers: 2,
      routes: names.map((name) => ({ name, path: `/${name}`, respond: { status: 200 } })),
    });
    const penstock = await runPenstock({ config: config(['a', 'b']) });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const count = async (route: string): Promise<number | undefined> =>
      (await scrape(penstock)).value('penstock_requests_total', { route, status: '2xx' });
    await ask(penstock.ports.http, { path: '/a', agent });
    await ask(penstock.ports.http, { path: '/b', agent });
    penstock.writeConfig(config(['b', ...Array.from({ length: 100 }, (_, i) => `r${i}`)]));
    expect((await penstock.reload()).json.outcome).toBe('applied');
    await ask(penstock.ports.http, { path: '/b', agent });
    await ask(penstock.ports.http, { path: '/r99', agent });
    await waitFor(async () => (await count('r99')) === 1, { what: 'the request of r99' });
    expect([await count('a'), await count('b')]).toEqual([undefined, 2]);
    penstock.writeConfig(config(['a', 'b']));
    expect((await penstock.reload()).json.outcome).toBe('applied');
    await ask(penstock.ports.http, { path: '/a', agent });
    // A request is counted once its answer is written: the client may be here before that.
    await waitFor(async () => (await count('a')) === 2, { what: 'the second request of a' });
    expect([await count('b'), await count('r99')]).toEqual([2, undefined]);
    const { all, routes } = await latencyOf(penstock);
    expect(Object.fromEntries(routes.map(({ route, requests }) => [route, requests]))).toEqual({
      a: 2,
      b: 2,
    });
    expect(all.requests).toBe(5);
    const metrics = await scrape(penstock);
    expect(metrics.value('penstock_snapshot_version')).toBe(3);
    expect(metrics.value('penstock_reloads_total', { result: 'applied' })).toBe(2);
    agent.destroy();
    await penstock.stop();
  });
});

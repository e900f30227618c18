/** The access log: off unless asked for, one line a request, in a file or on standard error, and rotated like any log. */

import { existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { ask } from '../support/http-ask.ts';
import { startOrigin } from '../support/origin.ts';
import { rawRequest } from '../support/raw-client.ts';
import { type Ports, type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

interface Line {
  readonly time: string;
  readonly client: string;
  readonly method: string;
  readonly scheme: string;
  readonly host: string;
  readonly target: string;
  readonly status: number;
  readonly route: string;
  readonly service: string;
  readonly endpoint: string;
  readonly duration_ms: number;
  readonly upstream_ms: number | null;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly request_id: string;
  readonly fault?: string;
}

const config = (log: object, endpoint: string, ports: Ports): object => ({
  listen: {
    http: `127.0.0.1:${ports.http}`,
    https: `127.0.0.1:${ports.https}`,
    admin: `127.0.0.1:${ports.admin}`,
  },
  workers: 2,
  log,
  services: { api: { endpoints: [{ address: endpoint, id: 'one' }] }, none: { endpoints: [] } },
  routes: [
    { name: 'api', path: '/', service: 'api' },
    { name: 'none', path: '/none', service: 'none' },
    { name: 'own', path: '/own', respond: { status: 200, body: 'own' } },
    { name: 'secure', host: 's.test', path: '/', service: 'api', tls: 'self_signed', https_redirect: false },
  ],
});

const start = (log: object, endpoint: string): Promise<RunningPenstock> =>
  runPenstock({ config: (ports) => config(log, endpoint, ports) });

const fileOf = (penstock: RunningPenstock, name = 'access.log'): string => join(penstock.folder, name);

function linesIn(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

const linesWhen = (file: string, count: number): Promise<string[]> =>
  waitFor(
    () => {
      const lines = linesIn(file);
      return lines.length >= count ? lines : null;
    },
    { what: `${count} lines in the access log` },
  );

describe('the access log', () => {
  it('is off by default: no file, and nothing of a request on standard error', async () => {
    const origin = await startOrigin();
    const penstock = await start({}, origin.address);
    expect((await ask(penstock.ports.http, { path: '/secret-path' })).status).toBe(200);
    await penstock.stop();
    expect(penstock.stderr()).not.toContain('secret-path');
    expect(existsSync(fileOf(penstock))).toBe(false);
    await origin.close();
  });

  it('has one JSON line a request, with everything there is to know', async () => {
    const origin = await startOrigin({ name: 'hello' });
    const penstock = await start({ access: './access.log', format: 'json' }, origin.address);
    const { http, https } = penstock.ports;
    await ask(http, { path: '/a?x=1', method: 'POST', body: 'four', host: 'a.test' });
    await ask(https, { path: '/b', tls: true, host: 's.test' });
    await ask(http, { path: '/own/c' });
    await ask(http, { path: '/none/d' });
    await rawRequest(http, 'GET /../e HTTP/1.1\r\nHost: a\r\n\r\n');
    const lines = (await linesWhen(fileOf(penstock), 5)).map((line) => JSON.parse(line) as Line);
    const [posted, secure, own, none, refused] = ['/a?x=1', '/b', '/own/c', '/none/d', '/../e'].map(
      (target) => lines.find((line) => line.target === target),
    );
    expect(posted).toMatchObject({
      client: '127.0.0.1',
      method: 'POST',
      scheme: 'http',
      host: 'a.test',
      status: 200,
      route: 'api',
      service: 'api',
      endpoint: 'one',
      bytes_in: 4,
      bytes_out: 'hello\n'.length,
    });
    expect(posted?.upstream_ms).toBeGreaterThan(0);
    expect(posted?.duration_ms).toBeGreaterThanOrEqual(posted?.upstream_ms ?? Number.NaN);
    expect(Math.abs(Date.parse(posted?.time ?? '') - Date.now())).toBeLessThan(60_000);
    expect(posted?.fault).toBeUndefined();
    // The very id that the endpoint was told.
    expect(posted?.request_id).toBe(origin.requests[0]?.headers['x-request-id']);
    expect(secure).toMatchObject({ scheme: 'https', host: 's.test', route: 'secure', status: 200 });
    expect(own).toMatchObject({
      route: 'own',
      service: '',
      endpoint: '',
      status: 200,
      upstream_ms: null,
      bytes_out: 3,
    });
    expect(none).toMatchObject({
      route: 'none',
      service: 'none',
      endpoint: '',
      status: 503,
      fault: 'no_endpoint',
    });
    expect(refused).toMatchObject({ route: '', status: 400, fault: 'path_above_root' });
    expect(new Set(lines.map((line) => line.request_id)).size).toBe(5);
    // It holds what clients sent.
    expect(statSync(fileOf(penstock)).mode & 0o007).toBe(0);
    await penstock.stop();
    await origin.close();
  });

  it('has text lines where the format says so', async () => {
    const origin = await startOrigin();
    const penstock = await start({ access: './access.log', format: 'text' }, origin.address);
    await ask(penstock.ports.http, { path: '/a%22b', host: 'a.test' });
    const [line] = await linesWhen(fileOf(penstock), 1);
    expect(line).toMatch(
      /^\S+Z 127\.0\.0\.1 "GET http:\/\/a\.test\/a%22b" 200 route=api endpoint=one ms=[\d.]+ upstream_ms=[\d.]+ in=0 out=7 id=\S+$/,
    );
    await penstock.stop();
    await origin.close();
  });

  it('goes to standard error beside the log of the process', async () => {
    const origin = await startOrigin();
    const penstock = await start({ access: 'stderr', format: 'json' }, origin.address);
    await ask(penstock.ports.http, { path: '/to-stderr' });
    await waitFor(() => penstock.stderr().includes('/to-stderr'), { what: 'the line on standard error' });
    const line = penstock.stderrLines().find((one) => one.includes('/to-stderr')) ?? '';
    expect(JSON.parse(line)).toMatchObject({ target: '/to-stderr', status: 200, route: 'api' });
    await penstock.stop();
    await origin.close();
  });

  it('tells of an endpoint that cannot be reached', async () => {
    const penstock = await start({ access: './access.log', format: 'json' }, `127.0.0.1:${await freePort()}`);
    await ask(penstock.ports.http);
    const [line = ''] = await linesWhen(fileOf(penstock), 1);
    expect(JSON.parse(line)).toMatchObject({
      status: 502,
      fault: 'connect_refused',
      endpoint: 'one',
      upstream_ms: null,
    });
    await penstock.stop();
  });

  it('loses no line and mixes none up, with many requests on two workers and at the end', async () => {
    const origin = await startOrigin();
    const penstock = await start({ access: './access.log', format: 'json' }, origin.address);
    const count = 600;
    for (let sent = 0; sent < count; sent += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, i) => ask(penstock.ports.http, { path: `/n/${sent + i}` })),
      );
    }
    // No waiting: what is gathered is written before the process ends.
    expect(await penstock.stop()).toEqual({ code: 0, signal: null });
    const targets = linesIn(fileOf(penstock)).map((line) => (JSON.parse(line) as Line).target);
    expect(targets.sort()).toEqual(Array.from({ length: count }, (_, i) => `/n/${i}`).sort());
    await origin.close();
  });

  it('is rotated by renaming it and SIGHUP, under load and without losing a line', async () => {
    const origin = await startOrigin();
    const penstock = await start({ access: './access.log', format: 'json' }, origin.address);
    let sent = 0;
    let stop = false;
    const load = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!stop) {
          sent += 1;
          await ask(penstock.ports.http, { path: `/n/${sent}` });
        }
      }),
    );
    const rotated = [1, 2, 3].map((turn) => fileOf(penstock, `access.log.${turn}`));
    for (const name of rotated) {
      const before = sent;
      await waitFor(() => sent > before + 20, { what: 'requests' });
      renameSync(fileOf(penstock), name);
      penstock.signal('SIGHUP');
      await waitFor(() => linesIn(fileOf(penstock)).length > 0, { what: 'the new file' });
    }
    stop = true;
    await load;
    await penstock.stop();
    const all = [...rotated, fileOf(penstock)]
      .flatMap(linesIn)
      .map((line) => (JSON.parse(line) as Line).target);
    expect(all.length).toBe(sent);
    expect(new Set(all).size).toBe(sent);
    await origin.close();
  });

  it('is switched on, moved and switched off by reloads', async () => {
    const origin = await startOrigin();
    const penstock = await start({}, origin.address);
    const use = async (log: object, path: string): Promise<void> => {
      penstock.writeConfig((ports) => config(log, origin.address, ports));
      expect((await penstock.reload()).json.outcome).toBe('applied');
      await ask(penstock.ports.http, { path });
    };
    await use({ access: './one.log', format: 'json' }, '/one');
    expect(await linesWhen(fileOf(penstock, 'one.log'), 1)).toHaveLength(1);
    await use({ access: './two.log', format: 'json' }, '/two');
    expect(await linesWhen(fileOf(penstock, 'two.log'), 1)).toHaveLength(1);
    await use({ access: 'off' }, '/three');
    await penstock.stop();
    expect(linesIn(fileOf(penstock, 'one.log'))).toHaveLength(1);
    expect(linesIn(fileOf(penstock, 'two.log'))).toHaveLength(1);
    await origin.close();
  });

  it('that cannot be written is reported, and requests are served all the same', async () => {
    const origin = await startOrigin();
    const penstock = await start({ access: './no/such/folder/access.log' }, origin.address);
    expect((await ask(penstock.ports.http)).status).toBe(200);
    await waitFor(() => /the access log \S+ cannot be opened/.test(penstock.stderr()), {
      what: 'the report',
    });
    await penstock.stop();
    await origin.close();
  });
});

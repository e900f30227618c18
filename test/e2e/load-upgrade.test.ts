/**
 * Twenty upgrades under load: plain and TLS connections that are kept, ones that are new all the time, and sessions of HTTP/2. Each process hands its
 * listening sockets to the next, so that no connection waits in a queue that goes away; what a client sees is that its connection is ended after an
 * answer, as announced. The engine and the number of workers are others each time.
 */

import { expect, it } from 'vitest';
import { makeCertificate } from '../support/cert-maker.ts';
import { endProcess, isAlive } from '../support/processes.ts';
import { type LoadGroup, runLoad } from '../support/run-load.ts';
import { runLoadOrigins } from '../support/run-load-origins.ts';
import { type Ports, type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

const HOST = 'www.load.test';
const UPGRADES = 20;
/** So long an old process may take for its last requests, which are answered at once here. */
const DRAIN_SECONDS = 5;

function groups(ports: Ports): LoadGroup[] {
  const group = (name: string, tls: boolean, more: Partial<LoadGroup>): LoadGroup => ({
    name,
    port: tls ? ports.https : ports.http,
    tls,
    servername: HOST,
    host: tls ? HOST : 'plain.load.test',
    path: '/',
    connections: 6,
    requests: 0,
    mayEnd: true,
    thinkMs: 40,
    spreadMs: 5,
    ...more,
  });
  return [
    group('plain', false, {}),
    group('tls', true, {}),
    group('plain-new', false, { connections: 4, requests: 1, thinkMs: 10 }),
    group('tls-new', true, { connections: 2, requests: 1, thinkMs: 10 }),
    group('h2c', false, { connections: 2, streams: 4, thinkMs: 20 }),
    group('h2', true, { connections: 2, streams: 4, thinkMs: 20 }),
  ];
}

/** Of the process after `n` upgrades. */
function configuration(n: number, origins: readonly string[], ports: Ports): object {
  return {
    listen: {
      http: `127.0.0.1:${ports.http}`,
      https: `127.0.0.1:${ports.https}`,
      admin: `127.0.0.1:${ports.admin}`,
      engine: n % 2 === 0 ? 'node' : 'uws',
    },
    // Fewer workers than sockets, as many, and more.
    workers: [2, 1, 3][n % 3],
    timeouts: { drain: `${DRAIN_SECONDS}s` },
    services: { only: { endpoints: origins } },
    routes: [
      { name: 'plain', path: '/', service: 'only' },
      { name: 'secure', host: HOST, path: '/', service: 'only', tls: 'manual', https_redirect: false },
    ],
    certificates: [{ cert_file: 'a.pem', key_file: 'a.key' }],
  };
}

const pidOf = async (penstock: RunningPenstock): Promise<number> =>
  (await penstock.admin('/v1/status')).json.pid as number;

it(`${UPGRADES} upgrades under load fail no request and lose no connection`, async () => {
  const origins = await runLoadOrigins(['only']);
  const { certPem, keyPem } = await makeCertificate({ hosts: [HOST] });
  const penstock = await runPenstock({
    files: { 'a.pem': certPem, 'a.key': keyPem },
    config: (ports) => configuration(0, origins, ports),
  });
  const pids = [penstock.pid];
  const load = runLoad(groups(penstock.ports));
  await waitFor(async () => (await load.report()).requests > 500, { what: 'a load' });
  const startMs = performance.now();
  for (let n = 1; n <= UPGRADES; n++) {
    penstock.writeConfig((ports) => configuration(n, origins, ports));
    const { json } = await penstock.admin('/v1/upgrade', { method: 'POST' });
    expect(json, penstock.stderr()).toMatchObject({ outcome: 'handed_over' });
    pids.push(json.pid as number);
    await waitFor(async () => (await pidOf(penstock)) === json.pid, { what: 'the new process to answer' });
  }
  const tookMs = performance.now() - startMs;
  const report = await load.stop();
  const { requests, connections, groups: of } = report;
  console.log(`${Math.round(tookMs)} ms: ${JSON.stringify({ requests, connections, of })}`);
  expect({ failures: report.failures, notes: report.notes }).toEqual({ failures: 0, notes: [] });
  for (const { name } of groups(penstock.ports)) expect(of[name], name).toBeGreaterThan(2 * UPGRADES);
  expect(new Set(pids).size).toBe(UPGRADES + 1);
  await waitFor(() => pids.filter(isAlive).length === 1, {
    what: 'the old processes to end',
    timeoutMs: 2 * DRAIN_SECONDS * 1_000,
  });
  await endProcess(pids.at(-1) as number);
  expect(await penstock.waitExit()).toEqual({ code: 0, signal: null });
});

/**
 * Two thousand slow clients at a time: a third sends a head one octet a second, a third a body, and a third sends nothing, beside ordinary
 * requests at a constant rate. Every one of these is answered; who owes a head is shown out (by `timeouts.read`; by uWebSockets.js
 * after 10 to 12 s), whose body makes progress is not; and nothing is left of any of them. What they cost others in time is not
 * measured here.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFiles } from '../support/process-figures.ts';
import { runCrowd } from '../support/run-crowd.ts';
import { runLoadOrigins } from '../support/run-load-origins.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { runSteadyLoad, type SteadyLoad } from '../support/run-steady-load.ts';
import { waitFor } from '../support/wait-for.ts';

const EACH = 700;
/** Longer than it takes to open all of them, so that they are there at the same time. */
const READ_MS = 5_000;
/** The engine's own limit, and time to spare. */
const OUT_WITHIN_MS = 20_000;
const DRIP_MS = 1_000;
const PER_SECOND = 200;
const CONNECTIONS = 200;

const octets = (text: string): Uint8Array => Buffer.from(text, 'latin1');
/** Neither is whole before its time is over. */
const SLOW_HEAD = octets(`GET /${'a'.repeat(64)}`);
const BODY_HEAD = octets('POST / HTTP/1.1\r\nHost: flood.test\r\nContent-Length: 64\r\n\r\n');
const SLOW_BODY = octets('b'.repeat(32));

// At the same time: they wait, mostly.
describe.concurrent.each(['node', 'uws'])('floods of slow clients, engine %s', (engine) => {
  let penstock: RunningPenstock;
  let load: SteadyLoad;

  beforeAll(async () => {
    const [origin = ''] = await runLoadOrigins(['origin']);
    penstock = await runPenstock({
      config: ({ http, admin }) => ({
        listen: { http: `127.0.0.1:${http}`, admin: `127.0.0.1:${admin}`, engine },
        workers: 1,
        timeouts: { read: `${READ_MS}ms` },
        services: { origin: { endpoints: [origin] } },
        routes: [{ service: 'origin' }],
      }),
    });
    load = runSteadyLoad();
    const port = penstock.ports.http;
    await load.begin({ port, path: '/', connections: CONNECTIONS, perSecond: PER_SECOND });
  });
  afterAll(() => penstock.stop());

  it('leave no ordinary request without its answer, and nothing behind', async () => {
    const port = penstock.ports.http;
    const files = openFiles(penstock.pid);
    const crowd = runCrowd();
    await crowd.open([
      { port, connections: EACH, opening: SLOW_HEAD },
      { port, connections: EACH },
      { port, connections: EACH, greeting: BODY_HEAD, opening: SLOW_BODY },
    ]);
    await crowd.drip(DRIP_MS);
    // An upload takes two: a connection to its endpoint goes with it.
    await waitFor(() => openFiles(penstock.pid) >= files + 4 * EACH - CONNECTIONS, {
      what: 'all of them to be in at the same time',
    });
    await waitFor(async () => (await crowd.report()).open <= EACH, {
      what: 'those without a head to be shown out',
      timeoutMs: OUT_WITHIN_MS,
    });
    const { open, failed } = await crowd.report();
    expect({ open, failed }).toEqual({ open: EACH, failed: 0 });
    await crowd.stop();
    await waitFor(() => openFiles(penstock.pid) <= files + CONNECTIONS, { what: 'nothing to be left' });

    const { answers, lost, crowdedOut, notes, sent } = await load.stop();
    process.stdout.write(`${engine}: ${sent} ordinary requests, ${crowdedOut} found no connection\n`);
    expect({ answers, lost, notes }).toEqual({ answers: { 200: sent }, lost: 0, notes: [] });
  });
});

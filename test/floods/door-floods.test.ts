/**
 * Ten thousand connections to one worker that say nothing, or one octet a second: what each costs, what others notice of them, and
 * that all of them are gone once `timeouts.read` is over. Times are ratios to the same measurement without a crowd in the same
 * run. What a connection costs is what resident memory grows by. Each crowd comes to a process of its own: nothing of a crowd before is
 * left to be used again.
 */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../support/http-ask.ts';
import { type Exposition, parseExposition } from '../support/metrics-text.ts';
import { type Origin, startOrigin } from '../support/origin.ts';
import { median, openFiles, rssMiB } from '../support/process-figures.ts';
import { type Crowd, runCrowd } from '../support/run-crowd.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

const CONNECTIONS = 10_000;
const MAX_BYTES_EACH = 4_096;
const READ_MS = 8_000;
const MEASURE_MS = 1_000;
const DRIP_MS = 1_000;
/** What p99 and median may grow by, and what they may be on a machine that has other things to do. */
const MAX_RATIO = 3;
const FLOOR_MEDIAN_MS = 25;
const FLOOR_P99_MS = 300;

/** A head that is not whole for as long as the crowd drips. */
const SLOW_HEAD = Buffer.from(`GET /${'a'.repeat(64)} HTTP/1.1\r\n`, 'latin1');
/** A TLS record with the beginning of a ClientHello of 251 octets (RFC 8446 5.1, 4.1.2). */
const SLOW_HELLO = Buffer.from(`16030100ff010000fb0303${'5a'.repeat(64)}`, 'hex');

interface Times {
  readonly medianMs: number;
  readonly p99Ms: number;
}

describe.each([
  { engine: 'node', drips: false },
  { engine: 'node', drips: true },
  { engine: 'uws', drips: false },
  { engine: 'uws', drips: true },
])('ten thousand connections, engine $engine, one octet a second: $drips', ({ engine, drips }) => {
  let origin: Origin;
  let penstock: RunningPenstock;
  let calm: Times;
  let filesBefore: number;
  let crowd: Crowd | null = null;

  beforeAll(async () => {
    origin = await startOrigin();
    penstock = await runPenstock({
      config: ({ http, https, admin }) => ({
        listen: {
          http: `127.0.0.1:${http}`,
          https: `127.0.0.1:${https}`,
          admin: `127.0.0.1:${admin}`,
          engine,
        },
        workers: 1,
        timeouts: { read: `${READ_MS}ms` },
        services: { origin: { endpoints: [origin.address] } },
        routes: [{ service: 'origin', tls: 'self_signed', https_redirect: false }],
      }),
    });
    await measure();
    calm = await measure();
    filesBefore = openFiles(penstock.pid);
  });

  afterEach(async () => {
    await crowd?.stop();
    crowd = null;
  });

  afterAll(async () => {
    await penstock?.stop();
    await origin?.close();
  });

  /** Requests one after the other, each over a connection of its own: each goes in at the door. */
  async function measure(): Promise<Times> {
    const times: number[] = [];
    const end = performance.now() + MEASURE_MS;
    while (performance.now() < end) {
      const begin = performance.now();
      const { status } = await ask(penstock.ports.http);
      expect(status).toBe(200);
      times.push(performance.now() - begin);
    }
    times.sort((a, b) => a - b);
    return { medianMs: median(times), p99Ms: times[Math.floor(times.length * 0.99)] ?? Number.NaN };
  }

  async function metrics(): Promise<Exposition> {
    return parseExposition((await penstock.admin('/metrics')).text);
  }

  const timedOut = (figures: Exposition, listener: string): number =>
    figures.value('penstock_connections_rejected_total', { listener, reason: 'timeout' }) ?? 0;

  const openNow = (figures: Exposition): number =>
    (figures.value('penstock_connections', { listener: 'http' }) ?? 0) +
    (figures.value('penstock_connections', { listener: 'https' }) ?? 0);

  it('cost little, delay nobody and are shown out', { timeout: 60_000 }, async () => {
    const half = CONNECTIONS / 2;
    const { http, https } = penstock.ports;
    const before = await metrics();
    crowd = runCrowd();
    const rssBefore = rssMiB(penstock.pid);
    const { opened } = await crowd.open([
      { port: http, connections: half, opening: SLOW_HEAD },
      { port: https, connections: half, opening: SLOW_HELLO },
    ]);
    expect(opened).toBe(CONNECTIONS);
    await waitFor(() => openFiles(penstock.pid) >= filesBefore + CONNECTIONS, {
      what: 'all of them to be accepted',
    });
    if (drips) await crowd.drip(DRIP_MS);

    const crowded = await measure();
    const bytesEach = ((rssMiB(penstock.pid) - rssBefore) * 1024 * 1024) / CONNECTIONS;
    const note = JSON.stringify({ engine, drips, bytesEach, calm, crowded });
    console.log(note);
    expect(bytesEach, note).toBeLessThan(MAX_BYTES_EACH);
    expect(crowded.medianMs, note).toBeLessThan(MAX_RATIO * calm.medianMs + FLOOR_MEDIAN_MS);
    expect(crowded.p99Ms, note).toBeLessThan(MAX_RATIO * calm.p99Ms + FLOOR_P99_MS);

    await waitFor(async () => (await crowd!.report()).open === 0, {
      what: 'all of them to be shown out',
      timeoutMs: 2 * READ_MS,
      intervalMs: 100,
    });
    await waitFor(() => openFiles(penstock.pid) <= filesBefore + 2, {
      what: `the descriptors to be ${filesBefore} again`,
      timeoutMs: 2 * READ_MS,
    });
    const after = await metrics();
    expect(openNow(after), note).toBe(0);
    // A request whose head comes too slowly is answered with 408: it is one, and not counted here.
    if (!drips) expect(timedOut(after, 'http') - timedOut(before, 'http')).toBe(half);
    expect(timedOut(after, 'https') - timedOut(before, 'https')).toBe(half);
  });
});

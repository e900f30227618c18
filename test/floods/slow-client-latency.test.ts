/**
 * Two thousand slow clients of one kind to one worker: what ordinary requests notice of them. These come at a constant rate from a process of
 * their own, over connections that are open already; their p99 is measured in windows with the crowd at this penstock, and with the same crowd
 * at another one, by turns, and the medians of the windows are compared. For the crowd, the endpoint of its uploads and the kernel take their
 * part of the machine in either case, and whoever measures beside an empty machine measures that.
 *
 * The client of the ordinary requests is not what is measured: it counts from its write, so that what it sent late does not count, every
 * request found a connection free, and it was idle most of the time.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { median, openFiles } from '../support/process-figures.ts';
import { type CrowdGroup, runCrowd } from '../support/run-crowd.ts';
import { runLoadOrigins } from '../support/run-load-origins.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { runSteadyLoad, type SteadyFigures, type SteadyLoad } from '../support/run-steady-load.ts';
import { waitFor } from '../support/wait-for.ts';

const CROWD = 2_000;
/** What slowhttptest sends by default (`-i 10`): an attack is to cost its author little. */
const DRIP_MS = 10_000;
const PER_SECOND = 800;
const CONNECTIONS = 200;
const PAIRS = 5;
const WINDOW_MS = 1_500;
/** For the processes around it to be done with what a crowd that comes or goes means to them: what is measured is one that stays. */
const SETTLE_MS = 300;
const MAX_RATIO = 2;
const MAX_BUSY = 0.5;

const octets = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** `files`: descriptors of penstock that each takes, an upload's to its endpoint included. */
type Kind = Omit<CrowdGroup, 'port' | 'connections'> & { readonly files: number };

/** Neither a head nor a body is whole before the crowd is gone. */
const KINDS: Readonly<Record<string, Kind>> = {
  'send a head an octet every ten seconds': { files: 1, opening: octets(`GET /${'a'.repeat(64)}`) },
  'send a body an octet every ten seconds': {
    files: 2,
    greeting: octets('POST /upload HTTP/1.1\r\nHost: flood.test\r\nContent-Length: 64\r\n\r\n'),
    opening: octets('b'.repeat(32)),
  },
  'send nothing': { files: 1 },
};

describe.each(['node', 'uws'])('two thousand connections, engine %s', (engine) => {
  let penstock: RunningPenstock;
  let other: RunningPenstock;
  let load: SteadyLoad;

  beforeAll(async () => {
    const [ordinary = ''] = await runLoadOrigins(['ordinary']);
    const [uploads = ''] = await runLoadOrigins(['uploads']);
    const run = (): Promise<RunningPenstock> =>
      runPenstock({
        config: ({ http, admin }) => ({
          listen: { http: `127.0.0.1:${http}`, admin: `127.0.0.1:${admin}`, engine },
          workers: 1,
          services: { ordinary: { endpoints: [ordinary] }, uploads: { endpoints: [uploads] } },
          routes: [
            { path: '/', service: 'ordinary' },
            { path: '/upload', service: 'uploads' },
          ],
        }),
      });
    penstock = await run();
    other = await run();
    load = runSteadyLoad();
    const port = penstock.ports.http;
    await load.begin({ port, path: '/', connections: CONNECTIONS, perSecond: PER_SECOND });
    // Compiled code is another program: none of the windows is to have the change in it.
    await window(2 * WINDOW_MS);
  });
  afterAll(async () => {
    await load.stop();
    await penstock.stop();
    await other.stop();
  });

  async function window(ms: number): Promise<SteadyFigures> {
    await load.window();
    await sleep(ms);
    return await load.window();
  }

  /** The ordinary requests, always to `penstock`, while the crowd is at `host`. */
  async function beside(host: RunningPenstock, { files: each, ...kind }: Kind): Promise<SteadyFigures> {
    const files = openFiles(host.pid);
    const crowd = runCrowd();
    await crowd.open([{ port: host.ports.http, connections: CROWD, ...kind }]);
    await crowd.drip(DRIP_MS);
    // Connections to endpoints that idle come and go: no more of them than clients.
    await waitFor(() => openFiles(host.pid) >= files + CROWD * each - CONNECTIONS, {
      what: 'the crowd to be in',
    });
    await sleep(SETTLE_MS);
    const figures = await window(WINDOW_MS);
    expect(await crowd.report()).toMatchObject({ open: CROWD, answered: 0 });
    await crowd.stop();
    await waitFor(() => openFiles(host.pid) <= files + CONNECTIONS, { what: 'the crowd to be gone' });
    await sleep(SETTLE_MS);
    return figures;
  }

  it.each(Object.entries(KINDS))(
    'that %s leave the p99 of others within twice of what it is beside them',
    async (name, kind) => {
      const elsewhere: SteadyFigures[] = [];
      const here: SteadyFigures[] = [];
      for (let pair = 0; pair < PAIRS; pair++) {
        elsewhere.push(await beside(other, kind));
        here.push(await beside(penstock, kind));
      }
      const p99 = (windows: readonly SteadyFigures[]): number => median(windows.map(({ p99Ms }) => p99Ms));
      const ratio = p99(here) / p99(elsewhere);
      const list = (windows: readonly SteadyFigures[]): string =>
        windows.map(({ p99Ms }) => p99Ms.toFixed(1)).join(' ');
      const note = `${engine}, ${name}: p99 with the crowd elsewhere ${p99(elsewhere).toFixed(2)} ms, here ${p99(here).toFixed(2)} ms, ratio ${ratio.toFixed(2)} (${list(elsewhere)} / ${list(here)})`;
      process.stdout.write(`${note}\n`);
      for (const { sent, answers, lost, crowdedOut, busy } of [...elsewhere, ...here]) {
        expect({ statuses: Object.keys(answers), lost, crowdedOut }, note).toEqual({
          statuses: ['200'],
          lost: 0,
          crowdedOut: 0,
        });
        expect(sent).toBeGreaterThan(0.9 * PER_SECOND * (WINDOW_MS / 1_000));
        expect(busy, note).toBeLessThan(MAX_BUSY);
      }
      expect(ratio, note).toBeLessThan(MAX_RATIO);
    },
  );
});

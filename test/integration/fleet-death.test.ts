/** Workers that die: replaced at once, without a trace in what is counted, and never in a tight loop. */

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ask } from '../support/http-ask.ts';
import { parseExposition } from '../support/metrics-text.ts';
import { startOrigin } from '../support/origin.ts';
import { type RunningLibrary, runLibrary } from '../support/run-library.ts';
import { waitFor } from '../support/wait-for.ts';

const ROUTES = [{ name: 'all', path: '/', respond: { status: 200, body: 'here' } }];

/** Waits until worker `id` was replaced for the `times`-th time and serves. */
const replaced = (library: RunningLibrary, id: number, times: number): Promise<boolean> =>
  waitFor(
    async () => {
      const worker = (await library.status()).workers[id];
      return worker?.state === 'serving' && worker.restarts === times;
    },
    { what: `replacement ${times} of worker ${id}`, intervalMs: 5, timeoutMs: 20_000 },
  );

/** Asks over a new connection each time, until it is told to stop. */
function keepAsking(port: number): { stop(): Promise<{ answered: number; failed: string[] }> } {
  let stopped = false;
  let answered = 0;
  const failed: string[] = [];
  const asking = (async () => {
    while (!stopped) {
      await ask(port, { timeoutMs: 2_000 }).then(
        ({ status }) => {
          if (status === 200) answered += 1;
          else failed.push(String(status));
        },
        (error: Error) => failed.push(error.message),
      );
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await asking;
      return { answered, failed };
    },
  };
}

async function countedRequests(library: RunningLibrary): Promise<number> {
  const value = parseExposition(await library.metrics()).value('penstock_requests_total', {
    route: 'all',
    status: '2xx',
  });
  return value ?? 0;
}

describe('a worker that dies', () => {
  it('is replaced within a second while the others serve, and what it counted stays', async () => {
    const library = await runLibrary({ workers: 2, routes: ROUTES });
    const asking = keepAsking(library.httpPort);
    await waitFor(async () => (await countedRequests(library)) > 50, { what: 'traffic' });
    const startMs = performance.now();
    library.failWorker(0);
    await replaced(library, 0, 1);
    const tookMs = performance.now() - startMs;
    await sleep(200);
    const { answered, failed } = await asking.stop();
    console.log(`replaced after ${Math.round(tookMs)} ms; ${answered} answered, ${failed.length} cut`);
    // Contract, Stop.
    expect(tookMs).toBeLessThan(1_000);
    // One request at a time: only the one that the dying worker had in hand can be lost.
    expect(failed.length).toBeLessThanOrEqual(1);
    // A worker counts right after it has written the answer, so a client can see its answer before it is counted.
    await waitFor(async () => (await countedRequests(library)) >= answered, {
      what: 'all that was answered to be counted',
    });
    expect(await countedRequests(library)).toBeLessThanOrEqual(answered + failed.length);
    expect(library.stderr()).toMatch(/"worker":0.*died and is replaced: .*failed on request/);
    const status = await library.status();
    expect(status.ready).toBe(true);
    expect(status.workers[1]).toMatchObject({ state: 'serving', restarts: 0 });
    expect(await library.close()).toBe(0);
  });

  it('leaves nothing open and nothing under way behind in the gauges', async () => {
    const origin = await startOrigin({ handler: () => {} });
    const library = await runLibrary({
      workers: 1,
      services: { silent: { endpoints: [origin.address] } },
      routes: [{ path: '/', service: 'silent' }],
    });
    const cut = ask(library.httpPort).then(
      () => 'answered',
      () => 'cut',
    );
    await waitFor(() => origin.requests.length === 1, { what: 'the request at the origin' });
    const atEndpoint = async (): Promise<number | undefined> =>
      parseExposition(await library.metrics()).value('penstock_endpoint_requests_in_flight', {
        service: 'silent',
        endpoint: origin.address,
      });
    expect((await library.status()).workers[0]).toMatchObject({ requestsInFlight: 1, connections: 1 });
    expect(await atEndpoint()).toBe(1);
    library.failWorker(0);
    expect(await cut).toBe('cut');
    await replaced(library, 0, 1);
    expect((await library.status()).workers[0]).toMatchObject({ requestsInFlight: 0, connections: 0 });
    expect(await atEndpoint()).toBe(0);
    expect(await library.close()).toBe(0);
    await origin.close();
  });

  it('is replaced ever more slowly when it dies again and again, and the others serve on', async () => {
    const library = await runLibrary({ workers: 2, routes: ROUTES });
    for (let death = 1; death <= 5; death++) {
      library.failWorker(1);
      await replaced(library, 1, death);
      expect((await ask(library.httpPort)).status).toBe(200);
    }
    const delays = [...library.stderr().matchAll(/died and is replaced(?: in (\d+) ms)?:/g)].map(
      ([, ms]) => ms ?? '0',
    );
    expect(delays).toEqual(['0', '100', '200', '400', '800']);
    expect(await library.close()).toBe(0);
  });

  it('does not keep a drain from ending', async () => {
    const library = await runLibrary({ workers: 2, routes: ROUTES });
    library.failWorker(0);
    library.failWorker(1);
    expect(await library.close()).toBe(0);
  });
});

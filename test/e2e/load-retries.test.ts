/**
 * A retry storm (contract 3, Retries: "Never more than the budget"): every endpoint fails for ten seconds under load, and gets at most
 * 1.2 times the clients' requests.
 */

import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../support/http-ask.ts';
import { parseExposition } from '../support/metrics-text.ts';
import { type RawOrigin, startRawOrigin } from '../support/raw-origin.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';

const STORM_MS = 10_000;
const CLIENTS = 8;
const UNAVAILABLE = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno';

let penstock: RunningPenstock;
const origins: RawOrigin[] = [];

type Failure = 'answers' | 'resets';
const received: Record<Failure, number> = { answers: 0, resets: 0 };

/** An endpoint that reads each request, and then fails. */
async function startFailing(failure: Failure): Promise<string> {
  const origin = await startRawOrigin(async (connection) => {
    for (;;) {
      if ((await connection.take('\r\n\r\n').catch(() => '')) === '') return;
      received[failure]++;
      if (failure === 'resets') connection.reset();
      else await connection.write(UNAVAILABLE);
    }
  });
  origins.push(origin);
  return `127.0.0.1:${origin.port}`;
}

beforeAll(async () => {
  const retries = { attempts: 2, budget_percent: 20 };
  const three = async (failure: Failure): Promise<object> => ({
    endpoints: [await startFailing(failure), await startFailing(failure), await startFailing(failure)],
    retries,
    // Ejection would keep requests from two of them: the budget alone must hold.
    outlier: 'off',
  });
  const services = { answers: await three('answers'), resets: await three('resets') };
  penstock = await runPenstock({
    config: {
      workers: 2,
      services,
      routes: Object.keys(services).map((service) => ({ path: `/${service}`, service })),
    },
  });
});
afterAll(async () => {
  await penstock.stop();
  await Promise.all(origins.map((origin) => origin.close()));
});

// At the same time: each service has its own budget.
describe.concurrent('a storm brings the endpoints at most 1.2 times the requests of the clients, over all workers', () => {
  it.each([
    ['answers', 503],
    ['resets', 502],
  ] as const)('every endpoint %s (%i)', async (service, status) => {
    let asked = 0;
    const endMs = performance.now() + STORM_MS;
    const client = async (): Promise<void> => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      while (performance.now() < endMs) {
        asked++;
        const answered = await ask(penstock.ports.http, { path: `/${service}`, agent });
        if (answered.status !== status) throw new Error(`answered with ${answered.status}`);
      }
      agent.destroy();
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    const { text } = await penstock.admin('/metrics');
    const retries = parseExposition(text).value('penstock_retries_total', { service });
    expect(asked).toBeGreaterThan(500);
    expect(received[service]).toBe(asked + (retries ?? 0));
    expect(received[service] / asked).toBeLessThanOrEqual(1.2);
    // The budget is there to be used.
    expect(received[service] / asked).toBeGreaterThan(1.1);
    process.stdout.write(`${service}: ${asked} requests, ${received[service]} at the endpoints\n`);
  });
});

/** `penstock explain` beside a running penstock with two workers: the numbers that it shows are those that clients meet. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../../src/cli/explanation.ts';
import { runCli } from '../../src/cli/program.ts';
import { ask } from '../support/http-ask.ts';
import { type Origin, startOrigin } from '../support/origin.ts';
import { type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

interface Told extends Explanation {
  readonly source: {
    readonly running: { readonly url: string; readonly snapshotVersion: number } | null;
    readonly note: string;
  };
}

/** Nobody listens there. */
const NOBODY = '127.0.0.1:1';
const SECRET = 'hunter2-hunter2';

let penstock: RunningPenstock;
let well: Origin;
let slow: Origin;
let bad: Origin;
/** Ends the request that `slow` holds. */
let release = (): void => {};

beforeAll(async () => {
  well = await startOrigin({ name: 'well' });
  slow = await startOrigin({
    handler: (_, response) => {
      release = () => response.end('slow');
    },
  });
  bad = await startOrigin({ handler: (_, response) => response.writeHead(503).end('bad') });
  penstock = await runPenstock({
    config: {
      workers: 2,
      admin_token: 'the-admin-token',
      services: {
        checked: {
          endpoints: [well.address, { address: NOBODY, id: 'nobody' }],
          health_check: { tcp: true, interval: '100ms', unhealthy_after: 1 },
        },
        failing: {
          endpoints: [well.address, { address: bad.address, id: 'bad' }],
          outlier: { consecutive_failures: 1, eject_for: '1h' },
        },
        full: { endpoints: [slow.address], max_requests: 1 },
        retried: {
          endpoints: [bad.address],
          outlier: { consecutive_failures: 1000 },
          retries: { attempts: 2, on: ['503'] },
        },
      },
      routes: [
        ...['checked', 'failing', 'full', 'retried'].map((service) => ({ path: `/${service}`, service })),
        {
          name: 'limited',
          path: '/limited',
          respond: { status: 200 },
          rate_limit: [
            { requests_per_second: 0.01, burst: 3 },
            { requests_per_second: 0.01, burst: 5, by: 'header:X-Key' },
          ],
        },
      ],
    },
  });
});

afterAll(async () => {
  await penstock.stop();
  await Promise.all([well, slow, bad].map((origin) => origin.close()));
});

async function cli(...argv: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  const status = await runCli(argv, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    env: {},
    colour: false,
  });
  return { status, stdout, stderr };
}

/** Of a client at 127.0.0.1, which is what the tests are to penstock. */
async function explain(path: string, ...argv: string[]): Promise<Told> {
  const { status, stdout, stderr } = await cli(
    ...['explain', `http://x${path}`, '-c', penstock.configFile, '--json', '-H', `X-Key: ${SECRET}`, ...argv],
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).not.toContain(SECRET);
  return JSON.parse(stdout) as Told;
}

const get = (path: string) => ask(penstock.ports.http, { path, headers: { 'x-key': SECRET } });

describe('penstock explain beside a running penstock', () => {
  it('finds it by the configuration, and says whose numbers it shows', async () => {
    const { source } = await explain('/limited');
    expect(source).toEqual({ running: { url: penstock.adminUrl, snapshotVersion: 1 }, note: '' });
    const { stdout } = await cli('explain', 'http://x/limited', '-c', penstock.configFile);
    expect(stdout).toContain(`numbers  of the penstock at ${penstock.adminUrl}, snapshot 1\n`);
  });

  it('tells what is left of each limit, counts nothing, and foretells the 429 with its Retry-After', async () => {
    const left = async () => (await explain('/limited')).rateLimits.map((limit) => limit.left);
    expect(await left()).toEqual([3, 5]);
    for (let i = 0; i < 2; i++) expect((await get('/limited')).status).toBe(200);
    expect([await left(), await left()]).toEqual([
      [1, 3],
      [1, 3],
    ]);
    expect((await explain('/limited', '--ip', '192.0.2.1')).rateLimits.map((limit) => limit.left)).toEqual([
      3, 3,
    ]);
    expect((await get('/limited')).status).toBe(200);
    const { outcome, policies } = await explain('/limited');
    expect(outcome).toMatchObject({ kind: 'refused', status: 429, fault: 'rate_limited' });
    expect(policies.map(({ policy, verdict }) => `${policy} ${verdict}`)).toEqual([
      'https redirect passes',
      'access list passes',
      'rate limit refuses',
      'rate limit passes',
    ]);
    const refused = await get('/limited');
    expect(refused.status).toBe(429);
    const foretold = outcome.kind === 'refused' ? outcome.retryAfterSeconds : 0;
    // The clock goes on between the two.
    expect(foretold - Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(0);
    expect(foretold - Number(refused.headers['retry-after'])).toBeLessThanOrEqual(2);
  });

  it('says why an endpoint is out: its check, its ejection', async () => {
    await waitFor(async () => (await explain('/checked')).services[0]?.endpoints[1]?.candidate === false, {
      what: 'the check to fail',
    });
    const [checked] = (await explain('/checked')).services;
    expect(checked).toMatchObject({ taken: well.address, choice: 'the only candidate' });
    expect(checked?.endpoints[1]).toMatchObject({ id: 'nobody', health: { check: 'failing' } });
    expect(checked?.endpoints[1]?.state).toMatch(/^unhealthy, since \d{4}-.*Z: its check fails: /);

    // One of two in turn fails, on whichever worker.
    await waitFor(async () => (await get('/failing')).status === 503, { what: 'the endpoint to fail' });
    await waitFor(async () => (await explain('/failing')).services[0]?.endpoints[1]?.candidate === false, {
      what: 'the ejection',
    });
    const [failing] = (await explain('/failing')).services;
    expect(failing?.endpoints[1]?.state).toMatch(
      /^unhealthy, ejected for \S+, since .*Z: ejected for 1h: a request failed \(status 503\)$/,
    );
    expect((await get('/failing')).status).toBe(200);
  });

  it('foretells the 503 of a service whose endpoints are at their limits', async () => {
    const held = get('/full');
    await waitFor(() => slow.requests.length === 1, { what: 'the request at the endpoint' });
    const { outcome, services } = await explain('/full');
    expect(outcome).toMatchObject({ status: 503, fault: 'endpoints_full', retryAfterSeconds: 1 });
    expect(services[0]?.endpoints).toMatchObject([
      { candidate: false, requestsInFlight: 1, state: 'healthy, at its limit (max_requests: 1)' },
    ]);
    const refused = await get('/full');
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    release();
    expect((await held).status).toBe(200);
    await waitFor(async () => (await explain('/full')).outcome.kind === 'forwarded', { what: 'room' });
  });

  it('tells what is left of the retry budget', async () => {
    expect((await get('/retried')).status).toBe(503);
    expect((await explain('/retried')).policies.at(-1)).toMatchObject({
      policy: 'retries',
      detail: expect.stringMatching(/: 8 left \(requests: 1, sent again: 2\)$/),
    });
  });

  it('shows another configuration as it is configured, unless it is told to ask', async () => {
    const { admin } = penstock.ports;
    const other = penstock.writeFile(
      'other.yaml',
      JSON.stringify({
        listen: { admin: `127.0.0.1:${admin}` },
        admin_token: 'the-admin-token',
        routes: [
          { name: 'limited', path: '/', respond: { status: 200 }, rate_limit: { requests_per_second: 1 } },
        ],
      }),
    );
    const unasked = await explain('/limited', '-c', other);
    expect(unasked.source.running).toBeNull();
    expect(unasked.source.note).toBe(
      `the penstock at ${penstock.adminUrl} runs ${penstock.configFile}; to ask it all the same, name it with --admin`,
    );
    expect(unasked.rateLimits).toMatchObject([{ left: null, waitMs: null }]);
    const asked = await explain('/limited', '-c', other, '--admin', penstock.adminUrl);
    expect(asked.source).toMatchObject({
      running: { snapshotVersion: 1 },
      note: '',
    });
    // It has none like this one.
    expect(asked.rateLimits).toMatchObject([{ left: null }]);
    const nowhere = penstock.writeFile(
      'nowhere.yaml',
      JSON.stringify({
        routes: [{ name: 'n', path: '/', respond: {}, rate_limit: { requests_per_second: 1 } }],
      }),
    );
    const unknown = await explain(
      '/',
      '-c',
      nowhere,
      '--admin',
      penstock.adminUrl,
      '--token',
      'the-admin-token',
    );
    expect(unknown.source.note).toBe(
      'its rate limits are not known: No route that serves has this name; GET /v1/routes has them all.',
    );
  });

  it('fails where the one that is named does not answer, and only there', async () => {
    const named = await cli('explain', 'http://x/', '-c', penstock.configFile, '--admin', NOBODY);
    expect(named).toMatchObject({ status: 1, stdout: '' });
    expect(named.stderr).toContain('PENSTOCK_ADMIN_UNREACHABLE');
    const alone = penstock.writeFile(
      'alone.yaml',
      JSON.stringify({ listen: { admin: NOBODY }, routes: [{ path: '/', respond: { status: 200 } }] }),
    );
    const { stdout, status } = await cli('explain', 'http://x/', '-c', alone);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^numbers {2}as configured, nothing of a running penstock: cannot reach .* nothing listens there/m,
    );
    const off = penstock.writeFile(
      'off.yaml',
      JSON.stringify({ listen: { admin: 'off' }, routes: [{ path: '/', respond: { status: 200 } }] }),
    );
    expect((await cli('explain', 'http://x/', '-c', off)).stdout).toContain('turns the admin endpoints off');
  });
});

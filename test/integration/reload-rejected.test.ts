/** Reloads that change nothing, because they must not or need not, and what is kept of those that do. */

import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, utimesSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStored } from '../../src/bridge/snapshot/codec.ts';
import { expectApplied } from '../support/expect-applied.ts';
import { ask } from '../support/http-ask.ts';
import { parseExposition } from '../support/metrics-text.ts';
import { PENSTOCK_MAIN, type Ports, type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

const config = (body: string, ports: Ports, more: object = {}): object => ({
  listen: {
    http: `127.0.0.1:${ports.http}`,
    https: `127.0.0.1:${ports.https}`,
    admin: `127.0.0.1:${ports.admin}`,
  },
  workers: 2,
  routes: [{ path: '/', respond: { status: 200, body } }],
  ...more,
});

const start = (): Promise<RunningPenstock> => runPenstock({ config: (ports) => config('first', ports) });
const statusOf = async (penstock: RunningPenstock) => (await penstock.admin('/v1/status')).json;
const reloads = async (penstock: RunningPenstock, result: string): Promise<number | undefined> =>
  parseExposition((await penstock.admin('/metrics')).text).value('penstock_reloads_total', { result });

const BROKEN = 'routes:\n  - path: /\n    metods: [GET]\n    respond: { status: 200 }\n';

describe('an invalid configuration', () => {
  it('changes nothing, and is told of in the log, the status, the answer and the metrics', async () => {
    const penstock = await start();
    const before = (await statusOf(penstock)).snapshot;
    penstock.writeConfig(BROKEN);
    await waitFor(() => penstock.stderr().includes('UNKNOWN_KEY'), { what: 'the problem in the log' });
    const status = await statusOf(penstock);
    expect(status).toMatchObject({
      ready: true,
      snapshot: before,
      lastReload: {
        outcome: 'rejected',
        trigger: 'file',
        version: before.version,
        problems: [{ code: 'UNKNOWN_KEY', origin: { line: 3 }, suggestion: 'methods' }],
      },
    });
    const answer = await penstock.reload();
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({
      status: 422,
      outcome: 'rejected',
      problems: [{ code: 'UNKNOWN_KEY' }],
    });
    expect(await reloads(penstock, 'rejected')).toBe(2);
    expect((await penstock.admin('/readyz')).status).toBe(200);
    expect((await ask(penstock.ports.http)).text).toBe('first');
    const logged = penstock.stderrLines().find((line) => line.includes('UNKNOWN_KEY')) ?? '';
    expect(JSON.parse(logged)).toMatchObject({
      level: 'error',
      code: 'UNKNOWN_KEY',
      msg: expect.stringContaining(`${penstock.configFile}:3:5 `),
    });

    penstock.writeConfig((ports) => config('mended', ports));
    expectApplied(await penstock.reload(), before.version + 1);
    expect((await ask(penstock.ports.http)).text).toBe('mended');
    await penstock.stop();
  });

  it('makes penstock reload end with 2 and say where', async () => {
    const penstock = await start();
    // Still names the admin address, so that the command finds penstock.
    penstock.writeConfig((ports) => ({ ...config('x', ports), nonsense: 1 }));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [PENSTOCK_MAIN, 'reload', '-c', penstock.configFile],
      {
        encoding: 'utf8',
      },
    );
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/penstock\.yaml:\d+:\d+ UNKNOWN_KEY /);
    expect(stderr).toMatch(/^rejected: /m);
    await penstock.stop();
  });

  it('is one whose address another program has', async () => {
    const penstock = await start();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    penstock.writeConfig((ports) =>
      config('second', ports, { listen: { http: `127.0.0.1:${port}`, admin: `127.0.0.1:${ports.admin}` } }),
    );
    const answer = await penstock.reload();
    expect(answer).toMatchObject({
      status: 422,
      json: {
        outcome: 'rejected',
        problems: [{ code: 'BAD_ADDRESS', message: expect.stringContaining(String(port)) }],
      },
    });
    expect((await ask(penstock.ports.http)).text).toBe('first');
    other.close();
    await penstock.stop();
  });

  it.each([
    ['workers', 'auto', { workers: 3 }],
    ['limits', 'uws', { limits: { header_bytes: '256KiB' } }],
  ])('is one that only a restart can bring: %s, engine %s', async (path, engine, change) => {
    const listen = (ports: Ports): object => ({
      engine,
      http: `127.0.0.1:${ports.http}`,
      admin: `127.0.0.1:${ports.admin}`,
    });
    const penstock = await runPenstock({
      config: (ports) => config('first', ports, { listen: listen(ports) }),
    });
    penstock.writeConfig((ports) => config('second', ports, { listen: listen(ports), ...change }));
    expect((await penstock.reload()).json).toMatchObject({
      outcome: 'rejected',
      problems: [{ code: 'RESTART_NEEDED', path }],
    });
    expect((await ask(penstock.ports.http)).text).toBe('first');
    await penstock.stop();
  });

  it('takes a larger limit of the head at once with the engine that serves by default', async () => {
    const penstock = await start();
    penstock.writeConfig((ports) => config('second', ports, { limits: { header_bytes: '256KiB' } }));
    expectApplied(await penstock.reload());
    expect((await ask(penstock.ports.http)).text).toBe('second');
    await penstock.stop();
  });

  it('takes no name out of the metrics', async () => {
    const penstock = await start();
    await ask(penstock.ports.http);
    const counted = async (): Promise<number> =>
      parseExposition((await penstock.admin('/metrics')).text)
        .samples.filter(({ name, labels }) => name === 'penstock_requests_total' && labels.status === '2xx')
        .reduce((sum, { value }) => sum + value, 0);
    // Counted once the answer is on its way.
    await waitFor(async () => (await counted()) === 1, { what: 'the first request to be counted' });
    penstock.writeConfig(BROKEN);
    expect((await penstock.reload()).json.outcome).toBe('rejected');
    await ask(penstock.ports.http);
    await waitFor(async () => (await counted()) === 2, { what: 'both requests to be counted' });
    await penstock.stop();
  });
});

describe('an identical configuration', () => {
  it('is skipped: version and digest stay', async () => {
    const penstock = await start();
    const before = (await statusOf(penstock)).snapshot;
    expect((await penstock.reload()).json).toMatchObject({ outcome: 'unchanged', ...before });
    const soon = new Date();
    utimesSync(penstock.configFile, soon, soon);
    await waitFor(async () => (await statusOf(penstock)).lastReload.trigger === 'file', {
      what: 'the touched file to be read',
    });
    const status = await statusOf(penstock);
    expect(status.lastReload.outcome).toBe('unchanged');
    expect(status.snapshot).toEqual(before);
    expect(await reloads(penstock, 'unchanged')).toBe(2);
    await penstock.stop();
  });

  it('has its digest again when it comes back, under a new version', async () => {
    const penstock = await start();
    const before = (await statusOf(penstock)).snapshot;
    penstock.writeConfig((ports) => config('second', ports));
    const second = (await penstock.reload()).json;
    penstock.writeConfig((ports) => config('first', ports));
    const third = (await penstock.reload()).json;
    expect(second.digest).not.toBe(before.digest);
    expect(third).toMatchObject({ digest: before.digest, version: before.version + 2 });
    await penstock.stop();
  });

  it('still brings what is not part of a snapshot: a new admin token, a log level', async () => {
    const penstock = await runPenstock({
      files: { token: 'token-one' },
      config: (ports) => config('first', ports, { admin_token: '${file:./token}' }),
    });
    const asked = async (token: string): Promise<number> =>
      (await penstock.admin('/v1/status', { headers: { authorization: `Bearer ${token}` } })).status;
    expect([await asked('token-one'), await asked('token-two')]).toEqual([200, 401]);
    penstock.writeFile('token', 'token-two');
    await waitFor(async () => (await asked('token-two')) === 200, { what: 'the new token' });
    expect(await asked('token-one')).toBe(401);
    expect(penstock.stderr()).not.toMatch(/token-(?:one|two)/);
    await penstock.stop();
  });
});

describe('the last good snapshot', () => {
  it('is in the state directory, whole, readable by its owner only, and follows each reload', async () => {
    const penstock = await start();
    const file = join(penstock.folder, 'penstock-state', 'last-good.snapshot');
    const stored = (): { version: number; digest: string } => {
      const { version, digest } = openStored(readFileSync(file));
      return { version, digest };
    };
    expect(stored()).toEqual((await statusOf(penstock)).snapshot);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(penstock.folder, 'penstock-state')).mode & 0o777).toBe(0o700);

    penstock.writeConfig((ports) => config('second', ports));
    await penstock.reload();
    expect(stored()).toEqual((await statusOf(penstock)).snapshot);
    expect(openStored(readFileSync(file)).route(0).action).toMatchObject({ kind: 'respond', body: 'second' });

    penstock.writeConfig(BROKEN);
    await penstock.reload();
    expect(stored()).toEqual((await statusOf(penstock)).snapshot);
    await penstock.stop();
  });
});

/** `penstock run` as a process: its ready line, its signals and its exit statuses, alone and under `--supervise`. */

import { spawnSync } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type Origin, startOrigin } from '../support/origin.ts';
import {
  PENSTOCK_MAIN,
  type RunningPenstock,
  type RunPenstockOptions,
  runPenstock,
} from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

const RESPOND = { workers: 1, routes: [{ path: '/', respond: { status: 200, body: 'first' } }] };

const origins: Origin[] = [];
afterEach(async () => {
  await Promise.all(origins.splice(0).map((origin) => origin.close()));
});

/** Penstock before an origin that never answers, with one request under way. */
async function withRequestUnderWay(options: Partial<RunPenstockOptions> = {}): Promise<RunningPenstock> {
  const origin = await startOrigin({ handler: () => {} });
  origins.push(origin);
  const services = { slow: { endpoints: [`127.0.0.1:${origin.port}`] } };
  const penstock = await runPenstock({
    config: { workers: 1, services, routes: [{ path: '/', service: 'slow' }] },
    ...options,
  });
  const request = httpRequest({ host: '127.0.0.1', port: penstock.ports.http, path: '/slow', agent: false });
  request.on('error', () => {});
  request.end();
  await waitFor(() => origin.requests.length === 1, { what: 'the request at the origin' });
  return penstock;
}

const bodyOf = async (penstock: RunningPenstock): Promise<string> =>
  (await fetch(`http://127.0.0.1:${penstock.ports.http}/`)).text();

/**
 * Asks for a reload and makes a change in its midst: between the head of the request and its body. So the request is under
 * way whoever reloads first, it or the watch on the file. Gives the status.
 */
function reloadAround(adminPort: number, change: () => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port: adminPort,
      method: 'POST',
      path: '/v1/reload',
      headers: { expect: '100-continue', 'content-length': '1' },
      agent: false,
    });
    request.on('continue', () => {
      change();
      request.end('x');
    });
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.flushHeaders();
  });
}

/** The serving process under a supervisor: what `/v1/status` says of itself. */
const servingPid = async (penstock: RunningPenstock): Promise<number> =>
  ((await penstock.admin('/v1/status')).json as { pid: number }).pid;

describe('penstock run', () => {
  it('prints exactly one ready line, with the addresses, and JSON lines beside it', async () => {
    const penstock = await runPenstock({ config: RESPOND });
    const ready = penstock.stderrLines().filter((line) => line.startsWith('ready '));
    expect(ready).toHaveLength(1);
    expect(ready[0]).toMatch(
      /^ready http=\S+ https=\S+ admin=127\.0\.0\.1:\d+ workers=1 snapshot=1 \(\d+ ms\)$/,
    );
    expect(ready[0]).toContain(`http=127.0.0.1:${penstock.ports.http}`);
    expect(await bodyOf(penstock)).toBe('first');
    await penstock.stop();
    const rest = penstock.stderrLines().filter((line) => !line.startsWith('ready '));
    for (const line of rest) expect(() => JSON.parse(line)).not.toThrow();
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 at %s', async (signal) => {
    const penstock = await runPenstock({ config: RESPOND });
    penstock.signal(signal);
    expect(await penstock.waitExit()).toEqual({ code: 0, signal: null });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends at once by a second %s', async (signal) => {
    const penstock = await withRequestUnderWay();
    penstock.signal('SIGTERM');
    await waitFor(() => penstock.stderr().includes('stopping'), { what: 'the drain to begin' });
    penstock.signal(signal);
    // What a shell shows as 143 and 130.
    expect(await penstock.waitExit(5_000)).toEqual({ code: null, signal });
  });

  it('reloads at SIGHUP', async () => {
    const penstock = await runPenstock({ config: RESPOND });
    penstock.writeConfig({ ...RESPOND, routes: [{ path: '/', respond: { status: 200, body: 'second' } }] });
    penstock.signal('SIGHUP');
    await waitFor(async () => (await bodyOf(penstock)) === 'second', { what: 'the new configuration' });
    expect(await penstock.stop()).toEqual({ code: 0, signal: null });
  });

  it('ends with 2 and the problems where the configuration is wrong', async () => {
    const penstock = await runPenstock({ config: 'routes:\n  - pth: /\n', waitReady: false });
    expect(await penstock.waitExit()).toEqual({ code: 2, signal: null });
    expect(penstock.stderr()).toMatch(/penstock\.yaml:2:5 UNKNOWN_KEY .*\n {4}- pth: \/\n {6}\^\n/);
    expect(penstock.stderr()).not.toContain('ready ');
  });
});

describe('the commands against a running penstock', () => {
  const command = (penstock: RunningPenstock, ...argv: string[]) =>
    spawnSync(process.execPath, [PENSTOCK_MAIN, ...argv, '-c', penstock.configFile], { encoding: 'utf8' });

  it('reload: 0 for a new and for an unchanged configuration, 2 and the problems for a wrong one', async () => {
    const penstock = await runPenstock({ config: { ...RESPOND, admin_token: 'token-of-the-file' } });
    const next = {
      ...RESPOND,
      admin_token: 'token-of-the-file',
      routes: [{ path: '/', respond: { status: 201 } }],
    };
    penstock.writeConfig(next);
    expect(command(penstock, 'reload')).toMatchObject({ status: 0, stderr: '' });
    expect((await fetch(`http://127.0.0.1:${penstock.ports.http}/`)).status).toBe(201);
    const again = command(penstock, 'reload', '--json');
    expect(again.status).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'unchanged', trigger: 'command' });

    penstock.writeConfig({ ...next, routs: [] });
    const rejected = command(penstock, 'reload');
    expect({ status: rejected.status, stdout: rejected.stdout }).toEqual({ status: 2, stdout: '' });
    expect(rejected.stderr).toMatch(/penstock\.yaml:\d+:\d+ UNKNOWN_KEY .*routs/);
    expect(rejected.stderr).not.toContain('token-of-the-file');
    expect((await fetch(`http://127.0.0.1:${penstock.ports.http}/`)).status).toBe(201);
  });

  it('reload: moves the admin endpoints, and is still answered', async () => {
    const penstock = await runPenstock({ config: RESPOND });
    const before = penstock.ports.admin;
    const after = await freePort();
    const listen = { http: `127.0.0.1:${penstock.ports.http}`, admin: `127.0.0.1:${after}` };
    expect(await reloadAround(before, () => penstock.writeConfig({ ...RESPOND, listen }))).toBe(200);
    await waitFor(() => command(penstock, 'status').status === 0, { what: 'the new admin address' });
    const { stdout } = command(penstock, 'status', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      ready: true,
      listeners: [{}, { address: `127.0.0.1:${after}` }],
    });
    expect(command(penstock, 'status', '--admin', `http://127.0.0.1:${before}`).status).toBe(1);
  });

  it('status: what the running process says of itself', async () => {
    const penstock = await runPenstock({ config: RESPOND });
    const { status, stdout, stderr } = command(penstock, 'status');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`pid ${penstock.pid})`);
    expect(stdout).toContain(
      `http           127.0.0.1:${penstock.ports.http} (HTTP/1: node, HTTP/2: node)\n`,
    );
    expect(stdout).toMatch(/^0 +serving +1 /m);
  });
});

describe('penstock run --supervise', () => {
  it('starts anew after native death, serves again, and ends with 0 at SIGTERM', async () => {
    const penstock = await runPenstock({ config: RESPOND, supervise: true });
    const before = await servingPid(penstock);
    expect(before).not.toBe(penstock.pid);
    process.kill(before, 'SIGSEGV');
    const after = await waitFor(
      async () => {
        const pid = await servingPid(penstock);
        return pid === before ? 0 : pid;
      },
      { what: 'the new process', timeoutMs: 20_000 },
    );
    expect(await bodyOf(penstock)).toBe('first');
    expect(await penstock.stop()).toEqual({ code: 0, signal: null });
    expect(() => process.kill(after, 0)).toThrow(/ESRCH/);
  });

  it('forwards SIGHUP', async () => {
    const penstock = await runPenstock({ config: RESPOND, supervise: true });
    penstock.writeConfig({ ...RESPOND, routes: [{ path: '/', respond: { status: 200, body: 'second' } }] });
    penstock.signal('SIGHUP');
    await waitFor(async () => (await bodyOf(penstock)) === 'second', { what: 'the new configuration' });
    expect(await penstock.stop()).toEqual({ code: 0, signal: null });
  });

  it('ends with 2 at once where the configuration is wrong', async () => {
    const penstock = await runPenstock({ config: 'nonsense: true\n', supervise: true, waitReady: false });
    expect(await penstock.waitExit()).toEqual({ code: 2, signal: null });
  });

  it('ends at once at a second signal, and leaves no process behind', async () => {
    const penstock = await withRequestUnderWay({ supervise: true });
    const serving = await servingPid(penstock);
    penstock.signal('SIGTERM');
    await waitFor(() => penstock.stderr().includes('stopping'), { what: 'the drain to begin' });
    penstock.signal('SIGTERM');
    expect(await penstock.waitExit(5_000)).toEqual({ code: 143, signal: null });
    expect(() => process.kill(serving, 0)).toThrow(/ESRCH/);
  });

  it('takes a signal that reaches both processes, as from a terminal, for one', async () => {
    const penstock = await withRequestUnderWay({ supervise: true });
    // The group of the supervisor: what Ctrl-C does.
    process.kill(-penstock.pid, 'SIGINT');
    await waitFor(() => penstock.stderr().includes('stopping'), { what: 'the drain to begin' });
    expect(penstock.exit()).toBeNull();
    await Promise.all(origins.splice(0).map((origin) => origin.close()));
    expect(await penstock.waitExit(10_000)).toEqual({ code: 0, signal: null });
  });

  it('does not outlive its supervisor', async () => {
    const penstock = await runPenstock({ config: RESPOND, supervise: true });
    const serving = await servingPid(penstock);
    process.kill(penstock.pid, 'SIGKILL');
    await waitFor(
      () => {
        try {
          process.kill(serving, 0);
          return false;
        } catch {
          return true;
        }
      },
      { what: 'the orphan to end', timeoutMs: 15_000 },
    );
  });
});

/** `penstock upgrade`, SIGUSR2 and the admin endpoint: what is handed over, and who goes on where nothing can be. */

import { spawnSync } from 'node:child_process';
import { Agent } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { successorStarter } from '../../src/cli/start-successor.ts';
import { ask } from '../support/http-ask.ts';
import { endProcess, isAlive } from '../support/processes.ts';
import { PENSTOCK_MAIN, type Ports, type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

const HTTP = (ports: Ports): string => `127.0.0.1:${ports.http}`;

const configuration =
  (body: string, more: object = {}) =>
  (ports: Ports): object => ({
    listen: { http: [HTTP(ports), `127.0.0.1:${ports.https}`], admin: `127.0.0.1:${ports.admin}` },
    workers: 1,
    timeouts: { drain: '2s' },
    routes: [{ path: '/', respond: { status: 200, body } }],
    ...more,
  });

interface Command {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function upgrade({ configFile }: RunningPenstock, ...args: string[]): Command {
  const given = [PENSTOCK_MAIN, 'upgrade', '-c', configFile, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, given, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

const bodyOf = async (port: number): Promise<string> => (await ask(port)).text;
const servingPid = async (penstock: RunningPenstock): Promise<number> =>
  (await penstock.admin('/v1/status')).json.pid as number;

/** Asks until another process than `before` answers. */
const successorOf = (penstock: RunningPenstock, before: number): Promise<number> =>
  waitFor(
    async () => {
      const pid = await servingPid(penstock);
      return pid === before ? 0 : pid;
    },
    { what: 'the new process', timeoutMs: 20_000 },
  );

describe('an upgrade', () => {
  let penstock: RunningPenstock;
  afterEach(async () => {
    const pid = await servingPid(penstock);
    if (pid !== penstock.pid) await endProcess(pid);
    await penstock.stop();
  });

  it('serves what only a start can change, on the same sockets, and closes those of addresses that are no more', async () => {
    penstock = await runPenstock({ config: configuration('old') });
    const { http, https, admin } = penstock.ports;
    expect(await bodyOf(https)).toBe('old');
    penstock.writeConfig({
      listen: { http: HTTP(penstock.ports), admin: `127.0.0.1:${admin}` },
      workers: 2,
      routes: [{ path: '/', respond: { status: 200, body: 'new' } }],
    });
    const { status, stdout, stderr } = upgrade(penstock);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const pid = await successorOf(penstock, penstock.pid);
    expect(stdout).toBe(
      `handed_over: process ${pid} serves; process ${penstock.pid} ends with its last request\n`,
    );
    expect(await bodyOf(http)).toBe('new');
    await expect(bodyOf(https)).rejects.toThrow('ECONNREFUSED');
    expect((await penstock.admin('/v1/status')).json.workers).toHaveLength(2);
    await waitFor(() => !isAlive(penstock.pid), { what: 'the old process to end' });
    // And once more, from the one that was handed to.
    const again = upgrade(penstock, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'handed_over', pid: expect.any(Number) });
    expect(await successorOf(penstock, pid)).toBe(JSON.parse(again.stdout).pid);
  });

  it('by SIGUSR2 answers a connection that was kept before, and ends it with the answer', async () => {
    penstock = await runPenstock({ config: configuration('old') });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask(penstock.ports.http, { agent })).headers.connection).not.toBe('close');
    penstock.writeConfig(configuration('new', { workers: 2 }));
    penstock.signal('SIGUSR2');
    await successorOf(penstock, penstock.pid);
    const kept = await ask(penstock.ports.http, { agent });
    expect({ body: kept.text, connection: kept.headers.connection }).toEqual({
      body: 'old',
      connection: 'close',
    });
    expect((await ask(penstock.ports.http, { agent })).text).toBe('new');
    agent.destroy();
    await waitFor(() => !isAlive(penstock.pid), { what: 'the old process to end' });
  });

  it('that comes to nothing leaves the old process as it was, and says why', async () => {
    penstock = await runPenstock({ config: configuration('old') });
    penstock.writeConfig((ports) => ({ ...configuration('new')(ports), routs: [] }));
    const failed = upgrade(penstock);
    expect(failed).toMatchObject({ status: 1, stdout: '' });
    expect(failed.stderr).toMatch(/^failed: this process goes on: .*configuration/);
    const { status, json } = await penstock.admin('/v1/upgrade', { method: 'POST' });
    expect({ status, json }).toMatchObject({ status: 500, json: { outcome: 'failed', pid: null } });
    expect(await servingPid(penstock)).toBe(penstock.pid);
    expect(await bodyOf(penstock.ports.http)).toBe('old');
    expect(penstock.stderr()).toMatch(/the upgrade failed, this process goes on: /);
  });

  it('of a supervised process replaces the supervisor, too', async () => {
    penstock = await runPenstock({ config: configuration('old'), supervise: true });
    const before = await servingPid(penstock);
    penstock.writeConfig(configuration('new', { workers: 2 }));
    penstock.signal('SIGUSR2');
    const after = await successorOf(penstock, before);
    await waitFor(() => !isAlive(penstock.pid), { what: 'the old supervisor to end' });
    expect(isAlive(before)).toBe(false);
    expect(await bodyOf(penstock.ports.http)).toBe('new');
    process.kill(after, 'SIGSEGV');
    const restarted = await waitFor(
      async () =>
        await servingPid(penstock).then(
          (pid) => (pid === after ? 0 : pid),
          () => 0,
        ),
      { what: 'the process that the new supervisor starts', timeoutMs: 20_000 },
    );
    expect(await bodyOf(penstock.ports.https)).toBe('new');
    await endProcess(restarted);
    penstock = await runPenstock({ config: configuration('other') });
  });
});

describe('a successor', () => {
  const start = (script: string, signal = new AbortController().signal, command = process.execPath) =>
    successorStarter({ command, args: ['-e', script], env: process.env })([], signal);

  it('that serves is known by its id, and outlives whoever started it', async () => {
    const successor = await start("process.send('penstock:ready'); setInterval(() => {}, 1_000)");
    const { pid } = successor as { pid: number };
    expect(isAlive(pid)).toBe(true);
    await endProcess(pid);
  });

  it.each([
    ['ends', 'process.exit(3)', 'the new process ended with status 3; its log says more'],
    [
      'is killed',
      "process.kill(process.pid, 'SIGKILL')",
      'the new process ended with SIGKILL; its log says more',
    ],
    [
      'says why it cannot',
      "process.send({ type: 'penstock:failed', reason: 'for this reason' }, () => process.exit(2))",
      'for this reason',
    ],
  ])('that %s is none', async (_what, script, failure) => {
    expect(await start(script)).toEqual({ failure });
  });

  it('that cannot be started is none', async () => {
    const { failure } = (await start('', undefined, '/nowhere/penstock')) as { failure: string };
    expect(failure).toMatch(/^the new process cannot be started: spawn \/nowhere\/penstock ENOENT/);
  });

  it('that does not serve yet is ended with whoever started it', async () => {
    const abort = new AbortController();
    const successor = start('setInterval(() => {}, 1_000)', abort.signal);
    abort.abort();
    expect(await successor).toEqual({ failure: 'it was told to stop meanwhile' });
  });
});

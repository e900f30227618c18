/** penstock as a service of systemd: what it tells by sd_notify(3), and the unit in packaging/. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { notifyService } from '../../src/native/service-notify.ts';
import { NotifySocket } from '../support/notify-socket.ts';
import { endProcess } from '../support/processes.ts';
import { requireProgram } from '../support/programs.ts';
import { runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

const UNIT = fileURLToPath(new URL('../../packaging/systemd/penstock.service', import.meta.url));
/** In tenths, as --threshold takes it: "OK" ends with 4.9, "exposed" begins with 7. */
const MOST_EXPOSED = 20;

let systemd: NotifySocket | null = null;
afterEach(() => {
  systemd?.close();
  systemd = null;
});

it('says when it is ready, which process goes on after an upgrade, and that it stops', async () => {
  systemd = new NotifySocket();
  const { path } = systemd;
  const told = (): readonly string[] => systemd?.states() ?? [];
  const penstock = await runPenstock({
    config: { workers: 1, routes: [{ respond: { status: 204 } }] },
    env: { NOTIFY_SOCKET: path },
  });
  await waitFor(() => told().length === 1, { what: 'word of the start' });
  const { json } = await penstock.admin('/v1/upgrade', { method: 'POST' });
  await waitFor(() => told().length === 3, { what: 'word of the upgrade' });
  await endProcess(json.pid as number);
  // The old one has not stopped: it goes on as another process.
  await penstock.waitExit();
  expect(told()).toEqual(['READY=1', 'READY=1', `MAINPID=${json.pid}`, 'STOPPING=1']);
});

it('tells nobody where nobody asked, or can be told', () => {
  systemd = new NotifySocket();
  const { path } = systemd;
  expect(notifyService(['READY=1'], { NOTIFY_SOCKET: path })).toBe(true);
  for (const name of ['', 'relative', '/', '@', `${path}-not`, `/${'x'.repeat(200)}`, '@nobody-listens'])
    expect(notifyService(['READY=1'], { NOTIFY_SOCKET: name }), name).toBe(false);
  expect(notifyService(['READY=1'], {})).toBe(false);
  expect(systemd.states()).toEqual(['READY=1']);
});

requireProgram('systemd-analyze')('the unit', () => {
  const analyze = (
    verb: string,
    file: string,
    ...args: string[]
  ): { status: number | null; output: string } => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', [verb, ...args, file], {
      encoding: 'utf8',
    });
    return { status, output: `${stdout}${stderr}` };
  };

  it('has no fault', () => {
    const folder = mkdtempSync(join(tmpdir(), 'penstock-unit-'));
    const file = join(folder, 'penstock.service');
    // Nothing is installed here.
    const text = readFileSync(UNIT, 'utf8')
      .replaceAll('/usr/bin/penstock', '/bin/true')
      .replace(/^Documentation=.*\n/m, '');
    writeFileSync(file, text);
    expect(analyze('verify', file)).toEqual({ status: 0, output: '' });
    writeFileSync(file, text.replace('Type=notify', 'Type=notified'));
    expect(analyze('verify', file).output).toContain('notified');
    rmSync(folder, { recursive: true });
  });

  it('exposes little', () => {
    const { status, output } = analyze('security', UNIT, '--offline=true', `--threshold=${MOST_EXPOSED}`);
    expect(status, output).toBe(0);
    expect(output).toMatch(/Overall exposure level .*: \d\.\d OK/);
  });
});

/** Every way to have a configuration taken over: it is the same reload, told of in the same places. */

import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../support/cert-maker.ts';
import { ask } from '../support/http-ask.ts';
import { parseExposition } from '../support/metrics-text.ts';
import { PENSTOCK_MAIN, type Ports, type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { waitFor } from '../support/wait-for.ts';

const listen = (ports: Ports): object => ({
  http: `127.0.0.1:${ports.http}`,
  https: `127.0.0.1:${ports.https}`,
  admin: `127.0.0.1:${ports.admin}`,
});

const answering = (body: string, ports: Ports): string =>
  JSON.stringify({
    listen: listen(ports),
    workers: 2,
    routes: [{ path: '/', respond: { status: 200, body } }],
  });

const start = (): Promise<RunningPenstock> => runPenstock({ config: (ports) => answering('first', ports) });

const bodyOf = async (penstock: RunningPenstock): Promise<string> => (await ask(penstock.ports.http)).text;

const serves = (penstock: RunningPenstock, body: string): Promise<boolean> =>
  waitFor(async () => (await bodyOf(penstock)) === body, { what: `"${body}" to be served` });

async function lastReload(
  penstock: RunningPenstock,
): Promise<{ trigger: string; outcome: string; version: number } | null> {
  return (await penstock.admin('/v1/status')).json.lastReload;
}

async function reloadsByResult(penstock: RunningPenstock): Promise<Record<string, number>> {
  const { samples } = parseExposition((await penstock.admin('/metrics')).text);
  return Object.fromEntries(
    samples
      .filter(({ name }) => name === 'penstock_reloads_total')
      .map(({ labels, value }) => [labels.result ?? '', value]),
  );
}

/** Longer than it takes to notice a change: whatever else would come of one has come by then. */
const SETTLE_MS = 500;

describe('a configuration file that changes', () => {
  const ways: readonly [string, (penstock: RunningPenstock, text: string) => void][] = [
    ['is written in place', ({ configFile }, text) => writeFileSync(configFile, text)],
    [
      'is replaced by renaming',
      ({ configFile }, text) => {
        writeFileSync(`${configFile}~`, text);
        renameSync(`${configFile}~`, configFile);
      },
    ],
    [
      'is emptied first and written bit by bit',
      ({ configFile }, text) => {
        writeFileSync(configFile, '');
        for (let at = 0; at < text.length; at += 20) {
          writeFileSync(configFile, text.slice(at, at + 20), { flag: 'a' });
        }
      },
    ],
  ];

  it.each(ways)('%s', async (_name, change) => {
    const penstock = await start();
    change(penstock, answering('second', penstock.ports));
    await serves(penstock, 'second');
    await sleep(SETTLE_MS);
    expect(await lastReload(penstock)).toMatchObject({ trigger: 'file', outcome: 'applied', version: 2 });
    expect(await reloadsByResult(penstock)).toEqual({ applied: 1 });
    await penstock.stop();
  });

  it('is a link into a folder that is swapped, as Kubernetes mounts a ConfigMap', async () => {
    // penstock.yaml → ..data/penstock.yaml, ..data → ..1; an update makes ..2 and renames a new ..data over the old one.
    const penstock = await runPenstock({
      config: (ports) => answering('first', ports),
      files: { 'unused.txt': '' },
    });
    const mount = join(penstock.folder, 'mount');
    const put = (version: number, body: string): void => {
      mkdirSync(join(mount, `..${version}`), { recursive: true });
      writeFileSync(join(mount, `..${version}`, 'penstock.yaml'), answering(body, penstock.ports));
      symlinkSync(`..${version}`, join(mount, '..data_tmp'));
      renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
    };
    put(1, 'mounted');
    symlinkSync('..data/penstock.yaml', join(mount, 'penstock.yaml'));
    await penstock.stop();

    const mounted = await runPenstock({
      config: '',
      args: ['-c', join(mount, 'penstock.yaml')],
      waitReady: false,
    });
    await waitFor(() => mounted.stderr().includes('ready '), { what: 'the ready line' });
    const body = async (): Promise<string> => (await ask(penstock.ports.http)).text;
    expect(await body()).toBe('mounted');
    put(2, 'swapped');
    await waitFor(async () => (await body()) === 'swapped', { what: 'the swapped configuration' });
    await mounted.stop();
  });

  it('is noticed beside a log that is written all the time', async () => {
    const penstock = await start();
    const noise = setInterval(
      () => writeFileSync(join(penstock.folder, 'noise.log'), 'line\n', { flag: 'a' }),
      10,
    );
    writeFileSync(penstock.configFile, answering('second', penstock.ports));
    await serves(penstock, 'second');
    clearInterval(noise);
    await penstock.stop();
  });

  it('is never lost, also where it changes while it is being read', async () => {
    const penstock = await start();
    for (let round = 0; round < 15; round++) {
      penstock.writeConfig((ports) => answering(`early ${round}`, ports));
      const reloading = penstock.reload();
      await sleep(round);
      penstock.writeConfig((ports) => answering(`late ${round}`, ports));
      await reloading;
      await serves(penstock, `late ${round}`);
    }
    await penstock.stop();
  });
});

describe('other triggers', () => {
  it('SIGHUP', async () => {
    const penstock = await start();
    penstock.writeConfig((ports) => answering('second', ports));
    penstock.signal('SIGHUP');
    await serves(penstock, 'second');
    await sleep(SETTLE_MS);
    // At once, and the watch on the file finds nothing left to do.
    expect(await lastReload(penstock)).toMatchObject({ trigger: 'signal', outcome: 'applied', version: 2 });
    expect(await reloadsByResult(penstock)).toEqual({ applied: 1 });
    await penstock.stop();
  });

  it('POST /v1/reload, which answers once it serves', async () => {
    const penstock = await start();
    penstock.writeConfig((ports) => answering('second', ports));
    const answer = await penstock.reload();
    expect(answer).toMatchObject({ status: 200, json: { outcome: 'applied', trigger: 'api', version: 2 } });
    expect(await bodyOf(penstock)).toBe('second');
    await sleep(SETTLE_MS);
    expect(await reloadsByResult(penstock)).toEqual({ applied: 1 });
    await penstock.stop();
  });

  it('penstock reload, which ends once it serves', async () => {
    const penstock = await start();
    penstock.writeConfig((ports) => answering('second', ports));
    const command = spawn(process.execPath, [PENSTOCK_MAIN, 'reload', '-c', penstock.configFile]);
    let stdout = '';
    command.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    const [status] = (await once(command, 'close')) as [number];
    // The command takes a moment to start: the watch on the file may have been faster.
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^(?:applied|unchanged): /),
    });
    expect(await bodyOf(penstock)).toBe('second');
    await penstock.stop();
  });

  it('a certificate that is replaced while the configuration stays', async () => {
    const [first, second] = await Promise.all([
      makeCertificate({ hosts: ['a.test'] }),
      makeCertificate({ hosts: ['a.test'] }),
    ]);
    const penstock = await runPenstock({
      files: { 'tls/a.pem': first.certPem, 'tls/a.key': first.keyPem },
      config: {
        routes: [{ host: 'a.test', path: '/', respond: { status: 200 } }],
        certificates: [{ cert_file: 'tls/a.pem', key_file: 'tls/a.key' }],
      },
    });
    const served = async (): Promise<string> =>
      (await ask(penstock.ports.https, { tls: true, host: 'a.test' })).fingerprint;
    const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint256;
    expect(await served()).toBe(fingerprintOf(first.leafPem));
    penstock.writeFile('tls/a.pem', second.certPem);
    penstock.writeFile('tls/a.key', second.keyPem);
    await waitFor(async () => (await served()) === fingerprintOf(second.leafPem), {
      what: 'the new certificate',
    });
    // A worker serves it a moment before the primary has heard so from all of them.
    await waitFor(async () => (await lastReload(penstock))?.trigger === 'file', {
      what: 'the reload in the status',
    });
    await penstock.stop();
  });

  it('a secret file that changes, whose value is never shown', async () => {
    const penstock = await runPenstock({
      files: { 'secrets/key': 'value-one\n' },
      config: (ports) =>
        JSON.stringify({
          listen: listen(ports),
          secrets: { key: '${file:./secrets/key}' },
          routes: [{ path: '/', respond: { status: 200, headers: { 'X-Key': '${secret.key}' } } }],
        }),
    });
    const served = async (): Promise<unknown> => (await ask(penstock.ports.http)).headers['x-key'];
    expect(await served()).toBe('value-one');
    penstock.writeFile('secrets/key', 'value-two\n');
    await waitFor(async () => (await served()) === 'value-two', { what: 'the new secret' });
    const shown = `${(await penstock.admin('/v1/snapshot')).text}${(await penstock.admin('/v1/status')).text}`;
    expect(shown).toContain('[secret]');
    for (const text of [shown, penstock.stderr()]) expect(text).not.toMatch(/value-(?:one|two)/);
    await penstock.stop();
  });

  it('many at once: each is answered, the last configuration serves', async () => {
    const penstock = await start();
    penstock.writeConfig((ports) => answering('second', ports));
    const answers = await Promise.all(Array.from({ length: 8 }, () => penstock.reload()));
    expect(answers.map(({ json }) => json.outcome)).toEqual(['applied', ...Array(7).fill('unchanged')]);
    expect(await reloadsByResult(penstock)).toEqual({ applied: 1, unchanged: 7 });
    expect(readFileSync(penstock.configFile, 'utf8')).toContain('second');
    expect(await bodyOf(penstock)).toBe('second');
    await penstock.stop();
  });
});

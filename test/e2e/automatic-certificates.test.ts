/**
 * Certificates from an authority to the client, with penstock as users run it, real Pebbles and openssl as the client: nothing here is seen
 * through penstock's own view alone.
 */

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { freePorts } from '../support/free-port.ts';
import { type Pebble, startChallengeServer, startPebble } from '../support/pebble.ts';
import { requireProgram } from '../support/programs.ts';
import { PENSTOCK_MAIN, type RunningPenstock, runPenstock } from '../support/run-penstock.ts';
import { ISSUED_MS, seeCertificate, seeVerified } from '../support/see-certificate.ts';
import { waitFor } from '../support/wait-for.ts';

const run = promisify(execFile);

requireProgram(
  'pebble',
  'pebble-challtestsrv',
  'openssl',
)('automatic certificates', () => {
  let staging: Pebble;
  let production: Pebble;
  let dns: { readonly dnsPort: number; readonly managementPort: number };
  let http: number;
  let https: number;
  let rootFile: string;
  let running: RunningPenstock | null = null;
  beforeAll(async () => {
    [http = 0, https = 0] = await freePorts(2);
    dns = await startChallengeServer();
    const options = { httpPort: http, dnsPort: dns.dnsPort };
    staging = await startPebble(options);
    production = await startPebble(options);
    rootFile = join(mkdtempSync(join(tmpdir(), 'penstock-root-')), 'root.pem');
    writeFileSync(rootFile, await production.rootPem());
  });

  afterAll(() => rmSync(dirname(rootFile), { recursive: true, force: true }));

  afterEach(async () => {
    await running?.stop();
    running = null;
  });

  /** `section`: of `acme:`, beside the directories. */
  const configOf = (section: object, routes: readonly object[], more: object, admin: number) => ({
    listen: { http: `127.0.0.1:${http}`, https: `127.0.0.1:${https}`, admin: `127.0.0.1:${admin}` },
    workers: 2,
    acme: {
      email: 'ops@example.com',
      directory: production.directoryUrl,
      staging_directory: staging.directoryUrl,
      staging_first: true,
      ca_file: 'authorities.pem',
      ...section,
    },
    routes,
    ...more,
  });
  const route = (host: string | readonly string[], more: object = {}) => ({
    host,
    respond: { body: 'hello' },
    ...more,
  });
  const start = async (
    section: object,
    routes: readonly object[],
    more: object = {},
    files: Readonly<Record<string, string>> = {},
  ): Promise<RunningPenstock> => {
    running = await runPenstock({
      config: ({ admin }) => configOf(section, routes, more, admin),
      files: { 'authorities.pem': `${staging.caPem}${production.caPem}`, ...files },
    });
    return running;
  };
  const penstock = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [PENSTOCK_MAIN, ...args, '--admin', running?.adminUrl ?? ''])).stdout;
  const getPlain = (host: string) =>
    run('curl', [
      '-s',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code} %{redirect_url}',
      '-H',
      `Host: ${host}`,
      `http://127.0.0.1:${http}/`,
    ]);

  /** For a client with the production authority's root. */
  const where = (host: string) => ({ port: https, host, rootFile });
  const look = (host: string) => seeCertificate(where(host));
  const served = (host: string) => seeVerified(where(host));

  it('by http-01, staging first: plain HTTP until the certificate is there, then 301; renewed without a failure; from the store after a restart', async () => {
    const routes = [
      route('a.example.test', { redirect_from: ['www.a.example.test'] }),
      route(['b.example.test', 'c.example.test']),
    ];
    const first = await start({}, routes);
    expect((await getPlain('a.example.test')).stdout).toBe('200 ');
    const before = await served('a.example.test');
    for (const host of ['www.a.example.test', 'b.example.test', 'c.example.test']) await served(host);
    await waitFor(async () => (await getPlain('b.example.test')).stdout.startsWith('301'), {
      what: 'redirects',
    });
    expect((await getPlain('a.example.test')).stdout).toBe(`301 https://a.example.test:${https}/`);

    const { json: list } = await first.admin('/v1/certificates');
    expect(list.certificates.filter(({ source }: { source: string }) => source === 'acme')).toHaveLength(4);
    const status = JSON.parse(await penstock('certs', 'status', 'a.example.test', '--json'));
    expect(status).toMatchObject({ host: 'a.example.test', phase: 'issued', failures: 0 });
    expect(status.attempts.map(({ environment }: { environment: string }) => environment)).toEqual([
      'staging',
      'production',
    ]);
    expect(await penstock('certs', 'status', 'a.example.test')).toContain('issued, valid for');
    expect(await penstock('certs')).toMatch(/a\.example\.test +acme +serves/);
    const { stdout: events } = await run('curl', [
      '-s',
      '-H',
      'Accept: application/json',
      `${first.adminUrl}/v1/events?type=CertProvisioned`,
    ]);
    expect(JSON.parse(events).events.map(({ subject }: { subject: string }) => subject)).toContain(
      'a.example.test',
    );

    await expect(
      run(process.execPath, [PENSTOCK_MAIN, 'certs', 'renew', 'a.example.test', '--admin', first.adminUrl]),
    ).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('force') });
    let stop = false;
    let handshakes = 0;
    const failures: string[] = [];
    const load = (async () => {
      while (!stop) {
        const seen = await look('a.example.test');
        handshakes++;
        if (!seen.verified) failures.push(seen.issuer);
      }
    })();
    await penstock('certs', 'renew', 'a.example.test', '--force');
    const after = await seeVerified(where('a.example.test'), before);
    stop = true;
    await load;
    expect(failures).toEqual([]);
    expect(handshakes).toBeGreaterThan(1);

    await first.stop();
    const stateDir = join(first.folder, 'penstock-state');
    const second = await start({}, routes, { state_dir: stateDir });
    expect((await getPlain('a.example.test')).stdout).toContain('301');
    expect(await look('a.example.test')).toEqual(after);
    expectSecretsKept(stateDir, [first.stderr(), second.stderr(), JSON.stringify(list), events]);
  });

  // What clears a record in pebble-challtestsrv clears all values of its name: two challenges at one name are for dns-solver.test.ts.
  it('by dns-01 with a program, a wildcard and another name', async () => {
    const program = [
      '#!/bin/sh',
      `path=set-txt; [ "$1" = cleanup ] && path=clear-txt`,
      `exec curl -sf -d "{\\"host\\":\\"$2.\\",\\"value\\":\\"$3\\"}" http://127.0.0.1:${dns.managementPort}/$path`,
    ].join('\n');
    const command = join(mkdtempSync(join(tmpdir(), 'penstock-records-')), 'records.sh');
    writeFileSync(command, `${program}\n`, { mode: 0o700 });
    const section = {
      challenge: 'dns-01',
      staging_first: false,
      dns: {
        provider: 'exec',
        credentials: { command },
        resolvers: [`127.0.0.1:${dns.dnsPort}`],
        propagation_timeout: '10s',
      },
    };
    await start(section, [route(['*.wild.test', 'other.test'])]);
    await served('any.wild.test');
    await served('other.test');
    rmSync(dirname(command), { recursive: true });
  });

  it('not for a name whose domain is not verified, until it is', async () => {
    await start({ require_verified: true, staging_first: false }, [route('gate.test')], {
      domains: { resolvers: [`127.0.0.1:${dns.dnsPort}`] },
    });
    await waitFor(async () => (await penstock('certs', 'status', 'gate.test')).includes('not_verified'), {
      what: 'the cause',
    });
    const { record } = JSON.parse(await penstock('domains', 'add', 'gate.test', '--json'));
    await fetch(`http://127.0.0.1:${dns.managementPort}/set-txt`, {
      method: 'POST',
      body: JSON.stringify({ host: `${record.name}.`, value: record.value }),
    });
    await penstock('domains', 'verify', 'gate.test');
    await served('gate.test');
  });

  it('not where the authority cannot reach it: plain HTTP goes on, and the command says why', async () => {
    const alone = await startPebble({ httpPort: 1, dnsPort: dns.dnsPort });
    const section = { directory: alone.directoryUrl, staging_first: false };
    await start(section, [route('far.example.test')], {}, { 'authorities.pem': alone.caPem });
    const text = await waitFor(
      async () => {
        const said = await penstock('certs', 'status', 'far.example.test');
        return said.includes('port_80_unreachable') ? said : null;
      },
      { what: 'the cause', timeoutMs: ISSUED_MS },
    );
    expect(text).toMatch(/to do +\S/);
    expect(text).toContain('an order at production');
    expect((await getPlain('far.example.test')).stdout).toBe('200 ');
  });

  /** Files of the store are for their owner alone, and no key is anywhere else. */
  function expectSecretsKept(stateDir: string, texts: readonly string[]): void {
    const files = readdirSync(stateDir, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const paths = files.map((entry) => join(entry.parentPath, entry.name));
    expect(paths.filter((path) => (statSync(path).mode & 0o077) !== 0)).toEqual([]);
    const keys = paths.flatMap(
      (path) =>
        readFileSync(path, 'utf8').match(
          /BEGIN (?:EC |RSA )?PRIVATE KEY-----(?:\\n|\n)([A-Za-z0-9+/=]{40})/g,
        ) ?? [],
    );
    expect(keys.length).toBeGreaterThan(4);
    for (const text of texts) {
      expect(text).not.toContain('PRIVATE KEY');
      for (const key of keys) expect(text).not.toContain(key.slice(-40));
    }
  }
});

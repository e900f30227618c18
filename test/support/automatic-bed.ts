/**
 * One penstock as users run it, with automatic certificates from a Pebble of its own behind a front, for tests that look from outside. It can be
 * killed and started again with the same state. Tests that use it are behind `requireProgram('pebble', 'pebble-challtestsrv', 'openssl', 'curl')`.
 */

import { execFile } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { CertificateStatus } from '../../src/primary/certs/acme/diagnosis/certificate-status.ts';
import { type AuthorityFront, startAuthorityFront } from './authority-front.ts';
import { freePorts } from './free-port.ts';
import { endBehindEachFile } from './leftovers.ts';
import { startPebble } from './pebble.ts';
import { PENSTOCK_MAIN, type RunningPenstock, runPenstock } from './run-penstock.ts';
import { ISSUED_MS, type Seen, seeCertificate, seeVerified } from './see-certificate.ts';
import { waitFor } from './wait-for.ts';

export interface AutomaticBed {
  readonly front: AuthorityFront;
  readonly http: number;
  readonly https: number;
  readonly stateDir: string;
  /** What is running now, or ran last. */
  readonly penstock: RunningPenstock;
  /** A route for each host. */
  start(hosts: readonly string[]): Promise<RunningPenstock>;
  /** Time goes so many times as fast for penstock and its authority, and penstock's clock is so far ahead: from its next start on, or at once where it has such a clock. */
  setClock(aheadMs: number, rate: number): void;
  /** As a client that trusts the authority's root. */
  see(host: string): Promise<Seen>;
  served(host: string, after?: Seen): Promise<Seen>;
  /** Status and where it redirects to. */
  getPlain(host: string): Promise<string>;
  /** `penstock ARGS…` of the running one. */
  command(...args: readonly string[]): Promise<string>;
  statuses(): Promise<readonly CertificateStatus[]>;
  status(host: string): Promise<CertificateStatus>;
  /** Until its last attempt has failed for this cause. */
  failedWith(host: string, code: string): Promise<CertificateStatus>;
  close(): Promise<void>;
}

export interface BedWish {
  readonly dnsPort: number;
  /** What clients trust in place of Pebble's root. PEM. */
  readonly rootPem?: string;
}

const run = promisify(execFile);
const CLOCK = fileURLToPath(new URL('moved-clock.mjs', import.meta.url));
const folders = new Set<string>();

endBehindEachFile(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
});

export async function openAutomaticBed({ dnsPort, rootPem }: BedWish): Promise<AutomaticBed> {
  const [http = 0, https = 0] = await freePorts(2);
  const pebble = await startPebble({ httpPort: http, dnsPort });
  const front = await startAuthorityFront(pebble);
  const folder = mkdtempSync(join(tmpdir(), 'penstock-automatic-'));
  folders.add(folder);
  const rootFile = join(folder, 'root.pem');
  writeFileSync(rootFile, rootPem ?? (await pebble.rootPem()));
  const clockFile = join(folder, 'clock.json');
  /** That of the authority. */
  let clock = { fromMs: Date.now(), showsMs: Date.now(), rate: 1 };
  const authorityMs = (): number => clock.showsMs + (Date.now() - clock.fromMs) * clock.rate;
  const stateDir = join(folder, 'state');
  let env: Record<string, string> = {};
  let running: RunningPenstock | null = null;
  const penstock = (): RunningPenstock => {
    if (running === null) throw new Error('penstock was not started');
    return running;
  };
  const command = async (...args: readonly string[]): Promise<string> =>
    (await run(process.execPath, [PENSTOCK_MAIN, ...args, '--admin', penstock().adminUrl])).stdout;
  const where = (host: string) => ({ port: https, host, rootFile });
  const statuses = async (): Promise<CertificateStatus[]> =>
    (await penstock().admin('/v1/certificates')).json.automatic;
  const status = async (host: string): Promise<CertificateStatus> => {
    const found = (await statuses()).find((one) => one.host === host);
    if (found === undefined) throw new Error(`${host} is not wanted`);
    return found;
  };
  return {
    front,
    http,
    https,
    stateDir,
    get penstock() {
      return penstock();
    },
    start: async (hosts) => {
      running = await runPenstock({
        env,
        files: { 'authority.pem': front.caPem },
        config: ({ admin }) => ({
          listen: { http: `127.0.0.1:${http}`, https: `127.0.0.1:${https}`, admin: `127.0.0.1:${admin}` },
          workers: 2,
          state_dir: stateDir,
          acme: {
            email: 'ops@example.com',
            directory: front.directoryUrl,
            staging_first: false,
            ca_file: 'authority.pem',
          },
          routes: hosts.map((host) => ({ host, respond: { body: 'hello' } })),
        }),
      });
      return running;
    },
    setClock: (aheadMs, rate) => {
      clock = { fromMs: Date.now(), showsMs: authorityMs(), rate };
      front.date = () => new Date(authorityMs());
      // Whole at any moment: it is being read all the time.
      writeFileSync(`${clockFile}.new`, JSON.stringify({ ...clock, showsMs: clock.showsMs + aheadMs }));
      renameSync(`${clockFile}.new`, clockFile);
      env = { NODE_OPTIONS: `--import ${CLOCK}`, PENSTOCK_TEST_CLOCK: clockFile };
    },
    see: (host) => seeCertificate(where(host)),
    served: (host, after) => seeVerified(where(host), after),
    getPlain: async (host) => {
      const asked = ['-H', `Host: ${host}`, `http://127.0.0.1:${http}/`];
      const args = ['-s', '-o', '/dev/null', '-w', '%{http_code} %{redirect_url}', ...asked];
      return (await run('curl', args)).stdout;
    },
    command,
    statuses,
    status,
    failedWith: (host, code) =>
      waitFor(
        async () => {
          const seen = await status(host);
          return seen.attempts.at(-1)?.cause?.code === code && seen;
        },
        { what: `${host} to have failed with ${code}`, timeoutMs: ISSUED_MS, intervalMs: 200 },
      ),
    close: async () => {
      await running?.stop();
      await front.close();
      pebble.close();
    },
  };
}

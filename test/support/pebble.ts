/**
 * Pebble, the test authority of Let's Encrypt, with pebble-challtestsrv as its DNS: every name leads to 127.0.0.1. Tests that use it are behind
 * `requireProgram('pebble', 'pebble-challtestsrv')`. What is left running is ended when the test file ends.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { makeAuthority, makeCertificate } from './cert-maker.ts';
import { freePorts } from './free-port.ts';
import { endBehindEachFile } from './leftovers.ts';
import { waitFor } from './wait-for.ts';

export interface PebbleOptions {
  /** Where it looks for answers to http-01 challenges. */
  readonly httpPort: number;
  /** Of a pebble-challtestsrv. */
  readonly dnsPort: number;
  /** Keys of external accounts by their id, base64url: accounts must then be bound to one of them. */
  readonly externalAccounts?: Readonly<Record<string, string>>;
  /** Pebble's switches beside PEBBLE_VA_NOSLEEP. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Pebble {
  readonly directoryUrl: string;
  readonly port: number;
  /** What its own certificate leads to. PEM. */
  readonly caPem: string;
  /** What the certificates lead to that it issues. PEM. */
  rootPem(): Promise<string>;
  close(): void;
}

const running = new Set<ChildProcess>();
const folders = new Set<string>();

/** It makes its own keys first, beside whatever else runs. */
const START_MS = 30_000;

endBehindEachFile(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
});

/** Its DNS port. */
export async function startChallengeServer(): Promise<{
  readonly dnsPort: number;
  readonly managementPort: number;
}> {
  const [dnsPort = 0, managementPort = 0] = await freePorts(2);
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', ''];
  start('pebble-challtestsrv', [
    ...['-dns01', `127.0.0.1:${dnsPort}`, '-management', `127.0.0.1:${managementPort}`],
    ...off,
  ]);
  // Its management answers 405 to what is no POST.
  const isUp = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${managementPort}/`)).status > 0;
  await waitFor(isUp, { what: 'pebble-challtestsrv to listen' });
  return { dnsPort, managementPort };
}

export async function startPebble({
  httpPort,
  dnsPort,
  externalAccounts,
  env = {},
}: PebbleOptions): Promise<Pebble> {
  const [port = 0, managementPort = 0, tlsPort = 0] = await freePorts(3);
  const authority = await makeAuthority(`Pebble ${port}`);
  const { certPem, keyPem } = await makeCertificate({ hosts: ['127.0.0.1', 'localhost'], issuer: authority });
  const folder = mkdtempSync(join(tmpdir(), 'penstock-pebble-'));
  folders.add(folder);
  const [certificate, privateKey, config] = ['cert.pem', 'key.pem', 'config.json'].map((name) =>
    join(folder, name),
  );
  writeFileSync(certificate ?? '', certPem);
  writeFileSync(privateKey ?? '', keyPem);
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    certificate,
    privateKey,
    httpPort,
    tlsPort,
    ocspResponderURL: '',
    externalAccountBindingRequired: externalAccounts !== undefined,
    externalAccountMACKeys: externalAccounts ?? {},
  };
  writeFileSync(config ?? '', JSON.stringify({ pebble }));
  const args = ['-config', config ?? '', '-dnsserver', `127.0.0.1:${dnsPort}`, '-strict=false'];
  const child = start('pebble', args, { PEBBLE_VA_NOSLEEP: '1', ...env });
  const ca = authority.rootPem;
  await waitFor(() => getText(`https://127.0.0.1:${port}/dir`, ca), {
    what: 'pebble to answer',
    timeoutMs: START_MS,
  });
  return {
    directoryUrl: `https://127.0.0.1:${port}/dir`,
    port,
    caPem: ca,
    rootPem: () => getText(`https://127.0.0.1:${managementPort}/roots/0`, ca),
    close: () => child.kill('SIGKILL'),
  };
}

function start(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  const child = spawn(program, args, { stdio: 'ignore', env: { ...process.env, ...env } });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

function getText(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const ask = request(url, { ca, agent: false }, (response) => text(response).then(resolve, reject));
    ask.once('error', reject);
    ask.end();
  });
}

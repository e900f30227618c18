/**
 * What the benchmarks under load share: a folder, ports and processes that go away at the end, a certificate, an origin that is never
 * the bottleneck, and wrk. Loopback only; every run is bounded in time.
 */

import 'reflect-metadata';
import { execFileSync, spawn } from 'node:child_process';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';

/** The command of dist/. */
export const PENSTOCK_MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** The longest that one run of a load generator may take. */
export const MAX_SECONDS = 60;
const DAY_MS = 86_400_000;
const MAX_PORT_TRIES = 200;

const folder = mkdtempSync(join(tmpdir(), 'penstock-bench-'));
const children = [];

/** The folder of this run. */
export const labFolder = folder;

/** Ends what was started and removes the folder. */
export async function closeLab() {
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(
    children.map((child) =>
      child.exitCode === null && child.signalCode === null
        ? new Promise((resolve) => child.once('exit', resolve))
        : null,
    ),
  );
  rmSync(folder, { recursive: true, force: true });
}

/** Writes a file of the lab's folder. Gives its path. */
export function labFile(name, content) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** `env`: added to the environment. */
export function start(program, args, env = {}, stdio = 'ignore') {
  const child = spawn(program, args, { stdio, env: { ...process.env, ...env } });
  children.push(child);
  return child;
}

/** `name`: of its files. `body`: what follows the settings in its `http` block, with the closing brace. */
export function startNginx(name, body) {
  const config = `daemon off; worker_processes 1; pid ${folder}/${name}.pid;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; keepalive_timeout 3600s; ssl_session_tickets on;
${body}`;
  return start('nginx', [
    '-p',
    folder,
    '-c',
    labFile(`${name}.conf`, config),
    '-e',
    join(folder, `${name}.log`),
  ]);
}

/** An nginx that answers every request with 100 bytes, and with these fields beside its own five. */
export async function startOrigin(port, fields = {}) {
  const added = Object.entries(fields).map(([name, value]) => `add_header ${name} '${value}';`);
  startNginx(
    'origin',
    `server { listen 127.0.0.1:${port}; ${added.join(' ')}
    location / { default_type text/plain; return 200 "${'x'.repeat(100)}"; } } }`,
  );
  await untilOpen('the origin', port);
}

/** Runs dist/ with this configuration, and with the flags that this process was given: `--cpu-prof` shows what a worker does. */
export function startPenstock(name, config) {
  const file = labFile(`${name}.yaml`, config);
  return start(process.execPath, [...process.execArgv, PENSTOCK_MAIN, 'run', '-c', file]);
}

/** cert.pem and key.pem for localhost in the lab's folder, and both.pem, for HAProxy wants them in one file. */
export async function makeCertificate() {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=localhost',
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + 2 * DAY_MS),
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [
      new SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ]),
    ],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const certPem = `${certificate.toString('pem')}\n`;
  const keyPem = createPrivateKey({ key, format: 'der', type: 'pkcs8' }).export({
    format: 'pem',
    type: 'pkcs8',
  });
  for (const [name, text] of [
    ['cert.pem', certPem],
    ['key.pem', keyPem],
    ['both.pem', certPem + keyPem],
  ])
    writeFileSync(join(folder, name), text, { mode: 0o600 });
}

/**
 * A port on which nothing listens. Below those that Linux gives to outgoing connections (ip_local_port_range begins at 32,768), or one
 * of them could take it between the look and the use. Runs side by side have a range each (`PENSTOCK_TEST_PORTS`, set by scripts/test.mjs).
 */
export async function freePort() {
  const [lowest, highest] = (process.env.PENSTOCK_TEST_PORTS ?? '12000-32000').split('-').map(Number);
  for (let tries = 0; tries < MAX_PORT_TRIES; tries++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await new Promise((resolve) => {
      server.once('listening', () => resolve(true)).once('error', () => resolve(false));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
  throw new Error(`found no free port between ${lowest} and ${highest}`);
}

/** Until `path` is answered with 200; 200 tries. */
export async function untilOpen(who, port, path = '/') {
  for (let i = 0; i < 200; i++) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(1_000) });
      await response.arrayBuffer();
      if (response.status === 200) return;
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${who} does not answer on port ${port}`);
}

/** Keeps a process, all threads of it and what it starts from now on to one core. Needs taskset (Debian: util-linux). */
export function pin(pid, core) {
  execFileSync('taskset', ['-a', '-c', '-p', `${core}`, `${pid}`], { stdio: 'ignore' });
}

/** What a load generator prints. Asynchronous: what is measured is not this process's to hold up. */
export async function output(program, args) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  await new Promise((resolve) => child.on('close', resolve));
  return text;
}

/** Requests that wrk got answered in so many seconds. Says on standard error what went wrong. */
export async function wrk(url, { seconds, connections, headers = {} }) {
  const fields = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const text = await output('wrk', ['-t', '1', '-c', `${connections}`, '-d', `${seconds}s`, ...fields, url]);
  const bad = /Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1];
  if (bad !== undefined) console.error(`${bad} answers were not 2xx`);
  if (/Socket errors/.test(text)) console.error(/Socket errors.*/.exec(text)[0]);
  return Number(/(\d+) requests in/.exec(text)?.[1] ?? 0);
}

/**
 * What the load benchmarks share: a folder, ports and processes that go away at the end, an origin that is never the bottleneck, wrk,
 * and what a process has cost. Loopback only; every run is bounded in time.
 */

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The longest that one run of a load generator may take. */
export const MAX_SECONDS = 60;

/** What Chrome sends beside Host. */
export const BROWSER_HEADERS = {
  'User-Agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  'Accept-Language': 'en-US,en;q=0.9,de;q=0.8',
  'Cache-Control': 'max-age=0',
  Cookie: 'session=0123456789abcdef0123456789abcdef; theme=dark; consent=yes',
  'Sec-Ch-Ua': '"Chromium";v="126", "Not-A.Brand";v="24", "Google Chrome";v="126"',
  'Sec-Ch-Ua-Mobile': '?0',
  'Sec-Ch-Ua-Platform': '"Linux"',
  'Sec-Fetch-Dest': 'document',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Site': 'none',
  'Sec-Fetch-User': '?1',
  'Upgrade-Insecure-Requests': '1',
};

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

export function start(program, args, env = {}) {
  const child = spawn(program, args, { stdio: 'ignore', env: { ...process.env, ...env } });
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
  const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  return start(process.execPath, [...process.execArgv, main, 'run', '-c', labFile(`${name}.yaml`, config)]);
}

/** cert.pem and key.pem for localhost in the lab's folder. */
export function makeCertificate() {
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ...['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')],
    ],
    { stdio: 'ignore' },
  );
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
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

/** User and system time of a whole process, in seconds; in steps of 10 ms. */
export function cpuSeconds(pid) {
  const { user, system } = cpuTimes(pid);
  return user + system;
}

/** The two of them. */
export function cpuTimes(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return { user: Number(fields[11]) / 100, system: Number(fields[12]) / 100 };
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

export function median(list) {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
}

/** The median, and what the middle half lies between: of many windows one is always far out. */
export function middle(list, digits) {
  const sorted = list.toSorted((a, b) => a - b);
  const at = (part) => sorted[Math.floor(part * sorted.length)].toFixed(digits);
  return `${at(1 / 2)} (${at(1 / 4)}–${at(3 / 4)})`;
}

/** The median, and the spread in brackets. */
export function figures(list, digits) {
  return `${median(list).toFixed(digits)} (${Math.min(...list).toFixed(digits)}–${Math.max(...list).toFixed(digits)})`;
}

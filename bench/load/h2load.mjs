/**
 * HTTP/2 requests per second and CPU microseconds per request of penstock (one worker) beside Caddy (GOMAXPROCS=1) and, where it is
 * installed, h2o (one thread): the same origin, a body of 100 bytes, 8 connections with 32 streams each, over TLS and by prior
 * knowledge. Absolute figures drift with the machine: read the ratios. Runs are interleaved and repeated; medians and the spread
 * are printed. The goal: three times Caddy's requests per second.
 *
 *   node bench/load/h2load.mjs [--seconds 4] [--rounds 3] [--connections 8] [--streams 32] [--only tls]
 *
 * Needs h2load, nginx, caddy (Debian: nghttp2-client, nginx-light, caddy; h2o) and a built dist/. Loopback only, bounded in time.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findProgram } from '../../scripts/debian-programs.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '8' },
    streams: { type: 'string', default: '32' },
    only: { type: 'string', default: '' },
  },
});
const MAX_SECONDS = 60;
const seconds = Math.min(MAX_SECONDS, Number(options.seconds));
const rounds = Number(options.rounds);
const CASES = [
  { name: 'tls', tls: true },
  { name: 'h2c', tls: false },
].filter(({ name }) => name.includes(options.only));

const folder = mkdtempSync(join(tmpdir(), 'penstock-bench-'));
const children = [];

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function start(program, args, env = {}) {
  const child = spawn(program, args, { stdio: 'ignore', env: { ...process.env, ...env } });
  children.push(child);
  return child;
}

function file(name, content) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Answers a first request; 200 tries. */
async function untilOpen(who, port) {
  for (let i = 0; i < 200; i++) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(1_000) });
      await response.arrayBuffer();
      if (response.status === 200) return;
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${who} does not answer on port ${port}`);
}

async function startOrigin(port) {
  const body = 'x'.repeat(100);
  const config = `daemon off; worker_processes 1; pid ${folder}/origin.pid;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; keepalive_timeout 3600s;
server { listen 127.0.0.1:${port}; location / { default_type text/plain; return 200 "${body}"; } } }`;
  start('nginx', ['-p', folder, '-c', file('origin.conf', config), '-e', join(folder, 'origin.log')]);
  await untilOpen('the origin', port);
}

const TARGETS = [
  {
    name: 'penstock',
    async start({ plain, secure, origin }) {
      const admin = await freePort();
      const config = `listen: { http: "127.0.0.1:${plain}", https: "127.0.0.1:${secure}", admin: "127.0.0.1:${admin}" }
workers: 1
state_dir: ${folder}/state
certificates: [ { cert_file: cert.pem, key_file: key.pem } ]
services: { origin: { endpoints: ["127.0.0.1:${origin}"] } }
routes: [ { name: all, service: origin, https_redirect: false } ]
`;
      const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
      return start(process.execPath, [...process.execArgv, main, 'run', '-c', file('penstock.yaml', config)]);
    },
  },
  {
    name: 'caddy',
    async start({ plain, secure, origin }) {
      const config = `{
  admin off
  auto_https off
  servers {
    protocols h1 h2 h2c
  }
}
http://localhost:${plain}, http://127.0.0.1:${plain} {
  reverse_proxy 127.0.0.1:${origin}
}
https://localhost:${secure}, https://127.0.0.1:${secure} {
  tls ${folder}/cert.pem ${folder}/key.pem
  reverse_proxy 127.0.0.1:${origin}
}
`;
      return start('caddy', ['run', '--adapter', 'caddyfile', '--config', file('Caddyfile', config)], {
        GOMAXPROCS: '1',
        // It writes its configuration down below.
        HOME: folder,
        XDG_CONFIG_HOME: folder,
        XDG_DATA_HOME: folder,
      });
    },
  },
  {
    name: 'h2o',
    async start({ plain, secure, origin }) {
      const config = `num-threads: 1
listen: { host: 127.0.0.1, port: ${plain} }
listen: { host: 127.0.0.1, port: ${secure}, ssl: { certificate-file: ${folder}/cert.pem, key-file: ${folder}/key.pem } }
hosts: { default: { paths: { "/": { proxy.reverse.url: "http://127.0.0.1:${origin}/" } } } }
`;
      return start('h2o', ['-c', file('h2o.yaml', config)]);
    },
  },
].filter(({ name }) => name === 'penstock' || findProgram(name) !== null);

/** User and system time of a whole process, in seconds. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Requests answered with 2xx within `forSeconds`. Asynchronous: what is measured is not this process's to hold up. */
async function load({ plain, secure }, { tls }, forSeconds) {
  const url = tls ? `https://localhost:${secure}/` : `http://localhost:${plain}/`;
  const counts = ['-c', options.connections, '-m', options.streams, '-t', '1'];
  const h2load = spawn('h2load', ['-D', String(forSeconds), ...counts, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  h2load.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await new Promise((resolve) => h2load.on('close', resolve));
  const [, good = 0] = /status codes: (\d+) 2xx/.exec(output) ?? [];
  const [, failed = 0] = /(\d+) failed/.exec(output) ?? [];
  if (Number(failed) > 0) console.error(`${failed} requests failed`);
  if (!output.includes(tls ? 'Application protocol: h2' : 'Application protocol: h2c'))
    console.error(`not HTTP/2: ${output}`);
  return Number(good);
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const spread = (list, digits) =>
  `${median(list).toFixed(digits)} (${Math.min(...list).toFixed(digits)}–${Math.max(...list).toFixed(digits)})`;

try {
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ...['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')],
    ],
    { stdio: 'ignore' },
  );
  const origin = await freePort();
  await startOrigin(origin);
  const targets = [];
  for (const target of TARGETS) {
    const ports = { plain: await freePort(), secure: await freePort(), origin };
    const { pid } = await target.start(ports);
    await untilOpen(target.name, ports.plain);
    targets.push({ name: target.name, pid, ...ports });
  }
  console.log(
    `one worker, ${options.connections} connections x ${options.streams} streams, ${rounds} rounds of ${seconds} s, node ${process.version}\n`,
  );
  console.log(
    '| case | target | requests/s | µs CPU a request | penstock/target, requests/s | penstock/target, CPU |',
  );
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const one of CASES) {
    const results = new Map(targets.map(({ name }) => [name, { rate: [], micros: [] }]));
    for (const target of targets) await load(target, one, 2);
    for (let round = 0; round < rounds; round++) {
      for (const target of targets) {
        const before = cpuSeconds(target.pid);
        const requests = await load(target, one, seconds);
        const { rate, micros } = results.get(target.name);
        rate.push(requests / seconds);
        micros.push(((cpuSeconds(target.pid) - before) / requests) * 1e6);
      }
    }
    const own = results.get('penstock');
    for (const { name } of targets) {
      const { rate, micros } = results.get(name);
      const ratio = (mine, theirs) =>
        spread(
          mine.map((value, index) => value / theirs[index]),
          2,
        );
      console.log(
        `| ${one.name} | ${name} | ${spread(rate, 0)} | ${spread(micros, 1)} | ${ratio(own.rate, rate)} | ${ratio(own.micros, micros)} |`,
      );
    }
  }
} finally {
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

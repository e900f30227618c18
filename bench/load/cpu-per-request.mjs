/**
 * CPU microseconds per request of the penstock process (user + system time over requests), with each of its HTTP/1 engines, for
 * plain HTTP and TLS, bare, with a browser's headers and with a connection for each request, beside nginx with one worker in the same run. Absolute figures drift with the machine: read
 * the ratios. Runs are interleaved and repeated; medians and the spread are printed.
 *
 *   node bench/load/cpu-per-request.mjs [--seconds 4] [--rounds 3] [--workers 1] [--connections 64] [--only plain]
 *
 * Needs wrk and nginx (Debian: wrk, nginx-light) and a built dist/. Loopback only, bounded in time.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    workers: { type: 'string', default: '1' },
    connections: { type: 'string', default: '64' },
    only: { type: 'string', default: '' },
  },
});
const MAX_SECONDS = 60;
const seconds = Math.min(MAX_SECONDS, Number(options.seconds));
const rounds = Number(options.rounds);

const BROWSER_HEADERS = {
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
const CASES = [
  { name: 'plain, bare', tls: false, headers: {} },
  { name: 'plain, browser', tls: false, headers: BROWSER_HEADERS },
  { name: 'tls, bare', tls: true, headers: {} },
  { name: 'tls, browser', tls: true, headers: BROWSER_HEADERS },
  { name: 'plain, a connection each', tls: false, headers: { Connection: 'close' } },
  { name: 'tls, a connection each', tls: true, headers: { Connection: 'close' } },
].filter((one) => one.name.includes(options.only));

const ENGINES = ['node', 'uws'];

const folder = mkdtempSync(join(tmpdir(), 'penstock-bench-'));
const children = [];

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startNginx(name, body) {
  const path = join(folder, `${name}.conf`);
  writeFileSync(path, body);
  const child = spawn('nginx', ['-p', folder, '-c', path, '-e', join(folder, `${name}.log`)], {
    stdio: 'inherit',
  });
  children.push(child);
  return child;
}

/** One process with this engine for HTTP/1. */
async function startPenstock(engine, originPort) {
  const [plain, secure, admin] = await Promise.all(Array.from({ length: 3 }, freePort));
  const file = join(folder, `${engine}.yaml`);
  writeFileSync(
    file,
    `listen: { http: "127.0.0.1:${plain}", https: "127.0.0.1:${secure}", admin: "127.0.0.1:${admin}", engine: ${engine} }
workers: ${options.workers}
state_dir: ${folder}/state-${engine}
certificates: [ { cert_file: cert.pem, key_file: key.pem } ]
services: { origin: { endpoints: ["127.0.0.1:${originPort}"] } }
routes: [ { name: all, service: origin, https_redirect: false } ]
`,
  );
  const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, command, 'run', '-c', file], {
    stdio: 'ignore',
  });
  children.push(child);
  await untilOpen(plain);
  return { name: engine, pid: () => child.pid, plain, secure };
}

async function untilOpen(port) {
  for (let i = 0; i < 200; i++) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/`);
      await response.arrayBuffer();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`nothing answers on port ${port}`);
}

const nginxHead = (extra) => `daemon off; worker_processes 1; pid ${folder}/${extra}.pid;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; keepalive_timeout 3600s; ssl_session_tickets on;`;

/** User and system time of a whole process, in seconds. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function workerOf(master) {
  return Number(readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ')[0]);
}

/** Asynchronous, since the processes that are measured are not this one's to hold up. */
function load(port, { tls, headers }) {
  const args = [...['-t', '1', '-c', options.connections], ...['-d', `${seconds}s`]];
  for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}: ${value}`);
  args.push(`${tls ? 'https' : 'http'}://127.0.0.1:${port}/`);
  const wrk = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  wrk.stdout.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve) => {
    wrk.on('close', () => {
      const requests = Number(/(\d+) requests in/.exec(output)?.[1] ?? 0);
      const bad = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1];
      if (bad !== undefined) console.error(`${bad} answers were not 2xx`);
      if (/Socket errors/.test(output)) console.error(/Socket errors.*/.exec(output)[0]);
      resolve(requests);
    });
  });
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const spread = (list) => `${Math.min(...list).toFixed(1)}–${Math.max(...list).toFixed(1)}`;

try {
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=localhost', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')],
    ],
    { stdio: 'ignore' },
  );
  const [originPort, nginxPlain, nginxSecure] = await Promise.all(Array.from({ length: 3 }, freePort));
  await startNginx(
    'origin',
    `${nginxHead('origin')} server { listen 127.0.0.1:${originPort}; location / { default_type text/plain; return 200 "${'x'.repeat(100)}"; } } }`,
  );
  const proxy = await startNginx(
    'proxy',
    `${nginxHead('proxy')} upstream o { server 127.0.0.1:${originPort}; keepalive 256; keepalive_requests 100000000; }
     server { listen 127.0.0.1:${nginxPlain}; listen 127.0.0.1:${nginxSecure} ssl; ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;
     location / { proxy_pass http://o; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
       proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-Request-Id $request_id; } } }`,
  );
  const targets = [];
  for (const engine of ENGINES) targets.push(await startPenstock(engine, originPort));
  targets.push({ name: 'nginx', pid: () => workerOf(proxy.pid), plain: nginxPlain, secure: nginxSecure });
  await untilOpen(nginxPlain);
  console.log(
    `workers ${options.workers}, ${options.connections} connections, ${rounds} rounds of ${seconds} s, node ${process.version}\n`,
  );
  console.log(
    `| case | ${targets.map(({ name }) => `${name} µs`).join(' | ')} | ${ENGINES.map((name) => `${name}/nginx`).join(' | ')} |`,
  );
  console.log(`|${' --- |'.repeat(1 + targets.length + ENGINES.length)}`);
  for (const one of CASES) {
    const results = new Map(targets.map(({ name }) => [name, { micros: [], rate: [] }]));
    for (const target of targets) await load(one.tls ? target.secure : target.plain, { ...one, warm: true });
    for (let round = 0; round < rounds; round++) {
      for (const target of targets) {
        const pid = target.pid();
        const before = cpuSeconds(pid);
        const requests = await load(one.tls ? target.secure : target.plain, one);
        const { micros, rate } = results.get(target.name);
        micros.push(((cpuSeconds(pid) - before) / requests) * 1e6);
        rate.push(requests / seconds);
      }
    }
    const cost = targets.map(({ name }) => {
      const { micros } = results.get(name);
      return `${median(micros).toFixed(1)} (${spread(micros)})`;
    });
    const peer = results.get('nginx').micros;
    const ratios = ENGINES.map((name) => {
      const list = results.get(name).micros.map((value, index) => value / peer[index]);
      return `${median(list).toFixed(2)} (${Math.min(...list).toFixed(2)}–${Math.max(...list).toFixed(2)})`;
    });
    console.log(`| ${one.name} | ${cost.join(' | ')} | ${ratios.join(' | ')} |`);
  }
} finally {
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(
    children.map((child) =>
      child.exitCode === null ? new Promise((resolve) => child.once('exit', resolve)) : null,
    ),
  );
  rmSync(folder, { recursive: true, force: true });
}

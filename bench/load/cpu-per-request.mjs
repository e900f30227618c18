/**
 * CPU microseconds per request of the penstock process (user + system time over requests), with each of its HTTP/1 engines, for
 * plain HTTP and TLS, bare, with a browser's headers and with a connection for each request, beside nginx with one worker in the same run. Absolute figures drift with the machine: read
 * the ratios. Runs are interleaved and repeated; medians and the spread are printed.
 *
 *   node bench/load/cpu-per-request.mjs [--seconds 4] [--rounds 3] [--workers 1] [--connections 64] [--only plain]
 *
 * Needs wrk and nginx (Debian: wrk, nginx-light) and a built dist/. Loopback only, bounded in time.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BROWSER_HEADERS } from '../kit/browser-headers.mjs';
import {
  closeLab,
  freePort,
  labFolder,
  MAX_SECONDS,
  makeCertificate,
  startNginx,
  startOrigin,
  startPenstock,
  untilOpen,
  wrk,
} from '../kit/lab.mjs';
import { figures } from '../kit/medians.mjs';
import { cpuSeconds } from '../kit/process-figures.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    workers: { type: 'string', default: '1' },
    connections: { type: 'string', default: '64' },
    only: { type: 'string', default: '' },
  },
});
const seconds = Math.min(MAX_SECONDS, Number(options.seconds));
const rounds = Number(options.rounds);

const CASES = [
  { name: 'plain, bare', tls: false, headers: {} },
  { name: 'plain, browser', tls: false, headers: BROWSER_HEADERS },
  { name: 'tls, bare', tls: true, headers: {} },
  { name: 'tls, browser', tls: true, headers: BROWSER_HEADERS },
  { name: 'plain, a connection each', tls: false, headers: { Connection: 'close' } },
  { name: 'tls, a connection each', tls: true, headers: { Connection: 'close' } },
].filter((one) => one.name.includes(options.only));

const ENGINES = ['node', 'uws'];

/** One process with this engine for HTTP/1. */
async function startEngine(engine, originPort) {
  const [plain, secure, admin] = await Promise.all(Array.from({ length: 3 }, freePort));
  const child = startPenstock(
    engine,
    `listen: { http: "127.0.0.1:${plain}", https: "127.0.0.1:${secure}", admin: "127.0.0.1:${admin}", engine: ${engine} }
workers: ${options.workers}
state_dir: ${labFolder}/state-${engine}
certificates: [ { cert_file: cert.pem, key_file: key.pem } ]
services: { origin: { endpoints: ["127.0.0.1:${originPort}"] } }
routes: [ { name: all, service: origin, https_redirect: false } ]
`,
  );
  await untilOpen(engine, plain);
  return { name: engine, pid: () => child.pid, plain, secure };
}

function workerOf(master) {
  return Number(readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ')[0]);
}

/** Requests that were answered. */
function load({ plain, secure }, { tls, headers }) {
  const url = tls ? `https://127.0.0.1:${secure}/` : `http://127.0.0.1:${plain}/`;
  return wrk(url, { seconds, connections: options.connections, headers });
}

try {
  await makeCertificate();
  const [originPort, nginxPlain, nginxSecure] = await Promise.all(Array.from({ length: 3 }, freePort));
  await startOrigin(originPort);
  const proxy = startNginx(
    'proxy',
    `upstream o { server 127.0.0.1:${originPort}; keepalive 256; keepalive_requests 100000000; }
     server { listen 127.0.0.1:${nginxPlain}; listen 127.0.0.1:${nginxSecure} ssl; ssl_certificate ${labFolder}/cert.pem; ssl_certificate_key ${labFolder}/key.pem;
     location / { proxy_pass http://o; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
       proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-Request-Id $request_id; } } }`,
  );
  const targets = [];
  for (const engine of ENGINES) targets.push(await startEngine(engine, originPort));
  targets.push({ name: 'nginx', pid: () => workerOf(proxy.pid), plain: nginxPlain, secure: nginxSecure });
  await untilOpen('nginx', nginxPlain);
  console.log(
    `workers ${options.workers}, ${options.connections} connections, ${rounds} rounds of ${seconds} s, node ${process.version}\n`,
  );
  console.log(
    `| case | ${targets.map(({ name }) => `${name} µs`).join(' | ')} | ${ENGINES.map((name) => `${name}/nginx`).join(' | ')} |`,
  );
  console.log(`|${' --- |'.repeat(1 + targets.length + ENGINES.length)}`);
  for (const one of CASES) {
    const results = new Map(targets.map(({ name }) => [name, []]));
    for (const target of targets) await load(target, one);
    for (let round = 0; round < rounds; round++) {
      for (const target of targets) {
        const pid = target.pid();
        const before = cpuSeconds(pid);
        const requests = await load(target, one);
        results.get(target.name).push(((cpuSeconds(pid) - before) / requests) * 1e6);
      }
    }
    const cost = targets.map(({ name }) => figures(results.get(name), 1));
    const peer = results.get('nginx');
    const ratios = ENGINES.map((name) =>
      figures(
        results.get(name).map((micros, index) => micros / peer[index]),
        2,
      ),
    );
    console.log(`| ${one.name} | ${cost.join(' | ')} | ${ratios.join(' | ')} |`);
  }
} finally {
  await closeLab();
}

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
import { parseArgs } from 'node:util';
import { findProgram } from '../../scripts/debian-programs.mjs';
import {
  closeLab,
  freePort,
  labFile,
  labFolder,
  MAX_SECONDS,
  makeCertificate,
  output,
  start,
  startOrigin,
  startPenstock,
  untilOpen,
} from '../kit/lab.mjs';
import { figures } from '../kit/medians.mjs';
import { cpuSeconds } from '../kit/process-figures.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '8' },
    streams: { type: 'string', default: '32' },
    only: { type: 'string', default: '' },
  },
});
const seconds = Math.min(MAX_SECONDS, Number(options.seconds));
const rounds = Number(options.rounds);
const CASES = [
  { name: 'tls', tls: true },
  { name: 'h2c', tls: false },
].filter(({ name }) => name.includes(options.only));

const TARGETS = [
  {
    name: 'penstock',
    async start({ plain, secure, origin }) {
      const admin = await freePort();
      return startPenstock(
        'penstock',
        `listen: { http: "127.0.0.1:${plain}", https: "127.0.0.1:${secure}", admin: "127.0.0.1:${admin}" }
workers: 1
state_dir: ${labFolder}/state
certificates: [ { cert_file: cert.pem, key_file: key.pem } ]
services: { origin: { endpoints: ["127.0.0.1:${origin}"] } }
routes: [ { name: all, service: origin, https_redirect: false } ]
`,
      );
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
  tls ${labFolder}/cert.pem ${labFolder}/key.pem
  reverse_proxy 127.0.0.1:${origin}
}
`;
      return start('caddy', ['run', '--adapter', 'caddyfile', '--config', labFile('Caddyfile', config)], {
        GOMAXPROCS: '1',
        // It writes its configuration down below.
        HOME: labFolder,
        XDG_CONFIG_HOME: labFolder,
        XDG_DATA_HOME: labFolder,
      });
    },
  },
  {
    name: 'h2o',
    async start({ plain, secure, origin }) {
      const config = `num-threads: 1
listen: { host: 127.0.0.1, port: ${plain} }
listen: { host: 127.0.0.1, port: ${secure}, ssl: { certificate-file: ${labFolder}/cert.pem, key-file: ${labFolder}/key.pem } }
hosts: { default: { paths: { "/": { proxy.reverse.url: "http://127.0.0.1:${origin}/" } } } }
`;
      return start('h2o', ['-c', labFile('h2o.yaml', config)]);
    },
  },
].filter(({ name }) => name === 'penstock' || findProgram(name) !== null);

/** Requests answered with 2xx within `forSeconds`. */
async function load({ plain, secure }, { tls }, forSeconds) {
  const url = tls ? `https://localhost:${secure}/` : `http://localhost:${plain}/`;
  const counts = ['-c', options.connections, '-m', options.streams, '-t', '1'];
  const text = await output('h2load', ['-D', String(forSeconds), ...counts, url]);
  const [, good = 0] = /status codes: (\d+) 2xx/.exec(text) ?? [];
  const [, failed = 0] = /(\d+) failed/.exec(text) ?? [];
  if (Number(failed) > 0) console.error(`${failed} requests failed`);
  if (!text.includes(tls ? 'Application protocol: h2' : 'Application protocol: h2c'))
    console.error(`not HTTP/2: ${text}`);
  return Number(good);
}

try {
  await makeCertificate();
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
        figures(
          mine.map((value, index) => value / theirs[index]),
          2,
        );
      console.log(
        `| ${one.name} | ${name} | ${figures(rate, 0)} | ${figures(micros, 1)} | ${ratio(own.rate, rate)} | ${ratio(own.micros, micros)} |`,
      );
    }
  }
} finally {
  await closeLab();
}

/**
 * What the policies of a route cost: CPU microseconds per request of the penstock process (user + system time over requests) for a route
 * with the full set of them, against a bare route of the same process, with each HTTP/1 engine. The set: an access list of 1,000 ranges,
 * two rate limits, changes of request and response headers, a rewrite; metrics count for both. A browser's request of 14 fields and an
 * API key; an answer of 12. The goal: at most 15 % more than the bare route.
 *
 *   node bench/load/policies.mjs [--seconds 1] [--rounds 30] [--connections 64] [--only node]
 *
 * Windows alternate, bare A and full B: A B A B … A. Each B is compared with the mean of the A before and the A after it, so that a
 * drift of the machine cancels out. The noise floor compares each A with the one before, where nothing but the machine differs. Medians
 * are printed, and what the middle half of the windows lies between: trust a ratio where the noise is near 1 and its half is narrow.
 *
 * A virtual machine is slower in one second than in the next, by half and more. The system calls of both routes are the same, and their
 * bytes within a hundredth; so the system time of a window says how fast the machine was in it. The column "at one speed" takes the
 * user time of each window in units of its system time, as if that had been the same in all. The last column shows that the worker was
 * busy, and not the origin.
 *
 * penstock has a core of its own, wrk and the origin share another: how often a process has to be woken on another core, which costs the
 * one that wakes it, depends on how fast each of them is.
 *
 * Needs two cores, wrk, nginx and taskset (Debian: wrk, nginx-light, util-linux) and a built dist/. Loopback only, bounded in time.
 */

import { parseArgs } from 'node:util';
import { BROWSER_HEADERS } from '../kit/browser-headers.mjs';
import {
  closeLab,
  freePort,
  labFolder,
  MAX_SECONDS,
  pin,
  startOrigin,
  startPenstock,
  untilOpen,
  wrk,
} from '../kit/lab.mjs';
import { middle } from '../kit/medians.mjs';
import { cpuTimes } from '../kit/process-figures.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '30' },
    connections: { type: 'string', default: '64' },
    only: { type: 'string', default: '' },
  },
});
const seconds = Math.min(MAX_SECONDS, Number(options.seconds));
const rounds = Number(options.rounds);
const PENSTOCK_CORE = 0;
const OTHER_CORE = 1;
const ENGINES = ['node', 'uws'].filter((name) => name.includes(options.only));

const REQUEST_HEADERS = { ...BROWSER_HEADERS, 'X-Api-Key': '4f1c7a9e2b8d4035a6e1c0d7b3f29a58' };
/** Beside nginx's own Server, Date, Content-Type and Content-Length (and Connection, which ends at penstock). */
const RESPONSE_HEADERS = {
  'Cache-Control': 'private, max-age=60',
  ETag: '"5f3a9c1e7b204d68"',
  'Last-Modified': 'Mon, 02 Nov 2026 10:00:00 GMT',
  Vary: 'Accept-Encoding, Cookie',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'SAMEORIGIN',
  'X-Powered-By': 'origin/1.0',
  'Content-Security-Policy': 'default-src self; img-src *; frame-ancestors none',
};

/** 999 ranges that the client is not in, and the one that it is in. */
const ALLOWED = [
  ...Array.from({ length: 999 }, (_, i) => `"${11 + (i % 90)}.${(i * 7) % 256}.${(i * 13) % 256}.0/24"`),
  '"127.0.0.0/8"',
];
const HIGH = 'requests_per_second: 1000000, burst: 1000000';

const ROUTES = [
  '  - { name: bare, path: /bare, service: bare }',
  '  - name: full',
  '    path: /full',
  '    service: full',
  `    access: { allow: [${ALLOWED.join(', ')}] }`,
  `    rate_limit: [ { ${HIGH}, by: ip }, { ${HIGH}, by: "header:X-Api-Key" } ]`,
  '    rewrite: { strip_prefix: true, host: origin.internal }',
  '    request_headers:',
  '      add: { X-Gateway: edge-1 }',
  '      set: { X-Environment: production, Accept-Encoding: gzip }',
  '      remove: [Sec-Fetch-User, X-Internal-Token]',
  '    response_headers:',
  '      add: { X-Served-By: edge-1 }',
  '      set: { X-Frame-Options: DENY, Referrer-Policy: no-referrer }',
  '      remove: [Server, X-Powered-By]',
].join('\n');

/** One process with this engine for HTTP/1, with both routes. */
async function startEngine(engine, originPort) {
  const [port, admin] = await Promise.all([freePort(), freePort()]);
  const { pid } = startPenstock(
    engine,
    `listen: { http: "127.0.0.1:${port}", https: off, admin: "127.0.0.1:${admin}", engine: ${engine} }
workers: 1
state_dir: ${labFolder}/state-${engine}
services:
  bare: { endpoints: ["127.0.0.1:${originPort}"], outlier: off }
  full: { endpoints: ["127.0.0.1:${originPort}"], outlier: off }
routes:
${ROUTES}
`,
  );
  await untilOpen(engine, port, '/full/page');
  pin(pid, PENSTOCK_CORE);
  return { name: engine, pid, port };
}

/** One window: microseconds of CPU per request, user time in units of system time, and how much of a core that was. */
async function measure({ pid, port }, route) {
  const before = cpuTimes(pid);
  const url = `http://127.0.0.1:${port}/${route}/page`;
  const requests = await wrk(url, { seconds, connections: options.connections, headers: REQUEST_HEADERS });
  const after = cpuTimes(pid);
  const user = after.user - before.user;
  const system = after.system - before.system;
  return {
    micros: ((user + system) / requests) * 1e6,
    userShare: user / system,
    busy: (user + system) / seconds,
  };
}

try {
  pin(process.pid, OTHER_CORE);
  const originPort = await freePort();
  await startOrigin(originPort, RESPONSE_HEADERS);
  console.log(
    `one worker, ${options.connections} connections, ${rounds} rounds of twice ${seconds} s, node ${process.version}\n`,
  );
  console.log('| engine | bare µs | full µs | full/bare | bare/bare (noise) | at one speed | cores busy |');
  console.log(`|${' --- |'.repeat(7)}`);
  for (const engine of ENGINES) {
    const target = await startEngine(engine, originPort);
    const bare = [];
    const full = [];
    // Compiled code first: what is measured is the long run.
    await measure(target, 'bare');
    await measure(target, 'full');
    for (let round = 0; round < rounds; round++) {
      bare.push(await measure(target, 'bare'));
      full.push(await measure(target, 'full'));
    }
    bare.push(await measure(target, 'bare'));
    const around = full.map((_, i) => (bare[i].micros + bare[i + 1].micros) / 2);
    const columns = [
      middle(
        bare.map(({ micros }) => micros),
        1,
      ),
      middle(
        full.map(({ micros }) => micros),
        1,
      ),
      middle(
        full.map(({ micros }, i) => micros / around[i]),
        3,
      ),
      middle(
        full.map((_, i) => bare[i + 1].micros / bare[i].micros),
        3,
      ),
      middle(
        full.map(
          ({ userShare }, i) => (2 * (1 + userShare)) / (2 + bare[i].userShare + bare[i + 1].userShare),
        ),
        3,
      ),
      middle(
        [...bare, ...full].map(({ busy }) => busy),
        2,
      ),
    ];
    console.log(`| ${engine} | ${columns.join(' | ')} |`);
  }
} finally {
  await closeLab();
}

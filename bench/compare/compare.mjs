/**
 * penstock beside nginx, HAProxy, Caddy, h2o and the floor (native-bench): the same requests, the same origin, one machine, one run. Absolute figures
 * drift with the machine: read the ratios. Rounds go around all proxies, so that what disturbs one disturbs the others; medians and the spread are printed.
 *
 *   npm run bench:compare -- [--quick] [--rounds 5] [--seconds 4] [--workers 1,2] [--connections 64] [--only WORDS] [--peers nginx,floor] [--no-store]
 *
 * With one worker and two cores or more, each proxy runs on the first core and the load and the origin on the others. Programs that are missing are installed from
 * Debian's packages where that is allowed, else left out. Loopback only, bounded in time. Stores its figures in bench/results.
 */

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { canInstall, DEBIAN_PACKAGES, findProgram, installPrograms } from '../../scripts/debian-programs.mjs';
import { closeLab, labFolder, MAX_SECONDS, makeCertificate } from '../kit/lab.mjs';
import { median } from '../kit/medians.mjs';
import { buildNative, startNativeOrigin } from '../kit/origin.mjs';
import { cpuSeconds, peakMiB } from '../kit/process-figures.mjs';
import { CASES } from './cases.mjs';
import { atRate, saturate } from './load.mjs';
import { peersHere, startPeer, takesPart, versionOf } from './peers.mjs';
import { storeResult, tableOf } from './report.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WARM_REQUESTS = 20_000;
const MAX_WARM_SECONDS = { quick: 5, whole: 8 };
const PROGRAMS = ['wrk', 'nginx', 'haproxy', 'caddy', 'h2o'];

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    workers: { type: 'string' },
    connections: { type: 'string', default: '64' },
    only: { type: 'string', default: '' },
    peers: { type: 'string', default: '' },
    'no-store': { type: 'boolean', default: false },
  },
});
const cores = availableParallelism();
const options = {
  rounds: Number(given.rounds ?? (given.quick ? 3 : 5)),
  seconds: Math.min(MAX_SECONDS, Number(given.seconds ?? (given.quick ? 1 : 4))),
  workers: (given.workers ?? (given.quick ? '1' : '1,2')).split(',').map(Number),
  connections: Number(given.connections),
};
const cases = CASES.filter((one) => (!given.quick || one.quick === true) && one.name.includes(given.only));
const wanted = given.peers === '' ? null : given.peers.split(',');

function prepare() {
  const missing = PROGRAMS.filter((name) => findProgram(name) === null);
  const problem = missing.length > 0 && canInstall() ? installPrograms(missing) : null;
  if (problem !== null) console.error(problem);
  for (const name of PROGRAMS)
    if (findProgram(name) === null) console.error(`${name} is missing (Debian: ${DEBIAN_PACKAGES[name]})`);
  if (findProgram('wrk') === null) throw new Error('nothing can be measured without wrk');
  buildNative();
}

/** Cores for the proxies and for everything else, as taskset has them; empty = all. */
function pinning(workers) {
  if (workers >= cores) return { proxy: '', rest: '' };
  const proxy = workers === 1 ? '0' : `0-${workers - 1}`;
  return { proxy, rest: workers === cores - 1 ? String(workers) : `${workers}-${cores - 1}` };
}

/** One measurement of one proxy. */
async function measure(peer, one, cpus, seconds = options.seconds) {
  const base = one.tls ? `https://127.0.0.1:${peer.https}` : `http://127.0.0.1:${peer.http}`;
  const before = cpuSeconds(peer.pid);
  const load = { ...options, seconds, cpus: cpus.rest };
  const figures = await saturate(`${base}${one.path}`, one, load);
  const took = figures.microseconds / 1e6;
  const cpu = cpuSeconds(peer.pid) - before;
  if (figures.bad > 0)
    console.error(`${peer.name}, ${one.name}: ${figures.bad} of ${figures.requests} went wrong`);
  return {
    rate: figures.requests / took,
    cpuMicros: (cpu / figures.requests) * 1e6,
    busy: cpu / took,
    p50: figures.p50,
    p99: figures.p99,
    p999: figures.p999,
  };
}

/** Code that is compiled as it runs has to be compiled: so many requests, or seconds. The others have to be in the caches. */
async function warmUp(peer, one, cpus) {
  if (!warmsUp(peer)) {
    if (!given.quick) await measure(peer, one, cpus, 1);
    return;
  }
  const most = given.quick ? MAX_WARM_SECONDS.quick : MAX_WARM_SECONDS.whole;
  let requests = 0;
  for (let seconds = 0; requests < WARM_REQUESTS && seconds < most; seconds++)
    requests += (await measure(peer, one, cpus, 1)).rate;
}

function warmsUp({ name }) {
  return name.startsWith('penstock');
}

/** All rounds of one case: by the name of the proxy, a list of figures for each round. */
async function runCase(one, workers, running) {
  const cpus = pinning(workers);
  const results = new Map(running.map(({ name }) => [name, { rounds: [], rated: [], peakMiB: 0 }]));
  for (const peer of running) await warmUp(peer, one, cpus);
  for (let round = 0; round < options.rounds; round++)
    for (const peer of running) results.get(peer.name).rounds.push(await measure(peer, one, cpus));
  const nginx = results.get('nginx');
  if (one.rated === true && nginx !== undefined) {
    const rate = Math.round(median(nginx.rounds.map((figures) => figures.rate)) / 2);
    const load = { ...options, rate, cpus: cpus.rest };
    for (const peer of running) if (warmsUp(peer)) await atRate(peer.http, one.path, one, load);
    for (let round = 0; round < options.rounds; round++) {
      for (const peer of running) {
        const figures = await atRate(peer.http, one.path, one, load);
        if (figures.errors > 0) console.error(`${peer.name} at ${rate}/s: ${figures.errors} errors`);
        results.get(peer.name).rated.push(figures);
      }
    }
  }
  for (const peer of running) results.get(peer.name).peakMiB = peakMiB(peer.pid);
  return results;
}

async function runSetup(setup, workers, origin, peers) {
  const running = [];
  const tables = [];
  const chosen = cases.filter((one) => one.setup === setup);
  try {
    for (const peer of peers.filter((one) => takesPart(one, setup))) {
      const place = {
        folder: labFolder,
        origin,
        workers,
        cpus: pinning(workers).proxy,
        path: chosen[0].path,
      };
      const started = await startPeer(peer, setup, place);
      running.push(started);
      await warmUp(started, chosen[0], pinning(workers));
    }
    for (const one of chosen) {
      // The floor speaks no TLS.
      const able = running.filter(({ name }) => !(one.tls && name === 'floor'));
      const results = await runCase(one, workers, able);
      tables.push({ name: one.name, workers, results });
      console.log(tableOf(tables.at(-1)));
    }
  } finally {
    for (const peer of running) await peer.stop();
  }
  return tables;
}

const tables = [];
let origin = null;
try {
  prepare();
  await makeCertificate();
  const peers = peersHere().filter(
    ({ name }) => wanted === null || wanted.some((word) => name.includes(word)),
  );
  const versions = Object.fromEntries(peers.map((peer) => [peer.name, versionOf(peer)]));
  for (const [name, version] of Object.entries(versions)) console.log(`${name.padEnd(16)} ${version}`);
  for (const workers of options.workers) {
    origin = await startNativeOrigin(pinning(workers).rest);
    for (const setup of new Set(cases.map((one) => one.setup)))
      tables.push(...(await runSetup(setup, workers, origin.port, peers)));
    origin.stop();
    origin = null;
  }
  if (!given['no-store']) console.log(`stored in ${storeResult(ROOT, { options, versions, tables })}`);
} finally {
  origin?.stop();
  await closeLab();
}

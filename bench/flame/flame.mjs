/**
 * What a worker does with its time: runs penstock of dist/ with one worker under load, records the worker's CPU profile and draws it as
 * flamegraphs/CASE-ENGINE.svg. Prints the rooms of the code and the functions that took the most.
 *
 *   npm run flame -- browser [--engine node] [--seconds 8] [--connections 64]
 *
 * The cases are those of bench/compare/cases.mjs. Nothing but Node is needed. The profile is what `node --cpu-prof` writes for each thread when it
 * ends; what lies before and after the load is cut off. A sampled profile shows shares, not costs: those are in `npm run bench`.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CASES } from '../compare/cases.mjs';
import { penstockWith, startPeer } from '../compare/peers.mjs';
import { saturate } from '../kit/autocannon.mjs';
import { closeLab, labFolder, MAX_SECONDS, makeCertificate } from '../kit/lab.mjs';
import { commitName, machineName } from '../kit/machine.mjs';
import { startBestOrigin } from '../kit/origin.mjs';
import { aligned } from '../kit/tables.mjs';
import { busiest, callTree, moduleName, roomShares } from './call-tree.mjs';
import { flameGraph } from './flame-svg.mjs';

const TARGET = fileURLToPath(new URL('../../flamegraphs', import.meta.url));
const WORKER = new URL('../../dist/worker/main.js', import.meta.url).href;
const DIST = new URL('../../dist/', import.meta.url).href;
const SAMPLE_MICROS = 200;
const WARM_UP_SECONDS = 4;
const FUNCTIONS = 20;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engine: { type: 'string', default: 'node' },
    seconds: { type: 'string', default: '8' },
    connections: { type: 'string', default: '64' },
  },
});
const one = CASES.find(({ key }) => key === positionals[0]);
const peer = penstockWith(options.engine);

/** Under load, and then ended. Gives the folder of the profiles, and when the load began and ended, in microseconds. */
async function record(origin) {
  const profiles = join(labFolder, 'profiles');
  const started = await startPeer(peer, one.setup, {
    folder: labFolder,
    origin: origin.port,
    workers: 1,
    cpus: '',
    path: one.path,
    flags: ['--cpu-prof', `--cpu-prof-dir=${profiles}`, `--cpu-prof-interval=${SAMPLE_MICROS}`],
  });
  try {
    const base = one.tls ? `https://127.0.0.1:${started.https}` : `http://127.0.0.1:${started.http}`;
    const connections = Number(options.connections);
    const load = (seconds) => saturate(`${base}${one.path}`, one, { connections, seconds });
    await load(WARM_UP_SECONDS);
    const from = monotonicMicros();
    const { requests, bad } = await load(Math.min(MAX_SECONDS, Number(options.seconds)));
    if (bad > 0) console.error(`${bad} of ${requests} went wrong`);
    return { profiles, requests, from, to: monotonicMicros() };
  } finally {
    await started.stop();
  }
}

/** The clock of V8's profiles. */
function monotonicMicros() {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Every thread wrote one. */
function workerProfile(folder) {
  const all = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  const found = all.find(({ nodes }) => nodes.some(({ callFrame }) => callFrame.url === WORKER));
  if (found === undefined) throw new Error('no thread ran dist/worker/main.js: was it built?');
  return found;
}

const maps = new Map();

/** By the source map beside the bundle. A chunk of the bundler's own has none. */
function moduleOf({ url, lineNumber, columnNumber }) {
  if (!url.startsWith(DIST)) return null;
  if (!maps.has(url)) maps.set(url, sourceMapOf(fileURLToPath(`${url}.map`)));
  return moduleName(maps.get(url)?.findEntry(lineNumber, columnNumber).originalSource);
}

function sourceMapOf(file) {
  return existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : null;
}

if (one === undefined || peer === undefined) {
  console.error(
    `npm run flame -- CASE [--engine node|uws] [--seconds N]; CASE: ${CASES.map(({ key }) => key).join(', ')}`,
  );
  process.exit(2);
}
let origin = null;
try {
  await makeCertificate();
  origin = await startBestOrigin();
  const { profiles, requests, from, to } = await record(origin);
  const { root, idle } = callTree(workerProfile(profiles), { from, to, moduleOf });
  const busy = ((root.total / (root.total + idle)) * 100).toFixed(0);
  const facts = [
    `src/ of commit ${commitName('src')}`,
    machineName(),
    `${requests} requests over ${options.connections} connections, ${origin.kind}`,
    `a sample each ${SAMPLE_MICROS} µs; in JavaScript and what it called for ${busy} % of ${((to - from) / 1e6).toFixed(1)} s`,
  ];
  mkdirSync(TARGET, { recursive: true });
  const file = join(TARGET, `${one.key}-${options.engine}.svg`);
  const title = `penstock, one worker, engine ${options.engine}: ${one.name}`;
  writeFileSync(file, flameGraph(root, { title, note: facts.join(' · ') }));
  const percent = (share) => `${(share * 100).toFixed(1)} %`;
  const rooms = Object.entries(roomShares(root)).map(([room, share]) => [room, percent(share)]);
  console.log(`${title}\n${facts.join('\n')}\n\n${aligned(['room', 'self'], rooms).join('\n')}\n`);
  const functions = busiest(root, FUNCTIONS).map(({ name, file: from, share }) => [
    `${name}${from === '' ? '' : ` (${from})`}`,
    percent(share),
  ]);
  console.log(`${aligned(['function', 'self'], functions).join('\n')}\n\ndrawn in ${file}`);
} finally {
  origin?.stop();
  await closeLab();
}

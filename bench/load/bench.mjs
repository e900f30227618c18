/**
 * The quick figures that anybody can have: penstock alone, under load from autocannon, with nothing but Node (and a C compiler, for a faster
 * origin, where there is one). Prints a table, compares with the baseline that this machine has stored, and draws bench/results/load.svg.
 *
 *   npm run bench -- [--engine node] [--workers 1] [--connections 64] [--seconds 2] [--rounds 5] [--only WORDS] [--store]
 *
 * Rounds go around all cases, so that what disturbs one disturbs the others; medians and the spread are printed. autocannon is what limits
 * the requests per second: read the CPU that a request costs penstock, and of two runs the ratio. `--store` makes this run the baseline.
 * Loopback only, bounded in time.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CASES } from '../compare/cases.mjs';
import { penstockWith, startPeer } from '../compare/peers.mjs';
import { saturate } from '../kit/autocannon.mjs';
import { barChart } from '../kit/bar-chart.mjs';
import { closeLab, labFolder, MAX_SECONDS, makeCertificate } from '../kit/lab.mjs';
import { commitName, machineName } from '../kit/machine.mjs';
import { figures, median } from '../kit/medians.mjs';
import { startBestOrigin } from '../kit/origin.mjs';
import { cpuSeconds } from '../kit/process-figures.mjs';
import { aligned } from '../kit/tables.mjs';
import { findBaseline, ratioText, storeBaseline } from './baseline.mjs';

const RESULTS = fileURLToPath(new URL('../results', import.meta.url));
const BASELINES = join(RESULTS, 'load-baseline.json');
const KEYS = ['bare', 'browser', 'tls', '64k', 'upload', 'routes', 'policies'];
/** Of each setup, before the first case: code that is compiled as it runs has to be. */
const WARM_UP_SECONDS = 4;
const HEADINGS = ['case', 'requests/s', 'p50 ms', 'p99 ms', 'CPU µs a request', 'to baseline', 'its CPU'];

const { values: given } = parseArgs({
  options: {
    engine: { type: 'string', default: 'node' },
    workers: { type: 'string', default: '1' },
    connections: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    store: { type: 'boolean', default: false },
  },
});
const options = {
  workers: Number(given.workers),
  connections: Number(given.connections),
  seconds: Math.min(MAX_SECONDS, Number(given.seconds)),
  rounds: Number(given.rounds),
};
const cases = CASES.filter(({ key, name }) => KEYS.includes(key) && `${key} ${name}`.includes(given.only));

function refuseBadUsage() {
  if (penstockWith(given.engine) === undefined) throw new Error('--engine is node or uws');
  if (Object.values(options).some((value) => !(value > 0))) throw new Error('a number is not above 0');
  if (cases.length === 0) throw new Error(`no case has ${given.only} in its name`);
  if (given.store && given.only !== '')
    throw new Error('a baseline has every case: leave out --only, or --store');
}

/** One round of one case. */
async function measure({ pid, http, https }, one, seconds = options.seconds) {
  const base = one.tls ? `https://127.0.0.1:${https}` : `http://127.0.0.1:${http}`;
  const before = cpuSeconds(pid);
  const load = await saturate(`${base}${one.path}`, one, { ...options, seconds });
  const cpu = cpuSeconds(pid) - before;
  if (load.bad > 0) console.error(`${one.name}: ${load.bad} of ${load.requests} went wrong`);
  return {
    rate: load.requests / load.seconds,
    p50: load.p50,
    p99: load.p99,
    cpuMicros: (cpu / load.requests) * 1e6,
  };
}

/** Every figure of every case: `key`, `name`, and by the name of a figure a list with one value for each round. */
async function runCases(origin) {
  const results = cases.map(({ key, name }) => ({ key, name, rate: [], p50: [], p99: [], cpuMicros: [] }));
  const running = new Map();
  const place = { folder: labFolder, origin: origin.port, workers: options.workers, cpus: '' };
  try {
    for (const one of cases.filter(({ setup }, at) => cases.findIndex((it) => it.setup === setup) === at)) {
      const started = await startPeer(penstockWith(given.engine), one.setup, { ...place, path: one.path });
      running.set(one.setup, started);
      await measure(started, one, WARM_UP_SECONDS);
    }
    for (let round = -1; round < options.rounds; round++) {
      for (const [at, one] of cases.entries()) {
        const taken = await measure(running.get(one.setup), one, round < 0 ? 1 : options.seconds);
        // The round before the first warms up what this case alone uses.
        if (round >= 0) for (const [figure, value] of Object.entries(taken)) results[at][figure].push(value);
      }
    }
  } finally {
    for (const started of running.values()) await started.stop();
  }
  return results;
}

function rowOf({ key, name, rate, p50, p99, cpuMicros }, baseline) {
  const before = baseline?.cases[key];
  return [
    name,
    figures(rate, 0),
    median(p50).toFixed(1),
    median(p99).toFixed(1),
    figures(cpuMicros, 1),
    ratioText(rate, before?.rate),
    ratioText(cpuMicros, before?.cpuMicros),
  ];
}

function chartOf(results, baseline, facts) {
  const panel = (title, figure, digits) => ({
    title,
    digits,
    now: results.map((one) => median(one[figure])),
    before: baseline === null ? null : results.map(({ key }) => baseline.cases[key]?.[figure] ?? Number.NaN),
  });
  return barChart({
    title: 'penstock under load from autocannon',
    notes: [facts.machine, `${facts.settings}, src/ of commit ${facts.commit}`],
    now: `commit ${facts.commit}`,
    before: baseline === null ? null : `baseline, commit ${baseline.commit}`,
    names: results.map(({ name }) => name),
    panels: [
      panel('CPU µs a request (less is better)', 'cpuMicros', 1),
      panel('requests a second (more is better)', 'rate', 0),
    ],
  });
}

function headOf({ machine, settings, commit }, baseline) {
  const compared =
    baseline === null
      ? 'this machine has no baseline with these settings yet: --store makes one'
      : `baseline: commit ${baseline.commit}, ${baseline.when.slice(0, 10)}; the last two columns are this run to the baseline`;
  return `${machine}\n${settings}, src/ of commit ${commit}, ${options.rounds} rounds of ${options.seconds} s\n${compared}\n`;
}

refuseBadUsage();
let origin = null;
try {
  await makeCertificate();
  origin = await startBestOrigin();
  const workers = options.workers === 1 ? '1 worker' : `${options.workers} workers`;
  const settings = `engine ${given.engine}, ${workers}, ${options.connections} connections, ${origin.kind}`;
  const facts = { machine: machineName(), settings, commit: commitName('src') };
  const baseline = findBaseline(BASELINES, facts);
  console.log(headOf(facts, baseline));
  const results = await runCases(origin);
  console.log(
    aligned(
      HEADINGS,
      results.map((one) => rowOf(one, baseline)),
    ).join('\n'),
  );
  mkdirSync(RESULTS, { recursive: true });
  const chart = join(RESULTS, 'load.svg');
  writeFileSync(chart, chartOf(results, baseline, facts));
  console.log(`\ndrawn in ${chart}`);
  if (given.store) {
    storeBaseline(BASELINES, { ...facts, seconds: options.seconds, rounds: options.rounds }, results);
    const kept = join(RESULTS, 'load-baseline.svg');
    writeFileSync(kept, chartOf(results, null, facts));
    console.log(`stored in ${BASELINES} and ${kept}`);
  }
} finally {
  origin?.stop();
  await closeLab();
}

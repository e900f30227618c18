/**
 * The way of a configuration stage by stage, in a process of its own and with the modules of build/: what each stage takes of the time that
 * a running penstock reports as a whole, and what a lookup costs in the snapshot as a worker adopts it. Forked by `routes.mjs`; one order:
 *
 *   { wanted: [{ file, rounds }] }   for each file { routes, bytes, stages: { name: milliseconds, the median of the rounds }, lookupNs }
 *
 * Answered with the list. Lookups of all files take turns, so that what disturbs one disturbs the others.
 */

import { measure } from 'mitata';
import { decodeSnapshot } from '../../build/bridge/snapshot/codec.js';
import { drySelfSigned } from '../../build/primary/certs/dry-self-signed.js';
import { compile } from '../../build/primary/compile/compile.js';
import { planTls } from '../../build/primary/compile/plan-tls.js';
import { tlsModes } from '../../build/primary/compile/tls-modes.js';
import { MemoryPlan } from '../../build/primary/fleet/memory-plan.js';
import { makePublication } from '../../build/primary/publish/publication.js';
import { readConfig } from '../../build/primary/source/read-config.js';
import { validateConfig } from '../../build/primary/validate/validate.js';
import { matchRoute } from '../../build/worker/router/match-route.js';
import { makeServing } from '../../build/worker/serving.js';
import { median } from '../kit/medians.mjs';
import { hostOf, pathOf } from './configurations.mjs';

const WORKERS = 2;
const REQUESTS = 4_096;
const LOOKUP_ROUNDS = 15;
/** Of processor time, in nanoseconds. */
const ROUND_TIME = 3e7;
/** A string in one piece of its own, as an HTTP engine makes it. */
const flat = (text) => Buffer.from(text).toString('latin1');

/** One way through; `serving`: what a worker has at the end of it. */
async function pass(file) {
  const stages = {};
  let at = performance.now();
  const done = (name) => {
    const now = performance.now();
    stages[name] = now - at;
    at = now;
  };
  const read = readConfig(file, {});
  done('parse');
  const { draft, problems } = validateConfig(read);
  if (draft === null) throw new Error(`${file}: ${problems[0].message}`);
  done('validate');
  const { modes } = tlsModes(draft, []);
  const tls = await planTls(draft.routes, modes, {
    own: [],
    automatic: new Map(),
    selfSigned: drySelfSigned(),
  });
  done('plan TLS');
  const content = compile(draft, {
    tls,
    upstreamTls: new Map(),
    boundTo: (_, configured) => configured,
    terminal: false,
  });
  done('compile');
  const memory = new MemoryPlan(WORKERS);
  const placed = memory.place(content, 0);
  done('place in shared memory');
  const { bytes } = makePublication(placed, 1, 0);
  done('encode and digest');
  const snapshot = decodeSnapshot(bytes);
  const serving = makeServing(snapshot, memory.buffers(0), 0);
  done('adopt, in a worker');
  return { stages, serving, bytes: bytes.byteLength };
}

/** Requests spread over all routes but the first, which is not theirs: the same in every run. */
function requestsFor(routes) {
  let state = 12_345;
  return Array.from({ length: REQUESTS }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const i = Math.floor((state / 2 ** 32) * (routes - 1));
    const path = flat(`${pathOf(i)}/page`);
    return { host: flat(hostOf(i)), path, method: 'GET', query: '', header: () => null, expected: i + 1 };
  });
}

async function measureLookups({ serving, requests }) {
  const { snapshot, conditions } = serving;
  let sum = 0;
  const all = () => {
    for (const request of requests) sum += matchRoute(snapshot.routeTable, conditions, request);
    return sum;
  };
  const { min } = await measure(all, { min_cpu_time: ROUND_TIME, min_samples: 5 });
  return min / requests.length;
}

async function run({ wanted }) {
  const results = [];
  for (const { file, rounds } of wanted) {
    const passes = [];
    for (let round = 0; round < rounds; round++) passes.push(await pass(file));
    const names = Object.keys(passes[0].stages);
    const stages = Object.fromEntries(
      names.map((name) => [name, median(passes.map((one) => one.stages[name]))]),
    );
    const { serving, bytes } = passes.at(-1);
    const requests = requestsFor(serving.snapshot.routeCount);
    for (const request of requests) {
      const found = matchRoute(serving.snapshot.routeTable, serving.conditions, request);
      if (found !== request.expected) throw new Error(`${request.host}${request.path} gave route ${found}`);
    }
    results.push({ serving, requests, bytes, stages, lookupNs: Number.POSITIVE_INFINITY });
  }
  for (let round = 0; round < LOOKUP_ROUNDS; round++)
    for (const one of results) one.lookupNs = Math.min(one.lookupNs, await measureLookups(one));
  return results.map(({ serving, stages, bytes, lookupNs }) => {
    return { routes: serving.snapshot.routeCount, bytes, stages, lookupNs };
  });
}

process.once('message', async (order) => {
  process.send(await run(order), () => process.exit(0));
});

/**
 * What one route lookup costs with 10 to 100,000 routes, in five shapes of configuration, and how long compiling takes.
 * Run after `npm run build`: `node bench/micro/router.mjs` (`--build FOLDER` for another one). Exits 1 if a lookup at 100,000
 * routes costs more than twice that at 10, or a microsecond or more.
 *
 * Every figure is the mean over a batch of the same 4,096 requests, whose routes are spread over the whole table by a
 * seeded shuffle. The sizes are measured in turns, and the fastest batch of each counts: what else a shared machine does
 * only adds. The medians stand beside it.
 */

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { measure } from 'mitata';
import { BUDGET_NS, tell } from './verdict.mjs';

const SIZES = [10, 1_000, 10_000, 100_000];
const REQUESTS = 4_096;
const ROUNDS = 25;
/** Of processor time, in nanoseconds. */
const ROUND_TIME = 5e7;
const MAX_RATIO = 2;
const NO_CONDITIONS = { methods: null, headers: [], query: [] };

const { values } = parseArgs({ options: { build: { type: 'string', default: 'build' } } });
const load = (file) => import(pathToFileURL(resolve(values.build, file)).href);
const { buildRouteTable } = await load('primary/compile/build-route-table.js');
const { createConditionSource } = await load('worker/router/condition-source.js');
const { matchRoute } = await load('worker/router/match-route.js');

/** A string of its own in one piece, as an HTTP engine makes them; a template leaves a rope, a literal is shared. */
const flat = (text) => Buffer.from(text).toString('latin1');

/** The same strings in all requests: those of a real request were just written and lie in the cache. */
const BROWSER_FIELDS = [
  'user-agent',
  'Mozilla/5.0',
  'accept',
  '*/*',
  'accept-language',
  'en',
  'cookie',
  'a=b',
].map(flat);
const CANARY_NAME = flat('x-env');

/** A request as the exchange presents it: fields in one flat array. */
class BenchRequest {
  constructor(host, path, fields = BROWSER_FIELDS) {
    this.host = flat(host);
    this.path = flat(path);
    this.method = 'GET';
    this.query = '';
    this.fields = fields;
  }

  header(name) {
    const fields = this.fields;
    for (let index = 0; index < fields.length; index += 2) {
      if (fields[index] === name) return fields[index + 1];
    }
    return null;
  }
}

/** Each shape: a route by its number, and a request for the route with that number. */
const SHAPES = {
  'a host a route': {
    route: (i) => ({ hosts: [`tenant-${i}.example.com`], path: '/' }),
    request: (i) => new BenchRequest(`tenant-${i}.example.com`, '/assets/app.js'),
  },
  'one host, a path a route': {
    route: (i) => ({ hosts: ['api.example.com'], path: `/team-${i % 100}/service-${i}` }),
    request: (i) => new BenchRequest('api.example.com', `/team-${i % 100}/service-${i}/items/42`),
  },
  'mixed, few sets of conditions': mixed((i) => `env-${i % 7}`),
  // For comparison only: here most of the cost is 50,000 different condition objects in the heap, not the table.
  'mixed, each its own conditions': { ...mixed((i) => `env-${i}`), unbounded: true },
  'no host, no match': {
    route: (i) => ({ hosts: [`tenant-${i}.example.com`], path: `/service-${i}` }),
    request: (i) => new BenchRequest(`scanner-${i}.example.com`, `/wp-admin/${i}.php`),
    misses: true,
  },
};

/**
 * Ten routes a host, every third host a wildcard; of each path, one route with conditions and one without. `envOf`: what
 * the conditions of route i ask for, one of a few values or one of its own.
 */
function mixed(envOf) {
  const hostOf = (i, label) => `${label}.site-${Math.floor(i / 10)}.example.net`;
  const areaOf = (i) => `/area-${(i % 10) >> 1}`;
  return {
    route(i) {
      const hosts = [hostOf(i, Math.floor(i / 10) % 3 === 2 ? '*' : 'www')];
      if (i % 2 === 0) return { hosts, path: areaOf(i) };
      const headers = [{ name: 'x-env', value: flat(envOf(i)) }];
      return { hosts, path: areaOf(i), conditions: { methods: ['GET', 'POST'], headers, query: [] } };
    },
    request(i) {
      const fields = i % 2 === 0 ? BROWSER_FIELDS : [...BROWSER_FIELDS, CANARY_NAME, flat(envOf(i))];
      return new BenchRequest(hostOf(i, 'www'), `${areaOf(i)}/page`, fields);
    },
  };
}

/** What a long hostile path costs; the table has deep routes, so that the walk is not cut short at once. */
const HOSTILE = {
  '16 KiB of /a': '/a'.repeat(8_192),
  '16 KiB of slashes': '/'.repeat(16_384),
  'one segment of 16 KiB': `/${'a'.repeat(16_383)}`,
};

function compile(shape, size) {
  const routes = Array.from({ length: size }, (_, i) => shape.route(i));
  const conditions = routes.map((route) => route.conditions ?? NO_CONDITIONS);
  const inputs = routes.map((route, i) => ({
    hosts: route.hosts,
    path: route.path,
    match: 'prefix',
    conditionCount: (conditions[i].methods === null ? 0 : 1) + conditions[i].headers.length,
  }));
  const start = performance.now();
  const table = buildRouteTable(inputs);
  const buildMs = performance.now() - start;
  const source = createConditionSource({
    routeCount: size,
    route: (index) => ({ conditions: conditions[index] }),
  });
  return { table, source, buildMs };
}

/** Route numbers spread over the table, the same in every run (a linear congruential generator). */
function* spread(size) {
  let state = 12_345;
  for (let count = 0; count < REQUESTS; count += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    yield Math.floor((state / 2 ** 32) * size);
  }
}

function prepare(name, shape, size) {
  const compiled = compile(shape, size);
  const requests = [];
  for (const number of spread(size)) {
    const request = shape.request(number);
    const found = matchRoute(compiled.table, compiled.source, request);
    if (found !== (shape.misses ? -1 : number))
      throw new Error(`${name}: ${request.path} gave route ${found}, not ${number}`);
    requests.push(request);
  }
  return { ...compiled, requests, nanoseconds: Number.POSITIVE_INFINITY, median: Number.POSITIVE_INFINITY };
}

async function measureRound({ table, source, requests }) {
  let sum = 0;
  const lookups = () => {
    for (let index = 0; index < requests.length; index += 1)
      sum += matchRoute(table, source, requests[index]);
    return sum;
  };
  const stats = await measure(lookups, { min_cpu_time: ROUND_TIME, min_samples: 5 });
  return { fastest: stats.min / requests.length, median: stats.p50 / requests.length };
}

let failed = false;
const rows = [];
const verdicts = [];
for (const [name, shape] of Object.entries(SHAPES)) {
  const cells = SIZES.map((size) => prepare(name, shape, size));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const cell of cells) {
      const { fastest, median } = await measureRound(cell);
      cell.nanoseconds = Math.min(cell.nanoseconds, fastest);
      cell.median = Math.min(cell.median, median);
    }
  }
  const last = cells[cells.length - 1];
  const ratio = last.nanoseconds / cells[0].nanoseconds;
  failed ||= !shape.unbounded && (ratio > MAX_RATIO || last.median >= BUDGET_NS.route);
  verdicts.push({
    what: `${name}, ${SIZES.at(-1)} routes`,
    nanoseconds: last.median,
    budget: shape.unbounded ? null : BUDGET_NS.route,
  });
  rows.push({
    shape: name,
    ...Object.fromEntries(
      SIZES.map((size, i) => [`${size} routes, ns`, Number(cells[i].nanoseconds.toFixed(1))]),
    ),
    ratio: Number(ratio.toFixed(2)),
    'median at 100000, ns': Number(last.median.toFixed(1)),
    'build 100000, ms': Math.round(last.buildMs),
    'MB at 100000': Number((last.table.words.byteLength / 1e6).toFixed(1)),
  });
}
console.table(rows);

const deep = compile({ route: (i) => ({ hosts: [], path: '/a'.repeat(i + 1) }) }, 10);
for (const [name, path] of Object.entries(HOSTILE)) {
  const cell = { ...deep, requests: [new BenchRequest('a', path)] };
  const nanoseconds = (await measureRound(cell)).median;
  failed ||= nanoseconds >= BUDGET_NS.route;
  verdicts.push({ what: name, nanoseconds, budget: BUDGET_NS.route });
  console.log(`${name}: ${nanoseconds.toFixed(0)} ns`);
}

tell(verdicts);
if (failed)
  console.error(
    `A lookup is over ${BUDGET_NS.route} ns, or over ${MAX_RATIO} times that at ${SIZES[0]} routes.`,
  );
process.exitCode = failed ? 1 : 0;

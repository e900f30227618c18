/**
 * What the choice of an endpoint costs per request, its place taken and given back: `npm run build && node bench/micro/balancer.mjs`.
 * Four workers' columns, some requests under way at four endpoints of five. Clients of 4,096 addresses take turns. Over budget as long as it is exact:
 * least_requests where none of 100 endpoints is idle, which reads 400 counts.
 */

import { bench, do_not_optimize, summary } from 'mitata';
import { EndpointTable, endpointSegmentBytes } from '../../build/bridge/memory/endpoint-table.js';
import { Balancer } from '../../build/worker/balancer/balancer.js';
import { Placement } from '../../build/worker/balancer/placement.js';
import { BUDGET_NS, runAgainst } from './verdict.mjs';

const WORKERS = 4;
const WARM_UP = 20_000;
const segment = new SharedArrayBuffer(endpointSegmentBytes(WORKERS));
const tables = Array.from({ length: WORKERS }, (_, worker) => {
  const table = new EndpointTable(worker, WORKERS);
  table.adopt([segment]);
  return table;
});
const balancer = new Balancer({
  workerId: 0,
  random: Math.random,
  table: tables[0],
  stickyKey: new Uint8Array(32),
});

function service(name, count, facts = {}, weightOf = (slot) => 1 + (slot % 3)) {
  const endpoints = Array.from({ length: count }, (_, slot) => ({
    id: `10.0.0.${slot}:8080`,
    key: `${name} ${slot}`,
    weight: weightOf(slot),
    backup: false,
    slot,
  }));
  const plain = { balance: 'round_robin', hashOn: null, maxRequestsPerEndpoint: 0, stickyCookie: null };
  return { index: 0, name, endpoints, ...plain, ...facts };
}

for (let slot = 0; slot < 100; slot++)
  for (const table of tables) for (let n = 0; n < slot % 5; n++) table.enter(slot, 0);

/** The service at endpoints of its own, each with as many requests under way as its weight asks for. */
function busy(service) {
  const endpoints = service.endpoints.map((endpoint) => ({ ...endpoint, slot: endpoint.slot + 100 }));
  for (const { slot, weight } of endpoints)
    for (const table of tables) for (let n = 0; n < weight; n++) table.enter(slot, 0);
  return { ...service, endpoints };
}

/** Clients that take turns. */
const addresses = Array.from(
  { length: 4_096 },
  (_, i) => `198.${18 + (i >> 11)}.${(i >> 3) & 255}.${7 * (i & 7)}`,
);
let next = 0;
const path = '/orders/17';
const plain = { path, header: () => null };
const hash = { balance: 'hash', hashOn: { kind: 'ip' } };
const sticky = service('sticky', 10, { stickyCookie: 'penstock' });
const placement = new Placement();
balancer.place(sticky, plain, '192.0.2.1', placement);
const cookie = `a=b; penstock=${placement.stickyValue}`;
const returning = { path, header: (name) => (name === 'cookie' ? cookie : null) };

const cases = [
  ['round_robin, 1 endpoint', service('one', 1), plain],
  ['round_robin, 10', service('rr', 10), plain],
  ['round_robin, 10, max_requests', service('limit', 10, { maxRequestsPerEndpoint: 1000 }), plain],
  ['random, 10', service('random', 10, { balance: 'random' }), plain],
  ['least_requests, 10', service('least', 10, { balance: 'least_requests' }), plain],
  ['p2c, 10', service('p2c', 10, { balance: 'p2c' }), plain],
  ['hash of ip, 10', service('hash', 10, hash), plain],
  ['hash of ip, 10 of equal weight', service('even', 10, hash, () => 1), plain],
  ['sticky, 10, the client has its cookie', sticky, returning],
  ['round_robin, 100', service('rr100', 100), plain],
  ['round_robin, 100 of equal weight', service('even100', 100, {}, () => 1), plain],
  ['random, 100', service('random100', 100, { balance: 'random' }), plain],
  ['p2c, 100', service('p2c100', 100, { balance: 'p2c' }), plain],
  ['hash of ip, 100', service('hash100', 100, hash), plain],
  ['least_requests, 100', service('least100', 100, { balance: 'least_requests' }), plain],
  ['least_requests, 100, none is idle', busy(service('busy100', 100, { balance: 'least_requests' })), plain],
];

function choose(of, request) {
  const taken = new Placement();
  next = (next + 1) % addresses.length;
  do_not_optimize(balancer.place(of, request, addresses[next], taken));
  balancer.leave(taken);
}

// A worker serves all of them by the same code: none is measured before it knows the others.
for (let i = 0; i < WARM_UP; i++) for (const [, of, request] of cases) choose(of, request);

summary(() => {
  for (const [name, of, request] of cases) bench(name, () => choose(of, request));
});

await runAgainst(() => BUDGET_NS.balance);

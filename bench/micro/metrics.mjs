/**
 * What metrics cost per request: `npm run build && node bench/micro/metrics.mjs`.
 * Everything that is counted for a request that goes to an endpoint, both readings of the clock included: one route, and 10,000 that
 * take turns, whose rows are 10 MB. At most 2 % of a bare request is what is asked for; `npm run bench:load` measures that one.
 */

import { bench, do_not_optimize, summary } from 'mitata';
import { CounterColumn, counterBufferBytes } from '../../build/bridge/memory/counters.js';
import { GAUGE_BUFFER_BYTES, RequestKind, WorkerGauges } from '../../build/bridge/memory/gauges.js';
import { LATENCY_BUFFER_BYTES, LatencyColumn } from '../../build/bridge/memory/latency-column.js';
import { systemClock } from '../../build/kit/clock.js';
import { ExchangeRecord } from '../../build/worker/exchange/exchange-record.js';
import { runAgainst } from './verdict.mjs';

const ROUTES = 10_000;
const SERVICES = 16;
/** Milliseconds before it ends that a request began: a request of each length in turn. */
const AGES = Float64Array.from({ length: 64 }, (_, i) => 0.2 * 1.2 ** (i % 48));

const context = { clock: systemClock };
const gauges = new WorkerGauges(new SharedArrayBuffer(GAUGE_BUFFER_BYTES));
const serving = {
  routeCounters: new CounterColumn(new SharedArrayBuffer(counterBufferBytes(ROUTES))),
  serviceCounters: new CounterColumn(new SharedArrayBuffer(counterBufferBytes(SERVICES))),
  latency: new LatencyColumn(new SharedArrayBuffer(LATENCY_BUFFER_BYTES)),
  logsAccess: false,
};

const routes = Array.from({ length: ROUTES }, (_, counterSlot) => ({ counterSlot }));
const services = routes.slice(0, SERVICES);

let turn = 0;

function count(row) {
  turn++;
  const age = AGES[turn & 63];
  gauges.countRequest(RequestKind.NODE_HTTP1_1);
  gauges.addInFlight(1);
  const record = new ExchangeRecord(systemClock.nowMs() - age);
  record.route = routes[row];
  record.service = services[row % SERVICES];
  record.status = 200;
  record.bytesOut = 100;
  record.upstreamMs = age / 2;
  serving.serviceCounters.countConnection(record.service.counterSlot, true);
  gauges.addInFlight(-1);
  record.write(context, serving, null, '', '');
  return record;
}

summary(() => {
  bench('the clock, read twice', () => do_not_optimize(systemClock.nowMs() - systemClock.nowMs()));
  bench('a request, 1 route', () => do_not_optimize(count(7)));
  // A stride that is prime to the number: neighbours in time are not neighbours in memory.
  bench(`a request, ${ROUTES} routes`, () => do_not_optimize(count((turn * 7_919) % ROUTES)));
});

await runAgainst(() => null);

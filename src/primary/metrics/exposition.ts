/**
 * Prometheus' text from the shared counters when it is scraped; nothing is counted twice, nothing is kept here. Primary thread.
 * A scrape of ten thousand routes is 300,000 lines: it gives way to the primary's other work again and again.
 */

import { setImmediate } from 'node:timers/promises';
import { type CounterRow, OCTAVE_BOUNDS } from '../../bridge/memory/counters.ts';
import type { WorkerGauges } from '../../bridge/memory/gauges.ts';
import { METRICS, type MetricDefinition, type MetricKey, NO_ROUTE_LABEL } from '../../kit/names.ts';
import { PENSTOCK_VERSION } from '../../kit/version.ts';
import { clientMetrics, type MetricValue } from './client-metrics.ts';
import { familyHead, formatValue, labelPairs, sampleLine } from './text-format.ts';

/** Names with their rows. */
export type NamedRows = Iterable<readonly [string, CounterRow]>;

export interface MetricsSource {
  /** Requests that no route took. */
  readonly unrouted: CounterRow;
  routes(): NamedRows;
  services(): NamedRows;
  readonly endpoints: readonly {
    readonly service: string;
    readonly endpoint: string;
    /** Under way. */
    readonly requests: number;
    /** It takes part in balancing. */
    readonly healthy: boolean;
  }[];
  readonly gauges: readonly { readonly worker: number; readonly gauges: WorkerGauges }[];
  readonly snapshotVersion: number;
  /** Result to count. */
  readonly reloads: ReadonlyMap<string, number>;
  /** Server names with the expiry of their certificate, milliseconds since the epoch. */
  readonly expiries: readonly { readonly host: string; readonly notAfterMs: number }[];
}

const STATUS_LABELS = ['1xx', '2xx', '3xx', '4xx', '5xx'];
/** As they stand in the labels of buckets. */
const BOUNDS = OCTAVE_BOUNDS.map((bound) => String(Number(bound.toPrecision(6))));
/** Rows that are read or written before other work has its turn: some milliseconds. */
const ROWS_A_TURN = 200;

type Rows = readonly (readonly [string, CounterRow])[];

export async function exposition(source: MetricsSource): Promise<string> {
  let text = '';
  let rows = 0;
  for (const piece of pieces(source)) {
    text += piece;
    if (++rows % ROWS_A_TURN === 0) await setImmediate();
  }
  return text;
}

/** The text in pieces, one for a row at most; an empty one for a row that was read. */
function* pieces(source: MetricsSource): Generator<string> {
  const routes: [string, CounterRow][] = [];
  const services: [string, CounterRow][] = [];
  for (const entry of source.routes()) yield keep(routes, entry);
  for (const entry of source.services()) yield keep(services, entry);
  const all: Rows = [[NO_ROUTE_LABEL, source.unrouted], ...routes];
  yield* family('requests', all, (route, { statuses }) =>
    statuses.map((value, index) => ({ value, labels: { route, status: STATUS_LABELS[index] ?? '' } })),
  );
  yield* histogram(METRICS.requestDuration, 'route', all);
  yield* histogram(METRICS.upstreamDuration, 'service', services);
  yield* family('accessDenied', routes, (route, { denied }) => [{ value: denied, labels: { route } }]);
  yield* family('rateLimited', routes, (route, { limited }) => [{ value: limited, labels: { route } }]);
  yield* family('retries', services, (service, { retries }) => [{ value: retries, labels: { service } }]);
  yield* family('upstreamConnections', services, (service, { connectionsNew, connectionsReused }) => [
    { value: connectionsNew, labels: { service, reused: 'false' } },
    { value: connectionsReused, labels: { service, reused: 'true' } },
  ]);
  for (const [key, values] of Object.entries(plainValues(source))) {
    const definition = METRICS[key as MetricKey];
    yield familyHead(definition);
    for (const { labels, value } of values) yield sampleLine(definition.name, labels, value);
  }
}

function keep<T>(list: T[], entry: T): string {
  list.push(entry);
  return '';
}

function* family(
  key: MetricKey,
  rows: Rows,
  valuesOf: (name: string, row: CounterRow) => readonly MetricValue[],
): Generator<string> {
  const definition = METRICS[key];
  yield familyHead(definition);
  for (const [name, row] of rows) {
    let text = '';
    for (const { labels, value } of valuesOf(name, row)) text += sampleLine(definition.name, labels, value);
    yield text;
  }
}

/** Cumulative buckets, sum and count, as Prometheus wants them. */
function* histogram(definition: MetricDefinition, label: string, rows: Rows): Generator<string> {
  const { name } = definition;
  yield familyHead(definition);
  for (const [owner, row] of rows) {
    const labels = labelPairs({ [label]: owner });
    let text = '';
    let count = 0;
    for (let octave = 0; octave < BOUNDS.length; octave++) {
      count += row.octaves[octave] ?? 0;
      text += `${name}_bucket{${labels},le="${BOUNDS[octave]}"} ${count}\n`;
    }
    count += row.octaves[BOUNDS.length] ?? 0;
    text += `${name}_bucket{${labels},le="+Inf"} ${count}\n`;
    yield `${text}${name}_sum{${labels}} ${formatValue(row.seconds)}\n${name}_count{${labels}} ${count}\n`;
  }
}

/** Those that no counters' table has. */
function plainValues(source: MetricsSource): Partial<Record<MetricKey, readonly MetricValue[]>> {
  const { gauges } = source;
  const total = (of: (worker: WorkerGauges) => number): number =>
    gauges.reduce((sum, entry) => sum + of(entry.gauges), 0);
  return {
    requestsInFlight: [{ value: total((worker) => worker.inFlight), labels: {} }],
    connections: [
      { value: total((worker) => worker.connections(false)), labels: { listener: 'http' } },
      { value: total((worker) => worker.connections(true)), labels: { listener: 'https' } },
    ],
    ...clientMetrics(gauges.map((entry) => entry.gauges)),
    endpointHealthy: source.endpoints.map(({ service, endpoint, healthy }) => ({
      value: healthy ? 1 : 0,
      labels: { service, endpoint },
    })),
    endpointRequestsInFlight: source.endpoints.map(({ service, endpoint, requests }) => ({
      value: requests,
      labels: { service, endpoint },
    })),
    certificateExpiry: source.expiries.map(({ host, notAfterMs }) => ({
      value: Math.round(notAfterMs / 1000),
      labels: { host },
    })),
    snapshotVersion: [{ value: source.snapshotVersion, labels: {} }],
    reloads: [...source.reloads].map(([result, value]) => ({ value, labels: { result } })),
    workerEventLoopLag: gauges.map(({ worker, gauges: one }) => ({
      value: one.loopLagSeconds,
      labels: { worker: String(worker) },
    })),
    buildInfo: [{ value: 1, labels: { version: PENSTOCK_VERSION, node: process.version } }],
  };
}

/**
 * Fills Prometheus' text format from the shared counters when it is scraped; nothing is counted twice, nothing is kept here.
 * Primary thread. prom-client does the format.
 */

import { type Metric, Registry } from 'prom-client';
import { type CounterRow, OCTAVE_BOUNDS } from '../../bridge/memory/counters.ts';
import type { WorkerGauges } from '../../bridge/memory/gauges.ts';
import { METRICS, type MetricDefinition, type MetricKey, NO_ROUTE_LABEL } from '../../kit/names.ts';
import { PENSTOCK_VERSION } from '../../kit/version.ts';
import { clientMetrics, type MetricValue } from './client-metrics.ts';

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

export async function exposition(source: MetricsSource): Promise<string> {
  const registry = new Registry();
  const values = valuesOf(source);
  for (const [key, list] of Object.entries(values)) register(registry, METRICS[key as MetricKey], list);
  return await registry.metrics();
}

function valuesOf(source: MetricsSource): Record<MetricKey, MetricValue[]> {
  const routes: (readonly [string, CounterRow])[] = [[NO_ROUTE_LABEL, source.unrouted], ...source.routes()];
  const services = [...source.services()];
  const { gauges } = source;
  const total = (of: (worker: WorkerGauges) => number): number =>
    gauges.reduce((sum, entry) => sum + of(entry.gauges), 0);
  return {
    requests: routes.flatMap(([route, row]) =>
      row.statuses.map((value, index) => ({ value, labels: { route, status: STATUS_LABELS[index] ?? '' } })),
    ),
    requestDuration: routes.flatMap(([route, row]) => histogram(METRICS.requestDuration, { route }, row)),
    upstreamDuration: services.flatMap(([service, row]) =>
      histogram(METRICS.upstreamDuration, { service }, row),
    ),
    accessDenied: routes.slice(1).map(([route, row]) => ({ value: row.denied, labels: { route } })),
    rateLimited: routes.slice(1).map(([route, row]) => ({ value: row.limited, labels: { route } })),
    requestsInFlight: [{ value: total((worker) => worker.inFlight), labels: {} }],
    connections: [
      { value: total((worker) => worker.connections(false)), labels: { listener: 'http' } },
      { value: total((worker) => worker.connections(true)), labels: { listener: 'https' } },
    ],
    ...clientMetrics(gauges.map((entry) => entry.gauges)),
    retries: services.map(([service, row]) => ({ value: row.retries, labels: { service } })),
    upstreamConnections: services.flatMap(([service, row]) => [
      { value: row.connectionsNew, labels: { service, reused: 'false' } },
      { value: row.connectionsReused, labels: { service, reused: 'true' } },
    ]),
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

/** Cumulative buckets, sum and count, as Prometheus wants them. */
function histogram(
  definition: MetricDefinition,
  labels: Record<string, string>,
  row: CounterRow,
): MetricValue[] {
  const values: MetricValue[] = [];
  let cumulative = 0;
  OCTAVE_BOUNDS.forEach((bound, octave) => {
    cumulative += row.octaves[octave] ?? 0;
    const le = Number(bound.toPrecision(6));
    values.push({ metricName: `${definition.name}_bucket`, labels: { ...labels, le }, value: cumulative });
  });
  const count = row.octaves.reduce((sum, octave) => sum + octave, 0);
  values.push({ metricName: `${definition.name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count });
  values.push({ metricName: `${definition.name}_sum`, labels, value: row.seconds });
  values.push({ metricName: `${definition.name}_count`, labels, value: count });
  return values;
}

/**
 * A metric whose values are known already. All that the registry asks of one is its name and `get`, but its declarations
 * know only metrics that count by themselves, of which a histogram cannot be given its buckets.
 */
function register(registry: Registry, definition: MetricDefinition, values: readonly MetricValue[]): void {
  const { name, help, type } = definition;
  const metric = { name, get: () => Promise.resolve({ name, help, type, aggregator: 'sum', values }) };
  registry.registerMetric(metric as unknown as Metric);
}

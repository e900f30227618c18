/**
 * Every name that penstock puts into logs and metrics, in one place: dashboards and alerts are built on them.
 * A name here is a promise and never changes; new ones may be added.
 */

/** Fields of a log line beside pino's own (`level`, `time`, `pid`, `msg`, `err`). */
export const LogField = {
  /** A fault label, a problem's code or an error code. */
  CODE: 'code',
  /** The part that speaks: `primary`, `fleet`, `admin`, `source`, `certs`, `publish`, `access`, `health`, `resolve`, `events`, `domains`. */
  COMPONENT: 'component',
  WORKER: 'worker',
  SNAPSHOT: 'snapshot',
  DIGEST: 'digest',
  LISTENER: 'listener',
  ADDRESS: 'address',
  FILE: 'file',
  LINE: 'line',
  TRIGGER: 'trigger',
  OUTCOME: 'outcome',
  /** Milliseconds, with fractions. */
  DURATION_MS: 'duration_ms',
  SIGNAL: 'signal',
  /** The id of the process that takes over. */
  SUCCESSOR: 'successor',
  STATUS: 'status',
  /** Where it stands in the configuration, and the origin of its URL. */
  WEBHOOK: 'webhook',
  // One request, in the access log.
  REQUEST_ID: 'request_id',
  CLIENT: 'client',
  METHOD: 'method',
  HOST: 'host',
  TARGET: 'target',
  ROUTE: 'route',
  SERVICE: 'service',
  ENDPOINT: 'endpoint',
  ATTEMPTS: 'attempts',
  /** Milliseconds from the request's head to the endpoint's head. */
  UPSTREAM_MS: 'upstream_ms',
  BYTES_IN: 'bytes_in',
  BYTES_OUT: 'bytes_out',
  FAULT: 'fault',
  TLS: 'tls',
} as const;

export type LogField = (typeof LogField)[keyof typeof LogField];

export interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

const metric = (
  name: string,
  type: MetricDefinition['type'],
  labels: readonly string[],
  help: string,
): MetricDefinition => Object.freeze({ name, type, labels: Object.freeze([...labels]), help });

export type MetricKey =
  | 'requests'
  | 'requestDuration'
  | 'upstreamDuration'
  | 'requestsInFlight'
  | 'connections'
  | 'clientConnections'
  | 'clientRequests'
  | 'connectionsRejected'
  | 'rateLimited'
  | 'accessDenied'
  | 'retries'
  | 'upstreamConnections'
  | 'endpointHealthy'
  | 'endpointRequestsInFlight'
  | 'tlsHandshakes'
  | 'certificateExpiry'
  | 'snapshotVersion'
  | 'reloads'
  | 'workerEventLoopLag'
  | 'buildInfo';

/** All metrics of the contract, and those of engines and protocols. Durations are seconds, as Prometheus has it. */
export const METRICS: Readonly<Record<MetricKey, MetricDefinition>> = Object.freeze({
  requests: metric('penstock_requests_total', 'counter', ['route', 'status'], 'Requests by status class.'),
  requestDuration: metric(
    'penstock_request_duration_seconds',
    'histogram',
    ['route'],
    'From the head of the request to the end of the answer.',
  ),
  upstreamDuration: metric(
    'penstock_upstream_duration_seconds',
    'histogram',
    ['service'],
    'From the head of the request to the head of the answer of the endpoint.',
  ),
  requestsInFlight: metric('penstock_requests_in_flight', 'gauge', [], 'Requests under way.'),
  connections: metric('penstock_connections', 'gauge', ['listener'], 'Open client connections.'),
  clientConnections: metric(
    'penstock_client_connections',
    'gauge',
    ['listener', 'engine', 'protocol'],
    'Open client connections by the engine that serves them and what they speak.',
  ),
  clientRequests: metric(
    'penstock_client_requests_total',
    'counter',
    ['engine', 'protocol'],
    'Requests by the engine that served them and the version of HTTP.',
  ),
  connectionsRejected: metric(
    'penstock_connections_rejected_total',
    'counter',
    ['listener', 'reason'],
    'Client connections closed before anything of them was served.',
  ),
  rateLimited: metric('penstock_rate_limited_total', 'counter', ['route'], 'Requests answered with 429.'),
  accessDenied: metric(
    'penstock_access_denied_total',
    'counter',
    ['route'],
    'Requests refused by an access list.',
  ),
  retries: metric(
    'penstock_retries_total',
    'counter',
    ['service'],
    'Requests sent to an endpoint once more.',
  ),
  upstreamConnections: metric(
    'penstock_upstream_connections_total',
    'counter',
    ['service', 'reused'],
    'Connections to endpoints used for a request, new or reused.',
  ),
  endpointHealthy: metric(
    'penstock_endpoint_healthy',
    'gauge',
    ['service', 'endpoint'],
    '1 while the endpoint takes part in balancing.',
  ),
  endpointRequestsInFlight: metric(
    'penstock_endpoint_requests_in_flight',
    'gauge',
    ['service', 'endpoint'],
    'Requests under way at the endpoint.',
  ),
  tlsHandshakes: metric(
    'penstock_tls_handshakes_total',
    'counter',
    ['result'],
    'TLS handshakes with clients.',
  ),
  certificateExpiry: metric(
    'penstock_certificate_expiry_seconds',
    'gauge',
    ['host'],
    'When the certificate of the host expires, in seconds since the epoch.',
  ),
  snapshotVersion: metric('penstock_snapshot_version', 'gauge', [], 'Version of the snapshot that serves.'),
  reloads: metric('penstock_reloads_total', 'counter', ['result'], 'Reloads of the configuration.'),
  workerEventLoopLag: metric(
    'penstock_worker_event_loop_lag_seconds',
    'gauge',
    ['worker'],
    'How late the event loop of the worker runs.',
  ),
  buildInfo: metric(
    'penstock_build_info',
    'gauge',
    ['version', 'node'],
    'Always 1; the labels name the build.',
  ),
});

/** The one route label of all requests that no route took, so that a scanner cannot grow the set. */
export const NO_ROUTE_LABEL = '(none)';

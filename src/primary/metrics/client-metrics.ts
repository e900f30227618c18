/** The figures of the clients' side from the workers' gauges: who serves which connections, in which protocol. Pure. */

import {
  ConnectionKind,
  Handshake,
  Rejection,
  RequestKind,
  type WorkerGauges,
} from '../../bridge/memory/gauges.ts';
import type { Labels } from './text-format.ts';

export interface MetricValue {
  readonly value: number;
  readonly labels: Labels;
}

const CONNECTIONS: readonly (readonly [ConnectionKind, string, string])[] = [
  [ConnectionKind.UNDECIDED, 'door', 'undecided'],
  [ConnectionKind.UWS_HTTP1, 'uws', 'http1'],
  [ConnectionKind.NODE_HTTP1, 'node', 'http1'],
  [ConnectionKind.NODE_HTTP2, 'node', 'http2'],
];

const REQUESTS: readonly (readonly [RequestKind, string, string])[] = [
  [RequestKind.UWS_HTTP1_1, 'uws', 'HTTP/1.1'],
  [RequestKind.NODE_HTTP1_0, 'node', 'HTTP/1.0'],
  [RequestKind.NODE_HTTP1_1, 'node', 'HTTP/1.1'],
  [RequestKind.NODE_HTTP2, 'node', 'HTTP/2'],
];

const HANDSHAKES: readonly (readonly [Handshake, string])[] = [
  [Handshake.OK, 'ok'],
  [Handshake.RESUMED, 'resumed'],
  [Handshake.FAILED, 'failed'],
  [Handshake.TIMEOUT, 'timeout'],
];

const REJECTIONS: readonly (readonly [Rejection, string])[] = [
  [Rejection.LISTENER_LIMIT, 'listener_limit'],
  [Rejection.ADDRESS_LIMIT, 'address_limit'],
  [Rejection.MALFORMED, 'malformed'],
  [Rejection.TIMEOUT, 'timeout'],
];

const LISTENERS = [
  { tls: false, listener: 'http' },
  { tls: true, listener: 'https' },
] as const;

type ClientMetric = 'clientConnections' | 'clientRequests' | 'connectionsRejected' | 'tlsHandshakes';

export function clientMetrics(workers: readonly WorkerGauges[]): Record<ClientMetric, MetricValue[]> {
  const sum = (of: (worker: WorkerGauges) => number): number =>
    workers.reduce((total, worker) => total + of(worker), 0);
  return {
    clientConnections: LISTENERS.flatMap(({ tls, listener }) =>
      CONNECTIONS.map(([kind, engine, protocol]) => ({
        value: sum((worker) => worker.connectionsOf(tls, kind)),
        labels: { listener, engine, protocol },
      })),
    ),
    clientRequests: REQUESTS.map(([kind, engine, protocol]) => ({
      value: sum((worker) => worker.requestsOf(kind)),
      labels: { engine, protocol },
    })),
    connectionsRejected: LISTENERS.flatMap(({ tls, listener }) =>
      REJECTIONS.map(([reason, name]) => ({
        value: sum((worker) => worker.rejectionsOf(tls, reason)),
        labels: { listener, reason: name },
      })),
    ),
    tlsHandshakes: HANDSHAKES.map(([result, name]) => ({
      value: sum((worker) => worker.handshakesOf(result)),
      labels: { result: name },
    })),
  };
}

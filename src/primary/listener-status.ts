/** Which engine serves what on each listening address, for `status`. Pure. */

import { ConnectionKind, type WorkerGauges } from '../bridge/memory/gauges.ts';
import type { Snapshot } from '../bridge/snapshot/model.ts';
import { formatAddress } from '../kit/address.ts';

export interface ListenerStatus {
  readonly protocol: 'http' | 'https' | 'admin';
  readonly address: string;
  /** Who serves new connections, by what they speak; null: it is not offered. Left out for the admin endpoints. */
  readonly engines?: { readonly http1: 'node' | 'uws'; readonly http2: 'node' | null };
}

/** Open client connections, over all workers and addresses. */
export interface ConnectionsStatus {
  /** Their first bytes have not told yet what they speak, or the TLS handshake is under way. */
  readonly undecided: number;
  readonly uwsHttp1: number;
  readonly nodeHttp1: number;
  readonly nodeHttp2: number;
}

/** `admin`: the address of the admin endpoints; empty for none. */
export function listenerStatus(snapshot: Snapshot, admin: string): readonly ListenerStatus[] {
  const engines = {
    http1: snapshot.engine === 'uws' ? ('uws' as const) : ('node' as const),
    http2: snapshot.http2 ? ('node' as const) : null,
  };
  const rows: ListenerStatus[] = snapshot.listeners.map(({ tls, host, port }) => ({
    protocol: tls ? 'https' : 'http',
    address: formatAddress({ kind: 'tcp', host: host || '0.0.0.0', port }),
    engines,
  }));
  return admin === '' ? rows : [...rows, { protocol: 'admin', address: admin }];
}

export function connectionsStatus(workers: readonly WorkerGauges[]): ConnectionsStatus {
  const sum = (kind: ConnectionKind): number =>
    workers.reduce(
      (total, gauges) => total + gauges.connectionsOf(false, kind) + gauges.connectionsOf(true, kind),
      0,
    );
  return {
    undecided: sum(ConnectionKind.UNDECIDED),
    uwsHttp1: sum(ConnectionKind.UWS_HTTP1),
    nodeHttp1: sum(ConnectionKind.NODE_HTTP1),
    nodeHttp2: sum(ConnectionKind.NODE_HTTP2),
  };
}

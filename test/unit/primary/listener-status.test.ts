import { describe, expect, it } from 'vitest';
import { ConnectionKind, GAUGE_BUFFER_BYTES, WorkerGauges } from '../../../src/bridge/memory/gauges.ts';
import { connectionsStatus, listenerStatus } from '../../../src/primary/listener-status.ts';
import { fakeSnapshot } from '../../support/fake-control.ts';

const listeners = [
  { id: 'http :80', tls: false, host: '', port: 80 },
  { id: 'https [::1]:443', tls: true, host: '::1', port: 443 },
];

describe('listener-status', () => {
  it('names the engine for each protocol, and the admin address last', () => {
    const snapshot = fakeSnapshot(undefined, { listeners, engine: 'auto', http2: true });
    const engines = { http1: 'node', http2: 'node' };
    expect(listenerStatus(snapshot, '127.0.0.1:9180')).toEqual([
      { protocol: 'http', address: '0.0.0.0:80', engines },
      { protocol: 'https', address: '[::1]:443', engines },
      { protocol: 'admin', address: '127.0.0.1:9180' },
    ]);
  });

  it('says uws where the configuration does, and null where HTTP/2 is off', () => {
    const snapshot = fakeSnapshot(undefined, { listeners, engine: 'uws', http2: false });
    expect(listenerStatus(snapshot, '').map(({ engines }) => engines)).toEqual([
      { http1: 'uws', http2: null },
      { http1: 'uws', http2: null },
    ]);
  });

  it('sums connections over workers and listeners', () => {
    const workers = [0, 1].map(() => new WorkerGauges(new SharedArrayBuffer(GAUGE_BUFFER_BYTES)));
    workers[0]?.addConnections(false, ConnectionKind.NODE_HTTP1, 2);
    workers[1]?.addConnections(true, ConnectionKind.NODE_HTTP1, 3);
    workers[1]?.addConnections(true, ConnectionKind.NODE_HTTP2, 1);
    workers[1]?.addConnections(false, ConnectionKind.UWS_HTTP1, 7);
    workers[0]?.addConnections(false, ConnectionKind.UNDECIDED, 4);
    expect(connectionsStatus(workers)).toEqual({ undecided: 4, uwsHttp1: 7, nodeHttp1: 5, nodeHttp2: 1 });
  });
});

import { describe, expect, it } from 'vitest';
import {
  ConnectionKind,
  GAUGE_BUFFER_BYTES,
  Handshake,
  Rejection,
  RequestKind,
  WorkerGauges,
} from '../../../../src/bridge/memory/gauges.ts';

const fresh = (): { worker: WorkerGauges; primary: WorkerGauges } => {
  const buffer = new SharedArrayBuffer(GAUGE_BUFFER_BYTES);
  return { worker: new WorkerGauges(buffer), primary: new WorkerGauges(buffer) };
};

/** Every cell that can be counted up, with a way to do it and to read it. */
function cells(worker: WorkerGauges, primary: WorkerGauges) {
  return [
    { add: () => worker.addInFlight(1), read: () => primary.inFlight },
    ...[false, true].flatMap((tls) => [
      ...Object.values(ConnectionKind).map((kind) => ({
        add: () => worker.addConnections(tls, kind, 1),
        read: () => primary.connectionsOf(tls, kind),
      })),
      ...Object.values(Rejection).map((reason) => ({
        add: () => worker.countRejection(tls, reason),
        read: () => primary.rejectionsOf(tls, reason),
      })),
    ]),
    ...Object.values(RequestKind).map((kind) => ({
      add: () => worker.countRequest(kind),
      read: () => primary.requestsOf(kind),
    })),
    ...Object.values(Handshake).map((result) => ({
      add: () => worker.countHandshake(result),
      read: () => primary.handshakesOf(result),
    })),
  ];
}

describe('WorkerGauges', () => {
  it('shows one thread what the other has counted, each in a cell of its own', () => {
    const { worker, primary } = fresh();
    const all = cells(worker, primary);
    all.forEach(({ add }, index) => {
      for (let times = 0; times <= index; times++) add();
    });
    expect(all.map(({ read }) => read())).toEqual(all.map((_, index) => index + 1));
    worker.beat(1_000, 0.25);
    expect(primary.loopLagSeconds).toBe(0.25);
    expect(all.map(({ read }) => read())).toEqual(all.map((_, index) => index + 1));
  });

  it('sums the connections of plain and of TLS listeners', () => {
    const { worker, primary } = fresh();
    worker.addConnections(false, ConnectionKind.UNDECIDED, 3);
    worker.addConnections(false, ConnectionKind.NODE_HTTP1, 2);
    worker.addConnections(false, ConnectionKind.UNDECIDED, -1);
    worker.addConnections(true, ConnectionKind.UWS_HTTP1, 5);
    expect([primary.connections(false), primary.connections(true)]).toEqual([4, 5]);
  });

  it('forgets what was open and under way in a thread that died, and keeps its totals', () => {
    const { worker, primary } = fresh();
    for (const { add } of cells(worker, primary)) add();
    primary.clearLive();
    expect([primary.inFlight, primary.connections(false), primary.connections(true)]).toEqual([0, 0, 0]);
    expect(primary.requestsOf(RequestKind.UWS_HTTP1_1)).toBe(1);
    expect(primary.handshakesOf(Handshake.OK)).toBe(1);
    expect(primary.rejectionsOf(true, Rejection.TIMEOUT)).toBe(1);
  });
});

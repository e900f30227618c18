import { describe, expect, it } from 'vitest';
import { GAUGE_BUFFER_BYTES, WorkerGauges } from '../../../../src/bridge/memory/gauges.ts';

describe('WorkerGauges', () => {
  it('shows one thread what the other has counted up and down', () => {
    const buffer = new SharedArrayBuffer(GAUGE_BUFFER_BYTES);
    const worker = new WorkerGauges(buffer);
    const primary = new WorkerGauges(buffer);
    worker.addInFlight(1);
    worker.addInFlight(1);
    worker.addInFlight(-1);
    worker.addConnections(false, 3);
    worker.addConnections(true, 5);
    worker.addConnections(true, -1);
    worker.beat(1_000, 0.25);
    expect([
      primary.inFlight,
      primary.httpConnections,
      primary.httpsConnections,
      primary.loopLagSeconds,
    ]).toEqual([1, 3, 4, 0.25]);
  });

  it('forgets what was open and under way in a thread that died', () => {
    const gauges = new WorkerGauges(new SharedArrayBuffer(GAUGE_BUFFER_BYTES));
    gauges.addInFlight(2);
    gauges.addConnections(false, 1);
    gauges.addConnections(true, 1);
    gauges.clearLive();
    expect([gauges.inFlight, gauges.httpConnections, gauges.httpsConnections]).toEqual([0, 0, 0]);
  });
});

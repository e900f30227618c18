import { describe, expect, it } from 'vitest';
import type { Outlier } from '../../../../src/bridge/snapshot/model.ts';
import { effectOf, Fault } from '../../../../src/kit/faults.ts';
import { Outliers } from '../../../../src/worker/balancer/outliers.ts';
import { endpoint, newSegment, tableOf } from '../../../support/balancing.ts';

const RULES: Outlier = { consecutiveFailures: 3, ejectMs: 10_000, maxEjectedPercent: 50 };

/** Workers that share a table, and what they tell the primary. */
function workersOf(count: number, outlier: Outlier | null = RULES) {
  const segment = newSegment(count);
  const told: string[] = [];
  const attempt = { service: { outlier }, endpoint: endpoint('a', 3) };
  const workers = Array.from(
    { length: count },
    (_, id) => new Outliers(tableOf(segment, id, count), ({ key }, reason) => told.push(`${key} ${reason}`)),
  );
  return { workers, told, attempt, words: new Int32Array(segment) };
}

describe('outliers', () => {
  it('counts failures in a row over all workers, and tells once for each time that there are enough', () => {
    const { workers, told, attempt } = workersOf(2);
    const [one, two] = [workers[0]!, workers[1]!];
    one.failed(attempt, Fault.CONNECT_REFUSED);
    two.answered(attempt, 503);
    expect(told).toEqual([]);
    one.failed(attempt, Fault.RESPONSE_TIMEOUT);
    expect(told).toEqual(['s/a response_timeout']);
    one.answered(attempt, 500);
    two.answered(attempt, 500);
    expect(told).toHaveLength(1);
    one.answered(attempt, 502);
    expect(told).toEqual(['s/a response_timeout', 's/a status 502']);
  });

  it('begins anew after an answer that is none, whichever worker gets it', () => {
    const { workers, told, attempt } = workersOf(2);
    for (const status of [500, 500, 404, 500, 500, 200, 500, 500]) {
      workers[0]!.answered(attempt, 500);
      if (status < 500) workers[1]!.answered(attempt, status);
      else workers[0]!.answered(attempt, 204);
    }
    expect(told).toEqual([]);
  });

  it.each([
    ['an unknown method', 501],
    ['an unknown version', 505],
    ['what the client did', 429],
    ['a WebSocket', 101],
  ])('does not count %s (%i)', (_, status) => {
    const { workers, told, attempt } = workersOf(1);
    for (let i = 0; i < 9; i++) workers[0]!.answered(attempt, status);
    expect(told).toEqual([]);
  });

  it('counts every fault before the answer that is the doing of the endpoint, and no other', () => {
    const counted = Object.values(Fault).filter((fault) => {
      const { workers, told, attempt } = workersOf(1, { ...RULES, consecutiveFailures: 1 });
      workers[0]!.failed(attempt, fault);
      return told.length > 0;
    });
    expect(counted.map((fault) => effectOf(fault).label).sort()).toEqual([
      'bad_response',
      'certificate_untrusted',
      'connect_failed',
      'connect_refused',
      'connect_timeout',
      'dns_failed',
      'not_http2',
      'response_head_too_large',
      'response_timeout',
      'stream_reset',
      'tls_alert',
      'tls_failed',
      'unexpected_upgrade',
      'upstream_closed',
      'upstream_reset',
    ]);
  });

  it('writes nothing where it is off, nor for an endpoint that is well', () => {
    const off = workersOf(1, null);
    off.workers[0]!.answered(off.attempt, 500);
    off.workers[0]!.failed(off.attempt, Fault.CONNECT_REFUSED);
    off.workers[0]!.failed({ service: null, endpoint: null }, Fault.NO_ROUTE);
    expect(off.words.every((word) => word === 0)).toBe(true);
    const on = workersOf(1);
    const { store, add } = Atomics;
    let writes = 0;
    Object.assign(Atomics, {
      store: () => writes++,
      add: () => writes++,
    });
    try {
      for (let i = 0; i < 9; i++) on.workers[0]!.answered(on.attempt, 200);
    } finally {
      Object.assign(Atomics, { store, add });
    }
    expect(writes).toBe(0);
  });
});

/** The monitor with a clock and results of the test's: what the workers are told, and when. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { shareOf, takesPart } from '../../../../src/bridge/memory/endpoint-state.ts';
import type { HealthCheck, Outlier, Service } from '../../../../src/bridge/snapshot/model.ts';
import { CheckGate } from '../../../../src/primary/health/check-gate.ts';
import { HealthMonitor } from '../../../../src/primary/health/monitor.ts';
import type { Probe } from '../../../../src/primary/health/probe.ts';
import { endpoint, service } from '../../../support/balancing.ts';

const CHECK: HealthCheck = {
  tcp: false,
  path: '/',
  host: '',
  intervalMs: 1_000,
  timeoutMs: 500,
  healthyAfter: 2,
  unhealthyAfter: 2,
  expect: [{ first: 200, last: 399 }],
  initiallyUnhealthy: false,
};
const OUTLIER: Outlier = { consecutiveFailures: 5, ejectMs: 10_000, maxEjectedPercent: 50 };

interface Bed {
  readonly monitor: HealthMonitor;
  readonly states: Map<number, number>;
  readonly cleared: number[];
  readonly log: string[];
  /** By port: what the checks of an endpoint find; null: it is well. */
  readonly findings: Map<number, string | null>;
  /** Ports in the order of their checks. */
  readonly checks: number[];
  /** Whose checks never end, by port. */
  readonly hanging: Set<number>;
}

let bed: Bed;

beforeEach(() => {
  vi.useFakeTimers();
  const findings = new Map<number, string | null>();
  const hanging = new Set<number>();
  const checks: number[] = [];
  const states = new Map<number, number>();
  const cleared: number[] = [];
  const log: string[] = [];
  const probe: Probe = ({ address }, done) => {
    const port = address.kind === 'tcp' ? address.port : 0;
    checks.push(port);
    if (hanging.has(port)) return () => hanging.delete(port);
    const timer = setTimeout(() => done(findings.get(port) ?? null), 1);
    return () => clearTimeout(timer);
  };
  const monitor = new HealthMonitor({
    clock: { nowMs: () => performance.now(), epochMs: () => 1_000_000 + performance.now() },
    random: () => 0,
    gate: new CheckGate(8),
    probe,
    table: {
      setState: (slot, state) => states.set(slot, state),
      clearFailures: (slot) => cleared.push(slot),
    },
    onChange: (of, id, healthy, reason) => log.push(`${of} ${id} ${healthy ? 'up' : 'down'}: ${reason}`),
  });
  bed = { monitor, states, cleared, log, findings, checks, hanging };
});

afterEach(() => {
  bed.monitor.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** Endpoints with ports from 1 in slots from 0. */
function serviceOf(count: number, facts: Partial<Service> = {}): Service {
  const endpoints = Array.from({ length: count }, (_, slot) =>
    endpoint('abcdefgh'[slot]!, slot, { address: { kind: 'tcp', host: '127.0.0.1', port: slot + 1 } }),
  );
  return {
    ...service({ endpoints }),
    protocol: 'http1',
    tls: null,
    healthCheck: null,
    outlier: null,
    ...facts,
  };
}

function adopt(...services: readonly Service[]): void {
  bed.monitor.prepare(services);
  bed.monitor.adopt(services);
}

const inRotation = (...slots: readonly number[]): readonly boolean[] =>
  slots.map((slot) => takesPart(bed.states.get(slot) ?? 0));

describe('active checks', () => {
  it('take out what fails and bring back what passes, and tell once why', () => {
    adopt(serviceOf(2, { healthCheck: CHECK }));
    vi.advanceTimersByTime(10);
    expect(inRotation(0, 1)).toEqual([true, true]);
    bed.findings.set(2, 'status 503, expected 200-399');
    vi.advanceTimersByTime(1_000);
    expect(inRotation(0, 1)).toEqual([true, true]);
    vi.advanceTimersByTime(1_000);
    expect(inRotation(0, 1)).toEqual([true, false]);
    vi.advanceTimersByTime(5_000);
    bed.findings.set(2, null);
    vi.advanceTimersByTime(2_000);
    expect(inRotation(0, 1)).toEqual([true, true]);
    expect(bed.log).toEqual([
      's b down: its check fails: status 503, expected 200-399',
      's b up: its check passes again',
    ]);
  });

  it('at their default intervals a dead endpoint is out within five seconds, however it died', () => {
    adopt(serviceOf(1, { healthCheck: { ...CHECK, intervalMs: 2_000, timeoutMs: 1_000 } }));
    // The worst moment: right after a check has passed.
    vi.advanceTimersByTime(2);
    bed.findings.set(1, 'it refuses the connection');
    vi.advanceTimersByTime(4_010);
    expect(inRotation(0)).toEqual([false]);
  });

  it('keep the workers from one that begins unhealthy until its first check passes', () => {
    const starting = serviceOf(2, { healthCheck: { ...CHECK, initiallyUnhealthy: true } });
    bed.monitor.prepare([starting]);
    expect(inRotation(0, 1)).toEqual([false, false]);
    bed.findings.set(2, 'it refuses the connection');
    bed.monitor.adopt([starting]);
    expect(bed.monitor.view('s/a')).toMatchObject({ healthy: false, check: 'unknown', lastChange: null });
    vi.advanceTimersByTime(10);
    expect(inRotation(0, 1)).toEqual([true, false]);
    expect(bed.log).toEqual(['s a up: its check passes']);
    // It recovered from nothing.
    expect(bed.monitor.view('s/a')).toMatchObject({ healthy: true, check: 'passing', weightPercent: 100 });
  });

  it('go on through a reload that does not change them, and begin anew where it does', () => {
    adopt(serviceOf(2, { healthCheck: CHECK }));
    vi.advanceTimersByTime(10);
    bed.findings.set(2, 'status 500');
    vi.advanceTimersByTime(2_000);
    expect(inRotation(0, 1)).toEqual([true, false]);
    const checked = bed.checks.length;
    adopt(serviceOf(2, { healthCheck: CHECK, maxIdle: 7 }));
    vi.advanceTimersByTime(900);
    expect(bed.checks.length).toBe(checked);
    expect(inRotation(0, 1)).toEqual([true, false]);
    // Another path: known to be bad until the new check says otherwise.
    adopt(serviceOf(2, { healthCheck: { ...CHECK, path: '/other' } }));
    expect(inRotation(0, 1)).toEqual([true, false]);
    vi.advanceTimersByTime(10);
    expect(bed.checks.length).toBe(checked + 2);
    // No check at all: nothing says that it is down.
    adopt(serviceOf(2));
    expect(inRotation(0, 1)).toEqual([true, true]);
    expect(bed.log.at(-1)).toBe('s b up: it has no check any more');
  });

  it('end with their endpoint, whose place is clean for the next one', () => {
    adopt(serviceOf(2, { healthCheck: CHECK }));
    bed.findings.set(2, 'status 500');
    vi.advanceTimersByTime(2_010);
    expect(inRotation(1)).toEqual([false]);
    adopt(serviceOf(1, { healthCheck: CHECK }));
    expect(inRotation(1)).toEqual([true]);
    bed.checks.length = 0;
    vi.advanceTimersByTime(2_000);
    expect(new Set(bed.checks)).toEqual(new Set([1]));
  });

  it('take the same id at another address for another endpoint', () => {
    adopt(serviceOf(1, { healthCheck: CHECK }));
    bed.findings.set(1, 'status 500');
    vi.advanceTimersByTime(2_010);
    expect(inRotation(0)).toEqual([false]);
    const moved = serviceOf(1, { healthCheck: CHECK });
    adopt({
      ...moved,
      endpoints: [{ ...moved.endpoints[0]!, address: { kind: 'tcp', host: '::1', port: 9 } }],
    });
    expect(inRotation(0)).toEqual([true]);
  });

  it('do not wait for one that hangs', () => {
    bed.hanging.add(1);
    adopt(serviceOf(2, { healthCheck: CHECK }));
    vi.advanceTimersByTime(3_500);
    expect(bed.checks.filter((port) => port === 1)).toHaveLength(1);
    expect(bed.checks.filter((port) => port === 2)).toHaveLength(4);
  });
});

describe('passive health', () => {
  it('ejects what fails, for a while, and lets it come back with a clean count', () => {
    adopt(serviceOf(2, { outlier: OUTLIER }));
    bed.monitor.failing('s/a', 'connect_refused');
    expect(inRotation(0, 1)).toEqual([false, true]);
    expect(bed.monitor.view('s/a')).toMatchObject({
      healthy: false,
      check: 'none',
      ejectedForMs: 10_000,
      lastChange: { reason: 'ejected for 10s: 5 requests in a row failed, the last with connect_refused' },
    });
    bed.cleared.length = 0;
    vi.advanceTimersByTime(9_900);
    expect(inRotation(0, 1)).toEqual([false, true]);
    vi.advanceTimersByTime(200);
    expect(inRotation(0, 1)).toEqual([true, true]);
    expect(bed.cleared).toEqual([0]);
    expect(bed.log).toEqual([
      's a down: ejected for 10s: 5 requests in a row failed, the last with connect_refused',
      's a up: its ejection is over',
    ]);
  });

  it('never ejects the last one, nor where it is off, nor what it does not know', () => {
    adopt(serviceOf(2, { outlier: { ...OUTLIER, maxEjectedPercent: 100 } }));
    bed.monitor.failing('s/a', 'status 500');
    bed.monitor.failing('s/b', 'status 500');
    expect(inRotation(0, 1)).toEqual([false, true]);
    adopt(serviceOf(2));
    expect(inRotation(0, 1)).toEqual([true, true]);
    bed.monitor.failing('s/a', 'status 500');
    bed.monitor.failing('s/z', 'status 500');
    expect(inRotation(0, 1)).toEqual([true, true]);
  });

  it('gives back an ejected endpoint when the last other one fails its check', () => {
    adopt(serviceOf(2, { outlier: OUTLIER, healthCheck: CHECK }));
    vi.advanceTimersByTime(10);
    bed.monitor.failing('s/a', 'status 500');
    bed.findings.set(2, 'it refuses the connection');
    vi.advanceTimersByTime(2_000);
    expect(inRotation(0, 1)).toEqual([true, false]);
    expect(bed.log.slice(1)).toEqual([
      's a up: no other endpoint can serve',
      's b down: its check fails: it refuses the connection',
    ]);
  });

  it('survives a reload, and gives back whom a changed configuration allows no more', () => {
    adopt(serviceOf(4, { outlier: OUTLIER }));
    bed.monitor.failing('s/a', 'status 500');
    vi.advanceTimersByTime(1_000);
    bed.monitor.failing('s/b', 'status 500');
    adopt(serviceOf(4, { outlier: OUTLIER, maxIdle: 3 }));
    expect(inRotation(0, 1, 2, 3)).toEqual([false, false, true, true]);
    expect(bed.monitor.view('s/a').ejectedForMs).toBe(9_000);
    adopt(serviceOf(4, { outlier: { ...OUTLIER, maxEjectedPercent: 25 } }));
    expect(inRotation(0, 1, 2, 3)).toEqual([true, false, true, true]);
  });
});

describe('slow start', () => {
  it('gives one that came back a growing share, then the whole', () => {
    adopt(serviceOf(2, { outlier: OUTLIER }));
    bed.monitor.failing('s/a', 'status 500');
    vi.advanceTimersByTime(10_100);
    const shares = Array.from({ length: 11 }, () => {
      const share = shareOf(bed.states.get(0) ?? 0);
      vi.advanceTimersByTime(1_000);
      return Math.round(share * 10) / 10;
    });
    expect(shares).toEqual([0.1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    expect(bed.states.get(0)).toBe(0);
    // And then nothing runs any more.
    expect(vi.getTimerCount()).toBe(0);
  });
});

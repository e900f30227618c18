import { describe, expect, it } from 'vitest';
import type { SnapshotContent } from '../../../../src/bridge/snapshot/content.ts';
import { LimiterPlan } from '../../../../src/primary/fleet/limiter-plan.ts';
import { fakeRoute } from '../../../support/fake-control.ts';

const LIMIT = {
  name: 'ip',
  requestsPerSecond: 1,
  burst: 1,
  by: 'ip',
  header: '',
  seed0: 1,
  seed1: 2,
} as const;
const WITHOUT: Pick<SnapshotContent, 'routes'> = { routes: [fakeRoute(0)] };
const WITH: Pick<SnapshotContent, 'routes'> = {
  routes: [fakeRoute(0), fakeRoute(1, { rateLimits: [LIMIT] })],
};

describe('LimiterPlan', () => {
  it('has a large table once there is a limit, and then the same for good', () => {
    const plan = new LimiterPlan();
    plan.makeRoom(WITHOUT);
    const { buffer: small } = plan;
    expect(small.byteLength).toBeLessThan(1000);
    plan.makeRoom(WITHOUT);
    expect(plan.buffer).toBe(small);
    plan.makeRoom(WITH);
    const { buffer: large } = plan;
    expect(large.byteLength).toBeGreaterThan(23_000_000);
    expect(large.byteLength).toBeLessThanOrEqual(24_000_000);
    for (const content of [WITH, WITHOUT, WITH]) {
      plan.makeRoom(content);
      expect(plan.buffer).toBe(large);
    }
  });
});

/** What the admin endpoints tell of the memory that the workers write and of the health of endpoints. Primary thread. */

import { limitKey } from '../bridge/memory/limit-key.ts';
import type { LiveFacts } from './control.ts';
import type { MemoryPlan } from './fleet/memory-plan.ts';
import type { HealthMonitor } from './health/monitor.ts';

/** `memory`: the plan that serves; penstock's start makes another one. */
export function liveFacts(memory: () => MemoryPlan, health: Pick<HealthMonitor, 'view'>): LiveFacts {
  return {
    requestsAt: ({ slot }) => memory().endpoints.requests(slot),
    healthAt: ({ key }) => health.view(key),
    bucketAt: (limit, address, request) => memory().limiter.bucket(limit, limitKey(limit, address, request)),
    retryBudgetOf: (service) => memory().retryBudget(service),
  };
}

/** What a worker serves now: a snapshot and what was made of it. Adopted by one assignment; an exchange keeps the one it began with. */

import { CounterColumn } from '../bridge/memory/counters.ts';
import { LatencyColumn } from '../bridge/memory/latency-column.ts';
import { LimiterTable } from '../bridge/memory/limiter-table.ts';
import type { MemoryBuffers } from '../bridge/messages.ts';
import type { Snapshot } from '../bridge/snapshot/model.ts';
import { systemSharedClock } from '../kit/clock.ts';
import { RateLimiter } from './policies/rate-limiter.ts';
import { TrustedProxies } from './policies/trusted-proxies.ts';
import { createConditionSource } from './router/condition-source.ts';
import type { ConditionSource } from './router/match-request.ts';

export interface Serving {
  readonly snapshot: Snapshot;
  readonly trusted: TrustedProxies;
  readonly conditions: ConditionSource;
  readonly routeCounters: CounterColumn;
  readonly serviceCounters: CounterColumn;
  readonly latency: LatencyColumn;
  readonly rateLimiter: RateLimiter;
  /** Whether lines are wanted at all. */
  readonly logsAccess: boolean;
}

/** `worker`: its number. */
export function makeServing(
  snapshot: Snapshot,
  { counters, limiter }: Pick<MemoryBuffers, 'counters' | 'limiter'>,
  worker: number,
): Serving {
  return Object.freeze({
    snapshot,
    trusted: new TrustedProxies(snapshot.trustedProxies),
    conditions: createConditionSource(snapshot),
    routeCounters: new CounterColumn(counters.routes),
    serviceCounters: new CounterColumn(counters.services),
    latency: new LatencyColumn(counters.latency),
    rateLimiter: new RateLimiter(new LimiterTable(limiter, worker), systemSharedClock),
    logsAccess: snapshot.accessLog.target !== '',
  });
}

/** What a worker serves now: a snapshot and what was made of it. Adopted by one assignment; an exchange keeps the one it began with. */

import { CounterColumn } from '../bridge/memory/counters.ts';
import type { CountersBuffers } from '../bridge/messages.ts';
import type { Snapshot } from '../bridge/snapshot/model.ts';
import { TrustedProxies } from './policies/trusted-proxies.ts';
import { createConditionSource } from './router/condition-source.ts';
import type { ConditionSource } from './router/match-request.ts';

export interface Serving {
  readonly snapshot: Snapshot;
  readonly trusted: TrustedProxies;
  readonly conditions: ConditionSource;
  readonly routeCounters: CounterColumn;
  readonly serviceCounters: CounterColumn;
  /** Whether lines are wanted at all. */
  readonly logsAccess: boolean;
}

export function makeServing(snapshot: Snapshot, buffers: CountersBuffers): Serving {
  return Object.freeze({
    snapshot,
    trusted: new TrustedProxies(snapshot.trustedProxies),
    conditions: createConditionSource(snapshot),
    routeCounters: new CounterColumn(buffers.routes),
    serviceCounters: new CounterColumn(buffers.services),
    logsAccess: snapshot.accessLog.target !== '',
  });
}

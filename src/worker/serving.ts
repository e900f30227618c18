/** What a worker serves now: a snapshot and what was made of it. Adopted by one assignment; an exchange keeps the one it began with. */

import { CounterColumn } from '../bridge/memory/counters.ts';
import type { CountersBuffers } from '../bridge/messages.ts';
import type { Snapshot } from '../bridge/snapshot/model.ts';
import { TrustedProxies } from './policies/trusted-proxies.ts';

export interface Serving {
  readonly snapshot: Snapshot;
  readonly trusted: TrustedProxies;
  readonly routeCounters: CounterColumn;
  readonly serviceCounters: CounterColumn;
  /** Whether lines are wanted at all. */
  readonly logsAccess: boolean;
}

export function makeServing(snapshot: Snapshot, buffers: CountersBuffers): Serving {
  return Object.freeze({
    snapshot,
    trusted: new TrustedProxies(snapshot.trustedProxies),
    routeCounters: new CounterColumn(buffers.routes),
    serviceCounters: new CounterColumn(buffers.services),
    logsAccess: snapshot.accessLog.target !== '',
  });
}

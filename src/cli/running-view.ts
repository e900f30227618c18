/**
 * What a running penstock says of the limits and services that a request meets, for `penstock explain`. Pure; `ask-running.ts` fetches it.
 */

import type { RateLimit } from '../bridge/snapshot/model.ts';
import type { BucketRow } from '../primary/admin/rate-limits.ts';
import type { ServiceRow } from '../primary/admin/service-rows.ts';
import type { BucketView } from '../primary/control.ts';

export interface RunningView {
  /** Null: nothing is known of it. */
  service(name: string): ServiceRow | null;
  /** Where the request is counted. Null: nothing is known of it. */
  bucket(limit: RateLimit): BucketView | null;
}

export const NOTHING_KNOWN: RunningView = Object.freeze({ service: () => null, bucket: () => null });

/** `limits`: those of the route, in its order, with the buckets of the request. */
export function runningView(services: readonly ServiceRow[], limits: readonly BucketRow[]): RunningView {
  const byName = new Map(services.map((service) => [service.name, service]));
  return {
    service: (name) => byName.get(name) ?? null,
    bucket: (limit) => limits.find((row) => isSame(row, limit)) ?? null,
  };
}

/** A changed limit begins with full buckets: those of the one before say nothing of it. Two that say the same share theirs. */
function isSame(row: BucketRow, limit: RateLimit): boolean {
  return (
    row.by === limit.by &&
    row.header === limit.header &&
    row.requestsPerSecond === limit.requestsPerSecond &&
    row.burst === limit.burst
  );
}

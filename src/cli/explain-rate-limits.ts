/** Rate limits for `penstock explain`: which bucket of each a request is counted in, and what is left there. Pure. */

import type { LimitedRequest } from '../bridge/memory/limit-key.ts';
import type { RateLimit } from '../bridge/snapshot/model.ts';
import { formatDuration } from '../kit/duration.ts';
import { type Buckets, RateLimiter } from '../worker/policies/rate-limiter.ts';
import type { RunningView } from './running-view.ts';

export interface ExplainedLimit {
  readonly name: string;
  readonly requestsPerSecond: number;
  readonly burst: number;
  readonly by: RateLimit['by'];
  /** Lower-case name of the header that it counts by; empty for others. */
  readonly header: string;
  /** Whom it counts for. Values of headers are not told: they may be secret. */
  readonly subject: string;
  /** Requests that may pass at once now; null: not known. */
  readonly left: number | null;
  /** Until one may pass; 0: now. */
  readonly waitMs: number | null;
}

/** The workers' limiter over the buckets of the running penstock. Nothing is counted; a bucket that is not known lets everything pass. */
export function explainingLimiter(running: RunningView): RateLimiter {
  const ask: Buckets['peekAt'] = (limit) => running.bucket(limit as RateLimit)?.waitMs ?? 0;
  const nothing = (): void => {};
  const buckets: Buckets = {
    ...{ aim: nothing, bucket: 0, check: 1 },
    ...{ takeAt: ask, peekAt: ask, giveBack: nothing, slot: 0, before: 0, after: 0 },
  };
  return new RateLimiter(buckets, { sharedMs: () => 0 });
}

/** `address`: the client's. */
export function explainLimits(
  limits: readonly RateLimit[],
  address: string,
  request: LimitedRequest,
  running: RunningView,
): readonly ExplainedLimit[] {
  return limits.map((limit) => {
    const bucket = running.bucket(limit);
    return {
      name: limit.name,
      requestsPerSecond: limit.requestsPerSecond,
      burst: limit.burst,
      by: limit.by,
      header: limit.header,
      subject: subjectOf(limit, address, request),
      left: bucket?.left ?? null,
      waitMs: bucket?.waitMs ?? null,
    };
  });
}

/** One line. */
export function limitDetail({ requestsPerSecond, burst, subject, left, waitMs }: ExplainedLimit): string {
  const pace = `${requestsPerSecond} a second, ${burst} at once, for ${subject}`;
  if (left === null || waitMs === null) return `${pace}; what is left of it only a running penstock knows`;
  if (waitMs > 0) return `${pace}; none left, the next in ${formatDuration(Math.ceil(waitMs))}`;
  return `${pace}; ${left} of ${burst} left`;
}

function subjectOf({ by, header }: RateLimit, address: string, request: LimitedRequest): string {
  const client = address.includes(':') ? `${address} and its /64` : address;
  switch (by) {
    case 'ip':
      return client;
    case 'host':
      return request.host === '' ? 'requests without a host' : request.host;
    case 'global':
      return 'all requests together';
    case 'header':
      return (request.header(header) ?? '') === ''
        ? `${client}, as the request has no ${header}`
        : `this value of ${header}`;
  }
}

/** Rate limits for `penstock explain`: which bucket of each a request would be counted in. Pure. */

import { initLimiterTable, LimiterTable, limiterTableBytes } from '../bridge/memory/limiter-table.ts';
import type { RateLimit } from '../bridge/snapshot/model.ts';
import type { LimitedRequest } from '../worker/policies/limit-key.ts';
import { RateLimiter } from '../worker/policies/rate-limiter.ts';

const KEYS = 64;
const START_MS = 0;

/** A limiter that has seen no request: every bucket is full. Its clock stands still. */
export function unusedLimiter(): RateLimiter {
  const buffer = new SharedArrayBuffer(limiterTableBytes(KEYS));
  initLimiterTable(buffer, 0, START_MS);
  return new RateLimiter(new LimiterTable(buffer, 0), { sharedMs: () => START_MS });
}

/** One line a limit. Values of headers are not told: they may be secret. `address`: the client's. */
export function rateLimitDetails(
  limits: readonly RateLimit[],
  address: string,
  request: LimitedRequest,
): readonly string[] {
  if (limits.length === 0) return ['none'];
  return limits.map((limit) => {
    const { requestsPerSecond, burst } = limit;
    const pace = `${requestsPerSecond} a second, ${burst} at once, for ${subjectOf(limit, address, request)}`;
    return `${pace}; what is left of it only a running penstock knows`;
  });
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

// hot: runs once per request
/** The answer to a request that is refused, or that no endpoint has answered. Pure. */

import { effectOf, Fault } from '../../kit/faults.ts';
import type { RateLimiter } from '../policies/rate-limiter.ts';
import { type AnswerBytes, ownAnswer } from '../response/own-answer.ts';
import { quotaFields } from '../response/quota-fields.ts';

/** A service that has no endpoint may have one soon. */
const UNAVAILABLE_SECONDS = 1;

/** `accept`: value of Accept, or null. `limiter`: as it refused this request, where a rate limit is the fault. */
export function refusal(
  fault: Fault,
  requestId: string,
  accept: string | null,
  limiter: RateLimiter,
): AnswerBytes {
  const { status, text, proxyError } = effectOf(fault);
  const retryAfter = retryAfterOf(fault, limiter);
  const limit = fault === Fault.RATE_LIMITED ? limiter.refusedBy : null;
  const quota = limit === null ? '' : quotaFields(limiter.limits, limit, retryAfter);
  return ownAnswer({
    status,
    text,
    proxyError,
    requestId,
    accept,
    retryAfter,
    quota,
    location: '',
    ops: null,
  });
}

/** Seconds for Retry-After; 0: it has none. `limiter`: as for `refusal`. */
export function retryAfterOf(fault: Fault, { waitMs }: Pick<RateLimiter, 'waitMs'>): number {
  // Rounded up: a client that comes back then is let in.
  if (fault === Fault.RATE_LIMITED) return Math.ceil(waitMs / 1000);
  return effectOf(fault).status === 503 ? UNAVAILABLE_SECONDS : 0;
}

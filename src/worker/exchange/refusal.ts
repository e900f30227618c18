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
  let retryAfter = status === 503 ? UNAVAILABLE_SECONDS : 0;
  let quota = '';
  if (fault === Fault.RATE_LIMITED && limiter.refusedBy !== null) {
    // Rounded up: a client that comes back then is let in.
    retryAfter = Math.ceil(limiter.waitMs / 1000);
    quota = quotaFields(limiter.limits, limiter.refusedBy, retryAfter);
  }
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

// hot: runs once per request
/**
 * Which outcome of an attempt may be followed by another one (contract, Retries). Pure: whether the budget and the body allow it, too,
 * the exchange knows. `penstock explain` asks the same functions.
 */

import type { Route, Service } from '../../bridge/snapshot/model.ts';
import { effectOf, type Fault, Retry } from '../../kit/faults.ts';
import { RetryOn } from '../../kit/retry-policy.ts';

/** How many attempts may follow the first one. */
export function retryAttempts(route: Route, service: Service): number {
  return route.retryAttempts ?? service.retries.attempts;
}

/** RFC 9110 9.2.2: sent twice, the effect is that of once. Of other methods nobody here knows. */
export function isIdempotent(method: string): boolean {
  switch (method) {
    case 'GET':
    case 'HEAD':
    case 'OPTIONS':
    case 'TRACE':
    case 'PUT':
    case 'DELETE':
      return true;
    default:
      return false;
  }
}

/** After an answer. `on`: bits of `RetryOn`. */
export function retriesStatus(on: number, status: number, method: string): boolean {
  return (on & conditionOfStatus(status)) !== 0 && isIdempotent(method);
}

/** After a fault before an answer. `responseStarted`: a byte of one had come, and be it an interim one. */
export function retriesFault(on: number, fault: Fault, responseStarted: boolean, method: string): boolean {
  const { retry, status } = effectOf(fault);
  switch (retry) {
    case Retry.NEVER:
      return false;
    case Retry.NOTHING_SENT:
    case Retry.UNTOUCHED:
      return (on & RetryOn.CONNECT_FAILURE) !== 0;
    case Retry.LOST:
    case Retry.BROKEN_OFF:
      return (on & RetryOn.RESET_BEFORE_RESPONSE) !== 0 && !responseStarted && isIdempotent(method);
    case Retry.AS_STATUS:
      return retriesStatus(on, status, method);
  }
}

function conditionOfStatus(status: number): number {
  switch (status) {
    case 502:
      return RetryOn.STATUS_502;
    case 503:
      return RetryOn.STATUS_503;
    case 504:
      return RetryOn.STATUS_504;
    default:
      return 0;
  }
}

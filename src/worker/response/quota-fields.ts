// hot: runs once per request
/**
 * What a client is told of the limits that it ran into: draft-ietf-httpapi-ratelimit-headers-10, structured fields (RFC 9651). Pure.
 *
 * A bucket is told as a window: `w` is the time in which an empty one fills, in whole seconds, and `q` what it lets pass in them at
 * its rate. A client that spreads `q` requests over `w` seconds is not refused, and gets the whole of the rate.
 */

import type { RateLimit } from '../../bridge/snapshot/model.ts';

/** Lines without the last CRLF. `refusedBy`: one of `limits`. `seconds`: until it lets the next request pass. */
export function quotaFields(limits: readonly RateLimit[], refusedBy: RateLimit, seconds: number): string {
  let policies = '';
  for (let i = 0; i < limits.length; i++)
    policies += `${i === 0 ? '' : ', '}${policyOf(limits[i] as RateLimit)}`;
  return `RateLimit-Policy: ${policies}\r\nRateLimit: "${refusedBy.name}";r=0;t=${seconds}`;
}

function policyOf({ name, requestsPerSecond, burst }: RateLimit): string {
  const window = Math.ceil(burst / requestsPerSecond);
  return `"${name}";q=${Math.max(burst, Math.floor(window * requestsPerSecond))};w=${window}`;
}

// hot: runs once per request
/**
 * What becomes of a request once its route is known, in the contract's order of policies: https redirect, access, rate limit, then
 * the route's own action. Pure but for the limiter, which counts: the worker, `penstock explain` and the tests run this.
 */

import type { LimitedRequest } from '../../bridge/memory/limit-key.ts';
import type { Route } from '../../bridge/snapshot/model.ts';
import { admits } from './access-list.ts';
import type { RateLimiter } from './rate-limiter.ts';

export const Verdict = {
  /** To an endpoint of a service. */
  FORWARD: 0,
  /** 301 (308 for methods other than GET and HEAD) to the same URL by https. */
  HTTPS_REDIRECT: 1,
  /** To where the route says. */
  REDIRECT: 2,
  /** The route's own answer. */
  RESPOND: 3,
  /** 403: the route's access list keeps this client out. */
  DENIED: 4,
  /** 429: a limit of the route is reached; the limiter knows which, and until when. */
  RATE_LIMITED: 5,
} as const;

export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** Who asks, as far as policies mind. */
export interface Client {
  /** It speaks TLS to us, or to a trusted proxy in front of us. */
  readonly secure: boolean;
  readonly address: string;
}

export function decide(
  route: Route,
  { secure, address }: Client,
  request: LimitedRequest,
  limiter: RateLimiter,
): Verdict {
  if (route.httpsRedirect && !secure && !isPlain(route, request.host)) return Verdict.HTTPS_REDIRECT;
  if (route.access !== null && !admits(route.access, address)) return Verdict.DENIED;
  const { rateLimits } = route;
  if (rateLimits.length > 0 && limiter.refuses(rateLimits, address, request)) return Verdict.RATE_LIMITED;
  switch (route.action.kind) {
    case 'redirect':
    case 'host_redirect':
      return Verdict.REDIRECT;
    case 'respond':
      return Verdict.RESPOND;
    default:
      return Verdict.FORWARD;
  }
}

/** Whether the host of a request waits for its certificate: it is served over plain HTTP until that is there. */
function isPlain({ hosts, plainHosts }: Route, host: string): boolean {
  if (plainHosts.length === 0) return false;
  if (plainHosts.includes(host)) return true;
  const dot = host.indexOf('.');
  // A host of the route's own goes before its wildcard.
  return dot > 0 && plainHosts.includes(`*${host.slice(dot)}`) && !hosts.includes(host);
}

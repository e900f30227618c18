// hot: runs once per request
/**
 * What becomes of a request once its route is known, in the contract's order of policies: https redirect, then (later:
 * access, rate limit), then the route's own action. Pure: the worker, `penstock explain` and the tests run this.
 */

import type { Route } from '../../bridge/snapshot/model.ts';

export const Verdict = {
  /** To an endpoint of a service. */
  FORWARD: 0,
  /** 301 (308 for methods other than GET and HEAD) to the same URL by https. */
  HTTPS_REDIRECT: 1,
  /** To where the route says. */
  REDIRECT: 2,
  /** The route's own answer. */
  RESPOND: 3,
} as const;

export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** `secure`: the client speaks TLS to us, or to a trusted proxy in front of us. */
export function decide(route: Route, secure: boolean): Verdict {
  if (route.httpsRedirect && !secure) return Verdict.HTTPS_REDIRECT;
  switch (route.action.kind) {
    case 'redirect':
      return Verdict.REDIRECT;
    case 'respond':
      return Verdict.RESPOND;
    default:
      return Verdict.FORWARD;
  }
}

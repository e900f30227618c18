/** What the router asks of a request. The worker's exchange and `penstock explain` both provide it. */

import type { RouteConditions } from '../../bridge/snapshot/model.ts';

export interface MatchRequest {
  /** As `normalizeHost` gives it; empty where the request names none. */
  readonly host: string;
  /** As `resolvePath` gives it. One that does not begin with `/` matches no route. */
  readonly path: string;
  /** As received: methods are case-sensitive (RFC 9110 9.1). */
  readonly method: string;
  /** What follows `?`, as received; empty without a query. */
  readonly query: string;
  /**
   * The value of a field by its lower-case name; several lines are joined by `, ` (RFC 9110 5.3). Null where the request
   * has no such field. Called only while a route with header conditions is looked at.
   */
  header(name: string): string | null;
}

/** Where the router finds the conditions of a route; it asks only for routes that have some. */
export interface ConditionSource {
  conditions(index: number): RouteConditions;
}

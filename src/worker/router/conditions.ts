// hot: runs once per request
/**
 * The conditions of a route beside host and path. The matcher and `explain` share these predicates, so that what
 * is explained is what happens. Pure; allocates nothing.
 */

import type { NameValue, RouteConditions } from '../../bridge/snapshot/model.ts';
import { toByteString } from '../../kit/byte-string.ts';
import type { MatchRequest } from './match-request.ts';
import { queryParameterIs } from './query-parameter.ts';

/** The first kind of condition that does not hold. */
export const ConditionVerdict = { HOLD: 0, METHOD: 1, HEADER: 2, QUERY: 3 } as const;

export type ConditionVerdict = (typeof ConditionVerdict)[keyof typeof ConditionVerdict];

export function checkConditions(conditions: RouteConditions, request: MatchRequest): ConditionVerdict {
  const { methods, headers, query } = conditions;
  if (methods !== null && !methods.includes(request.method)) return ConditionVerdict.METHOD;
  for (let index = 0; index < headers.length; index += 1) {
    if (!headerHolds(headers[index]!, request)) return ConditionVerdict.HEADER;
  }
  for (let index = 0; index < query.length; index += 1) {
    if (!queryHolds(query[index]!, request)) return ConditionVerdict.QUERY;
  }
  return ConditionVerdict.HOLD;
}

/** The whole combined value, exactly; a request without the field does not match, not even an empty value. */
export function headerHolds(condition: NameValue, request: MatchRequest): boolean {
  const value = request.header(condition.name);
  return value === condition.value || (value !== null && value === toByteString(condition.value));
}

/** The decoded value of the first parameter of that name, exactly. */
export function queryHolds(condition: NameValue, request: MatchRequest): boolean {
  return queryParameterIs(request.query, condition.name, condition.value);
}

/** How many conditions there are: the methods count as one, each header and each query parameter as one. */
export function countConditions(conditions: RouteConditions): number {
  return (conditions.methods === null ? 0 : 1) + conditions.headers.length + conditions.query.length;
}

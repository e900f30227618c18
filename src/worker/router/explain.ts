// cold: for `penstock explain` only
/**
 * Says for every route of a snapshot why it takes a request or why not: `penstock explain`. Runs wherever a snapshot is
 * at hand, never on the request path. The chosen route is what `matchRoute` gives, and conditions are judged
 * by the matcher's own predicates; here is only the wording and the order of the contract (Choosing a route).
 */

import type { NameValue, Route, RouteConditions, Snapshot } from '../../bridge/snapshot/model.ts';
import { prefixPath } from '../../kit/path.ts';
import { createConditionSource } from './condition-source.ts';
import { ConditionVerdict, checkConditions, countConditions, headerHolds, queryHolds } from './conditions.ts';
import type { MatchRequest } from './match-request.ts';
import { matchRoute } from './match-route.ts';

/** Permanent; the reasons in words may change. */
export type RouteReasonCode =
  | 'CHOSEN'
  | 'HOST_DIFFERS'
  | 'WILDCARD_ONE_LABEL'
  | 'PATH_DIFFERS'
  | 'PATH_NOT_UNDER_PREFIX'
  | 'METHOD_DIFFERS'
  | 'HEADER_DIFFERS'
  | 'QUERY_DIFFERS'
  | 'OUTRANKED_BY_HOST'
  | 'OUTRANKED_BY_EXACT_PATH'
  | 'OUTRANKED_BY_LONGER_PREFIX'
  | 'OUTRANKED_BY_CONDITIONS'
  | 'OUTRANKED_BY_FILE_ORDER';

export interface RouteVerdict {
  readonly index: number;
  readonly verdict: 'chosen' | 'lost';
  readonly code: RouteReasonCode;
  /** Half a sentence for people, such as `path /apiv1 is not under /api (prefixes end at a slash)`. */
  readonly reason: string;
}

type Reason = Pick<RouteVerdict, 'code' | 'reason'>;

/** How well a host or path fits: the better one has the higher number. */
const HostFit = { NONE: 0, ANY: 1, WILDCARD: 2, EXACT: 3 } as const;
type HostFit = (typeof HostFit)[keyof typeof HostFit];
const HOST_FIT_TEXT = ['no host', 'any host', 'a wildcard host', 'the exact host'] as const;

/** One verdict a route, in the order of the file. */
export function explainRoutes(
  snapshot: Pick<Snapshot, 'routeTable' | 'routeCount' | 'route'>,
  request: MatchRequest,
): readonly RouteVerdict[] {
  const chosenIndex = matchRoute(snapshot.routeTable, createConditionSource(snapshot), request);
  const chosen = chosenIndex < 0 ? null : snapshot.route(chosenIndex);
  const verdicts: RouteVerdict[] = [];
  for (let index = 0; index < snapshot.routeCount; index += 1) {
    if (index === chosenIndex && chosen !== null) {
      verdicts.push({ index, verdict: 'chosen', code: 'CHOSEN', reason: whyChosen(chosen, request) });
      continue;
    }
    const { code, reason } = whyLost(snapshot.route(index), chosen, request);
    verdicts.push({ index, verdict: 'lost', code, reason });
  }
  return verdicts;
}

function whyChosen(route: Route, request: MatchRequest): string {
  const count = countConditions(route.conditions);
  const path = `${route.match === 'exact' ? 'the exact path' : 'the prefix'} ${route.path}`;
  const conditions = count === 0 ? '' : count === 1 ? ' and its condition' : ` and its ${count} conditions`;
  return `matches ${HOST_FIT_TEXT[hostFit(route.hosts, request.host)]}, ${path}${conditions}`;
}

function whyLost(route: Route, chosen: Route | null, request: MatchRequest): Reason {
  return (
    hostReason(route.hosts, request.host) ??
    pathReason(route, request.path) ??
    conditionReason(route.conditions, request) ??
    rankReason(route, chosen, request)
  );
}

function hostFit(hosts: readonly string[], host: string): HostFit {
  if (hosts.length === 0) return HostFit.ANY;
  if (hosts.includes(host)) return HostFit.EXACT;
  const dot = host.indexOf('.');
  return dot > 0 && hosts.includes(`*${host.slice(dot)}`) ? HostFit.WILDCARD : HostFit.NONE;
}

function hostReason(hosts: readonly string[], host: string): Reason | null {
  if (hostFit(hosts, host) !== HostFit.NONE) return null;
  const named = host === '' ? 'the request names no host' : `host ${host}`;
  const nearly = hosts.find((name) => name.startsWith('*.') && `.${host}`.endsWith(name.slice(1)));
  if (nearly !== undefined) {
    return {
      code: 'WILDCARD_ONE_LABEL',
      reason: `${named} does not match ${nearly}: the star stands for exactly one label`,
    };
  }
  return { code: 'HOST_DIFFERS', reason: `${named}, wanted ${hosts.join(' or ')}` };
}

function pathReason(route: Route, path: string): Reason | null {
  if (route.match === 'exact') {
    if (route.path === path) return null;
    return { code: 'PATH_DIFFERS', reason: `path ${path} is not exactly ${route.path}` };
  }
  const prefix = prefixPath(route.path);
  if (isUnder(path, prefix)) return null;
  const boundary = path.startsWith(prefix) ? ' (a prefix ends where a segment ends)' : '';
  return { code: 'PATH_NOT_UNDER_PREFIX', reason: `path ${path} is not under ${prefix}${boundary}` };
}

function isUnder(path: string, prefix: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return prefix === '/' || path.length === prefix.length || path.charAt(prefix.length) === '/';
}

function conditionReason(conditions: RouteConditions, request: MatchRequest): Reason | null {
  const verdict = checkConditions(conditions, request);
  switch (verdict) {
    case ConditionVerdict.HOLD:
      return null;
    case ConditionVerdict.METHOD:
      return {
        code: 'METHOD_DIFFERS',
        reason: `method ${request.method} is not one of ${conditions.methods?.join(', ')}`,
      };
    case ConditionVerdict.HEADER:
      return { code: 'HEADER_DIFFERS', reason: headerReason(conditions.headers, request) };
    case ConditionVerdict.QUERY:
      return { code: 'QUERY_DIFFERS', reason: queryReason(conditions.query, request) };
  }
}

function headerReason(headers: readonly NameValue[], request: MatchRequest): string {
  const failing = headers.find((condition) => !headerHolds(condition, request));
  if (failing === undefined) return '';
  const actual = request.header(failing.name);
  const found = actual === null ? 'is missing' : `is ${JSON.stringify(actual)}`;
  return `header ${failing.name} ${found}, wanted ${JSON.stringify(failing.value)}`;
}

function queryReason(query: readonly NameValue[], request: MatchRequest): string {
  const failing = query.find((condition) => !queryHolds(condition, request));
  if (failing === undefined) return '';
  const sent = request.query === '' ? 'the request has no query' : `the query is ${request.query}`;
  return `query parameter ${failing.name} must be ${JSON.stringify(failing.value)} where it first occurs, ${sent}`;
}

/** Why a route that matches is not the chosen one. The table always has a chosen one then. */
function rankReason(route: Route, chosen: Route | null, request: MatchRequest): Reason {
  if (chosen === null) return { code: 'PATH_DIFFERS', reason: `path ${request.path} is not in normal form` };
  const by = `route ${chosen.name}`;
  const fit = hostFit(route.hosts, request.host);
  const chosenFit = hostFit(chosen.hosts, request.host);
  if (fit !== chosenFit) {
    const reason = `outranked by ${by}: ${HOST_FIT_TEXT[chosenFit]} goes before ${HOST_FIT_TEXT[fit]}`;
    return { code: 'OUTRANKED_BY_HOST', reason };
  }
  if (route.match !== chosen.match) {
    const reason = `outranked by ${by}: an exact path goes before a prefix`;
    return { code: 'OUTRANKED_BY_EXACT_PATH', reason };
  }
  if (prefixPath(route.path) !== prefixPath(chosen.path)) {
    const reason = `outranked by ${by}: the longer prefix ${chosen.path} goes before ${route.path}`;
    return { code: 'OUTRANKED_BY_LONGER_PREFIX', reason };
  }
  const count = countConditions(route.conditions);
  const chosenCount = countConditions(chosen.conditions);
  if (count !== chosenCount) {
    const reason = `outranked by ${by}: more conditions (${chosenCount}) go before fewer (${count})`;
    return { code: 'OUTRANKED_BY_CONDITIONS', reason };
  }
  const place = `${chosen.origin.file}:${chosen.origin.line}`;
  return {
    code: 'OUTRANKED_BY_FILE_ORDER',
    reason: `outranked by ${by}: it comes earlier in the file (${place})`,
  };
}

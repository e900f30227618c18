/**
 * The router straight from the contract's words ("Choosing a route"), with no thought of speed: every route is looked at, and
 * the matching ones are sorted. It shares no code with src, so that a mistake there cannot hide here.
 */

import type { Route } from '../../src/bridge/snapshot/model.ts';
import type { MatchRequest } from '../../src/worker/router/match-request.ts';

export type NaiveRoute = Pick<Route, 'hosts' | 'path' | 'match' | 'conditions'>;

/** The index of the best matching route, or -1. */
export function naiveMatch(routes: readonly NaiveRoute[], request: MatchRequest): number {
  return naiveRanking(routes, request)[0] ?? -1;
}

/** The indices of all matching routes, best first. */
export function naiveRanking(routes: readonly NaiveRoute[], request: MatchRequest): number[] {
  const hostRank = (route: NaiveRoute): number => {
    if (route.hosts.includes(request.host)) return 3;
    const labels = request.host.split('.');
    const wild = route.hosts.some((host) => {
      const wanted = host.split('.');
      if (wanted[0] !== '*' || labels.length !== wanted.length || labels[0] === '') return false;
      return wanted.slice(1).every((label, index) => label === labels[index + 1]);
    });
    if (wild) return 2;
    return route.hosts.length === 0 ? 1 : 0;
  };
  const prefixOf = (route: NaiveRoute): string => route.path.replace(/\/+$/, '');
  const pathMatches = (route: NaiveRoute): boolean =>
    route.match === 'exact'
      ? request.path === route.path
      : request.path === prefixOf(route) || request.path.startsWith(`${prefixOf(route)}/`);
  const conditionsHold = ({ conditions }: NaiveRoute): boolean =>
    (conditions.methods === null || conditions.methods.includes(request.method)) &&
    conditions.headers.every(({ name, value }) => request.header(name) === value) &&
    conditions.query.every(({ name, value }) => new URLSearchParams(`?${request.query}`).get(name) === value);
  const conditionCount = ({ conditions }: NaiveRoute): number =>
    Number(conditions.methods !== null) + conditions.headers.length + conditions.query.length;

  return routes
    .map((route, index) => ({ route, index }))
    .filter(
      ({ route }) =>
        request.path.startsWith('/') && hostRank(route) > 0 && pathMatches(route) && conditionsHold(route),
    )
    .sort(
      (a, b) =>
        hostRank(b.route) - hostRank(a.route) ||
        Number(b.route.match === 'exact') - Number(a.route.match === 'exact') ||
        prefixOf(b.route).length - prefixOf(a.route).length ||
        conditionCount(b.route) - conditionCount(a.route) ||
        a.index - b.index,
    )
    .map(({ index }) => index);
}

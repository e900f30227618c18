// cold: decodes once per route, but for the look-up
/**
 * Gives the matcher the conditions of a snapshot's routes. A worker makes one for each snapshot. The conditions of a route
 * are decoded when a request first comes to them, and equal ones are kept once: where thousands of routes share
 * a few sets of conditions, these stay in the processor's cache. Grows with the routes, never with the requests.
 */

import type { RouteConditions, Snapshot } from '../../bridge/snapshot/model.ts';
import type { ConditionSource } from './match-request.ts';

export function createConditionSource(snapshot: Pick<Snapshot, 'routeCount' | 'route'>): ConditionSource {
  /** By route; empty where no request has come yet. */
  const known = new Array<RouteConditions | undefined>(snapshot.routeCount);
  const sets = new Map<string, RouteConditions>();
  const methodLists = new Map<string, readonly string[] | null>();

  const learn = (index: number): RouteConditions => {
    const { methods, headers, query } = snapshot.route(index).conditions;
    const methodsKey = JSON.stringify(methods);
    const key = JSON.stringify([methods, pairs(headers), pairs(query)]);
    const sharedMethods = methodLists.get(methodsKey) ?? methods;
    const shared = sets.get(key) ?? { methods: sharedMethods, headers, query };
    methodLists.set(methodsKey, sharedMethods);
    sets.set(key, shared);
    known[index] = shared;
    return shared;
  };

  return {
    conditions: (index) => known[index] ?? learn(index),
  };
}

function pairs(conditions: RouteConditions['headers']): readonly (readonly [string, string])[] {
  return conditions.map(({ name, value }) => [name, value] as const);
}

/**
 * Looks once at every part of a snapshot that came from outside: that each can be decoded and that what it refers to is there.
 * Both threads; for stored bytes only, since it undoes what decoding by need saves.
 */

import { messageOf } from '../../kit/errors.ts';
import type { Route, Snapshot } from './model.ts';
import { routeCountOf } from './route-table.ts';

/** What is wrong with the parts, or null. */
export function checkParts(snapshot: Snapshot): string | null {
  const { routeCount, serviceCount, certificateCount } = snapshot;
  if (routeCountOf(snapshot.routeTable) !== routeCount) {
    return `its route table is for ${routeCountOf(snapshot.routeTable)} routes, but there are ${routeCount}`;
  }
  try {
    for (let index = 0; index < serviceCount; index++) snapshot.service(index);
    for (let index = 0; index < certificateCount; index++) snapshot.certificate(index);
    for (let index = 0; index < routeCount; index++) {
      const problem = checkRoute(snapshot.route(index), serviceCount);
      if (problem !== null) return problem;
    }
  } catch (error) {
    return `one of its parts cannot be decoded (${messageOf(error)})`;
  }
  return null;
}

function checkRoute({ name, action }: Route, serviceCount: number): string | null {
  if (action.kind === 'service') {
    return action.service < serviceCount ? null : `route "${name}" leads to a service that is not there`;
  }
  if (action.kind !== 'split') return null;
  const { services, bounds, total } = action;
  const isWhole =
    services.length === bounds.length && total > 0 && services.every((index) => index < serviceCount);
  return isWhole ? null : `route "${name}" is split among services that are not there`;
}

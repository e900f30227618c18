/** The names of routes: as written, or made of host and path. Metrics and state hang on them. Pure. */

import type { RouteShape } from './shapes.ts';

/**
 * One unique name per route; null for one that is not well formed. A name is made of the first host (`*` for every host)
 * and the path: `api.example.com/v1`. Where that is taken, the second one in the file is `api.example.com/v1#2`.
 */
export function routeNames(routes: readonly (RouteShape | null)[]): readonly (string | null)[] {
  const taken = new Set(routes.map((route) => route?.name ?? null));
  const next = new Map<string, number>();
  return routes.map((route) => {
    if (route === null) return null;
    if (route.name !== null) return route.name;
    const base = `${route.hosts[0] ?? '*'}${route.path}`;
    let count = next.get(base) ?? 1;
    let name = count === 1 ? base : `${base}#${count}`;
    while (taken.has(name)) {
      count += 1;
      name = `${base}#${count}`;
    }
    next.set(base, count + 1);
    taken.add(name);
    return name;
  });
}

/** Whether the names of `redirect_from` can be redirected: where to, and that no route serves or redirects them already. Pure. */

import type { ConfigPath } from '../config-document.ts';
import { rawAt } from './raw-tree.ts';
import type { RouteShape } from './shapes.ts';
import type { CheckContext } from './sound-parts.ts';

type RouteNames = readonly (string | null)[];

export function checkRedirectFrom(context: CheckContext, names: RouteNames): void {
  const { routes } = context.parts;
  /** By name: the first route that serves it, and the first that redirects it. */
  const serves = firstByName(routes, ({ hosts }) => hosts);
  const redirects = firstByName(routes, ({ redirectFrom }) => redirectFrom);
  const nameOf = (index: number): string => {
    const { line } = context.document.locate(['routes', index], 'value');
    return `route "${names[index] ?? ''}" on line ${line}`;
  };
  routes.forEach((route, index) => {
    if (route === null || route.redirectFrom.length === 0) return;
    const path = ['routes', index, 'redirect_from'];
    checkTarget(context, route, path);
    const isList = Array.isArray(rawAt(context.value, path));
    const seen = new Set<string>();
    route.redirectFrom.forEach((name, at) => {
      const place = isList ? [...path, at] : path;
      const server = serves.get(name);
      const earlier = redirects.get(name) ?? index;
      if (name.startsWith('*.')) {
        context.report('BAD_HOST', place, 'a name that is redirected is written out, without a star');
      } else if (server !== undefined) {
        const message = `route "${names[index] ?? ''}" redirects this name, but ${nameOf(server)} has it as host; take it out of one of them`;
        context.report('CONFLICT', place, message);
      } else if (earlier !== index) {
        context.report('DUPLICATE_NAME', place, `${nameOf(earlier)} redirects this name already`);
      } else if (seen.has(name)) {
        context.report('DUPLICATE_NAME', place, 'this name stands here twice');
      }
      seen.add(name);
    });
  });
}

function firstByName(
  routes: readonly (RouteShape | null)[],
  namesOf: (route: RouteShape) => readonly string[],
): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  routes.forEach((route, index) => {
    for (const name of route === null ? [] : namesOf(route)) if (!first.has(name)) first.set(name, index);
  });
  return first;
}

function checkTarget(context: CheckContext, { hosts }: RouteShape, path: ConfigPath): void {
  if (hosts.some((host) => !host.startsWith('*.'))) return;
  const message =
    hosts.length === 0
      ? 'this route has no host that could be redirected to; give it one'
      : 'this route has wildcards only, and none of their names is the one to redirect to; give it a host without a star';
  context.report('MISSING_KEY', path, message, { spot: 'key' });
}

/** Finds routes that share a name, or match the very same requests, so that one of them could never win. Pure. */

import type { RouteShape } from './shapes.ts';
import type { CheckContext } from './sound-parts.ts';

export function checkDuplicates(context: CheckContext, names: readonly (string | null)[]): void {
  checkNames(context);
  const first = new Map<string, number>();
  context.parts.routes.forEach((route, index) => {
    if (route === null) return;
    const reported = new Set<number>();
    const conditions = conditionKey(route);
    for (const host of route.hosts.length === 0 ? [''] : route.hosts) {
      const key = `${host}\0${conditions}`;
      const earlier = first.get(key);
      if (earlier === undefined) {
        first.set(key, index);
      } else if (earlier !== index && !reported.has(earlier)) {
        reported.add(earlier);
        report(context, route, host, [names[index] ?? null, names[earlier] ?? null], [index, earlier]);
      }
    }
  });
}

function report(
  context: CheckContext,
  route: RouteShape,
  host: string,
  [name, earlierName]: readonly [string | null, string | null],
  [index, earlier]: readonly [number, number],
): void {
  const { line } = context.document.locate(['routes', earlier], 'value');
  const where = host === '' ? 'every host' : `host ${host}`;
  const message = `route "${name}" matches the same requests as route "${earlierName}" on line ${line}: ${where}, ${route.match} path ${route.path}, same conditions`;
  context.report('DUPLICATE_ROUTE', ['routes', index], message);
}

function checkNames(context: CheckContext): void {
  const first = new Map<string, number>();
  context.parts.routes.forEach((route, index) => {
    const name = route?.name;
    if (name === undefined || name === null) return;
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, index);
      return;
    }
    const { line } = context.document.locate(['routes', earlier], 'value');
    const message = `the route on line ${line} has this name already`;
    context.report('DUPLICATE_NAME', ['routes', index, 'name'], message);
  });
}

/** Everything a route asks of a request but its host, in one spelling. */
function conditionKey(route: RouteShape): string {
  if (route.methods === null && route.headers.length === 0 && route.query.length === 0) {
    return `${route.match} ${route.path}`;
  }
  const sorted = (list: readonly { readonly name: string; readonly value: string }[]) =>
    list.map(({ name, value }) => [name, value]).sort((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1));
  return JSON.stringify([
    route.path,
    route.match,
    route.methods === null ? null : route.methods.toSorted(),
    sorted(route.headers),
    sorted(route.query),
  ]);
}

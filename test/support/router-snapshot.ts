/** Small snapshots and requests for router tests: only what the router and `explain` read. */

import type { Route, RouteConditions, RouteTable } from '../../src/bridge/snapshot/model.ts';
import { buildRouteTable } from '../../src/primary/compile/build-route-table.ts';
import type { MatchRequest } from '../../src/worker/router/match-request.ts';

export interface RouteSketch {
  readonly hosts?: readonly string[];
  readonly path?: string;
  readonly match?: 'prefix' | 'exact';
  readonly methods?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

export interface RouterSnapshot {
  readonly routeTable: RouteTable;
  readonly routeCount: number;
  readonly routes: readonly Route[];
  route(index: number): Route;
  conditions(index: number): RouteConditions;
}

const pairs = (record: Readonly<Record<string, string>> = {}) =>
  Object.entries(record).map(([name, value]) => ({ name, value }));

export function routerSnapshot(sketches: readonly RouteSketch[]): RouterSnapshot {
  const routes = sketches.map(
    (sketch, index): Route => ({
      index,
      name: `r${index}`,
      hosts: sketch.hosts ?? [],
      path: sketch.path ?? '/',
      match: sketch.match ?? 'prefix',
      conditions: {
        methods: sketch.methods ?? null,
        headers: pairs(sketch.headers),
        query: pairs(sketch.query),
      },
      action: { kind: 'respond', status: 200, body: '', headers: [] },
      tls: 'off',
      httpsRedirect: false,
      plainHosts: [],
      hsts: '',
      access: null,
      websocket: true,
      rateLimits: [],
      rewrite: null,
      requestHeaders: null,
      responseHeaders: null,
      connectMs: null,
      responseMs: null,
      idleMs: null,
      readMs: 0,
      writeMs: 0,
      retryAttempts: null,
      bodyBytes: 0,
      counterSlot: index,
      origin: { file: 'test.yaml', line: index + 1, column: 1 },
    }),
  );
  const route = (index: number): Route => {
    const found = routes[index];
    if (found === undefined) throw new Error(`the router asked for route ${index} of ${routes.length}`);
    return found;
  };
  const routeTable = buildRouteTable(
    routes.map(({ hosts, path, match, conditions }) => ({
      hosts,
      path,
      match,
      conditionCount:
        Number(conditions.methods !== null) + conditions.headers.length + conditions.query.length,
    })),
  );
  return {
    routeTable,
    routeCount: routes.length,
    routes,
    route,
    conditions: (index) => route(index).conditions,
  };
}

/** A request from `host` and `path` or a target with a query. */
export function matchRequest(
  host: string,
  target: string,
  options: { readonly method?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): MatchRequest {
  const mark = target.indexOf('?');
  return {
    host,
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    method: options.method ?? 'GET',
    header: (name) => options.headers?.[name] ?? null,
  };
}

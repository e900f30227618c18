/** The route table as people and programs read it: `GET /v1/routes` and `penstock routes`. Pure. */

import type { Route, RouteConditions, Snapshot, TlsMode } from '../../bridge/snapshot/model.ts';

export type RouteRowAction =
  | { readonly kind: 'service'; readonly service: string }
  | {
      readonly kind: 'split';
      readonly parts: readonly { readonly service: string; readonly weight: number }[];
    }
  | { readonly kind: 'redirect'; readonly to: string; readonly status: number }
  | { readonly kind: 'respond'; readonly status: number }
  | { readonly kind: 'host_redirect'; readonly host: string };

export interface RouteRow {
  readonly name: string;
  /** Empty: every host. */
  readonly hosts: readonly string[];
  readonly path: string;
  readonly match: 'prefix' | 'exact';
  readonly conditions: RouteConditions;
  readonly action: RouteRowAction;
  readonly tls: TlsMode;
  readonly httpsRedirect: boolean;
  /** Those of `hosts` that are not redirected yet: they wait for their automatic certificate. */
  readonly plainHosts: readonly string[];
  /** Strict-Transport-Security in answers over TLS; empty: none. */
  readonly hsts: string;
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
}

/**
 * All routes in the order of the file, then the names that they redirect from, each with the name of its route. Bodies and
 * header values that a route sets are left out: they may be secret.
 */
export function routeRows(snapshot: Snapshot): readonly RouteRow[] {
  return Array.from({ length: snapshot.routeCount }, (_, index) => toRow(snapshot, snapshot.route(index)));
}

function toRow(snapshot: Snapshot, route: Route): RouteRow {
  return {
    name: route.name,
    hosts: route.hosts,
    path: route.path,
    match: route.match,
    conditions: route.conditions,
    action: toAction(snapshot, route),
    tls: route.tls,
    httpsRedirect: route.httpsRedirect,
    plainHosts: route.plainHosts,
    hsts: route.hsts,
    file: route.origin.file,
    line: route.origin.line,
  };
}

function toAction(snapshot: Snapshot, route: Route): RouteRowAction {
  const action = route.action;
  switch (action.kind) {
    case 'service':
      return { kind: 'service', service: snapshot.service(action.service).name };
    case 'split': {
      const parts = action.services.map((service, index) => ({
        service: snapshot.service(service).name,
        // The snapshot keeps running sums; people read weights.
        weight: (action.bounds[index] ?? 0) - (action.bounds[index - 1] ?? 0),
      }));
      return { kind: 'split', parts };
    }
    case 'redirect':
      return { kind: 'redirect', to: action.to, status: action.status };
    case 'respond':
      return { kind: 'respond', status: action.status };
    case 'host_redirect':
      return action;
  }
}

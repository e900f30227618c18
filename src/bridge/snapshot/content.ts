/** A whole configuration as `compile` hands it to the codec: the same values as the model, not yet numbered. */

import type {
  AccessLogTarget,
  Certificate,
  Engine,
  Limits,
  Listener,
  Route,
  RouteTable,
  Service,
  Timeouts,
} from './model.ts';

export interface SnapshotContent {
  readonly listeners: readonly Listener[];
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  readonly engine: Engine;
  readonly http2: boolean;
  readonly trustedProxies: readonly string[];
  readonly accessLog: AccessLogTarget;
  readonly httpsPort: number;
  readonly routeTable: RouteTable;
  readonly routes: readonly Route[];
  readonly services: readonly Service[];
  readonly certificates: readonly Certificate[];
  /** Lower-case server name (exact or `*.name`) to index into `certificates`. */
  readonly serverNames: ReadonlyMap<string, number>;
  /** Index into `certificates`; null without an https listener. */
  readonly defaultCertificate: number | null;
}

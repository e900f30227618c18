/** What `GET /v1/status` tells of a running penstock. Primary thread. */

import { PENSTOCK_VERSION } from '../kit/version.ts';
import type { ReloadResult, Status } from './control.ts';
import type { Fleet } from './fleet/fleet.ts';
import { connectionsStatus, listenerStatus } from './listener-status.ts';
import type { Publication } from './publish/publication.ts';

export interface StatusGround {
  readonly configFile: string;
  readonly uptimeMs: number;
  readonly publication: Publication;
  /** Where the admin server listens. */
  readonly admin: Parameters<typeof listenerStatus>[1];
  readonly fleet: Fleet | null;
  readonly lastReload: ReloadResult | null;
  readonly closing: boolean;
}

export function runningStatus(ground: StatusGround): Status {
  const { configFile, uptimeMs, publication, admin, fleet, lastReload, closing } = ground;
  return {
    version: PENSTOCK_VERSION,
    pid: process.pid,
    node: process.version,
    uptimeSeconds: Math.round(uptimeMs / 1000),
    configFile,
    snapshot: { version: publication.version, digest: publication.digest },
    listeners: listenerStatus(publication.snapshot, admin),
    connections: connectionsStatus((fleet?.slots ?? []).map(({ gauges }) => gauges)),
    workers: fleet?.status() ?? [],
    lastReload,
    ready: !closing && (fleet?.ready ?? false),
  };
}

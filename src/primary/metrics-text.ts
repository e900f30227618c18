/** The metrics of a running penstock, from the tables that its threads share and from what serves. Primary thread. */

import type { LiveFacts } from './control.ts';
import type { Current } from './current.ts';
import { endpointFigures } from './endpoint-figures.ts';
import { NO_ROW } from './fleet/counters-plan.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { MemoryPlan } from './fleet/memory-plan.ts';
import { certificateExpiries } from './metrics/certificate-expiries.ts';
import { exposition } from './metrics/exposition.ts';

export interface MetricsGround {
  readonly current: Current;
  readonly memory: MemoryPlan;
  readonly facts: LiveFacts;
  readonly fleet: Fleet | null;
  /** By outcome. */
  readonly reloads: ReadonlyMap<string, number>;
}

/** Prometheus text format. */
export function metricsText({ current, memory, facts, fleet, reloads }: MetricsGround): Promise<string> {
  const { content, publication } = current;
  const { routes, services } = memory.counters;
  return exposition({
    unrouted: routes.readRow(NO_ROW),
    routes: () => routes.read(),
    services: () => services.read(),
    endpoints: endpointFigures(content.services, facts),
    gauges: (fleet?.slots ?? []).map(({ id, gauges }) => ({ worker: id, gauges })),
    snapshotVersion: publication.version,
    reloads,
    expiries: certificateExpiries(content),
  });
}

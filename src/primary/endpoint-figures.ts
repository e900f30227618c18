/** What the metrics say of the endpoints of a snapshot. Primary thread; pure. */

import type { Service } from '../bridge/snapshot/model.ts';
import type { LiveFacts } from './control.ts';
import type { MetricsSource } from './metrics/exposition.ts';

export function endpointFigures(
  services: readonly Service[],
  facts: Pick<LiveFacts, 'requestsAt' | 'healthAt'>,
): MetricsSource['endpoints'] {
  return services.flatMap(({ name, endpoints }) =>
    endpoints.map((endpoint) => ({
      service: name,
      endpoint: endpoint.id,
      requests: facts.requestsAt(endpoint),
      healthy: facts.healthAt(endpoint).healthy,
    })),
  );
}

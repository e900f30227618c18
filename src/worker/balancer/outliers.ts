// hot: runs once per request
/**
 * Passive health: what requests tell of their endpoints. Counts failures in a row over all workers and tells the primary, which ejects
 * (`primary/health`). One per worker. Nothing is written for an endpoint that is well.
 */

import type { EndpointTable } from '../../bridge/memory/endpoint-table.ts';
import type { Endpoint, Service } from '../../bridge/snapshot/model.ts';
import { effectOf, type Fault, isEndpointFailure } from '../../kit/faults.ts';

const NOT_IMPLEMENTED = 501;
const VERSION_NOT_SUPPORTED = 505;

/** An endpoint failed as often in a row as its service allows, or a multiple of it. `reason`: the last failure. */
export type ReportFailing = (endpoint: Endpoint, reason: string) => void;

/** Where a request went; null before it is known. */
export interface Attempt {
  readonly service: Pick<Service, 'outlier'> | null;
  readonly endpoint: Endpoint | null;
}

export class Outliers {
  readonly #table: EndpointTable;
  readonly #report: ReportFailing;

  constructor(table: EndpointTable, report: ReportFailing) {
    this.#table = table;
    this.#report = report;
  }

  /** The endpoint answered with this status. */
  answered({ service, endpoint }: Attempt, status: number): void {
    if (service === null || service.outlier === null || endpoint === null) return;
    if (isFailure(status)) this.#count(endpoint, service.outlier.consecutiveFailures, `status ${status}`);
    else this.#table.clearFailures(endpoint.slot);
  }

  /** The request came to nothing. Faults that are not the endpoint's doing count neither way. */
  failed({ service, endpoint }: Attempt, fault: Fault): void {
    if (service === null || service.outlier === null || endpoint === null || !isEndpointFailure(fault))
      return;
    this.#count(endpoint, service.outlier.consecutiveFailures, effectOf(fault).label);
  }

  #count(endpoint: Endpoint, threshold: number, reason: string): void {
    const failures = this.#table.countFailure(endpoint.slot);
    // The primary may not eject it now, as it is the last one, say: it is asked again later.
    if (failures % threshold === 0) this.#report(endpoint, reason);
  }
}

/** Clients can ask for what no endpoint has, and must not be able to eject one by it. */
function isFailure(status: number): boolean {
  return status >= 500 && status !== NOT_IMPLEMENTED && status !== VERSION_NOT_SUPPORTED;
}

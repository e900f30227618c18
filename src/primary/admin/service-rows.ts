/** Services and their endpoints as people and programs read them: `GET /v1/services` and `penstock upstreams`. Pure. */

import type { RetryBudgetView } from '../../bridge/memory/retry-budgets.ts';
import type { Balance, Service, Snapshot, UpstreamProtocol } from '../../bridge/snapshot/model.ts';
import { formatAddress } from '../../kit/address.ts';
import { formatHashOn } from '../../kit/hash-on.ts';
import type { HealthView, LiveFacts } from '../control.ts';

export interface EndpointRow {
  readonly id: string;
  readonly address: string;
  /** 0: it drains. */
  readonly weight: number;
  readonly backup: boolean;
  /** Over all workers. */
  readonly requestsInFlight: number;
  readonly health: HealthView;
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
}

export interface ServiceRow {
  readonly name: string;
  readonly balance: Balance;
  /** As the configuration writes it; null unless the balance is `hash`. */
  readonly hashOn: string | null;
  readonly protocol: UpstreamProtocol;
  /** Requests at one endpoint at a time; 0 = no limit. */
  readonly maxRequests: number;
  /** The name of the sticky cookie, or null. */
  readonly stickyCookie: string | null;
  readonly retryBudget: RetryBudgetView;
  readonly endpoints: readonly EndpointRow[];
  readonly file: string;
  readonly line: number;
}

/** All services in the order of the file. */
export function serviceRows(snapshot: Snapshot, facts: LiveFacts): readonly ServiceRow[] {
  return Array.from({ length: snapshot.serviceCount }, (_, index) => toRow(snapshot.service(index), facts));
}

function toRow(service: Service, facts: LiveFacts): ServiceRow {
  const { name, balance, hashOn, protocol, maxRequestsPerEndpoint, stickyCookie, origin } = service;
  return {
    name,
    balance,
    hashOn: hashOn && formatHashOn(hashOn),
    protocol,
    maxRequests: maxRequestsPerEndpoint,
    stickyCookie,
    retryBudget: facts.retryBudgetOf(service),
    endpoints: service.endpoints.map((endpoint) => ({
      id: endpoint.id,
      address: formatAddress(endpoint.address),
      weight: endpoint.weight,
      backup: endpoint.backup,
      requestsInFlight: facts.requestsAt(endpoint),
      health: facts.healthAt(endpoint),
      file: endpoint.origin.file,
      line: endpoint.origin.line,
    })),
    file: origin.file,
    line: origin.line,
  };
}

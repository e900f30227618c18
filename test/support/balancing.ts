/** Services, tables and balancers for tests of balancing: what the balancer looks at, and nothing else. */

import { EndpointTable, endpointSegmentBytes } from '../../src/bridge/memory/endpoint-table.ts';
import type { Endpoint, Route, Service } from '../../src/bridge/snapshot/model.ts';
import type { Random } from '../../src/kit/clock.ts';
import { Fault } from '../../src/kit/faults.ts';
import { Balancer } from '../../src/worker/balancer/balancer.ts';
import type { BalanceRequest } from '../../src/worker/balancer/hash-key.ts';
import { Placement } from '../../src/worker/balancer/placement.ts';

type ServiceFacts = Pick<
  Service,
  'index' | 'name' | 'balance' | 'hashOn' | 'endpoints' | 'maxRequestsPerEndpoint' | 'stickyCookie'
>;
type RouteFacts = Pick<Route, 'name' | 'action'>;

/** `slot` as a rule is the endpoint's place in its list. */
export function endpoint(id: string, slot: number, facts: Partial<Endpoint> = {}): Endpoint {
  const address = { kind: 'tcp', host: '127.0.0.1', port: 1 } as const;
  const origin = { file: '', line: 0, column: 0 };
  return { id, key: `s/${id}`, address, weight: 1, backup: false, slot, origin, ...facts };
}

/** Endpoints `a`, `b`, `c`, … of these weights. */
export function endpointsOf(...weights: readonly number[]): readonly Endpoint[] {
  return weights.map((weight, slot) => endpoint(String.fromCharCode(97 + slot), slot, { weight }));
}

export function service(facts: Partial<ServiceFacts>): Service {
  const plain: ServiceFacts = {
    index: 0,
    name: 's',
    balance: 'round_robin',
    hashOn: null,
    endpoints: [],
    maxRequestsPerEndpoint: 0,
    stickyCookie: null,
  };
  return { ...plain, ...facts } as ServiceFacts as Service;
}

export const route = (action: Route['action'], name = 'r'): Route =>
  ({ name, action }) as RouteFacts as Route;

export function balanceRequest(fields: Readonly<Record<string, string>> = {}, path = '/'): BalanceRequest {
  return { path, header: (name) => fields[name] ?? null };
}

/** One segment: 256 slots. */
export function newSegment(workers: number): SharedArrayBuffer {
  return new SharedArrayBuffer(endpointSegmentBytes(workers));
}

export function tableOf(segment: SharedArrayBuffer, worker: number, workers: number): EndpointTable {
  const table = new EndpointTable(worker, workers);
  table.adopt([segment]);
  return table;
}

export const STICKY_KEY: Uint8Array = new Uint8Array(32).fill(7);

const noRandom = (): number => {
  throw new Error('nothing here is left to chance');
};

/** A worker's balancer with a table of its own, or one that it shares. */
export function balancerOf(
  parts: {
    readonly workerId?: number;
    readonly random?: Random;
    readonly table?: EndpointTable;
    readonly stickyKey?: Uint8Array;
  } = {},
): Balancer {
  const { workerId = 0, random = noRandom, table, stickyKey = STICKY_KEY } = parts;
  return new Balancer({ workerId, random, table: table ?? tableOf(newSegment(1), 0, 1), stickyKey });
}

/** One request, and where it went: `id` is `-` where there was no place. It is under way until `leave`. */
export function place(
  balancer: Balancer,
  of: Service,
  request: BalanceRequest = balanceRequest(),
  address = '192.0.2.1',
): { readonly placement: Placement; readonly fault: Fault; readonly id: string } {
  const placement = new Placement();
  const fault = balancer.place(of, request, address, placement);
  return { placement, fault, id: fault === Fault.NONE ? (placement.endpoint?.id ?? '?') : '-' };
}

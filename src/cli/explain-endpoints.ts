/**
 * Which endpoints of a service a request may go to, and which it would, for `penstock explain`. Pure. It calls what the workers call
 * (eligibility, hash key, hash); what turn, chance and load decide cannot be told beforehand.
 */

import { endpointState } from '../bridge/memory/endpoint-state.ts';
import type { Balance, Endpoint, Service } from '../bridge/snapshot/model.ts';
import { formatAddress } from '../kit/address.ts';
import { Fault } from '../kit/faults.ts';
import { formatHashOn } from '../kit/hash-on.ts';
import type { EndpointRow, ServiceRow } from '../primary/admin/service-rows.ts';
import { Candidates } from '../worker/balancer/candidates.ts';
import { cookieValue } from '../worker/balancer/cookie-value.ts';
import { type EndpointStates, eligible } from '../worker/balancer/eligibility.ts';
import { type BalanceRequest, hashKey } from '../worker/balancer/hash-key.ts';
import { partitionOf, Rendezvous } from '../worker/balancer/rendezvous.ts';
import { healthText } from './service-cells.ts';

export interface ServiceShare {
  readonly service: string;
  readonly balance: Balance;
  /** Percent of the requests of this route, from its split. */
  readonly percent: number;
  /** Of the endpoint that would be taken; null where turn, chance or load decide, or where there is none. */
  readonly taken: string | null;
  /** What decides. */
  readonly choice: string;
  readonly endpoints: readonly ExplainedEndpoint[];
}

/** `health` and `requestsInFlight`: as the running penstock has them; null: not known. */
export interface ExplainedEndpoint
  extends Pick<EndpointRow, 'id' | 'address' | 'weight' | 'backup' | 'file' | 'line'> {
  /** It may be taken by a client that sticks to none. */
  readonly candidate: boolean;
  /** How it does, and why it is no candidate. */
  readonly state: string;
  readonly health: EndpointRow['health'] | null;
  readonly requestsInFlight: number | null;
}

/** An endpoint of the file with what the running penstock says of it. */
interface Known {
  readonly endpoint: Endpoint;
  readonly address: string;
  /** Null: nothing is known. */
  readonly row: EndpointRow | null;
  /** The running penstock knows the service, but not this endpoint. */
  readonly missing: boolean;
}

/**
 * What a service comes to for a request.
 * @param address the client's
 * @param row of the running penstock; null: every endpoint is taken for well and without a request
 */
export function shareOf(
  service: Service,
  percent: number,
  request: BalanceRequest,
  address: string,
  row: ServiceRow | null,
): ServiceShare {
  const known = knownEndpoints(service, row);
  const endpoints = known.map(({ endpoint }) => endpoint);
  const { candidates, backup } = candidatesOf(service, known);
  const indices = [...candidates.indices.subarray(0, candidates.count)];
  const { taken, choice } = choiceOf({ ...service, endpoints }, candidates, request, address);
  return {
    service: service.name,
    balance: service.balance,
    percent,
    taken: taken === null ? null : (endpoints[taken]?.id ?? null),
    choice: [
      choice,
      ...(backup && indices.length > 0 ? ['backups serve, as no other endpoint can'] : []),
      ...stickyNotes(service, request),
      ...(row === null ? rulesOf(service) : []),
    ].join('; '),
    endpoints: known.map((one, index) => {
      const candidate = indices.includes(index);
      const { id, weight, backup: isBackup, origin } = one.endpoint;
      return {
        id,
        address: one.address,
        weight,
        backup: isBackup,
        candidate,
        state: stateText(one, candidate, service),
        health: one.row?.health ?? null,
        requestsInFlight: one.row?.requestsInFlight ?? null,
        file: origin.file,
        line: origin.line,
      };
    }),
  };
}

/** NONE, or why no service of the route has a place for the request. */
export function placeFault(shares: readonly ServiceShare[]): Fault {
  const endpoints = shares.flatMap((share) => share.endpoints);
  if (endpoints.some(({ candidate }) => candidate)) return Fault.NONE;
  return endpoints.some(({ health, weight }) => health?.healthy === true && weight > 0)
    ? Fault.ENDPOINTS_FULL
    : Fault.NO_ENDPOINT;
}

/** In the order of the file. One that stands there by name is there once for each address that the running penstock has. */
function knownEndpoints({ endpoints }: Service, row: ServiceRow | null): readonly Known[] {
  const listed = endpoints.flatMap((endpoint): readonly Known[] => {
    const rows = row === null ? [] : rowsOf(endpoint, row);
    if (rows.length === 0)
      return [{ endpoint, address: formatAddress(endpoint.address), row: null, missing: row !== null }];
    return rows.map((one) => ({
      endpoint: { ...endpoint, id: one.id },
      address: one.address,
      row: one,
      missing: false,
    }));
  });
  return listed.map((one, slot) => ({ ...one, endpoint: { ...one.endpoint, slot } }));
}

/** `primary/resolve` makes `ID@ADDRESS` of an endpoint whose host is a name. */
function rowsOf({ id }: Endpoint, { endpoints }: ServiceRow): readonly EndpointRow[] {
  const own = endpoints.filter((row) => row.id === id);
  return own.length > 0 ? own : endpoints.filter((row) => row.id.startsWith(`${id}@`));
}

/** As the balancer finds them: those that are well and have room, else the backups. */
function candidatesOf(
  { maxRequestsPerEndpoint: limit }: Service,
  known: readonly Known[],
): { readonly candidates: Candidates; readonly backup: boolean } {
  const endpoints = known.map(({ endpoint }) => endpoint);
  const states: EndpointStates = { state: (slot) => stateOf(known[slot]) };
  const candidates = new Candidates(endpoints.length);
  for (const backup of [false, true]) {
    eligible(endpoints, backup, states, candidates);
    known.forEach(({ row }, index) => {
      if (isFull(row, limit)) candidates.remove(index);
    });
    if (candidates.count > 0) return { candidates, backup };
  }
  return { candidates, backup: false };
}

function stateOf(known: Known | undefined): number {
  if (known === undefined || known.missing) return endpointState(true, false, 1);
  const health = known.row?.health;
  return health === undefined ? 0 : endpointState(!health.healthy, false, health.weightPercent / 100);
}

function isFull(row: EndpointRow | null, limit: number): boolean {
  return limit > 0 && row !== null && row.requestsInFlight >= limit;
}

function stateText({ endpoint, row, missing }: Known, candidate: boolean, service: Service): string {
  const { maxRequestsPerEndpoint: limit } = service;
  if (missing) return 'not there: its name has no address, or the file was not reloaded';
  const parts: string[] = [];
  if (endpoint.weight === 0) parts.push('drains: its weight is 0');
  if (row !== null) {
    const { health, requestsInFlight } = row;
    parts.push(healthText(health));
    if (!health.healthy && health.lastChange !== null) parts.push(sinceText(health.lastChange));
    if (isFull(row, limit)) parts.push(`at its limit (max_requests: ${limit})`);
    else if (requestsInFlight > 0) parts.push(`${requestsInFlight} under way`);
  }
  const isOut = endpoint.weight === 0 || row?.health.healthy === false || isFull(row, limit);
  if (!candidate && endpoint.backup && !isOut) parts.push('others serve');
  return parts.join(', ') || 'not known';
}

function sinceText({ atMs, reason }: NonNullable<EndpointRow['health']['lastChange']>): string {
  return `since ${new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z')}: ${reason}`;
}

/** What only a running penstock knows the outcome of. */
function rulesOf({ healthCheck, maxRequestsPerEndpoint: limit }: Service): readonly string[] {
  return [
    ...(healthCheck === null ? [] : ['passed over while its health check fails']),
    ...(limit === 0 ? [] : [`passed over with ${limit} requests under way`]),
  ];
}

/** `taken`: an index, or null. */
function choiceOf(
  service: Service,
  candidates: Candidates,
  request: BalanceRequest,
  address: string,
): { readonly taken: number | null; readonly choice: string } {
  const { balance, endpoints, hashOn } = service;
  if (candidates.count === 0) return { taken: null, choice: 'no endpoint can be taken' };
  if (candidates.count === 1) return { taken: candidates.indices[0] ?? null, choice: 'the only candidate' };
  switch (balance) {
    case 'round_robin':
      return { taken: null, choice: 'by turn' };
    case 'random':
      return { taken: null, choice: 'at random' };
    case 'least_requests':
      return { taken: null, choice: 'the least loaded' };
    case 'p2c':
      return { taken: null, choice: 'the less loaded of two at random' };
    case 'hash': {
      const on = hashOn === null ? '' : formatHashOn(hashOn);
      const key = hashOn === null ? null : hashKey(hashOn, request, address);
      if (key === null) return { taken: null, choice: `by turn, as the request has no ${on}` };
      const taken = new Rendezvous(endpoints).ownerOf(partitionOf(key), candidates);
      return { taken, choice: `by the hash of ${on}` };
    }
  }
}

/** Whether a cookie is good only a worker of the running penstock can tell: it has the key. */
function stickyNotes({ stickyCookie }: Service, request: BalanceRequest): readonly string[] {
  if (stickyCookie === null) return [];
  const shown = cookieValue(request.header('cookie'), stickyCookie) !== null;
  return [
    shown
      ? `unless its cookie ${stickyCookie} is good: then the endpoint that it names`
      : `and the client gets the cookie ${stickyCookie}`,
  ];
}

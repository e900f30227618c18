/**
 * Which endpoints of a service a request may go to, and which it would, for `penstock explain`. Pure. It calls what the workers call
 * (eligibility, hash key, hash); what turn, chance and load decide cannot be told beforehand.
 */

import type { Balance, Service } from '../bridge/snapshot/model.ts';
import { formatAddress } from '../kit/address.ts';
import { formatHashOn } from '../kit/hash-on.ts';
import { Candidates } from '../worker/balancer/candidates.ts';
import { cookieValue } from '../worker/balancer/cookie-value.ts';
import { type EndpointStates, eligible } from '../worker/balancer/eligibility.ts';
import { type BalanceRequest, hashKey } from '../worker/balancer/hash-key.ts';
import { Rendezvous } from '../worker/balancer/rendezvous.ts';

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

export interface ExplainedEndpoint {
  readonly id: string;
  readonly address: string;
  readonly weight: number;
  readonly backup: boolean;
  /** It may be taken by a client that sticks to none. */
  readonly candidate: boolean;
  readonly file: string;
  readonly line: number;
}

/** Which endpoints are well only the running penstock can tell. */
const ALL_WELL: EndpointStates = { state: () => 0 };

/** `address`: the client's. */
export function shareOf(
  service: Service,
  percent: number,
  request: BalanceRequest,
  address: string,
): ServiceShare {
  const candidates = new Candidates(service.endpoints.length);
  eligible(service.endpoints, false, ALL_WELL, candidates);
  const backup = candidates.count === 0;
  if (backup) eligible(service.endpoints, true, ALL_WELL, candidates);
  const indices = [...candidates.indices.subarray(0, candidates.count)];
  const { taken, choice } = choiceOf(service, candidates, request, address);
  return {
    service: service.name,
    balance: service.balance,
    percent,
    taken: taken === null ? null : (service.endpoints[taken]?.id ?? null),
    choice: [
      choice,
      ...(backup && indices.length > 0 ? ['backups serve, as no other endpoint can'] : []),
      ...stickyNotes(service, request),
      ...(service.healthCheck === null ? [] : ['passed over while its health check fails']),
      ...(service.maxRequestsPerEndpoint === 0
        ? []
        : [`passed over with ${service.maxRequestsPerEndpoint} requests under way`]),
    ].join('; '),
    endpoints: service.endpoints.map(({ id, address: at, weight, backup: isBackup, origin }, index) => ({
      id,
      address: formatAddress(at),
      weight,
      backup: isBackup,
      candidate: indices.includes(index),
      file: origin.file,
      line: origin.line,
    })),
  };
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
      return { taken: new Rendezvous(endpoints).choose(candidates, key), choice: `by the hash of ${on}` };
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

// hot: runs once per request
/**
 * Chooses the part of a split and the endpoint of a service, and takes a place there. One per worker. What it remembers is keyed by
 * name and by the candidates with their weights, so that a reload that does not touch them goes on where it was.
 */

import { takesPart } from '../../bridge/memory/endpoint-state.ts';
import type { EndpointTable } from '../../bridge/memory/endpoint-table.ts';
import type { Endpoint, Route, RouteAction, Service, Snapshot } from '../../bridge/snapshot/model.ts';
import type { Random } from '../../kit/clock.ts';
import { Fault } from '../../kit/faults.ts';
import { Candidates } from './candidates.ts';
import { cookieValue } from './cookie-value.ts';
import { eligible } from './eligibility.ts';
import { EndpointGroup } from './endpoint-group.ts';
import { type BalanceRequest, hashKey } from './hash-key.ts';
import { leastLoaded, lessLoadedOfTwo } from './load.ts';
import type { Placement } from './placement.ts';
import { leaveOutStarting } from './slow-start.ts';
import { SmoothWeights } from './smooth-weights.ts';
import { NO_INDEX, weightedRandom } from './weighted-random.ts';

/** More splits than any configuration in use has; beyond it all begin anew. */
const MAX_SPLITS = 10_000;

type SplitAction = Extract<RouteAction, { kind: 'split' }>;

/** Whose turn it is among the services of a split. */
interface SplitTurns {
  /** The decoded object that these turns were last used for: a quick test before the thorough one. */
  action: SplitAction;
  readonly identity: string;
  readonly parts: Candidates;
  readonly turns: SmoothWeights;
}

export interface BalancerGround {
  readonly workerId: number;
  readonly random: Random;
  readonly table: EndpointTable;
  /** Signs sticky cookies. */
  readonly stickyKey: Uint8Array;
}

export class Balancer {
  readonly #workerId: number;
  readonly #random: Random;
  readonly #table: EndpointTable;
  readonly #stickyKey: Uint8Array;
  readonly #groups = new Map<string, EndpointGroup>();
  readonly #splits = new Map<string, SplitTurns>();
  // Filled anew for each choice.
  readonly #candidates = new Candidates(16);
  readonly #tied = new Candidates(16);

  constructor({ workerId, random, table, stickyKey }: BalancerGround) {
    this.#workerId = workerId;
    this.#random = random;
    this.#table = table;
    this.#stickyKey = stickyKey;
  }

  /** The index of the service that a route sends this request to; -1 if its split has no weight at all. */
  chooseService(snapshot: Pick<Snapshot, 'service'>, route: Route, request: BalanceRequest): number {
    const { action } = route;
    if (action.kind === 'service') return action.service;
    if (action.kind !== 'split') return -1;
    const { services } = action;
    // A client that sticks to an endpoint of one part stays with that part.
    for (let part = 0; part < services.length; part++) {
      const service = snapshot.service(services[part] as number);
      if (this.#stuckAt(service, request) !== NO_INDEX) return service.index;
    }
    const { turns, parts } = this.#turnsOf(route.name, action);
    const part = turns.next(parts);
    return part < 0 ? -1 : (services[part] ?? -1);
  }

  /**
   * Takes a place for this request at an endpoint of the service, and counts it there until `leave`. NONE, or why there is no
   * place. `address`: the client's.
   */
  place(service: Service, request: BalanceRequest, address: string, placement: Placement): Fault {
    const stuck = this.#stuckAt(service, request);
    if (
      stuck !== NO_INDEX &&
      this.#mayStick(service, stuck, placement) &&
      this.#take(service, stuck, placement)
    )
      return Fault.NONE;
    const fault = this.#placeAmong(service, false, request, address, placement);
    if (fault === Fault.NONE) return fault;
    const backups = this.#placeAmong(service, true, request, address, placement);
    return backups === Fault.NO_ENDPOINT ? fault : backups;
  }

  /**
   * Another place for a request that failed where it is: where it has not been yet, else at another endpoint than this one, else, where
   * no other has room, the one that it has. True: it moved.
   */
  placeElsewhere(service: Service, request: BalanceRequest, address: string, placement: Placement): boolean {
    const failed = placement.endpoint;
    if (failed === null) return false;
    if (placement.tried === null) placement.tried = [failed];
    else placement.tried.push(failed);
    let fault = this.place(service, request, address, placement);
    if (fault !== Fault.NONE && placement.tried.length > 1) {
      placement.tried = [failed];
      fault = this.place(service, request, address, placement);
    }
    if (fault !== Fault.NONE) return false;
    this.#table.leave(failed.slot);
    return true;
  }

  /** The request is no longer under way at its endpoint. Any number of times. */
  leave(placement: Placement): void {
    if (!placement.counted || placement.endpoint === null) return;
    placement.counted = false;
    this.#table.leave(placement.endpoint.slot);
  }

  /** The names of the services that it remembers turns of. */
  services(): Iterable<string> {
    return this.#groups.keys();
  }

  /** These services left the configuration. */
  drop(serviceNames: Iterable<string>): void {
    for (const name of serviceNames) this.#groups.delete(name);
    // Routes are not walked after a swap: turns of a split that is gone are dropped when they have become many.
    if (this.#splits.size > MAX_SPLITS) this.#splits.clear();
  }

  /** One of those that are eligible, or, as long as the one chosen is at its limit, the next best. */
  #placeAmong(
    service: Service,
    backup: boolean,
    request: BalanceRequest,
    address: string,
    placement: Placement,
  ): Fault {
    const candidates = this.#candidates;
    eligible(service.endpoints, backup, this.#table, candidates);
    if (placement.tried !== null) removeTried(service, placement, candidates);
    if (candidates.count === 0) return Fault.NO_ENDPOINT;
    // Keys that went back and forth while an endpoint starts would be no better than keys that all come at once.
    if (candidates.starting && service.balance !== 'hash') {
      leaveOutStarting(service.endpoints, this.#table, candidates, this.#random);
      if (this.#takeAmong(service, candidates, request, address, placement)) return Fault.NONE;
      // The others are at their limits: those that were left out may have room.
      eligible(service.endpoints, backup, this.#table, candidates);
      if (placement.tried !== null) removeTried(service, placement, candidates);
    }
    return this.#takeAmong(service, candidates, request, address, placement)
      ? Fault.NONE
      : Fault.ENDPOINTS_FULL;
  }

  #takeAmong(
    service: Service,
    candidates: Candidates,
    request: BalanceRequest,
    address: string,
    placement: Placement,
  ): boolean {
    while (candidates.count > 0) {
      const index =
        candidates.count === 1
          ? (candidates.indices[0] as number)
          : this.#choose(this.#groupOf(service), candidates, request, address);
      if (this.#take(service, index, placement)) {
        if (service.stickyCookie !== null) {
          placement.stickyName = service.stickyCookie;
          placement.stickyValue = this.#groupOf(service).sticky(this.#stickyKey).of(index);
        }
        return true;
      }
      candidates.remove(index);
    }
    return false;
  }

  #mayStick(service: Service, index: number, placement: Placement): boolean {
    return (
      takesPart(this.#table.state((service.endpoints[index] as Endpoint).slot)) &&
      !isTried(service, index, placement)
    );
  }

  #take(service: Service, index: number, placement: Placement): boolean {
    const endpoint = service.endpoints[index] as Endpoint;
    if (!this.#table.enter(endpoint.slot, service.maxRequestsPerEndpoint)) return false;
    placement.endpoint = endpoint;
    placement.counted = true;
    return true;
  }

  #choose(group: EndpointGroup, candidates: Candidates, request: BalanceRequest, address: string): number {
    const { service, weights, turns } = group;
    switch (service.balance) {
      case 'round_robin':
        return turns.next(candidates);
      case 'random':
        return weightedRandom(weights, candidates, this.#random(), NO_INDEX);
      case 'p2c': {
        const { endpoints } = service;
        return lessLoadedOfTwo(endpoints, weights, this.#table, candidates, this.#random(), this.#random());
      }
      case 'least_requests':
        leastLoaded(service.endpoints, this.#table, candidates, this.#tied);
        return turns.next(this.#tied);
      case 'hash': {
        const key = service.hashOn === null ? null : hashKey(service.hashOn, request, address);
        return key === null ? turns.next(candidates) : group.rendezvous.choose(candidates, key);
      }
    }
  }

  /** The endpoint that the client's cookie names; NO_INDEX if it shows none, or one that we did not give. */
  #stuckAt(service: Service, request: BalanceRequest): number {
    if (service.stickyCookie === null) return NO_INDEX;
    const value = cookieValue(request.header('cookie'), service.stickyCookie);
    return value === null ? NO_INDEX : this.#groupOf(service).sticky(this.#stickyKey).indexOf(value);
  }

  #groupOf(service: Service): EndpointGroup {
    const known = this.#groups.get(service.name);
    return known !== undefined && known.service === service ? known : this.#renewGroup(service, known);
  }

  // hot-ok: once per snapshot and service
  #renewGroup(service: Service, before: EndpointGroup | undefined): EndpointGroup {
    const identity = EndpointGroup.identityOf(service);
    if (before !== undefined && before.identity === identity) {
      before.service = service;
      return before;
    }
    const group = new EndpointGroup(service, identity, this.#workerId);
    this.#groups.set(service.name, group);
    return group;
  }

  #turnsOf(route: string, action: SplitAction): SplitTurns {
    const known = this.#splits.get(route);
    return known !== undefined && known.action === action ? known : this.#renewTurns(route, action, known);
  }

  // hot-ok: once per snapshot and split
  #renewTurns(route: string, action: SplitAction, before: SplitTurns | undefined): SplitTurns {
    const weights = Float64Array.from(
      action.bounds,
      (bound, index) => bound - (action.bounds[index - 1] ?? 0),
    );
    const identity = JSON.stringify([action.bounds, action.services]);
    if (before !== undefined && before.identity === identity) {
      before.action = action;
      return before;
    }
    const turns = new SmoothWeights(weights, this.#workerId % Math.max(1, weights.length));
    const entry = { action, identity, parts: Candidates.all(weights.length), turns };
    this.#splits.set(route, entry);
    return entry;
  }
}

function isTried(service: Service, index: number, { tried }: Placement): boolean {
  return tried?.includes(service.endpoints[index] as Endpoint) === true;
}

/** Backwards, as those behind move up. */
function removeTried(service: Service, placement: Placement, candidates: Candidates): void {
  for (let at = candidates.count - 1; at >= 0; at--) {
    const index = candidates.indices[at] as number;
    if (isTried(service, index, placement)) candidates.remove(index);
  }
}

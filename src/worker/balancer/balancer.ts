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
import { eligible } from './eligibility.ts';
import { EndpointGroup } from './endpoint-group.ts';
import { type BalanceRequest, hashKey } from './hash-key.ts';
import { leastLoaded, leastLoadedFrom, lessLoadedOfTwo } from './load.ts';
import { PartitionOwners } from './partition-owners.ts';
import type { Placement } from './placement.ts';
import { partitionOf } from './rendezvous.ts';
import { leaveOutStarting } from './slow-start.ts';
import { SmoothWeights } from './smooth-weights.ts';
import { NO_INDEX, weightedRandom } from './weighted-random.ts';

/** More splits than any configuration in use has; beyond it all begin anew. */
const MAX_SPLITS = 10_000;

/** From so many candidates on a walk over all of them for each request costs more than what spares it. */
const MANY = 8;
/** How many are asked whether they are idle before all are. */
const IDLE_TURNS = 2;

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
  /** Null until a service needs it. */
  #owners: PartitionOwners | null = null;
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
    const candidates = this.#eligible(service, backup, placement);
    if (candidates.count === 0) return Fault.NO_ENDPOINT;
    // Keys that went back and forth while an endpoint starts would be no better than keys that all come at once.
    if (candidates.starting && service.balance !== 'hash') {
      const drawn = this.#own(candidates);
      leaveOutStarting(service.endpoints, this.#table, drawn, this.#random);
      if (this.#takeAmong(service, drawn, request, address, placement)) return Fault.NONE;
      // The others are at their limits: those that were left out may have room.
      const all = this.#eligible(service, backup, placement);
      return this.#takeAmong(service, all, request, address, placement) ? Fault.NONE : Fault.ENDPOINTS_FULL;
    }
    return this.#takeAmong(service, candidates, request, address, placement)
      ? Fault.NONE
      : Fault.ENDPOINTS_FULL;
  }

  /** Those that can be taken and where the request has not been. To be changed by way of `#own` only. */
  #eligible(service: Service, backup: boolean, { tried }: Placement): Candidates {
    const { endpoints } = service;
    // One alone is looked at each time: thousands of such services need no memory for it.
    if (endpoints.length === 1) eligible(endpoints, backup, this.#table, this.#candidates);
    const candidates =
      endpoints.length === 1 ? this.#candidates : this.#groupOf(service).eligible(backup, this.#table);
    return tried === null ? candidates : withoutTried(service, tried, this.#own(candidates));
  }

  /** The candidates so that they can be changed: those of a group are copied. */
  #own(candidates: Candidates): Candidates {
    if (candidates !== this.#candidates) this.#candidates.copy(candidates);
    return this.#candidates;
  }

  #takeAmong(
    service: Service,
    among: Candidates,
    request: BalanceRequest,
    address: string,
    placement: Placement,
  ): boolean {
    let candidates = among;
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
      candidates = this.#own(candidates);
      candidates.remove(index);
    }
    return false;
  }

  #mayStick(service: Service, index: number, placement: Placement): boolean {
    return (
      takesPart(this.#table.state((service.endpoints[index] as Endpoint).slot)) &&
      placement.tried?.includes(service.endpoints[index] as Endpoint) !== true
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
        return candidates.count < MANY || group.evenTurns === null
          ? turns.next(candidates)
          : group.evenTurns.next(candidates);
      case 'random':
        return candidates.indices[weightedRandom(weights, candidates, this.#random())] as number;
      case 'p2c': {
        const { endpoints } = service;
        return lessLoadedOfTwo(endpoints, weights, this.#table, candidates, this.#random(), this.#random());
      }
      case 'least_requests':
        return this.#leastLoaded(group, candidates);
      case 'hash': {
        const key = service.hashOn === null ? null : hashKey(service.hashOn, request, address);
        return key === null ? turns.next(candidates) : this.#ownerOf(partitionOf(key), group, candidates);
      }
    }
  }

  #leastLoaded(group: EndpointGroup, candidates: Candidates): number {
    const table = this.#table;
    if (candidates.count < MANY) {
      leastLoaded(group.service.endpoints, table, candidates, this.#tied);
      return group.turns.next(this.#tied);
    }
    const { weights, quickTurns, slots } = group;
    // Where one is idle, it is the least loaded. Some are asked by turn: who stands behind a busy one in the list shall not get its share.
    for (let turn = 0; turn < IDLE_TURNS; turn++) {
      const index = candidates.indices[quickTurns.next(weights, candidates)] as number;
      if (table.requests(slots[index] as number) === 0) return index;
    }
    return leastLoadedFrom(quickTurns.next(weights, candidates), slots, weights, table, candidates);
  }

  /** The candidate that a partition of the hash belongs to. */
  #ownerOf(partition: number, group: EndpointGroup, candidates: Candidates): number {
    const { rendezvous } = group;
    // A list that was made for one choice is not worth remembering; one of few endpoints is walked as fast.
    if (candidates === this.#candidates || candidates.count < MANY)
      return rendezvous.ownerOf(partition, candidates);
    this.#owners ??= new PartitionOwners();
    return this.#owners.ownerOf(rendezvous, partition, candidates);
  }

  /** The endpoint that the client's cookie names; NO_INDEX if it shows none, or one that we did not give. */
  #stuckAt(service: Service, request: BalanceRequest): number {
    if (service.stickyCookie === null) return NO_INDEX;
    const values = this.#groupOf(service).sticky(this.#stickyKey);
    return values.indexIn(request.header('cookie'), service.stickyCookie);
  }

  #groupOf(service: Service): EndpointGroup {
    const known = this.#groups.get(service.name);
    return known !== undefined && known.service === service ? known : this.#renewGroup(service, known);
  }

  // hot-ok: once per snapshot and service
  #renewGroup(service: Service, before: EndpointGroup | undefined): EndpointGroup {
    const identity = EndpointGroup.identityOf(service);
    if (before !== undefined && before.identity === identity) {
      before.adopt(service);
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

/** Backwards, as those behind move up. */
function withoutTried(service: Service, tried: readonly Endpoint[], candidates: Candidates): Candidates {
  for (let at = candidates.count - 1; at >= 0; at--) {
    const index = candidates.indices[at] as number;
    if (tried.includes(service.endpoints[index] as Endpoint)) candidates.remove(index);
  }
  return candidates;
}

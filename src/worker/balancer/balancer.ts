// hot: runs once per request
/**
 * Chooses the part of a split and the endpoint of a service. One per worker. What it remembers is keyed by name and by the
 * candidates with their weights, so that a reload that does not touch them goes on where it was.
 */

import type { Endpoint, Route, RouteAction, Service } from '../../bridge/snapshot/model.ts';
import type { Random } from '../../kit/clock.ts';
import { SmoothWeights } from './smooth-weights.ts';

/** More splits than any configuration in use has; beyond it all begin anew. */
const MAX_SPLITS = 10_000;

/** What turns are taken among: the endpoints of a service, or the services of a split. */
type Candidates = Service | Extract<RouteAction, { kind: 'split' }>;

interface Turns {
  /** The decoded object that these turns were last used for: a quick test before the thorough one. */
  owner: Candidates;
  readonly candidates: string;
  readonly turns: SmoothWeights;
}

export class Balancer {
  readonly #services = new Map<string, Turns>();
  readonly #splits = new Map<string, Turns>();
  readonly #workerId: number;
  readonly #random: Random;

  constructor(workerId: number, random: Random) {
    this.#workerId = workerId;
    this.#random = random;
  }

  /** The index of the service that a route sends this request to; -1 if its split has no weight at all. */
  chooseService(route: Route): number {
    const { action } = route;
    if (action.kind === 'service') return action.service;
    if (action.kind !== 'split') return -1;
    const part = this.#turnsOf(this.#splits, route.name, action).next();
    return part < 0 ? -1 : (action.services[part] ?? -1);
  }

  /** Null if the service has no endpoint. */
  chooseEndpoint(service: Service): Endpoint | null {
    const { endpoints } = service;
    if (endpoints.length <= 1) return endpoints[0] ?? null;
    const index =
      service.balance === 'random'
        ? weightedRandom(endpoints, this.#random())
        : this.#turnsOf(this.#services, service.name, service).next();
    return endpoints[index] ?? null;
  }

  /** Forgets what no longer exists. */
  retain(serviceNames: ReadonlySet<string>): void {
    for (const name of this.#services.keys()) if (!serviceNames.has(name)) this.#services.delete(name);
    // Routes are not walked after a swap: turns of a split that is gone are dropped when they have become many.
    if (this.#splits.size > MAX_SPLITS) this.#splits.clear();
  }

  #turnsOf(known: Map<string, Turns>, name: string, owner: Candidates): SmoothWeights {
    const entry = known.get(name);
    return entry !== undefined && entry.owner === owner
      ? entry.turns
      : this.#renew(known, name, owner, entry);
  }

  // hot-ok: once per snapshot and service
  #renew(
    known: Map<string, Turns>,
    name: string,
    owner: Candidates,
    before: Turns | undefined,
  ): SmoothWeights {
    const weights = weightsOf(owner);
    const candidates = JSON.stringify([weights, identityOf(owner)]);
    if (before !== undefined && before.candidates === candidates) {
      before.owner = owner;
      return before.turns;
    }
    const turns = new SmoothWeights(weights, this.#workerId % Math.max(1, weights.length));
    known.set(name, { owner, candidates, turns });
    return turns;
  }
}

// hot-ok: once per snapshot and service
function weightsOf(owner: Candidates): number[] {
  if ('endpoints' in owner) return owner.endpoints.map((endpoint) => endpoint.weight);
  return owner.bounds.map((bound, index) => bound - (owner.bounds[index - 1] ?? 0));
}

/** What makes two lists of candidates the same across snapshots. */
// hot-ok: once per snapshot and service
function identityOf(owner: Candidates): unknown {
  return 'endpoints' in owner ? owner.endpoints.map((endpoint) => endpoint.key) : owner.services;
}

function weightedRandom(endpoints: readonly Endpoint[], random: number): number {
  let total = 0;
  for (let i = 0; i < endpoints.length; i++) total += endpoints[i]?.weight ?? 0;
  let left = random * total;
  for (let i = 0; i < endpoints.length; i++) {
    left -= endpoints[i]?.weight ?? 0;
    if (left < 0) return i;
  }
  return endpoints.length - 1;
}

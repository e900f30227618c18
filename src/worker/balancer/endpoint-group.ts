// hot: runs once per request
/** What a balancer remembers of one service: whose turn it is, and what is worked out once for each of its endpoints. */

import type { Service } from '../../bridge/snapshot/model.ts';
import { Rendezvous } from './rendezvous.ts';
import { SmoothWeights } from './smooth-weights.ts';
import { StickyValues } from './sticky-cookie.ts';

export class EndpointGroup {
  /** The decoded object that this group was last used for: a quick test before the thorough one. */
  service: Service;
  /** What makes two lists of endpoints the same across snapshots. */
  readonly identity: string;
  readonly weights: Float64Array;
  readonly turns: SmoothWeights;
  #rendezvous: Rendezvous | null = null;
  #sticky: StickyValues | null = null;

  // hot-ok: once per snapshot and service
  constructor(service: Service, identity: string, workerId: number) {
    const { endpoints } = service;
    this.service = service;
    this.identity = identity;
    this.weights = Float64Array.from(endpoints, ({ weight }) => weight);
    this.turns = new SmoothWeights(this.weights, workerId % Math.max(1, endpoints.length));
  }

  // hot-ok: once per snapshot and service
  static identityOf({ endpoints }: Service): string {
    return JSON.stringify(endpoints.map(({ key, weight }) => [key, weight]));
  }

  get rendezvous(): Rendezvous {
    this.#rendezvous ??= new Rendezvous(this.service.endpoints);
    return this.#rendezvous;
  }

  /** The values of sticky cookies; `key` signs them. */
  sticky(key: Uint8Array): StickyValues {
    this.#sticky ??= new StickyValues(this.service.endpoints, key);
    return this.#sticky;
  }
}

// hot: runs once per request
/**
 * What a balancer remembers of one service: whose turn it is, which endpoints can be taken for as long as no state changes, and what is
 * worked out once for each of them.
 */

import type { EndpointTable } from '../../bridge/memory/endpoint-table.ts';
import type { Service } from '../../bridge/snapshot/model.ts';
import { Candidates } from './candidates.ts';
import { eligible } from './eligibility.ts';
import { EvenTurns } from './even-turns.ts';
import { QuickTurns } from './quick-turns.ts';
import { Rendezvous } from './rendezvous.ts';
import { SmoothWeights } from './smooth-weights.ts';
import { StickyValues } from './sticky-cookie.ts';

/** No table has this epoch: it begins at 0, and would have to come around all 32 bits. */
const NO_EPOCH = -1;

export class EndpointGroup {
  /** The decoded object that this group was last used for: a quick test before the thorough one. */
  service: Service;
  /** What makes two lists of endpoints the same across snapshots. */
  readonly identity: string;
  readonly weights: Float64Array;
  readonly turns: SmoothWeights;
  readonly quickTurns: QuickTurns;
  /** Null where weights differ. */
  readonly evenTurns: EvenTurns | null;
  readonly #serving: Candidates;
  readonly #backups: Candidates;
  /** Of the states that the two were made by. */
  #epoch = NO_EPOCH;
  #slots: Int32Array | null = null;
  #rendezvous: Rendezvous | null = null;
  #sticky: StickyValues | null = null;

  // hot-ok: once per snapshot and service
  constructor(service: Service, identity: string, workerId: number) {
    const { endpoints } = service;
    this.service = service;
    this.identity = identity;
    this.weights = Float64Array.from(endpoints, ({ weight }) => weight);
    this.turns = new SmoothWeights(this.weights, workerId % Math.max(1, endpoints.length));
    this.quickTurns = new QuickTurns(workerId);
    const isEven = endpoints.every(({ weight }) => weight === endpoints[0]?.weight);
    this.evenTurns = isEven ? new EvenTurns(workerId % Math.max(1, endpoints.length)) : null;
    this.#serving = new Candidates(endpoints.length);
    this.#backups = new Candidates(0);
  }

  // hot-ok: once per snapshot and service
  static identityOf({ endpoints }: Service): string {
    return JSON.stringify(endpoints.map(({ key, weight }) => [key, weight]));
  }

  /** Another snapshot's object of the same endpoints with the same weights. They may have other slots, and others of them be backups. */
  adopt(service: Service): void {
    this.service = service;
    this.#slots = null;
    this.#epoch = NO_EPOCH;
  }

  /** Of the endpoints, in their order. */
  get slots(): Int32Array {
    this.#slots ??= slotsOf(this.service);
    return this.#slots;
  }

  /** Those that can be taken, as `eligible` says. Not to be changed: they serve until a state changes. */
  eligible(backup: boolean, table: EndpointTable): Candidates {
    const epoch = table.epoch();
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      eligible(this.service.endpoints, false, table, this.#serving);
      eligible(this.service.endpoints, true, table, this.#backups);
    }
    return backup ? this.#backups : this.#serving;
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

// hot-ok: once per snapshot and service
function slotsOf({ endpoints }: Service): Int32Array {
  return Int32Array.from(endpoints, ({ slot }) => slot);
}

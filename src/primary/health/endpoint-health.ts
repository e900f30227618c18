/**
 * The health of one endpoint: its check, its ejection, its slow start, and the word that the workers read. It lives as long as the
 * endpoint stands in the configuration, whatever else changes there. Time comes in; primary thread.
 */

import { endpointState } from '../../bridge/memory/endpoint-state.ts';
import type { Endpoint, HealthCheck, Outlier } from '../../bridge/snapshot/model.ts';
import { formatDuration } from '../../kit/duration.ts';
import type { HealthView } from '../control.ts';
import { CheckStatus } from './check-status.ts';
import { Ejection, type EjectionCandidate } from './ejection.ts';
import { SLOW_START_MS, slowStartShare } from './slow-start.ts';

export interface Change {
  /** On the primary's monotonic clock. */
  readonly atMs: number;
  readonly reason: string;
}

export class EndpointHealth implements EjectionCandidate {
  /** As the snapshot that serves has it. */
  #endpoint: Endpoint;
  /** Null: no active check. */
  #check: CheckStatus | null;
  readonly #ejection = new Ejection();
  /** The moment it came back last: its slow start begins. */
  #returnedMs: number | null = null;
  #lastChange: Change | null = null;

  constructor(endpoint: Endpoint, check: HealthCheck | null) {
    this.#endpoint = endpoint;
    this.#check = newStatus(check);
  }

  /** Its service is configured anew. What is known of the endpoint stays. */
  reconfigure(endpoint: Endpoint, check: HealthCheck | null, nowMs: number): void {
    this.#endpoint = endpoint;
    if (check !== null) this.#check ??= newStatus(check);
    else {
      if (!this.passes) this.#lastChange = { atMs: nowMs, reason: 'it has no check any more' };
      this.#check = null;
    }
  }

  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  get passes(): boolean {
    return this.#check?.healthy ?? true;
  }

  get ejected(): boolean {
    return this.#ejection.active;
  }

  /** It takes part in balancing. */
  get healthy(): boolean {
    return this.passes && !this.ejected;
  }

  get serves(): boolean {
    return this.healthy && this.#endpoint.weight > 0;
  }

  get check(): HealthView['check'] {
    if (this.#check === null) return 'none';
    if (!this.#check.known) return 'unknown';
    return this.#check.healthy ? 'passing' : 'failing';
  }

  /** Null: nothing changed since it is known. */
  get lastChange(): Change | null {
    return this.#lastChange;
  }

  ejectedForMs(nowMs: number): number {
    return this.#ejection.leftMs(nowMs);
  }

  /** Of its weight, from 0 to 1. */
  share(nowMs: number): number {
    return this.#returnedMs === null ? 1 : slowStartShare(nowMs - this.#returnedMs);
  }

  /** The word of the endpoint table. */
  state(nowMs: number): number {
    return endpointState(!this.passes, this.ejected, this.share(nowMs));
  }

  /** One more result; `failure`: null if the check passed. */
  onCheck(failure: string | null, rules: HealthCheck, nowMs: number): void {
    if (this.#check === null) return;
    const { healthy, known } = this.#check;
    this.#check.onResult(failure === null, rules);
    if (this.#check.healthy === healthy) return;
    if (failure !== null) this.#lastChange = { atMs: nowMs, reason: `its check fails: ${failure}` };
    else {
      this.#lastChange = { atMs: nowMs, reason: known ? 'its check passes again' : 'its check passes' };
      // One whose first result it is has nothing to recover from.
      if (known) this.#startSlowly(nowMs);
    }
  }

  /** `failure`: of the last request. */
  eject(failure: string, outlier: Outlier, nowMs: number): void {
    const forMs = this.#ejection.begin(nowMs, outlier);
    const { consecutiveFailures: count } = outlier;
    const failed =
      count === 1
        ? `a request failed (${failure})`
        : `${count} requests in a row failed, the last with ${failure}`;
    this.#lastChange = { atMs: nowMs, reason: `ejected for ${formatDuration(forMs)}: ${failed}` };
  }

  endEjection(reason: string, nowMs: number): void {
    this.#ejection.end(nowMs);
    this.#lastChange = { atMs: nowMs, reason };
    this.#startSlowly(nowMs);
  }

  /** Its state changes by the mere passing of time. */
  moves(nowMs: number): boolean {
    return this.ejected || (this.#returnedMs !== null && nowMs - this.#returnedMs < SLOW_START_MS);
  }

  #startSlowly(nowMs: number): void {
    if (this.healthy) this.#returnedMs = nowMs;
  }
}

function newStatus(check: HealthCheck | null): CheckStatus | null {
  return check && new CheckStatus(check.initiallyUnhealthy);
}

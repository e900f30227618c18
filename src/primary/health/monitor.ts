/**
 * Watches over the endpoints of what serves: runs their checks, hears of requests that fail, and writes what the workers go by. Primary
 * thread; one for as long as penstock runs. It alone decides, so no two threads can disagree about who is the last one that serves.
 */

import { endpointState } from '../../bridge/memory/endpoint-state.ts';
import type { Endpoint, Service } from '../../bridge/snapshot/model.ts';
import { formatAddress } from '../../kit/address.ts';
import type { Clock } from '../../kit/clock.ts';
import type { HealthView } from '../control.ts';
import { type CheckGround, CheckLoop } from './check-loop.ts';
import { EndpointHealth } from './endpoint-health.ts';
import { ServiceHealth } from './service-health.ts';

/** Where the workers read. */
export interface HealthTable {
  setState(slot: number, state: number): void;
  clearFailures(slot: number): void;
}

export interface HealthGround extends CheckGround {
  readonly clock: Clock;
  readonly table: HealthTable;
  /** An endpoint came to take part in balancing, or ceased to. */
  onChange(service: string, endpoint: string, healthy: boolean, reason: string): void;
}

/** What the monitor has for one endpoint. */
interface Watched {
  readonly health: EndpointHealth;
  readonly of: ServiceHealth;
  /** Null: no active check. */
  readonly loop: CheckLoop | null;
  /** What was told last. */
  healthy: boolean;
}

/** How late an ejection may end, and how often the share of those in a slow start grows. */
const STEP_MS = 100;

export class HealthMonitor {
  readonly #ground: HealthGround;
  /** By the keys of the endpoints. */
  #watched = new Map<string, Watched>();
  /** Services with somebody ejected or in a slow start. */
  readonly #moving = new Set<ServiceHealth>();
  /** Runs while there are any. */
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(ground: HealthGround) {
    this.#ground = ground;
  }

  /** Before workers get a snapshot: endpoints that it brings and that must not serve yet. */
  prepare(services: readonly Service[]): void {
    for (const { endpoints, healthCheck } of services)
      for (const { key, slot } of endpoints)
        if (!this.#watched.has(key))
          this.#ground.table.setState(
            slot,
            endpointState(healthCheck?.initiallyUnhealthy ?? false, false, 1),
          );
  }

  /** A snapshot serves. What did not change goes on as it was. */
  adopt(services: readonly Service[]): void {
    if (this.#closed) return;
    const before = this.#watched;
    this.#watched = new Map();
    this.#moving.clear();
    const adopted = services.map((service) => this.#adoptService(service, before));
    for (const [key, { loop, health }] of before) {
      if (this.#watched.get(key)?.loop !== loop) loop?.stop();
      if (!this.#watched.has(key)) this.#forget(health.endpoint);
    }
    for (const service of adopted) this.#settle(service);
  }

  /** Requests to an endpoint fail; `reason`: the last time. */
  failing(key: string, reason: string): void {
    const watched = this.#watched.get(key);
    // It may have left while the worker's word was on its way.
    if (watched === undefined) return;
    const { of, health } = watched;
    if (of.eject(health, reason, this.#ground.clock.nowMs())) this.#settle(of);
  }

  /** `key`: of an endpoint that serves. */
  view(key: string): HealthView {
    const { clock } = this.#ground;
    const nowMs = clock.nowMs();
    const health = this.#watched.get(key)?.health;
    const lastChange = health?.lastChange ?? null;
    return {
      healthy: health?.healthy ?? true,
      check: health?.check ?? 'none',
      ejectedForMs: Math.round(health?.ejectedForMs(nowMs) ?? 0),
      weightPercent: Math.round((health?.share(nowMs) ?? 1) * 100),
      lastChange: lastChange && {
        atMs: Math.round(clock.epochMs() - (nowMs - lastChange.atMs)),
        reason: lastChange.reason,
      },
    };
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    for (const { loop } of this.#watched.values()) loop?.stop();
  }

  #adoptService(service: Service, before: ReadonlyMap<string, Watched>): ServiceHealth {
    const nowMs = this.#ground.clock.nowMs();
    const { healthCheck } = service;
    // The same id at another address is another endpoint.
    const known = service.endpoints.map((endpoint) => {
      const watched = before.get(endpoint.key);
      return watched !== undefined && sameAddress(watched.health.endpoint, endpoint) ? watched : null;
    });
    const endpoints = service.endpoints.map((endpoint, index) => {
      const health = known[index]?.health ?? new EndpointHealth(endpoint, healthCheck);
      health.reconfigure(endpoint, healthCheck, nowMs);
      return health;
    });
    const of = new ServiceHealth(service, endpoints);
    service.endpoints.forEach((endpoint, index) => {
      const watched = known[index] ?? null;
      if (watched === null) this.#ground.table.clearFailures(endpoint.slot);
      const goesOn = watched !== null && watched.of.checks === of.checks;
      this.#watched.set(endpoint.key, {
        health: endpoints[index] as EndpointHealth,
        of,
        loop: goesOn ? watched.loop : this.#newLoop(endpoint, service),
        // Nobody is told of how an endpoint begins.
        healthy: watched?.healthy ?? (endpoints[index] as EndpointHealth).healthy,
      });
    });
    return of;
  }

  #newLoop(
    { key, address }: Endpoint,
    { healthCheck, protocol, tls, proxyProtocol }: Service,
  ): CheckLoop | null {
    if (healthCheck === null) return null;
    const target = { address, protocol, tls, proxyProtocol, check: healthCheck };
    return new CheckLoop(this.#ground, target, (failure) => this.#onResult(key, failure));
  }

  #onResult(key: string, failure: string | null): void {
    const watched = this.#watched.get(key);
    const rules = watched?.of.service.healthCheck ?? null;
    if (watched === undefined || rules === null) return;
    const { passes } = watched.health;
    watched.health.onCheck(failure, rules, this.#ground.clock.nowMs());
    if (watched.health.passes !== passes) this.#settle(watched.of);
  }

  /** Something changed in a service: the rules are applied, the workers' words written, and changes told. */
  #settle(of: ServiceHealth): void {
    const { clock, table, onChange } = this.#ground;
    const nowMs = clock.nowMs();
    for (const { endpoint } of of.settle(nowMs)) table.clearFailures(endpoint.slot);
    for (const health of of.endpoints) {
      const { key, id, slot } = health.endpoint;
      table.setState(slot, health.state(nowMs));
      const watched = this.#watched.get(key);
      if (watched === undefined || watched.healthy === health.healthy) continue;
      watched.healthy = health.healthy;
      onChange(of.service.name, id, health.healthy, health.lastChange?.reason ?? '');
    }
    if (this.#closed || !of.endpoints.some((health) => health.moves(nowMs))) return;
    this.#moving.add(of);
    this.#timer ??= setTimeout(() => this.#step(), STEP_MS).unref();
  }

  #step(): void {
    this.#timer = null;
    const moving = [...this.#moving];
    this.#moving.clear();
    // Also those whose time is up: their last word is that they are whole again.
    for (const service of moving) this.#settle(service);
  }

  #forget({ slot }: Endpoint): void {
    this.#ground.table.setState(slot, 0);
    this.#ground.table.clearFailures(slot);
  }
}

function sameAddress(one: Endpoint, other: Endpoint): boolean {
  return formatAddress(one.address) === formatAddress(other.address);
}

/**
 * The tables in shared memory that a snapshot is planned into: rows of the counters, slots of endpoints, buckets of rate limits, retry
 * budgets. Primary thread; one for as long as penstock runs.
 */

import { NO_WORKER } from '../../bridge/memory/endpoint-table.ts';
import {
  budgetSegmentBytes,
  budgetSegmentsFor,
  RetryBudgets,
  type RetryBudgetView,
} from '../../bridge/memory/retry-budgets.ts';
import type { MemoryBuffers } from '../../bridge/messages.ts';
import type { SnapshotContent } from '../../bridge/snapshot/content.ts';
import type { Service } from '../../bridge/snapshot/model.ts';
import { systemSharedClock } from '../../kit/clock.ts';
import { CountersPlan } from './counters-plan.ts';
import { EndpointsPlan } from './endpoints-plan.ts';
import { LimiterPlan } from './limiter-plan.ts';

export class MemoryPlan {
  readonly counters: CountersPlan;
  readonly endpoints: EndpointsPlan;
  readonly limiter: LimiterPlan = new LimiterPlan();
  /** A service's budget has the number of its row in the counters. */
  readonly #retryBudgets: SharedArrayBuffer[] = [];
  readonly #budgets: RetryBudgets;
  readonly #workers: number;

  constructor(workers: number) {
    this.#workers = workers;
    this.counters = new CountersPlan(workers);
    this.endpoints = new EndpointsPlan(workers);
    this.#budgets = new RetryBudgets(NO_WORKER, workers, systemSharedClock);
  }

  /**
   * The content with a place for each route, service and endpoint, and room for all of them. Only for a configuration that is known
   * to be good, so that a rejected one takes none. `nowMs` is monotonic.
   */
  place(content: SnapshotContent, nowMs: number): SnapshotContent {
    const { routes, services } = this.counters;
    const placed: SnapshotContent = {
      ...content,
      routes: content.routes.map((route) => ({ ...route, counterSlot: routes.row(route.name, nowMs) })),
      services: content.services.map((service) => ({
        ...this.#withSlots(service, nowMs),
        counterSlot: services.row(service.name, nowMs),
      })),
    };
    this.counters.makeRoom();
    this.endpoints.makeRoom();
    this.limiter.makeRoom(content);
    for (const { counterSlot } of placed.services)
      while (this.#retryBudgets.length < budgetSegmentsFor(counterSlot + 1))
        this.#retryBudgets.push(new SharedArrayBuffer(budgetSegmentBytes(this.#workers)));
    this.#budgets.adopt(this.#retryBudgets);
    return placed;
  }

  /** Once a snapshot serves: what it does not name is free. */
  settle({ routes, services }: SnapshotContent, nowMs: number): void {
    this.counters.settle(
      routes.map((route) => route.name),
      services.map((service) => service.name),
      nowMs,
    );
    const keys = services.flatMap((service) => service.endpoints.map((endpoint) => endpoint.key));
    this.endpoints.settle(new Set(keys), nowMs);
  }

  /** What a worker gets of them with a snapshot. */
  buffers(worker: number): MemoryBuffers {
    return {
      counters: this.counters.buffers(worker),
      endpoints: this.endpoints.segments,
      limiter: this.limiter.buffer,
      retryBudgets: this.#retryBudgets,
    };
  }

  /** Of a service that has its place. */
  retryBudget({ counterSlot, retries }: Pick<Service, 'counterSlot' | 'retries'>): RetryBudgetView {
    return this.#budgets.view(counterSlot, retries);
  }

  #withSlots(service: Service, nowMs: number): Service {
    const endpoints = service.endpoints.map((endpoint) => ({
      ...endpoint,
      slot: this.endpoints.slot(endpoint.key, nowMs),
    }));
    return { ...service, endpoints };
  }
}

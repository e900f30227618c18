// hot: runs once per request
/**
 * All upstream connections of one worker, by endpoint key. Worker thread. It outlives snapshots: a swap changes limits and
 * addresses, not connections. One timer looks after every deadline of connecting and idling; requests have none here.
 */

import { formatAddress } from '../../kit/address.ts';
import type { Clock } from '../../kit/clock.ts';
import { TlsContexts } from '../../kit/tls-contexts.ts';
import { WriteMemory } from '../http1/write-memory.ts';
import { EndpointPool } from './endpoint-pool.ts';
import { H2Ground } from './h2/h2-ground.ts';
import { H2Pool } from './h2/h2-pool.ts';
import type { PoolEndpoint, PoolGround, PoolService, UpstreamPool } from './pool-ground.ts';
import type { UpstreamCall } from './upstream-call.ts';

/** Counters of one endpoint in this worker. `created` and `reused` only grow while the endpoint is configured. */
export interface PoolStats {
  readonly key: string;
  readonly open: number;
  readonly idle: number;
  readonly created: number;
  readonly reused: number;
}

/** How late a deadline may be noticed, milliseconds. */
export const SWEEP_INTERVAL_MS = 100;
/** What the kernel hands over at once; also the longest head that needs no copy. */
const READ_BUFFER_BYTES = 65_536;

export class UpstreamPools {
  private readonly clock: Clock;
  private readonly pools: Map<string, UpstreamPool>;
  /** Those that no request finds any more, until their last connection is gone. */
  private readonly leaving: Set<UpstreamPool>;
  private readonly ground: PoolGround;
  private readonly h2: H2Ground;
  private timer: NodeJS.Timeout | null;
  private closed: boolean;

  /** `report`: see `PoolGround`. */
  constructor(clock: Clock, report: (message: string) => void = ignore) {
    this.clock = clock;
    this.pools = new Map();
    this.leaving = new Set();
    this.ground = {
      readBuffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
      writeMemory: new WriteMemory(),
      contexts: new TlsContexts(),
      coarseNowMs: clock.nowMs(),
      // hot-ok: once per worker
      opening: () => this.opening(),
      report,
    };
    this.h2 = new H2Ground();
    this.timer = null;
    this.closed = false;
  }

  /**
   * For one request: over a connection that stands if there is one, else over a new one that has `connectMs` to stand. The
   * caller calls `begin` before anything else, in the same turn. `fresh`: not over what a request has just died on (its
   * siblings are likely to be as dead). `preamble`: the PROXY header that the connection begins with; empty = none.
   */
  acquire(
    endpoint: PoolEndpoint,
    service: PoolService,
    connectMs: number,
    fresh: boolean = false,
    preamble: string = '',
  ): UpstreamCall {
    let pool = this.pools.get(endpoint.key);
    if (pool === undefined || pool.address !== endpoint.address) pool = this.poolFor(endpoint, service, pool);
    return pool.acquire(service, connectMs, fresh, preamble);
  }

  /** The endpoints that requests have gone to. */
  keys(): Iterable<string> {
    return this.pools.keys();
  }

  /** These endpoints left the configuration. */
  drop(keys: Iterable<string>): void {
    for (const key of keys) {
      const pool = this.pools.get(key);
      if (pool === undefined) continue;
      this.retire(pool);
      this.pools.delete(key);
    }
  }

  /** Notices every deadline that has passed. The timer calls it; tests with their own clock may too. */
  sweep(): void {
    const nowMs = this.clock.nowMs();
    this.ground.coarseNowMs = nowMs;
    let open = 0;
    for (const pool of this.pools.values()) {
      pool.sweep(nowMs);
      open += pool.open;
    }
    for (const pool of this.leaving) {
      pool.sweep(nowMs);
      if (pool.open === 0) this.leaving.delete(pool);
      open += pool.open;
    }
    if (open === 0) this.stopTimer();
  }

  // hot-ok: once per scrape
  stats(): PoolStats[] {
    return Array.from(this.pools.values(), (pool) => ({
      key: pool.key,
      open: pool.open,
      idle: pool.idleCount,
      created: pool.created,
      reused: pool.reused,
    }));
  }

  /** The worker stops: idle connections close now, those at work when their requests are over. */
  close(): void {
    this.closed = true;
    for (const pool of this.pools.values()) pool.retire();
  }

  // hot-ok: once per connection
  private opening(): number {
    const nowMs = this.clock.nowMs();
    if (this.timer === null) {
      this.ground.coarseNowMs = nowMs;
      this.timer = setInterval(() => this.sweep(), SWEEP_INTERVAL_MS).unref();
    }
    return nowMs;
  }

  /** The pool of a key that is new, or whose endpoint may have moved: a swap brings equal addresses in new objects. */
  private poolFor(
    endpoint: PoolEndpoint,
    service: PoolService,
    before: UpstreamPool | undefined,
  ): UpstreamPool {
    if (before !== undefined) {
      const stays = formatAddress(before.address) === formatAddress(endpoint.address);
      if (stays && before.serves(service)) {
        before.address = endpoint.address;
        return before;
      }
      this.retire(before);
    }
    const { key, address } = endpoint;
    const pool: UpstreamPool =
      service.protocol === 'http1'
        ? new EndpointPool(key, address, service, this.ground)
        : new H2Pool(key, address, service, this.ground, this.h2);
    if (before !== undefined) {
      pool.created = before.created;
      pool.reused = before.reused;
    }
    if (this.closed) pool.retire();
    this.pools.set(key, pool);
    return pool;
  }

  private retire(pool: UpstreamPool): void {
    pool.retire();
    if (pool.open > 0) this.leaving.add(pool);
  }

  private stopTimer(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }
}

function ignore(): void {}

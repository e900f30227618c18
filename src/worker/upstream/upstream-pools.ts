// hot: runs once per request
/**
 * All upstream connections of one worker, by endpoint key. Worker thread. It outlives snapshots: a swap changes limits and
 * addresses, not connections. One timer looks after every deadline of connecting and idling; requests have none here.
 */

import { type Address, formatAddress } from '../../kit/address.ts';
import type { Clock } from '../../kit/clock.ts';
import { WriteMemory } from '../http1/write-memory.ts';
import type { UpstreamConnection } from './connection.ts';
import { EndpointPool, type KeepAliveLimits, type PoolGround } from './endpoint-pool.ts';

/** The part of the snapshot's `Endpoint` that a pool needs. */
export interface PoolEndpoint {
  readonly key: string;
  readonly address: Address;
}

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
  private readonly pools: Map<string, EndpointPool>;
  private readonly ground: PoolGround;
  private timer: NodeJS.Timeout | null;
  private closed: boolean;

  constructor(clock: Clock) {
    this.clock = clock;
    this.pools = new Map();
    this.ground = {
      readBuffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
      writeMemory: new WriteMemory(),
      connecting: new Set(),
      coarseNowMs: clock.nowMs(),
    };
    this.timer = null;
    this.closed = false;
  }

  /**
   * A connection for one request: the idle one used last, else a new one that has `connectMs` to stand. The caller calls
   * `begin` on it before anything else, in the same turn. `fresh`: a new one in any case, for a request that has just
   * died on an idle one (its siblings are likely to be as dead).
   */
  acquire(
    endpoint: PoolEndpoint,
    limits: KeepAliveLimits,
    connectMs: number,
    fresh: boolean = false,
  ): UpstreamConnection {
    let pool = this.pools.get(endpoint.key);
    if (pool === undefined || pool.address !== endpoint.address) pool = this.poolFor(endpoint, limits, pool);
    return pool.acquire(limits, fresh) ?? this.connect(pool, connectMs);
  }

  /** A new snapshot: endpoints whose keys are not in the set left the configuration. */
  retain(keys: ReadonlySet<string>): void {
    for (const [key, pool] of this.pools) {
      if (keys.has(key)) continue;
      pool.retire();
      this.pools.delete(key);
    }
  }

  /** Notices every deadline that has passed. The timer calls it; tests with their own clock may too. */
  sweep(): void {
    const nowMs = this.clock.nowMs();
    this.ground.coarseNowMs = nowMs;
    for (const connection of this.ground.connecting) {
      if (connection.deadlineMs <= nowMs) connection.expireConnect();
    }
    let open = 0;
    for (const pool of this.pools.values()) {
      pool.closeExpired();
      open += pool.open;
    }
    if (open === 0 && this.ground.connecting.size === 0) this.stopTimer();
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

  /** The worker stops: idle connections close now, those at work when their request is over. */
  close(): void {
    this.closed = true;
    for (const pool of this.pools.values()) pool.retire();
  }

  // hot-ok: once per connection
  private connect(pool: EndpointPool, connectMs: number): UpstreamConnection {
    if (this.timer === null) {
      this.ground.coarseNowMs = this.clock.nowMs();
      this.timer = setInterval(() => this.sweep(), SWEEP_INTERVAL_MS).unref();
    }
    return pool.connect(this.clock.nowMs() + connectMs);
  }

  /** The pool of a key that is new, or whose endpoint may have moved: a swap brings equal addresses in new objects. */
  private poolFor(
    endpoint: PoolEndpoint,
    limits: KeepAliveLimits,
    before: EndpointPool | undefined,
  ): EndpointPool {
    if (before !== undefined) {
      if (formatAddress(before.address) === formatAddress(endpoint.address)) {
        before.address = endpoint.address;
        return before;
      }
      before.retire();
    }
    const pool = new EndpointPool(endpoint.key, endpoint.address, limits, this.ground);
    if (before !== undefined) {
      pool.created = before.created;
      pool.reused = before.reused;
    }
    if (this.closed) pool.retire();
    this.pools.set(endpoint.key, pool);
    return pool;
  }

  private stopTimer(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }
}

// hot: runs once per request
/**
 * The connections of one worker to one endpoint: idle ones on a stack, counters for the rest. Worker thread.
 * The most recently used one is taken first, so that the surplus of a burst grows old and goes.
 */

import type { Address } from '../../kit/address.ts';
import type { WriteMemory } from '../http1/write-memory.ts';
import { type ConnectionHome, UpstreamConnection } from './connection.ts';

/** How long and how much idling is allowed; `Service` of the snapshot fits. */
export interface KeepAliveLimits {
  /** Idle connections per endpoint in one worker. */
  readonly maxIdle: number;
  readonly idleTimeoutMs: number;
  /** Requests over one connection; 0 = no limit. */
  readonly maxRequests: number;
}

/** What the pools of one worker share. */
export interface PoolGround {
  /** See `openSocket` for why one is enough. */
  readonly readBuffer: Buffer;
  readonly writeMemory: WriteMemory;
  /** Connections that are still being made. */
  readonly connecting: Set<UpstreamConnection>;
  /** Monotonic milliseconds, at most one sweep old: exact enough for idling, and free. */
  coarseNowMs: number;
}

/** Left to the endpoint's own idle timer, so that a request does not meet its FIN halfway. */
const KEEP_ALIVE_MARGIN_MS = 1000;

export class EndpointPool implements ConnectionHome {
  readonly key: string;
  /** Replaced by equal ones only: see `UpstreamPools.acquire`. */
  address: Address;
  /** Connections made since the start, those that failed included. */
  created: number;
  /** Requests that went over a connection used before. */
  reused: number;
  /** Connections now, in every state. */
  open: number;
  private readonly ground: PoolGround;
  private readonly idle: UpstreamConnection[];
  private limits: KeepAliveLimits;
  private retired: boolean;

  constructor(key: string, address: Address, limits: KeepAliveLimits, ground: PoolGround) {
    this.key = key;
    this.address = address;
    this.created = 0;
    this.reused = 0;
    this.open = 0;
    this.ground = ground;
    this.idle = [];
    this.limits = limits;
    this.retired = false;
  }

  get idleCount(): number {
    return this.idle.length;
  }

  /** `fresh`: never an idle one. The connect deadline is monotonic milliseconds. */
  acquire(limits: KeepAliveLimits, fresh: boolean): UpstreamConnection | null {
    this.limits = limits;
    if (fresh) return null;
    for (;;) {
      const connection = this.idle.pop();
      if (connection === undefined) return null;
      if (connection.deadlineMs > this.ground.coarseNowMs) {
        this.reused++;
        return connection;
      }
      connection.abort();
    }
  }

  connect(deadlineMs: number): UpstreamConnection {
    this.created++;
    this.open++;
    const connection = new UpstreamConnection(
      this.address,
      this,
      this.ground.readBuffer,
      this.ground.writeMemory,
    );
    connection.deadlineMs = deadlineMs;
    this.ground.connecting.add(connection);
    return connection;
  }

  onConnectSettled(connection: UpstreamConnection): void {
    this.ground.connecting.delete(connection);
  }

  onReusable(connection: UpstreamConnection): boolean {
    const { maxIdle, maxRequests, idleTimeoutMs } = this.limits;
    if (this.retired || this.idle.length >= maxIdle) return false;
    if (maxRequests > 0 && connection.requests >= maxRequests) return false;
    const announcedMs = connection.keepAliveTimeoutMs;
    const idleMs = announcedMs < 0 ? idleTimeoutMs : Math.min(idleTimeoutMs, withMargin(announcedMs));
    if (idleMs <= 0) return false;
    connection.deadlineMs = this.ground.coarseNowMs + idleMs;
    this.idle.push(connection);
    return true;
  }

  onGone(connection: UpstreamConnection): void {
    this.open--;
    const at = this.idle.lastIndexOf(connection);
    if (at !== -1) this.idle.splice(at, 1);
  }

  /** Closes what has idled long enough. Deadlines are not sorted: the endpoint may announce another timeout each time. */
  closeExpired(): void {
    for (let i = this.idle.length - 1; i >= 0; i--) {
      const connection = this.idle[i];
      if (connection !== undefined && connection.deadlineMs <= this.ground.coarseNowMs) connection.abort();
    }
  }

  /** Closes every idle connection; those at work close when their request is over. */
  retire(): void {
    this.retired = true;
    while (this.idle.length > 0) this.idle.pop()?.abort();
  }
}

/** The announced timeout less a second, but never less than half of it. */
function withMargin(announcedMs: number): number {
  return Math.max(announcedMs - KEEP_ALIVE_MARGIN_MS, announcedMs / 2);
}

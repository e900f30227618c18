// hot: runs once per request
/**
 * The HTTP/1.1 connections of one worker to one endpoint: idle ones on a stack, counters for the rest. Worker thread.
 * The most recently used one is taken first, so that the surplus of a burst grows old and goes.
 */

import type { Address } from '../../kit/address.ts';
import type { Fault } from '../../kit/faults.ts';
import { ConnectReports } from './connect-reports.ts';
import { type ConnectionHome, UpstreamConnection } from './connection.ts';
import { EndpointTls, equalTls } from './endpoint-tls.ts';
import type { PoolGround, PoolService, UpstreamPool } from './pool-ground.ts';

/** Left to the endpoint's own idle timer, so that a request does not meet its FIN halfway. */
const KEEP_ALIVE_MARGIN_MS = 1000;

export class EndpointPool implements UpstreamPool, ConnectionHome {
  readonly key: string;
  address: Address;
  created: number;
  reused: number;
  open: number;
  private readonly ground: PoolGround;
  private readonly tls: EndpointTls | null;
  private readonly reports: ConnectReports;
  private readonly idle: UpstreamConnection[];
  private readonly connecting: Set<UpstreamConnection>;
  private service: PoolService;
  private retired: boolean;

  constructor(key: string, address: Address, service: PoolService, ground: PoolGround) {
    this.key = key;
    this.address = address;
    this.created = 0;
    this.reused = 0;
    this.open = 0;
    this.ground = ground;
    this.tls = service.tls === null ? null : new EndpointTls(service.tls, ground);
    this.reports = new ConnectReports(ground);
    this.idle = [];
    this.connecting = new Set();
    this.service = service;
    this.retired = false;
  }

  get idleCount(): number {
    return this.idle.length;
  }

  acquire(service: PoolService, connectMs: number, fresh: boolean): UpstreamConnection {
    this.service = service;
    while (!fresh) {
      const connection = this.idle.pop();
      if (connection === undefined) break;
      if (connection.deadlineMs > this.ground.coarseNowMs) {
        this.reused++;
        return connection;
      }
      connection.abort();
    }
    return this.connect(connectMs);
  }

  serves(service: PoolService): boolean {
    return service.protocol === 'http1' && equalTls(this.service.tls, service.tls);
  }

  onConnectSettled(connection: UpstreamConnection): void {
    this.connecting.delete(connection);
  }

  /** A plain endpoint that is not there says so in each answer; why one cannot be trusted stands nowhere else. */
  onConnectFailed(fault: Fault, reason: string): void {
    if (this.tls !== null) this.reports.report(this.address, fault, reason);
  }

  onReusable(connection: UpstreamConnection): boolean {
    // Not once it stands: an endpoint of TLS 1.3 refuses us after that.
    this.reports.clear();
    const { maxIdle, maxRequests, idleTimeoutMs } = this.service;
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

  /**
   * Deadlines are not sorted: connecting may take differently long, and the endpoint may announce another timeout each
   * time.
   */
  sweep(nowMs: number): void {
    for (const connection of this.connecting) {
      if (connection.deadlineMs <= nowMs) connection.expireConnect();
    }
    for (let i = this.idle.length - 1; i >= 0; i--) {
      const connection = this.idle[i];
      if (connection !== undefined && connection.deadlineMs <= nowMs) connection.abort();
    }
  }

  retire(): void {
    this.retired = true;
    while (this.idle.length > 0) this.idle.pop()?.abort();
  }

  private connect(connectMs: number): UpstreamConnection {
    const deadlineMs = this.ground.opening() + connectMs;
    this.created++;
    this.open++;
    const connection = new UpstreamConnection(this.address, this.tls, this, this.ground);
    connection.deadlineMs = deadlineMs;
    this.connecting.add(connection);
    return connection;
  }
}

/** The announced timeout less a second, but never less than half of it. */
function withMargin(announcedMs: number): number {
  return Math.max(announcedMs - KEEP_ALIVE_MARGIN_MS, announcedMs / 2);
}

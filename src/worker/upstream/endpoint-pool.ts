// hot: runs once per request
/**
 * The HTTP/1.1 connections of one worker to one endpoint: idle ones at hand, counters for the rest. Worker thread.
 */

import type { Address } from '../../kit/address.ts';
import type { Fault } from '../../kit/faults.ts';
import { ConnectReports } from './connect-reports.ts';
import { type ConnectionHome, UpstreamConnection } from './connection.ts';
import { EndpointTls, equalTls } from './endpoint-tls.ts';
import { IdleConnections } from './idle-connections.ts';
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
  private readonly idle: IdleConnections;
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
    this.idle = new IdleConnections();
    this.connecting = new Set();
    this.service = service;
    this.retired = false;
  }

  get idleCount(): number {
    return this.idle.count;
  }

  acquire(service: PoolService, connectMs: number, fresh: boolean, preamble: string): UpstreamConnection {
    this.service = service;
    while (!fresh) {
      const connection = this.idle.take(preamble);
      if (connection === undefined) break;
      if (connection.deadlineMs > this.ground.coarseNowMs) {
        this.reused++;
        return connection;
      }
      connection.abort();
    }
    return this.connect(connectMs, preamble);
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
    if (this.retired || maxIdle === 0) return false;
    if (maxRequests > 0 && connection.requests >= maxRequests) return false;
    const announcedMs = connection.keepAliveTimeoutMs;
    const idleMs = announcedMs < 0 ? idleTimeoutMs : Math.min(idleTimeoutMs, withMargin(announcedMs));
    if (idleMs <= 0) return false;
    if (this.idle.count >= maxIdle && !this.makeRoom(connection)) return false;
    connection.deadlineMs = this.ground.coarseNowMs + idleMs;
    this.idle.put(connection);
    return true;
  }

  onGone(connection: UpstreamConnection): void {
    this.open--;
    this.idle.remove(connection);
  }

  sweep(nowMs: number): void {
    for (const connection of this.connecting) {
      if (connection.deadlineMs <= nowMs) connection.expireConnect();
    }
    this.idle.sweep(nowMs);
  }

  retire(): void {
    this.retired = true;
    this.idle.cutAll();
  }

  /** Clients come and go: without this, those who left would keep their connections, and those who stay get none. */
  private makeRoom({ preamble }: UpstreamConnection): boolean {
    const surplus = preamble === '' ? undefined : this.idle.longestAway();
    surplus?.abort();
    return surplus !== undefined;
  }

  private connect(connectMs: number, preamble: string): UpstreamConnection {
    const deadlineMs = this.ground.opening() + connectMs;
    this.created++;
    this.open++;
    const connection = new UpstreamConnection(this.address, this.tls, preamble, this, this.ground);
    connection.deadlineMs = deadlineMs;
    this.connecting.add(connection);
    return connection;
  }
}

/** The announced timeout less a second, but never less than half of it. */
function withMargin(announcedMs: number): number {
  return Math.max(announcedMs - KEEP_ALIVE_MARGIN_MS, announcedMs / 2);
}

/**
 * What the pools of one worker have in common, whatever they speak: how the one that holds them all calls them, and what
 * they share. Worker thread. Types only.
 */

import type { UpstreamProtocol, UpstreamTls } from '../../bridge/snapshot/model.ts';
import type { Address } from '../../kit/address.ts';
import type { TlsContexts } from '../../kit/tls-contexts.ts';
import type { WriteMemory } from '../http1/write-memory.ts';
import type { UpstreamCall } from './upstream-call.ts';

/** The part of the snapshot's `Endpoint` that a pool needs. */
export interface PoolEndpoint {
  readonly key: string;
  readonly address: Address;
}

/** How a service is spoken to, and how long and how much idling is allowed; `Service` of the snapshot fits. */
export interface PoolService {
  readonly protocol: UpstreamProtocol;
  readonly tls: UpstreamTls | null;
  /** Idle connections per endpoint in one worker. */
  readonly maxIdle: number;
  readonly idleTimeoutMs: number;
  /** Requests over one connection; 0 = no limit. */
  readonly maxRequests: number;
}

/** What all pools of one worker share. */
export interface PoolGround {
  /** See `openSocket` for why one is enough. */
  readonly readBuffer: Buffer;
  readonly writeMemory: WriteMemory;
  readonly contexts: TlsContexts;
  /** Monotonic milliseconds, at most one sweep old: exact enough for idling, and free. */
  coarseNowMs: number;
  /** A connection is about to be made: deadlines are looked after from now on. Gives monotonic milliseconds. */
  opening(): number;
  /** Something that whoever runs penstock should know, such as why no endpoint can be trusted. */
  report(message: string): void;
}

/** The connections of one worker to one endpoint. */
export interface UpstreamPool {
  readonly key: string;
  /** Replaced by equal ones only: see `UpstreamPools.acquire`. */
  address: Address;
  /** Connections made since the start, those that failed included. */
  created: number;
  /** Requests that went over a connection used before. */
  reused: number;
  /** Connections now, in every state. */
  readonly open: number;
  readonly idleCount: number;

  /**
   * For one request. `fresh`: not over a connection on which a request has just died. Connecting may take `connectMs`. `preamble`:
   * a byte string that the connection begins with, and with which it began if it is used again; empty as a rule.
   */
  acquire(service: PoolService, connectMs: number, fresh: boolean, preamble: string): UpstreamCall;
  /** Whether its connections can serve a service of a later snapshot. */
  serves(service: PoolService): boolean;
  /** Notices the deadlines that have passed. */
  sweep(nowMs: number): void;
  /** Closes every idle connection; those at work close when their requests are over. */
  retire(): void;
}

// hot: runs once per request
/** What an exchange waits for, how long it may, and what it means if it does not come. Pure; the sweeper asks. */

import type { Route, Service } from '../../bridge/snapshot/model.ts';
import { Fault } from '../../kit/faults.ts';
import { Protocol } from '../listener/client-side.ts';

/** Who has to move next. */
export const Waiting = {
  /** The pool looks after connecting. */
  CONNECT: 0,
  /** The client: more of the request body. */
  REQUEST_BODY: 1,
  /** The endpoint: to take more of the request body. */
  UPSTREAM_WRITE: 2,
  /** The endpoint: the first byte of its answer. */
  RESPONSE_HEAD: 3,
  /** The endpoint: more of its answer. */
  RESPONSE_BODY: 4,
  /** The client: to take more of the answer. */
  CLIENT_WRITE: 5,
} as const;

export type Waiting = (typeof Waiting)[keyof typeof Waiting];

/**
 * Which limit has run out, or NONE. Milliseconds; `bytesOut`: see `earningBytes`.
 */
export function expired(
  waiting: Waiting,
  waitedMs: number,
  route: Route,
  service: Service,
  bytesOut: number,
): Fault {
  switch (waiting) {
    case Waiting.REQUEST_BODY:
      return waitedMs > route.readMs ? Fault.REQUEST_TIMEOUT : Fault.NONE;
    case Waiting.UPSTREAM_WRITE:
    case Waiting.RESPONSE_HEAD:
      return waitedMs > (route.responseMs ?? service.responseMs) ? Fault.RESPONSE_TIMEOUT : Fault.NONE;
    case Waiting.RESPONSE_BODY:
      return waitedMs > (route.idleMs ?? service.idleMs) ? Fault.RESPONSE_IDLE : Fault.NONE;
    case Waiting.CLIENT_WRITE:
      return waitedMs > writeLimitMs(route.writeMs, bytesOut) ? Fault.CLIENT_WRITE_TIMEOUT : Fault.NONE;
    default:
      return Fault.NONE;
  }
}

/** The slowest rate at which a reader is taken to be still reading: bytes a millisecond, 16 KiB a second. */
const SLOWEST_RATE = 16;

/**
 * How long a client may take nothing. TCP hides a slow reader's progress: what it reads leaves the kernel's buffers, and
 * room for more is announced only when much of them is free. So what was handed over earns time at the slowest rate, up
 * to twice the limit itself.
 */
export function writeLimitMs(writeMs: number, bytesHandedOver: number): number {
  return writeMs + Math.min(2 * writeMs, bytesHandedOver / SLOWEST_RATE);
}

/**
 * What earns the reader of an answer its time. A stream of HTTP/2 tells nothing until all that it holds was taken, and it holds
 * little: its readers get as long as those that have megabytes in the kernel's buffers.
 */
export function earningBytes(protocol: Protocol, bytesHandedOver: number): number {
  return protocol === Protocol.HTTP2 ? Number.POSITIVE_INFINITY : bytesHandedOver;
}

// hot: runs once per request
/** What an exchange waits for, and how long it may. Pure arithmetic; the sweeper asks. */

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

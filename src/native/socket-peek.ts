/**
 * Looks at what came on a connection and leaves it there, and doubles a connection's descriptor, so that a connection can be
 * given to another owner before anybody has read from it. Any thread; once per connection. The caller knows that the descriptor
 * is open: the number of a closed one may be another connection's already.
 */

import { type ReadableWait, socketCalls } from './socket-calls.ts';

// <sys/socket.h>, <fcntl.h> and <errno.h> of Linux.
const MSG_PEEK = 0x02;
const MSG_DONTWAIT = 0x40;
const F_DUPFD_CLOEXEC = 1030;
const EINTR = 4;
const EAGAIN = 11;

/** What `peekBytes` returns beside a number of bytes. */
export const PeekResult = {
  /** The other side will send nothing more, and all that it sent was read. */
  end: 0,
  nothingYet: -1,
  /** The connection was reset, this is no connection, `into` is empty, or the system has no way to look. */
  failed: -2,
} as const;

/**
 * Copies the first bytes that wait on `fd` to the start of `into` and returns how many they are: what one segment brought, or
 * several. A `PeekResult` if none. Never waits, and the next reader gets the same bytes.
 */
export function peekBytes(fd: number, into: Uint8Array): number {
  // Room for nothing would look like the end.
  if (socketCalls === null || into.length === 0) return PeekResult.failed;
  const count = socketCalls.recv(fd, into, into.length, MSG_PEEK | MSG_DONTWAIT);
  if (count >= 0) return count;
  const errno = socketCalls.errno();
  return errno === EAGAIN || errno === EINTR ? PeekResult.nothingYet : PeekResult.failed;
}

/**
 * A second descriptor of the same connection, the caller's to give away or to close (`closeFd`); −1 on failure. The connection
 * lives until both are closed; `shutdown`, which ending a stream does, holds for both.
 */
export function duplicateFd(fd: number): number {
  return socketCalls === null ? -1 : socketCalls.fcntl(fd, F_DUPFD_CLOEXEC, 'int', 0);
}

/**
 * Calls back as soon as bytes, the end or an error wait on `fd`, which nobody may be reading meanwhile. Whoever is called closes
 * the wait that this returns, at the latest before the descriptor is closed or read by another: it calls again until then.
 * Null: this system has no way to wait.
 */
export function whenReadable(fd: number, ready: () => void): ReadableWait | null {
  return socketCalls === null ? null : socketCalls.whenReadable(fd, ready);
}

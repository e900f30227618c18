/** Bounds what the kernel holds for a connection before anyone reads it. Any thread; Linux. */

import { socketCalls } from './socket-calls.ts';

/** <sys/socket.h> of Linux. */
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const INT_BYTES = 4;

/**
 * Sets the receive buffer of a socket; one that listens hands it on to its connections. `bytes`: the kernel doubles it for its
 * own book-keeping. False where this system has no way to: then its own size holds.
 */
export function setReceiveBuffer(fd: number, bytes: number): boolean {
  if (socketCalls === null) return false;
  return socketCalls.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, new Int32Array([bytes]), INT_BYTES) === 0;
}

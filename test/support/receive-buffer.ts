/** Gives a client a small receive buffer, as an embedded device has. Node has no call for it, so the C library is asked. */

import type { Socket } from 'node:net';
import koffi from 'koffi';

// <sys/socket.h> of Linux.
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;

/** Takes effect from now on, so call it before anything is received. The kernel doubles `bytes`, and has a minimum. */
export function setReceiveBuffer(socket: Socket, bytes: number): void {
  const { fd } = (socket as unknown as { readonly _handle: { readonly fd: number } })._handle;
  const setsockopt = koffi
    .load('libc.so.6')
    .func('int setsockopt(int fd, int level, int name, _In_ int *value, uint32_t length)');
  const result = setsockopt(fd, SOL_SOCKET, SO_RCVBUF, [bytes], 4) as number;
  if (result !== 0) throw new Error(`setsockopt(SO_RCVBUF) failed on descriptor ${fd}`);
}

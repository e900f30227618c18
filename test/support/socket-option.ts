/** Reads what the kernel knows of a socket, for which Node has no call. Linux. */

import koffi from 'koffi';

const getsockopt = koffi
  .load('libc.so.6')
  .func('int getsockopt(int fd, int level, int name, void *value, _Inout_ uint32_t *bytes)');

// <netinet/in.h> and <netinet/tcp.h> of Linux.
const IPPROTO_TCP = 6;
const TCP_DEFER_ACCEPT = 9;
const TCP_INFO = 11;
/** struct tcp_info, tcpi_sacked: the backlog of a listening socket. */
const TCPI_SACKED = 28;

function read(fd: number, level: number, name: number, bytes: number): DataView {
  const value = new Uint8Array(bytes);
  if ((getsockopt(fd, level, name, value, [bytes]) as number) !== 0) {
    throw new Error(`getsockopt(${level}, ${name}) failed on descriptor ${fd}`);
  }
  return new DataView(value.buffer);
}

/** How many connections may wait to be accepted. */
export function backlogOf(fd: number): number {
  return read(fd, IPPROTO_TCP, TCP_INFO, TCPI_SACKED + 4).getUint32(TCPI_SACKED, true);
}

/** Seconds; the kernel rounds them up to its retransmission times. */
export function deferAcceptOf(fd: number): number {
  return read(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 4).getInt32(0, true);
}

/**
 * Opens a listening TCP socket that other threads share (SO_REUSEPORT): each opens its own for the same address, and the kernel
 * spreads new connections over them. For `server.listen({ fd })`, which Node 20 has no option for. Any thread; Linux.
 * It asks no name service: a host is an IP address.
 */

import { isIP } from 'node:net';
import { errorName, type SocketCalls, socketCalls } from './socket-calls.ts';

// <sys/socket.h>, <netinet/in.h> and <netinet/tcp.h> of Linux on x64 and arm64.
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_REUSEPORT = 15;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const IPPROTO_TCP = 6;
const TCP_DEFER_ACCEPT = 9;
const INT_BYTES = 4;
// <fcntl.h>.
const F_SETFD = 2;
const FD_CLOEXEC = 1;

const MAX_PORT = 65_535;
/** Node's own default; the kernel takes no more than net.core.somaxconn. */
const DEFAULT_BACKLOG = 511;

export interface ListenWish {
  /** An IP address, an IPv6 one without brackets and maybe with a zone (`fe80::1%eth0`); empty for every interface. */
  readonly host: string;
  /** 0: one that the system chooses. */
  readonly port: number;
  /** Connections that wait to be accepted; 511 by default. */
  readonly backlog?: number;
  /**
   * Hands a connection out when its first bytes are there, or after about so many seconds without any (tcp(7), TCP_DEFER_ACCEPT).
   * 0, the default: at once. Only for protocols in which the client speaks first.
   */
  readonly deferAcceptSeconds?: number;
}

export interface ListenSocketError {
  /** `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, …; `ENOSYS` where `canOpenListenSockets()` is false, `EINVAL` for no address. */
  readonly code: string;
  /** The call that failed. */
  readonly syscall: string;
}

export function canOpenListenSockets(): boolean {
  return socketCalls !== null;
}

/** Whether the wish names an IP address, or every interface, and a port. */
export function isListenAddress({ host, port }: ListenWish): boolean {
  return (host === '' || isIP(host) !== 0) && Number.isInteger(port) && port >= 0 && port <= MAX_PORT;
}

/**
 * A listening file descriptor: non-blocking, closed on exec, and the caller's to close (`closeFd`) or to give away. As Node does
 * it, an IPv6 socket takes IPv4 connections too, and every interface is `[::]`, or 0.0.0.0 where there is no IPv6.
 */
export function openListenSocket(
  wish: ListenWish,
  calls: SocketCalls | null = socketCalls,
): number | ListenSocketError {
  if (calls === null) return { code: 'ENOSYS', syscall: 'socket' };
  if (!isListenAddress(wish)) return { code: 'EINVAL', syscall: 'bind' };
  if (wish.host !== '') return openAt(calls, wish.host, wish);
  const opened = openAt(calls, '::', wish);
  return isWithoutIpv6(opened) ? openAt(calls, '0.0.0.0', wish) : opened;
}

/** For a descriptor that nobody took over: one that a server or a socket has is theirs to close. */
export function closeFd(fd: number): void {
  socketCalls?.close(fd);
}

/** From now on programs that this process starts do not inherit it. False: it is no open descriptor, or this system has no way to. */
export function closeOnExec(fd: number): boolean {
  return socketCalls !== null && socketCalls.fcntl(fd, F_SETFD, 'int', FD_CLOEXEC) === 0;
}

/** The first where the kernel was started with ipv6.disable=1; the second is for one that makes the socket and has no `::`. */
function isWithoutIpv6(opened: number | ListenSocketError): boolean {
  return typeof opened === 'object' && (opened.code === 'EAFNOSUPPORT' || opened.code === 'EADDRNOTAVAIL');
}

function openAt(calls: SocketCalls, host: string, wish: ListenWish): number | ListenSocketError {
  const family = isIP(host) === 6 ? AF_INET6 : AF_INET;
  const address = socketAddress(calls, family, host, wish.port);
  if (!(address instanceof Uint8Array)) return address;
  const fd = calls.socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return { code: errorName(calls), syscall: 'socket' };
  const failed = failedStep(calls, fd, address, wish);
  if (failed === null) return fd;
  // The reason first: closing may set another one.
  const error = { code: errorName(calls), syscall: failed };
  calls.close(fd);
  return error;
}

/** Makes a fresh socket listen. The name of the call that failed, or null. */
function failedStep(calls: SocketCalls, fd: number, address: Uint8Array, wish: ListenWish): string | null {
  const set = (level: number, name: number, value: number): boolean =>
    calls.setsockopt(fd, level, name, new Int32Array([value]), INT_BYTES) === 0;
  if (address[0] === AF_INET6 && !set(IPPROTO_IPV6, IPV6_V6ONLY, 0)) return 'setsockopt';
  // Without SO_REUSEADDR connections of a former process that linger in TIME_WAIT would keep the port.
  if (!set(SOL_SOCKET, SO_REUSEADDR, 1) || !set(SOL_SOCKET, SO_REUSEPORT, 1)) return 'setsockopt';
  const { backlog = DEFAULT_BACKLOG, deferAcceptSeconds = 0 } = wish;
  // It only saves wake-ups: a kernel that refuses it is no reason not to listen.
  if (deferAcceptSeconds > 0) set(IPPROTO_TCP, TCP_DEFER_ACCEPT, deferAcceptSeconds);
  if (calls.bind(fd, address, address.length) !== 0) return 'bind';
  return calls.listen(fd, backlog) === 0 ? null : 'listen';
}

/**
 * struct sockaddr_in and sockaddr_in6, both on little-endian machines:
 *
 *     0 family   2 port (network order)   4 address (4)                                            → 16 bytes
 *     0 family   2 port (network order)   4 flow label (4)   8 address (16)   24 interface index   → 28 bytes
 */
function socketAddress(
  calls: SocketCalls,
  family: number,
  host: string,
  port: number,
): Uint8Array | ListenSocketError {
  const bytes = new Uint8Array(family === AF_INET6 ? 28 : 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port, false);
  const [literal = '', zone = ''] = host.split('%', 2);
  const into = bytes.subarray(family === AF_INET6 ? 8 : 4);
  if (calls.inet_pton(family, literal, into) !== 1) return { code: 'EINVAL', syscall: 'inet_pton' };
  if (zone !== '') {
    // RFC 4007 11.2: a zone is an interface's name, or its number.
    const index = calls.if_nametoindex(zone) || (/^\d{1,9}$/.test(zone) ? Number(zone) : 0);
    if (index === 0) return { code: 'ENODEV', syscall: 'if_nametoindex' };
    view.setUint32(24, index, true);
  }
  return bytes;
}

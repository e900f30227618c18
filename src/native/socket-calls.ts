/**
 * The socket calls of the C library that Node has no name for: for listening sockets that threads share, for looking at a
 * connection without reading from it, and for word to a service manager. Any thread. Linux on x64 and arm64, which agree in every number that is used with them.
 */

import { createRequire } from 'node:module';
import { getSystemErrorName } from 'node:util';

/** As in their manual pages (sections 2 and 3). −1 is a failure, whose reason `errno` tells until the next call. */
export interface SocketCalls {
  socket(domain: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, name: number, value: Int32Array, bytes: number): number;
  bind(fd: number, address: Uint8Array, bytes: number): number;
  listen(fd: number, backlog: number): number;
  close(fd: number): number;
  sendto(
    fd: number,
    from: Uint8Array,
    bytes: number,
    flags: number,
    address: Uint8Array,
    addressBytes: number,
  ): number;
  recv(fd: number, into: Uint8Array, bytes: number, flags: number): number;
  /** Its third argument is variadic: koffi wants the type with the value. */
  fcntl(fd: number, command: number, type: 'int', value: number): number;
  /** 1: `into` holds the address, 4 or 16 bytes. */
  inet_pton(family: number, text: string, into: Uint8Array): number;
  /** 0: no interface has this name. */
  if_nametoindex(name: string): number;
  errno(): number;
  /** The loop's own poll; it calls again and again until it is closed. */
  whenReadable(fd: number, ready: () => void): ReadableWait;
}

export interface ReadableWait {
  close(): void;
}

const READABLE = { readable: true };

/** Looked up once, when the module loads: every later use is one foreign call. Null on other systems, or without koffi. */
export const socketCalls: SocketCalls | null = findSocketCalls();

/** Of the call that failed just now, such as `EADDRINUSE`. */
export function errorName(calls: SocketCalls): string {
  const errno = calls.errno();
  return errno > 0 ? getSystemErrorName(-errno) : 'UNKNOWN';
}

function findSocketCalls(): SocketCalls | null {
  // The numbers of socket types and options differ on other architectures (MIPS, for one).
  if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'arm64')) return null;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    const library = koffi.load(null);
    return {
      socket: library.func('int socket(int domain, int type, int protocol)'),
      setsockopt: library.func(
        'int setsockopt(int fd, int level, int name, const void *value, uint32_t bytes)',
      ),
      bind: library.func('int bind(int fd, const void *address, uint32_t bytes)'),
      listen: library.func('int listen(int fd, int backlog)'),
      close: library.func('int close(int fd)'),
      // ssize_t is unknown to koffi. A typed array goes as a pointer to its own memory: nothing is copied.
      recv: library.func('intptr_t recv(int fd, void *into, size_t bytes, int flags)'),
      sendto: library.func(
        'intptr_t sendto(int fd, const void *from, size_t bytes, int flags, const void *address, uint32_t addressBytes)',
      ),
      fcntl: library.func('int fcntl(int fd, int command, ...)'),
      inet_pton: library.func('int inet_pton(int family, const char *text, void *into)'),
      if_nametoindex: library.func('unsigned int if_nametoindex(const char *name)'),
      errno: () => koffi.errno(),
      whenReadable: (fd, ready) => koffi.node.poll(fd, READABLE, ready),
    };
  } catch {
    // No koffi for this system, or a C library without one of the calls: the callers have other ways.
    return null;
  }
}

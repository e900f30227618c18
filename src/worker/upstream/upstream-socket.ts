// hot: runs once per request
/**
 * The one place that knows the corners of `net.Socket`. Worker thread. It turns a socket into six plain notices and
 * keeps two promises that Node does not make: a failed write does not throw away an answer that is still to be read,
 * and no error is ever without a listener.
 */

import { connect, type Socket } from 'node:net';
import type { Address } from '../../kit/address.ts';
import { Fault } from '../../kit/faults.ts';

/**
 * What a socket tells its connection. Called synchronously; nothing but `onSocketError` or `onConnectFailed` after the socket
 * was destroyed.
 */
export interface SocketOwner {
  onConnected(): void;
  /** It came to nothing; not a byte was sent. `reason`: for whoever runs penstock. */
  onConnectFailed(fault: Fault, reason: string): void;
  /** `length` bytes lie at the front of the read buffer, during this call only. */
  onRead(length: number): void;
  /** FIN: no more bytes will come. */
  onEndOfStream(): void;
  /** Nothing more can be written; reading goes on. `inOrder`: the endpoint had closed in order before. */
  onWriteFailed(inOrder: boolean): void;
  /** All that was written has left for the kernel, after there was too much of it. */
  onWritable(): void;
  onSocketError(error: NodeJS.ErrnoException): void;
}

/**
 * Connects, and sends `preamble` (a byte string) before anything else. Bytes are read into `readBuffer`, which all sockets of a
 * worker share: libuv fills it and calls back in one step on the worker's only thread, no other socket can be read in between,
 * and nothing that is told of the bytes may keep a view of them. So one buffer serves ten thousand connections.
 */
// hot-ok: once per connection
export function openSocket(
  address: Address,
  preamble: string,
  owner: SocketOwner,
  readBuffer: Uint8Array,
): Socket {
  const onread = {
    buffer: readBuffer,
    callback: (length: number): boolean => {
      owner.onRead(length);
      return true;
    },
  };
  // The connection decides what a FIN means (LIFECYCLE.md); Node must not answer it with one of its own.
  const allowHalfOpen = true;
  const socket = connect({ ...targetOf(address), allowHalfOpen, onread });
  let stands = false;
  socket.on('connect', () => {
    stands = true;
    owner.onConnected();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (stands) owner.onSocketError(error);
    else owner.onConnectFailed(connectFault(error), error.message);
  });
  watchSocket(socket, owner);
  if (preamble !== '') socket.write(preamble, 'latin1');
  return socket;
}

/** Where to connect to, as `net.connect` and `tls.connect` take it. */
// hot-ok: once per connection
export function targetOf(address: Address): { path: string } | { host: string; port: number; noDelay: true } {
  return address.kind === 'unix'
    ? { path: address.path }
    : { host: address.host, port: address.port, noDelay: true };
}

/** What `owner` hears of a socket that stands, or whose end and writes cannot come before it does. */
// hot-ok: once per connection
export function watchSocket(socket: Socket, owner: SocketOwner): void {
  socket.on('drain', () => owner.onWritable());
  keepReadingAfterFailedWrite(socket, owner);
  tellOfEnd(socket, owner);
}

/**
 * An endpoint may answer early and close while we still write. Our write then fails, but its answer waits in the receive
 * queue, which Node would drop by destroying the socket. So a write error ends writing only; reading ends the rest.
 * EPIPE means that a FIN had come before the reset, so the bytes before it are all there were; ECONNRESET, that none had.
 */
// hot-ok: once per connection
function keepReadingAfterFailedWrite(socket: Socket, owner: SocketOwner): void {
  const destroy = socket.destroy;
  socket.destroy = (error?: NodeJS.ErrnoException): Socket => {
    const isLostWrite = error?.syscall === 'write' && (error.code === 'EPIPE' || error.code === 'ECONNRESET');
    if (!isLostWrite || socket.destroyed) return destroy.call(socket, error);
    owner.onWriteFailed(error.code === 'EPIPE');
    return socket;
  };
}

/**
 * With `onread` no data goes through `push`, only the end. The 'end' event would do, but a failed write silences it. Without
 * `onread` data may wait in front of the end, while the socket is paused.
 */
// hot-ok: once per connection
function tellOfEnd(socket: Socket, owner: SocketOwner): void {
  const push = socket.push;
  socket.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    const wanted = push.call(socket, chunk, encoding);
    if (chunk !== null || socket.destroyed) return wanted;
    if (socket.readableLength === 0) owner.onEndOfStream();
    else socket.on('data', () => tellOnceRead(socket, owner));
    return wanted;
  };
}

// hot-ok: once per connection
function tellOnceRead(socket: Socket, owner: SocketOwner): void {
  if (socket.readableLength === 0 && !socket.destroyed) owner.onEndOfStream();
}

/** What an error before the connection stood means. Nothing was sent in any of these cases. */
export function connectFault(error: NodeJS.ErrnoException): Fault {
  if (error.syscall === 'getaddrinfo') return Fault.DNS_FAILED;
  switch (error.code) {
    case 'ECONNREFUSED':
      return Fault.CONNECT_REFUSED;
    case 'ETIMEDOUT':
      return Fault.CONNECT_TIMEOUT;
    default:
      return Fault.CONNECT_FAILED;
  }
}

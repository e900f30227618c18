// cold: runs once per connection, but for handing on what was read
/**
 * A client's socket and whoever serves it now: first the door, which looks at the opening bytes, then an engine. Changing the
 * owner costs one assignment. Worker thread. Nothing here throws, and no error of a socket goes unheard.
 */

import type { Socket } from 'node:net';
import { type Later, writesDirectly } from '../../http1/direct-write.ts';
import { readIntoMemory } from './socket-reads.ts';

/** What a socket tells its owner. All calls are synchronous. */
export interface InletOwner {
  /** What was read: `memory` from 0 to `length`, valid during the call only. */
  onBytes(memory: Buffer, length: number): void;
  /** The peer sends no more; it may still read. */
  onEnd(): void;
  /** Everything written was taken, after a write that said "wait". */
  onDrain(): void;
  /** The socket is gone, whatever the reason. Called once. */
  onGone(): void;
}

/** Where a socket holds its inlet: listeners that find it there are shared by all sockets, instead of five closures for each. */
const INLET = Symbol('inlet');

interface InletSocket extends Socket {
  [INLET]: Inlet;
}

export class Inlet {
  readonly socket: Socket;
  owner: InletOwner;
  /** For writes past the socket's stream; null: not with this socket. */
  readonly later: Later | null;

  /** `memory`: shared by all sockets of the worker. `plain`: no TLS. The socket is paused; `socket.resume()` begins. */
  constructor(socket: Socket, memory: Buffer, owner: InletOwner, plain: boolean) {
    this.socket = socket;
    this.owner = owner;
    this.later = plain && writesDirectly(socket) ? tellWritten : null;
    (socket as InletSocket)[INLET] = this;
    if (!readIntoMemory(socket, memory, tellRead)) socket.on('data', tellData);
    socket.on('end', tellEnd);
    socket.on('drain', tellDrain);
    // 'close' follows every error.
    socket.on('error', ignore);
    socket.on('close', tellGone);
  }

  /** Nothing is told any more: the socket goes to someone who listens by himself. Errors stay heard. */
  release(): void {
    this.owner = NOBODY;
  }
}

function tellRead(this: Socket, length: number, memory: Buffer): boolean {
  (this as InletSocket)[INLET].owner.onBytes(memory, length);
  return true;
}

function tellData(this: Socket, bytes: Buffer): void {
  (this as InletSocket)[INLET].owner.onBytes(bytes, bytes.length);
}

function tellEnd(this: Socket): void {
  (this as InletSocket)[INLET].owner.onEnd();
}

function tellDrain(this: Socket): void {
  (this as InletSocket)[INLET].owner.onDrain();
}

function tellWritten(socket: Socket): void {
  if (!socket.writableNeedDrain) (socket as InletSocket)[INLET].owner.onDrain();
}

function tellGone(this: Socket): void {
  (this as InletSocket)[INLET].owner.onGone();
}

function ignore(): void {}

/** Hears nothing. */
export const NOBODY: InletOwner = Object.freeze({
  onBytes: ignore,
  onEnd: ignore,
  onDrain: ignore,
  onGone: ignore,
});

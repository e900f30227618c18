// cold: runs once per connection, but for handing on what was read
/**
 * A client's socket and whoever serves it now: first the door, which looks at the opening bytes, then an engine. Changing the
 * owner costs one assignment. Worker thread. Nothing here throws, and no error of a socket goes unheard.
 */

import type { Socket } from 'node:net';
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

export class Inlet {
  readonly socket: Socket;
  owner: InletOwner;

  /** `memory`: shared by all sockets of the worker. The socket is paused; `socket.resume()` begins. */
  constructor(socket: Socket, memory: Buffer, owner: InletOwner) {
    this.socket = socket;
    this.owner = owner;
    const shared = readIntoMemory(socket, memory, (length) => {
      this.owner.onBytes(memory, length);
      return true;
    });
    if (!shared) socket.on('data', (bytes: Buffer) => this.owner.onBytes(bytes, bytes.length));
    socket.on('end', () => this.owner.onEnd());
    socket.on('drain', () => this.owner.onDrain());
    // 'close' follows every error.
    socket.on('error', ignore);
    socket.on('close', () => this.owner.onGone());
  }

  /** Nothing is told any more: the socket goes to someone who listens by himself. Errors stay heard. */
  release(): void {
    this.owner = NOBODY;
  }
}

function ignore(): void {}

/** Hears nothing. */
export const NOBODY: InletOwner = Object.freeze({
  onBytes: ignore,
  onEnd: ignore,
  onDrain: ignore,
  onGone: ignore,
});

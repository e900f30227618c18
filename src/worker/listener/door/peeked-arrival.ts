// cold: runs once per connection
/**
 * A connection that may go to an engine which reads from the descriptor itself: its first bytes are looked at and left where
 * they are until it is known who serves it. Worker thread. It costs no memory but its own, however much the client has sent.
 */

import type { Socket } from 'node:net';
import type { ReadableWait } from '../../../native/socket-calls.ts';
import { PeekResult, peekBytes, whenReadable } from '../../../native/socket-peek.ts';
import type { Sweeper, Swept } from '../../sweeper.ts';

/** Whom a peeked arrival asks and tells. */
export interface PeekedHome {
  /** Looks at the first bytes and, unless they tell nothing yet (false), sends the connection on its way. */
  looked(arrival: PeekedArrival, bytes: Uint8Array): boolean;
  /** Its opening comes too slowly to be looked at again and again: it must be read as it comes. */
  tooSlow(arrival: PeekedArrival): void;
  /** Its time is over. */
  expired(socket: Socket): void;
}

/**
 * While a part of the opening is there, the descriptor is readable and cannot say that there is more: looked at after this, then
 * after four times as long, whatever came meanwhile. Who has not said it by the last look is read as it comes: ten thousand that
 * send a byte a second would keep a worker looking and leave it no time for anybody else.
 */
const FIRST_LOOK_MS = 5;
const LONGER = 4;
const LAST_LOOK_MS = 80;

export class PeekedArrival implements Swept {
  sweepIndex = -1;
  readonly peer: string;
  readonly socket: Socket;
  readonly deadlineMs: number;
  readonly fd: number;
  readonly #home: PeekedHome;
  readonly #sweeper: Sweeper<PeekedArrival>;
  readonly #memory: Uint8Array;
  #wait: ReadableWait | null = null;
  #timer: NodeJS.Timeout | null = null;
  #pauseMs = FIRST_LOOK_MS;
  /** One for all looks: in a flood there are thousands of arrivals. */
  readonly #lookAgain = (): void => this.look();

  /** `memory`: where to look at bytes, as long as an opening can be; used during `look` only. */
  constructor(
    socket: Socket,
    fd: number,
    memory: Uint8Array,
    peer: string,
    home: PeekedHome,
    sweeper: Sweeper<PeekedArrival>,
    deadlineMs: number,
  ) {
    this.socket = socket;
    this.peer = peer;
    this.fd = fd;
    this.#memory = memory;
    this.#home = home;
    this.#sweeper = sweeper;
    this.deadlineMs = deadlineMs;
    sweeper.add(this);
    socket.on('error', ignore);
  }

  /** Looks now, and again when there is more, until the home sends the connection on. */
  look(): void {
    this.#wait?.close();
    this.#wait = null;
    this.#timer = null;
    if (this.socket.destroyed) return;
    const count = peekBytes(this.fd, this.#memory);
    if (count === PeekResult.nothingYet) {
      this.#wait = whenReadable(this.fd, this.#lookAgain);
    } else if (count <= 0) {
      this.socket.destroy();
    } else if (!this.#home.looked(this, this.#memory.subarray(0, count))) {
      if (this.#pauseMs > LAST_LOOK_MS) this.#home.tooSlow(this);
      else this.#timer = setTimeout(this.#lookAgain, this.#pauseMs);
      this.#pauseMs *= LONGER;
    }
  }

  /** It is no arrival any more: its home took it over, or its socket is closed. May be called twice. */
  leave(): void {
    this.#sweeper.remove(this);
    this.#wait?.close();
    this.#wait = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  close(): void {
    this.socket.destroy();
  }

  sweep(nowMs: number): void {
    if (nowMs >= this.deadlineMs) this.#home.expired(this.socket);
  }
}

function ignore(): void {}

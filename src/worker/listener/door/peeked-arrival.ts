// cold: runs once per connection
/**
 * A connection that may go to an engine which reads from the descriptor itself: its first bytes are looked at and left where
 * they are until it is known who serves it. Worker thread. It costs no memory but its own, however much the client has sent.
 */

import type { ReadableWait } from '../../../native/socket-calls.ts';
import { PeekResult, peekBytes, whenReadable } from '../../../native/socket-peek.ts';
import type { Sweeper, Swept } from '../../sweeper.ts';
import type { Visit } from './arrival.ts';

/** Whom a peeked arrival asks and tells. */
export interface PeekedHome {
  /** Looks at the first bytes and, unless they tell nothing yet (false), sends the connection on its way; the arrival is done then. */
  looked(visit: Visit, bytes: Uint8Array): boolean;
  /** Its opening comes too slowly to be looked at again and again: it must be read as it comes. The arrival is done. */
  tooSlow(visit: Visit): void;
  /** Nothing will come of it: to be closed. */
  failed(visit: Visit): void;
  /** Its time is over: to be closed. */
  expired(visit: Visit): void;
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
  readonly visit: Visit;
  readonly #home: PeekedHome;
  readonly #sweeper: Sweeper<PeekedArrival>;
  readonly #memory: Uint8Array;
  #wait: ReadableWait | null = null;
  #timer: NodeJS.Timeout | null = null;
  #pauseMs = FIRST_LOOK_MS;
  /** One for all looks: in a flood there are thousands of arrivals. */
  readonly #lookAgain = (): void => this.#look();

  /** Looks at once. `memory`: where to look at bytes, as long as an opening can be; used during a look only. */
  constructor(visit: Visit, memory: Uint8Array, home: PeekedHome, sweeper: Sweeper<PeekedArrival>) {
    this.visit = visit;
    this.#memory = memory;
    this.#home = home;
    this.#sweeper = sweeper;
    sweeper.add(this);
    this.#look();
  }

  /** Looks now, and again when there is more, until the home sends the connection on. */
  #look(): void {
    this.#stopWaiting();
    const { visit } = this;
    const { fd } = visit.accepted;
    const count = peekBytes(fd, this.#memory);
    if (count === PeekResult.nothingYet) {
      this.#wait = whenReadable(fd, this.#lookAgain);
    } else if (count <= 0) {
      this.close();
    } else if (this.#home.looked(visit, this.#memory.subarray(0, count))) {
      this.#sweeper.remove(this);
    } else if (this.#pauseMs <= LAST_LOOK_MS) {
      this.#timer = setTimeout(this.#lookAgain, this.#pauseMs);
      this.#pauseMs *= LONGER;
    } else {
      this.#sweeper.remove(this);
      this.#home.tooSlow(visit);
    }
  }

  close(): void {
    this.#stopWaiting();
    this.#sweeper.remove(this);
    this.#home.failed(this.visit);
  }

  sweep(nowMs: number): void {
    if (nowMs < this.visit.deadlineMs) return;
    this.#stopWaiting();
    this.#sweeper.remove(this);
    this.#home.expired(this.visit);
  }

  #stopWaiting(): void {
    this.#wait?.close();
    this.#wait = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

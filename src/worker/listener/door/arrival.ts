// cold: runs once per connection
/**
 * A connection of which it is not known yet who serves it: gathers its first bytes until they tell. Worker thread. What it
 * holds is bounded by MAX_OPENING_BYTES, and how long by a deadline that the door's sweeper looks after.
 */

import type { Socket } from 'node:net';
import type { Sweeper, Swept } from '../../sweeper.ts';
import { Inlet, type InletOwner } from '../node/inlet.ts';
import { type Opening, OpeningOutcome } from './opening.ts';

/** Whom an arrival asks and tells. */
export interface ArrivalHome {
  /** What the first bytes of a connection open, or MORE. */
  read(peer: string, bytes: Uint8Array): Opening | OpeningOutcome;
  /** It is known. `bytes`: all that came, valid during the call only. The inlet gets another owner. */
  decided(arrival: Arrival, opening: Opening, bytes: Buffer): void;
  /** Its time is over. */
  expired(socket: Socket): void;
}

export class Arrival implements InletOwner, Swept {
  sweepIndex = -1;
  /** Of the connection itself. */
  readonly peer: string;
  readonly inlet: Inlet;
  readonly #home: ArrivalHome;
  readonly #sweeper: Sweeper<Arrival>;
  readonly #deadlineMs: number;
  /** What came so far; null: nothing, or it was handed over. */
  #held: Buffer | null = null;

  constructor(
    socket: Socket,
    memory: Buffer,
    peer: string,
    home: ArrivalHome,
    sweeper: Sweeper<Arrival>,
    deadlineMs: number,
  ) {
    this.peer = peer;
    this.#home = home;
    this.#sweeper = sweeper;
    this.#deadlineMs = deadlineMs;
    this.inlet = new Inlet(socket, memory, this);
    sweeper.add(this);
  }

  onBytes(memory: Buffer, length: number): void {
    const fresh = memory.subarray(0, length);
    const bytes = this.#held === null ? fresh : Buffer.concat([this.#held, fresh]);
    const opening = this.#home.read(this.peer, bytes);
    if (opening === OpeningOutcome.MORE) {
      this.#held = this.#held === null ? Buffer.from(fresh) : bytes;
      return;
    }
    this.#held = null;
    this.#sweeper.remove(this);
    this.#home.decided(this, opening as Opening, bytes);
  }

  /** Too little to tell, and no more will come. */
  onEnd(): void {
    this.inlet.socket.destroy();
  }

  onDrain(): void {}

  onGone(): void {
    this.#held = null;
    this.#sweeper.remove(this);
  }

  close(): void {
    this.inlet.socket.destroy();
  }

  sweep(nowMs: number): void {
    if (nowMs >= this.#deadlineMs) this.#home.expired(this.inlet.socket);
  }
}

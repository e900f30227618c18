// cold: runs once per connection
/**
 * A connection of which it is not known yet who serves it: gathers its first bytes until they tell. Worker thread. What it
 * holds is bounded by MAX_OPENING_BYTES, and how long by a deadline that the door's sweeper looks after.
 */

import type { Sweeper, Swept } from '../../sweeper.ts';
import type { Accepted, AcceptedOwner } from './accepted.ts';
import { type Opening, OpeningOutcome } from './opening.ts';

/** What the door knows of a connection before it knows who serves it. */
export interface Visit {
  readonly accepted: Accepted;
  /** Of the connection itself. */
  readonly peer: string;
  /** Its place in the count of the listener's connections. */
  readonly listenerSlot: number;
  /** On the worker's monotonic clock. */
  readonly deadlineMs: number;
}

/** Whom an arrival asks and tells. */
export interface ArrivalHome {
  /** What the first bytes of a connection open, or MORE. */
  read(peer: string, bytes: Uint8Array): Opening | OpeningOutcome;
  /** It is known, and the arrival is done. `bytes`: all that came. */
  decided(visit: Visit, opening: Opening, bytes: Buffer): void;
  /** Nothing will come of it: to be closed. */
  failed(visit: Visit): void;
  /** Its time is over: to be closed. */
  expired(visit: Visit): void;
}

export class Arrival implements AcceptedOwner, Swept {
  sweepIndex = -1;
  readonly visit: Visit;
  readonly #home: ArrivalHome;
  readonly #sweeper: Sweeper<Arrival>;
  /** What came so far. */
  #held: Buffer | null = null;

  constructor(visit: Visit, home: ArrivalHome, sweeper: Sweeper<Arrival>) {
    this.visit = visit;
    this.#home = home;
    this.#sweeper = sweeper;
    sweeper.add(this);
    visit.accepted.read(this);
  }

  onBytes(fresh: Buffer): void {
    const bytes = this.#held === null ? fresh : Buffer.concat([this.#held, fresh]);
    const opening = this.#home.read(this.visit.peer, bytes);
    if (opening === OpeningOutcome.MORE) {
      this.#held = bytes;
      return;
    }
    this.#sweeper.remove(this);
    this.#home.decided(this.visit, opening as Opening, bytes);
  }

  /** Too little to tell, and no more will come. */
  onEnd(): void {
    this.close();
  }

  close(): void {
    this.#sweeper.remove(this);
    this.#home.failed(this.visit);
  }

  sweep(nowMs: number): void {
    if (nowMs < this.visit.deadlineMs) return;
    this.#sweeper.remove(this);
    this.#home.expired(this.visit);
  }
}

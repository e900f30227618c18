/**
 * Makes the keys of TLS session tickets and rotates them. Primary thread; one for all workers, for as long as penstock runs.
 * A key encrypts tickets for 12 hours and is accepted for 12 more, so a session can be resumed for at least 12 hours, and
 * what a stolen key opens is a day old at most (RFC 5077 section 5.5). Keys are in memory only: never on a disk, never logged.
 */

import { randomBytes } from 'node:crypto';
import {
  TICKET_KEY_BYTES,
  TICKET_KEYS_BUFFER_BYTES,
  TicketKeyWriter,
} from '../../bridge/memory/ticket-keys.ts';
import type { Clock } from '../../kit/clock.ts';

const PERIOD_MS = 12 * 3_600_000;
const LOOK_MS = 60_000;

export class TicketKeyRotation {
  /** For `WorkerData`: workers read it through `TicketKeys`. */
  readonly memory: SharedArrayBuffer = new SharedArrayBuffer(TICKET_KEYS_BUFFER_BYTES);
  readonly #writer = new TicketKeyWriter(this.memory);
  readonly #clock: Clock;
  readonly #timer: NodeJS.Timeout;
  /** When the current key came, on both clocks. */
  #sinceMs: number;
  #sinceEpochMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.nowMs();
    this.#sinceEpochMs = clock.epochMs();
    this.#rotate();
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    // The monotonic clock stands still while the machine sleeps, the other one may be set back: the one that says more is right.
    const ageMs = Math.max(this.#clock.nowMs() - this.#sinceMs, this.#clock.epochMs() - this.#sinceEpochMs);
    if (ageMs < PERIOD_MS) return;
    // After a long sleep the current key is too old to be accepted as the previous one.
    if (ageMs >= 2 * PERIOD_MS) this.#rotate();
    this.#rotate();
    this.#sinceMs = this.#clock.nowMs();
    this.#sinceEpochMs = this.#clock.epochMs();
  }

  #rotate(): void {
    const key = randomBytes(TICKET_KEY_BYTES);
    this.#writer.rotate(key);
    key.fill(0);
  }
}

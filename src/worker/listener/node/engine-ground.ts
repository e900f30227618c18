// hot: runs once per request
/** What all connections of the Node engine share in one worker. */

import type { Clock } from '../../../kit/clock.ts';
import type { ExchangeStarter } from '../client-side.ts';
import { OutputPool } from './http2-output.ts';
import { OutMemory } from './out-memory.ts';

/** From the snapshot that serves; replaced as a whole by a reload. */
export interface EngineSettings {
  /** Bytes of a request's field section; 0 = no limit. */
  readonly headerBytes: number;
  /** Bytes of a request target; 0 = no limit. */
  readonly urlBytes: number;
  /** Milliseconds that a head may take from its first octet, and that may pass between two pieces of a body. */
  readonly readMs: number;
  /** Milliseconds that a connection may idle between two requests, and before its first. */
  readonly keepAliveMs: number;
}

const EPOCH_STEP_MS = 1_000;

export class EngineGround {
  readonly clock: Clock;
  readonly start: ExchangeStarter;
  readonly out: OutMemory = new OutMemory();
  /** Of connections of HTTP/2. */
  readonly outputs: OutputPool = new OutputPool();
  settings: EngineSettings;
  #dateAt = -1;
  #date = '';
  #dateLine = '';

  constructor(clock: Clock, start: ExchangeStarter, settings: EngineSettings) {
    this.clock = clock;
    this.start = start;
    this.settings = settings;
  }

  /** `Date: …` with its CRLF (RFC 9110 6.6.1), made once a second. */
  dateLine(): string {
    this.#keepDate();
    return this.#dateLine;
  }

  /** The value of the Date field. */
  date(): string {
    this.#keepDate();
    return this.#date;
  }

  #keepDate(): void {
    const epochMs = this.clock.epochMs();
    const second = Math.floor(epochMs / EPOCH_STEP_MS);
    if (second === this.#dateAt) return;
    this.#dateAt = second;
    this.#date = new Date(epochMs).toUTCString();
    this.#dateLine = `Date: ${this.#date}\r\n`;
  }
}

// hot: runs once per request
/** What all connections of the Node engine share in one worker. */

import type { Clock } from '../../../kit/clock.ts';
import type { ExchangeStarter } from '../client-side.ts';
import { isStandard, statusLine } from '../status-line.ts';
import { OutputPool } from './http2-output.ts';
import { KnownSections } from './known-sections.ts';
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
const FORGET_INTERVAL_MS = 60_000;

export class EngineGround {
  readonly clock: Clock;
  readonly start: ExchangeStarter;
  readonly out: OutMemory = new OutMemory();
  /** Of connections of HTTP/2. */
  readonly outputs: OutputPool = new OutputPool();
  /** Of connections of HTTP/1. */
  readonly knownSections: KnownSections = new KnownSections();
  settings: EngineSettings;
  #forgotMs = 0;
  #dateAt = -1;
  #date = '';
  /** By status: how a head with the standard reason begins during this second. */
  readonly #headStarts = new Map<number, Uint8Array>();

  constructor(clock: Clock, start: ExchangeStarter, settings: EngineSettings) {
    this.clock = clock;
    this.start = start;
    this.settings = settings;
  }

  /** To be called every now and then. */
  tidy(nowMs: number): void {
    if (nowMs - this.#forgotMs < FORGET_INTERVAL_MS) return;
    this.#forgotMs = nowMs;
    this.knownSections.forget();
  }

  /** Status line and Date field (RFC 9112 4, RFC 9110 6.6.1), each with its CRLF. `reason` empty: the standard one. */
  headStart(status: number, reason: string): Uint8Array {
    this.#keepDate();
    if (!isStandard(status, reason)) return this.#makeHeadStart(status, reason);
    let start = this.#headStarts.get(status);
    if (start === undefined) {
      start = this.#makeHeadStart(status, '');
      this.#headStarts.set(status, start);
    }
    return start;
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
    this.#headStarts.clear();
  }

  #makeHeadStart(status: number, reason: string): Uint8Array {
    return Buffer.from(`HTTP/1.1 ${statusLine(status, reason)}\r\nDate: ${this.#date}\r\n`, 'latin1');
  }
}

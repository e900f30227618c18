// cold: runs twice a second per connection, and once per stream that a client gives up
/**
 * What a client may do beside asking and answering: two leaky buckets per connection, which bound every flood of RFC 9113 10.5
 * that costs more to serve than to send. Worker thread; pure: told the time, told what came.
 */

/**
 * Streams given up before their response ended that one connection may have at once. Twice the streams that it may have
 * open: a client that closes, or whose deadline runs out, gives up all of them in one moment.
 */
export const RESET_BURST = 512;
/** How many more a second. A browser that scrolls through a list of pictures stays below. */
export const RESETS_PER_SECOND = 20;

/** Bounds rapid reset (CVE-2023-44487), also where the client makes us send the reset (CVE-2025-8671). */
export class ResetBucket {
  #level = 0;
  #lookedMs: number;

  constructor(nowMs: number) {
    this.#lookedMs = nowMs;
  }

  /** One more. True: too many. */
  add(nowMs: number): boolean {
    const leaked = ((nowMs - this.#lookedMs) / 1000) * RESETS_PER_SECOND;
    this.#lookedMs = nowMs;
    this.#level = Math.max(0, this.#level - leaked) + 1;
    return this.#level > RESET_BURST;
  }
}

/** What a connection may read at once beside the heads and bodies that it is for. nginx has the same figure. */
export const NOISE_BURST_BYTES: number = 1024 * 1024;
/** And how much more a second: the frames of 7,000 PINGs, which cost us some 2 % of a core. */
export const NOISE_BYTES_PER_SECOND: number = 128 * 1024;

/**
 * Weighs what a connection reads against its payload, so that a flood of frames that carry none, of whatever kind (PING,
 * SETTINGS, PRIORITY, WINDOW_UPDATE, empty DATA, unknown ones), ends the connection, and none of them has to be counted
 * one by one. Frame headers and window updates of honest traffic are a fraction of its payload.
 */
export class NoiseMeter {
  #level = 0;
  #lookedMs: number;
  #readBytes: number;
  #payloadBytes = 0;

  constructor(nowMs: number, readBytes: number) {
    this.#lookedMs = nowMs;
    this.#readBytes = readBytes;
  }

  /**
   * `readBytes`, `payloadBytes`: since the connection began. `allowance`: bytes that may lie unread in paused uploads: they are
   * payload, but nobody has counted them yet. True: too much noise.
   */
  look(nowMs: number, readBytes: number, payloadBytes: number, allowance: number): boolean {
    const noise = readBytes - this.#readBytes - (payloadBytes - this.#payloadBytes);
    const leaked = ((nowMs - this.#lookedMs) / 1000) * NOISE_BYTES_PER_SECOND;
    this.#lookedMs = nowMs;
    this.#readBytes = readBytes;
    this.#payloadBytes = payloadBytes;
    this.#level = Math.max(0, this.#level + noise - leaked);
    return this.#level > NOISE_BURST_BYTES + allowance;
  }
}

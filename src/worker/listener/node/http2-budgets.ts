// hot: runs once per request
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

/** What a connection may send at once beside the heads and bodies that it is for. nginx has the same figure. */
export const NOISE_BURST_BYTES: number = 1024 * 1024;
/** And how much more a second: the frames of 7,000 PINGs, which cost us some 2 % of a core. */
export const NOISE_BYTES_PER_SECOND: number = 128 * 1024;

/**
 * Weighs frames that carry nothing of a request (PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty DATA, padding, unknown ones), so that
 * a flood of them, of whatever kind, ends the connection. What honest peers send for what we send is taken off.
 */
export class NoiseMeter {
  #level = 0;
  #lookedMs: number;

  constructor(nowMs: number) {
    this.#lookedMs = nowMs;
  }

  /** So many bytes of noise. True: too much. */
  add(bytes: number): boolean {
    this.#level += bytes;
    return this.#level > NOISE_BURST_BYTES;
  }

  /** So many bytes of what would be noise are due to us. Not more than a burst of them can be saved up. */
  credit(bytes: number): void {
    this.#level = Math.max(-NOISE_BURST_BYTES, this.#level - bytes);
  }

  /** Time goes by. */
  leak(nowMs: number): void {
    const leaked = ((nowMs - this.#lookedMs) / 1000) * NOISE_BYTES_PER_SECOND;
    this.#lookedMs = nowMs;
    if (this.#level > 0) this.#level = Math.max(0, this.#level - leaked);
  }
}

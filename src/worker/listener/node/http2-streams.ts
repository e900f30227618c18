// hot: runs once per request
/**
 * The streams of one HTTP/2 connection by their state (RFC 9113 5.1), and the turns of those whose bodies wait for windows or socket.
 * Worker thread.
 *
 *   idle: above `last`, or even │ open: in `open` │ closed: all others; `forgiven` if we closed it before the peer had said all
 */

import { MAX_STREAM_ID, MAX_WINDOW_BYTES } from '../../http2/protocol.ts';
import type { Outflow } from './http2-outflow.ts';

/** What a connection has to do with a stream that is open. */
export interface Http2Stream {
  readonly id: number;
  readonly outflow: Outflow;
  /** Where it lies among the waiting; -1 while it is none of them. */
  waitingIndex: number;
  /** Sends a frame of what waits, if it can. False: it cannot, or nothing waits. */
  pump(): boolean;
  /** Gives the rest of a response up when its time is over. `nowMs` is monotonic. */
  limitEnding(nowMs: number): void;
  /** The connection is gone. */
  leave(): void;
}

/**
 * What a peer sends on a stream that we have reset means nothing until it hears of it (RFC 9113 5.1). More of those than
 * `ResetBucket` lets one connection have.
 */
const MAX_FORGIVEN = 1024;

export class Http2Streams<Stream extends Http2Stream = Http2Stream> {
  /** The highest that the peer has begun. */
  last = 0;
  /** Streams beyond it are not served: the peer was told so (RFC 9113 6.8). */
  servedUpTo: number = MAX_STREAM_ID;
  readonly #open = new Map<number, Stream>();
  readonly #forgiven = new Set<number>();
  readonly #waiting: Http2Stream[] = [];

  /** Those that are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Some wait for their readers: the exchange, or `limitEnding`, limits how long. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  get(id: number): Stream | undefined {
    return this.#open.get(id);
  }

  /** One that the peer has not begun yet, or cannot begin (RFC 9113 5.1.1). */
  isIdle(id: number): boolean {
    return id > this.last || (id & 1) === 0;
  }

  open(stream: Stream): void {
    this.#open.set(stream.id, stream);
  }

  /** Both sides have said all, or the peer has reset it. */
  close(id: number): void {
    this.#open.delete(id);
  }

  /** We have reset it. `ended`: the peer had said all. */
  abandon(id: number, ended: boolean): void {
    this.#open.delete(id);
    if (ended) return;
    const forgiven = this.#forgiven;
    forgiven.add(id);
    // The oldest goes: its peer has heard of it long ago.
    if (forgiven.size > MAX_FORGIVEN) forgiven.delete(forgiven.values().next().value ?? 0);
  }

  /** Whether a frame of a closed stream is to be passed over. `ends`: it is the last one. */
  forgives(id: number, ends: boolean): boolean {
    if (id > this.servedUpTo) return true;
    if (!this.#forgiven.has(id)) return false;
    if (ends) this.#forgiven.delete(id);
    return true;
  }

  // ── Turns ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  wait(stream: Http2Stream): void {
    if (stream.waitingIndex < 0) stream.waitingIndex = this.#waiting.push(stream) - 1;
  }

  stopWaiting(stream: Http2Stream): void {
    const index = stream.waitingIndex;
    if (index < 0) return;
    stream.waitingIndex = -1;
    const last = this.#waiting.pop()!;
    if (last === stream) return;
    this.#waiting[index] = last;
    last.waitingIndex = index;
  }

  /** A frame of each response in turn, as long as windows and socket take them. */
  pump(): void {
    const waiting = this.#waiting;
    let moves = true;
    while (moves) {
      moves = false;
      // Backwards: one that waits no longer is replaced by one that had its turn.
      for (let i = waiting.length - 1; i >= 0; i--) if (waiting[i]?.pump() === true) moves = true;
    }
  }

  /** SETTINGS_INITIAL_WINDOW_SIZE grew by so many bytes, or shrank (RFC 9113 6.9.2). False: a window would be too large. */
  shiftWindows(bytes: number): boolean {
    if (bytes === 0) return true;
    for (const { outflow } of this.#open.values()) {
      outflow.window += bytes;
      if (outflow.window > MAX_WINDOW_BYTES) return false;
    }
    this.pump();
    return true;
  }

  limitEndings(nowMs: number): void {
    for (let i = this.#waiting.length - 1; i >= 0; i--) this.#waiting[i]?.limitEnding(nowMs);
  }

  /** The connection is gone. */
  leaveAll(): void {
    // hot-ok: once per connection
    const streams = [...this.#open.values()];
    this.#open.clear();
    for (const stream of streams) stream.leave();
  }
}

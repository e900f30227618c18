// hot: runs once per request
/**
 * The body of one response over HTTP/2 on its way out: DATA frames as the windows of stream and connection (RFC 9113 5.2, 6.9) and
 * the socket let them go; what they do not let go is held, and the caller told to stop. Worker thread.
 */

import { FRAME_HEADER_BYTES, MAX_PAYLOAD_BYTES } from '../../http2/protocol.ts';
import type { Http2Sender } from './http2-sender.ts';

/** A read from an endpoint and the headers of its frames go into one block of the output. */
const MOST_AT_ONCE_BYTES: number = 4 * (MAX_PAYLOAD_BYTES + FRAME_HEADER_BYTES);
const NO_BYTES: Uint8Array = new Uint8Array(0);

export class Outflow {
  /** What the peer lets this stream send; below 0 after a change of its settings (RFC 9113 6.9.2). */
  window: number;
  /** END_STREAM is sent. */
  ended = false;
  readonly #sender: Http2Sender;
  readonly #stream: number;
  /** What waits: copies; the first one from `#from` on. */
  #held: Uint8Array[] | null = null;
  #from = 0;
  /** The last of what waits ends the stream. */
  #ends = false;

  constructor(sender: Http2Sender, stream: number, window: number) {
    this.#sender = sender;
    this.#stream = stream;
    this.window = window;
  }

  /** Something waits for windows or socket. */
  get isHolding(): boolean {
    return this.#held !== null;
  }

  /** `ends`: with END_STREAM behind it. False: some of it has to wait, or the socket is behind. */
  write(bytes: Uint8Array, ends: boolean): boolean {
    if (this.#held !== null) {
      this.#held.push(Buffer.from(bytes));
      this.#ends = ends;
      return false;
    }
    const sent = this.#send(bytes, 0, ends, bytes.length);
    if (sent === bytes.length) return !this.#sender.output.isBackedUp;
    this.#held = [Buffer.from(bytes.subarray(sent))];
    this.#from = 0;
    this.#ends = ends;
    return false;
  }

  /** END_STREAM, now or behind what waits. */
  end(): void {
    if (this.ended) return;
    if (this.#held !== null) this.#ends = true;
    // The frame before may still be here to say it.
    else if (this.#sender.output.endStream(this.#stream)) this.ended = true;
    else this.#frame(NO_BYTES, 0, 0, true);
  }

  /** A frame of what waits. False: none can go. */
  pump(): boolean {
    const held = this.#held;
    if (held === null) return false;
    const first = held[0]!;
    const sent = this.#send(first, this.#from, this.#ends && held.length === 1, MAX_PAYLOAD_BYTES);
    if (sent === this.#from) return false;
    this.#from = sent;
    if (sent < first.length) return true;
    this.#from = 0;
    held.shift();
    if (held.length === 0) this.#held = null;
    return true;
  }

  /** Nothing of it is sent any more. */
  drop(): void {
    this.#held = null;
    this.ended = true;
  }

  /** At most `most` bytes from `from` on. Gives how far it came. */
  #send(bytes: Uint8Array, from: number, ends: boolean, most: number): number {
    const sender = this.#sender;
    const { output } = sender;
    const end = bytes.length;
    const stop = Math.min(end, from + most);
    let at = from;
    while (at < stop && !output.isBackedUp) {
      const size = Math.min(stop - at, MAX_PAYLOAD_BYTES, this.window, sender.window);
      if (size <= 0) break;
      output.reserve(Math.min(stop - at + 4 * FRAME_HEADER_BYTES, MOST_AT_ONCE_BYTES));
      this.#frame(bytes, at, at + size, ends && at + size === end);
      at += size;
    }
    return at;
  }

  #frame(bytes: Uint8Array, from: number, to: number, ends: boolean): void {
    this.#sender.data(this.#stream, bytes, from, to, ends);
    this.window -= to - from;
    if (ends) this.ended = true;
  }
}

// hot: runs once per request
/**
 * The body of one request over HTTP/2 on its way in: its window (RFC 9113 5.2), what waits while the exchange takes none, and
 * whether it is as long as Content-Length said (8.1.1). Worker thread.
 */

import { ErrorCode } from '../../http2/protocol.ts';
import { STREAM_WINDOW_BYTES } from './http2-options.ts';
import type { Http2Sender } from './http2-sender.ts';

/** The window is opened again once half of it was taken. */
const UPDATE_BYTES: number = STREAM_WINDOW_BYTES / 2;
const FIRST_KEPT_BYTES = 1024;

export class Inflow {
  /** END_STREAM came. */
  ended: boolean;
  isPaused = false;
  readonly #sender: Http2Sender;
  readonly #stream: number;
  #window = STREAM_WINDOW_BYTES;
  /** Taken, and not yet given back to the window. */
  #taken = 0;
  /** Of the frame under way: what is no content. */
  #overhead = 0;
  /** Content still to come; -1: any length will do. */
  #expected: number;
  /** In one piece, however small the frames are: a peer could make one octet of body cost a whole buffer. */
  #kept: Buffer | null = null;
  #keptBytes = 0;

  /** `expected`: bytes, or -1 where no Content-Length came. */
  constructor(sender: Http2Sender, stream: number, expected: number, ended: boolean) {
    this.#sender = sender;
    this.#stream = stream;
    this.#expected = expected;
    this.ended = ended;
  }

  get isKeeping(): boolean {
    return this.#keptBytes > 0;
  }

  /** A DATA frame begins: `size` with its padding. Gives why the stream has to end, or NO_ERROR. */
  begin(size: number): ErrorCode {
    this.#window -= size;
    this.#overhead = size;
    return this.#window < 0 ? ErrorCode.FLOW_CONTROL_ERROR : ErrorCode.NO_ERROR;
  }

  /** Content that came. `ends`: END_STREAM stands behind it. Gives why the stream has to end, or NO_ERROR. */
  count(bytes: number, ends: boolean): ErrorCode {
    if (ends) this.ended = true;
    this.#overhead -= bytes;
    if (this.#expected < 0) return ErrorCode.NO_ERROR;
    this.#expected -= bytes;
    return this.#expected < 0 || (ends && this.#expected > 0) ? ErrorCode.PROTOCOL_ERROR : ErrorCode.NO_ERROR;
  }

  /** The frame is whole. Gives its padding, which is nobody's to take. */
  finish(): number {
    const overhead = this.#overhead;
    if (overhead > 0) this.take(overhead);
    return overhead;
  }

  keep(bytes: Uint8Array): void {
    const needed = this.#keptBytes + bytes.length;
    if (this.#kept === null || this.#kept.length < needed) {
      const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_KEPT_BYTES, 2 * needed));
      this.#kept?.copy(grown, 0, 0, this.#keptBytes);
      this.#kept = grown;
    }
    this.#kept.set(bytes, this.#keptBytes);
    this.#keptBytes = needed;
  }

  /** What was kept; it is kept no longer. */
  takeKept(): Buffer {
    const kept = this.#kept!.subarray(0, this.#keptBytes);
    this.drop();
    return kept;
  }

  drop(): void {
    this.#kept = null;
    this.#keptBytes = 0;
  }

  /** Somebody took so many bytes, padding included: the peer may send as many more. */
  take(bytes: number): void {
    this.#taken += bytes;
    if (this.ended || this.#taken < UPDATE_BYTES) return;
    this.#window += this.#taken;
    this.#sender.windowUpdate(this.#stream, this.#taken);
    this.#taken = 0;
  }
}

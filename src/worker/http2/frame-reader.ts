// hot: runs once per request
/**
 * The frames of one HTTP/2 connection (RFC 9113 4), sans-io: octets in, one event at a time out. Checks what a frame's header
 * alone tells: its size, and that nothing interrupts a field block (4.3). What frames mean is the caller's business. Nothing here throws.
 *
 *   PREFACE ─▶ HEADER ─┬─ DATA ──▶ (PAD) ─▶ CONTENT ─▶ PADDING ─▶ HEADER     content goes out in the pieces it came in
 *                      ├─ a kind we know ──▶ PAYLOAD ─▶ HEADER               held until it is whole, 16 KiB at most
 *                      └─ any other ──▶ PADDING ─▶ HEADER                    dropped as it comes (RFC 9113 5.5)
 */

import {
  ErrorCode,
  Flag,
  FRAME_HEADER_BYTES,
  FrameType,
  MAX_PAYLOAD_BYTES,
  MAX_STREAM_ID,
  PREFACE,
} from './protocol.ts';

export const FrameEvent = {
  /** Everything was taken; more is needed. */
  MORE: 0,
  /** A frame that is not DATA: `payload` from `start` to `end` is all of it; empty for a kind that is not known. */
  FRAME: 1,
  /** A piece of the content of a DATA frame, which may be empty: `payload` from `start` to `end`. See `isFirst`, `isLast`. */
  DATA: 2,
  /** The connection cannot go on: `error` says why. */
  ERROR: 3,
} as const;
export type FrameEvent = (typeof FrameEvent)[keyof typeof FrameEvent];

const State = { PREFACE: 0, HEADER: 1, PAD: 2, CONTENT: 3, PADDING: 4, PAYLOAD: 5, BROKEN: 6 } as const;
type State = (typeof State)[keyof typeof State];

const NOTHING: Uint8Array = new Uint8Array(0);
/** What a frame that comes in parts gets at first: a peer that only announces one makes nobody keep 16 KiB for it. */
const FIRST_HELD_BYTES = 256;

export class FrameReader {
  // Of the frame that the last event was about.
  type = 0;
  flags = 0;
  stream = 0;
  /** Of its payload as its header says, padding included: what counts against the windows (RFC 9113 6.9.1). */
  size = 0;
  payload: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  /** DATA: nothing of this frame came before. */
  isFirst = false;
  /** DATA: nothing more of its content comes. */
  isLast = false;
  error: ErrorCode = ErrorCode.NO_ERROR;
  /** Where the next `read` goes on. */
  position = 0;
  #state: State = State.PREFACE;
  /** Octets of the preface or of a header that came so far. */
  #collected = 0;
  readonly #header: Uint8Array = new Uint8Array(FRAME_HEADER_BYTES);
  /** Of DATA: content still to come, then padding; of others: what is still to be dropped. */
  #content = 0;
  #padding = 0;
  /** What came of a payload so far, where it did not come at once. */
  #held: Uint8Array = NOTHING;
  #heldBytes = 0;
  /** The stream whose field block goes on in a CONTINUATION; 0: none does. */
  #continues = 0;

  /** Reads on in `bytes` from `from` to `to`. To be called until it says MORE, each time from `position` on. */
  read(bytes: Uint8Array, from: number, to: number): FrameEvent {
    this.position = from;
    while (this.position < to) {
      const event = this.#step(bytes, to);
      if (event !== FrameEvent.MORE) return event;
    }
    return FrameEvent.MORE;
  }

  #step(bytes: Uint8Array, to: number): FrameEvent {
    switch (this.#state) {
      case State.PREFACE:
        return this.#readPreface(bytes, to);
      case State.HEADER:
        return this.#readHeader(bytes, to);
      case State.PAD:
        return this.#readPad(bytes, to);
      case State.CONTENT:
        this.isFirst = false;
        return this.#readContent(bytes, to);
      case State.PADDING:
        return this.#drop(to);
      case State.PAYLOAD:
        return this.#readPayload(bytes, to);
      default:
        this.position = to;
        return FrameEvent.MORE;
    }
  }

  #readPreface(bytes: Uint8Array, to: number): FrameEvent {
    while (this.position < to && this.#collected < PREFACE.length)
      if (bytes[this.position++] !== PREFACE[this.#collected++]) return this.#fail(ErrorCode.PROTOCOL_ERROR);
    if (this.#collected === PREFACE.length) this.#awaitHeader();
    return FrameEvent.MORE;
  }

  #awaitHeader(): void {
    this.#state = State.HEADER;
    this.#collected = 0;
  }

  #readHeader(bytes: Uint8Array, to: number): FrameEvent {
    let header = bytes;
    let at = this.position;
    if (this.#collected > 0 || to - at < FRAME_HEADER_BYTES) {
      header = this.#header;
      while (this.position < to && this.#collected < FRAME_HEADER_BYTES)
        header[this.#collected++] = bytes[this.position++]!;
      if (this.#collected < FRAME_HEADER_BYTES) return FrameEvent.MORE;
      at = 0;
    } else this.position = at + FRAME_HEADER_BYTES;
    this.size = (header[at]! << 16) | (header[at + 1]! << 8) | header[at + 2]!;
    this.type = header[at + 3]!;
    this.flags = header[at + 4]!;
    // The reserved bit means nothing (RFC 9113 4.1).
    this.stream = uint32(header, at + 5) & MAX_STREAM_ID;
    return this.#begin(bytes, to);
  }

  /** The header is known. */
  #begin(bytes: Uint8Array, to: number): FrameEvent {
    if (this.size > MAX_PAYLOAD_BYTES) return this.#fail(ErrorCode.FRAME_SIZE_ERROR);
    if (!this.#isInOrder()) return this.#fail(ErrorCode.PROTOCOL_ERROR);
    if (this.type === FrameType.DATA) return this.#beginData(bytes, to);
    if (this.type > FrameType.CONTINUATION) {
      this.#content = 0;
      this.#padding = this.size;
      this.#state = State.PADDING;
      return this.#whole(NOTHING, 0, 0);
    }
    this.#heldBytes = 0;
    this.#state = State.PAYLOAD;
    // There may be nothing of it to wait for.
    return this.size === 0 || this.position < to ? this.#readPayload(bytes, to) : FrameEvent.MORE;
  }

  /** RFC 9113 4.3, 6.10: between the frames of a field block stands nothing else, of no stream and of no kind. */
  #isInOrder(): boolean {
    const isContinuation = this.type === FrameType.CONTINUATION;
    if (this.#continues !== 0 ? !isContinuation || this.stream !== this.#continues : isContinuation)
      return false;
    if (this.type === FrameType.HEADERS || isContinuation)
      this.#continues = (this.flags & Flag.END_HEADERS) === 0 ? this.stream : 0;
    return true;
  }

  #beginData(bytes: Uint8Array, to: number): FrameEvent {
    this.isFirst = true;
    this.#content = this.size;
    this.#padding = 0;
    if ((this.flags & Flag.PADDED) !== 0) {
      if (this.size === 0) return this.#fail(ErrorCode.FRAME_SIZE_ERROR);
      this.#state = State.PAD;
      return FrameEvent.MORE;
    }
    this.#state = State.CONTENT;
    return this.#readContent(bytes, to);
  }

  #readPad(bytes: Uint8Array, to: number): FrameEvent {
    const padding = bytes[this.position++]!;
    // RFC 9113 6.1.
    if (padding >= this.size) return this.#fail(ErrorCode.PROTOCOL_ERROR);
    this.#padding = padding;
    this.#content = this.size - 1 - padding;
    this.#state = State.CONTENT;
    return this.#readContent(bytes, to);
  }

  #readContent(bytes: Uint8Array, to: number): FrameEvent {
    const start = this.position;
    const end = Math.min(to, start + this.#content);
    this.payload = bytes;
    this.start = start;
    this.end = end;
    this.position = end;
    this.#content -= end - start;
    this.isLast = this.#content === 0;
    if (this.isLast) {
      this.#state = State.PADDING;
      if (this.#padding === 0) this.#awaitHeader();
    }
    return FrameEvent.DATA;
  }

  #drop(to: number): FrameEvent {
    const dropped = Math.min(to - this.position, this.#padding);
    this.position += dropped;
    this.#padding -= dropped;
    if (this.#padding === 0) this.#awaitHeader();
    return FrameEvent.MORE;
  }

  #readPayload(bytes: Uint8Array, to: number): FrameEvent {
    const start = this.position;
    const missing = this.size - this.#heldBytes;
    const end = Math.min(to, start + missing);
    this.position = end;
    if (end - start < missing) {
      this.#hold(bytes, start, end);
      return FrameEvent.MORE;
    }
    this.#awaitHeader();
    if (this.#heldBytes === 0) return this.#whole(bytes, start, end);
    this.#hold(bytes, start, end);
    const held = this.#held;
    this.#held = NOTHING;
    return this.#whole(held, 0, this.size);
  }

  #hold(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#heldBytes + end - start;
    if (this.#held.length < needed) {
      const room = Math.min(this.size, Math.max(FIRST_HELD_BYTES, 2 * needed));
      const grown = new Uint8Array(room);
      grown.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = grown;
    }
    this.#held.set(bytes.subarray(start, end), this.#heldBytes);
    this.#heldBytes = needed;
  }

  #whole(payload: Uint8Array, start: number, end: number): FrameEvent {
    this.payload = payload;
    this.start = start;
    this.end = end;
    return FrameEvent.FRAME;
  }

  #fail(error: ErrorCode): FrameEvent {
    this.#state = State.BROKEN;
    this.error = error;
    return FrameEvent.ERROR;
  }
}

/** Four octets, the highest first, as a number of 0 to 2^32 - 1. */
export function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

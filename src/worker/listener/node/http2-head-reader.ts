// hot: runs once per request
/**
 * The field blocks of one HTTP/2 connection (RFC 9113 4.3): puts them together from HEADERS and CONTINUATION, within bounds, and
 * decodes them. One that came in one frame is decoded where it lies. Worker thread.
 */

import type { FrameReader } from '../../http2/frame-reader.ts';
import { HpackDecoder, type HpackOutcome } from '../../http2/hpack-decoder.ts';
import { DEFAULT_TABLE_BYTES } from '../../http2/hpack-format.ts';
import { ErrorCode, Flag, MAX_PAYLOAD_BYTES } from '../../http2/protocol.ts';
import type { EngineSettings } from './engine-ground.ts';
import { listBytes, MAX_FIELDS } from './http2-options.ts';

/** Of the priority that a HEADERS frame may begin with (RFC 9113 6.2). */
const PRIORITY_BYTES = 5;
/** CONTINUATION frames of a head beside those that its size needs: small ones cost as much as large ones (CVE-2024-27316). */
const SPARE_CONTINUATIONS = 8;
/**
 * A list within its limit is shorter when it is encoded. One beyond it ends its stream only, up to this many times the limit; more
 * than that is not put together.
 */
const MOST_ENCODED = 2;
const NO_BYTES: Uint8Array = new Uint8Array(0);
/** What is Huffman coded is decoded here, for all connections of the worker: it is done within a call. */
const SCRATCH: Uint8Array = new Uint8Array(4 * MAX_PAYLOAD_BYTES);

export class HeadReader {
  /** Names and values in turn of the head that came last, as byte strings. */
  readonly fields: string[] = [];
  /** END_STREAM stands with it. */
  ends = false;
  readonly #decoder = new HpackDecoder(DEFAULT_TABLE_BYTES, SCRATCH);
  readonly #listBytes: number;
  /** The block so far: where it came in one frame, a view of what was read. */
  #block: Uint8Array = NO_BYTES;
  #from = 0;
  #to = 0;
  #continuations = 0;

  constructor(settings: EngineSettings) {
    this.#listBytes = listBytes(settings);
  }

  /** A HEADERS frame. Gives why the connection has to end, or NO_ERROR. */
  begin(frame: FrameReader): ErrorCode {
    const { flags, payload } = frame;
    let from = frame.start;
    let to = frame.end;
    let padding = 0;
    if ((flags & Flag.PADDED) !== 0) {
      if (from === to) return ErrorCode.FRAME_SIZE_ERROR;
      padding = payload[from++]!;
    }
    if ((flags & Flag.PRIORITY) !== 0) from += PRIORITY_BYTES;
    if (from > to) return ErrorCode.FRAME_SIZE_ERROR;
    to -= padding;
    if (from > to) return ErrorCode.PROTOCOL_ERROR;
    this.ends = (flags & Flag.END_STREAM) !== 0;
    this.#continuations = 0;
    this.#from = from;
    this.#to = to;
    this.#block = payload;
    // It lies in the memory of the read, or in that of the reader.
    if ((flags & Flag.END_HEADERS) !== 0) return ErrorCode.NO_ERROR;
    this.#block = Buffer.from(payload.subarray(from, to));
    this.#from = 0;
    this.#to = to - from;
    return ErrorCode.NO_ERROR;
  }

  /** A CONTINUATION frame of the same head. */
  goOn(frame: FrameReader): ErrorCode {
    const { payload, start, end } = frame;
    const bytes = this.#to + end - start;
    const most = (MOST_ENCODED * this.#listBytes) / MAX_PAYLOAD_BYTES + SPARE_CONTINUATIONS;
    if (++this.#continuations > most || bytes > MOST_ENCODED * this.#listBytes)
      return ErrorCode.ENHANCE_YOUR_CALM;
    if (this.#block.length < bytes) {
      const grown = new Uint8Array(2 * bytes);
      grown.set(this.#block.subarray(0, this.#to));
      this.#block = grown;
    }
    this.#block.set(payload.subarray(start, end), this.#to);
    this.#to = bytes;
    return ErrorCode.NO_ERROR;
  }

  /** Decodes it into `fields`. */
  finish(): HpackOutcome {
    this.fields.length = 0;
    const block = this.#block;
    this.#block = NO_BYTES;
    return this.#decoder.decode(block, this.#from, this.#to, this.#listBytes, MAX_FIELDS, this.fields);
  }
}

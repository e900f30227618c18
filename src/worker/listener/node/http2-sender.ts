// hot: runs once per request
/** The frames that one HTTP/2 connection sends, and the window that all its streams share (RFC 9113 5.2). Worker thread. */

import type { Socket } from 'node:net';
import {
  GOAWAY_BYTES,
  PING_BYTES,
  RST_STREAM_BYTES,
  settingsBytes,
  WINDOW_UPDATE_BYTES,
  writeFrameHeader,
  writeGoaway,
  writePing,
  writeRstStream,
  writeSettings,
  writeWindowUpdate,
} from '../../http2/frame-writer.ts';
import { HpackEncoder, worstCase } from '../../http2/hpack-encoder.ts';
import {
  type ErrorCode,
  Flag,
  FRAME_HEADER_BYTES,
  FrameType,
  INITIAL_WINDOW_BYTES,
  MAX_PAYLOAD_BYTES,
} from '../../http2/protocol.ts';
import type { EngineGround } from './engine-ground.ts';
import type { NoiseMeter } from './http2-budgets.ts';
import { Http2Output } from './http2-output.ts';

const CONTINUE = 100;
const NO_LINES: Uint8Array = new Uint8Array(0);
/** What a peer sends for what we send: two WINDOW_UPDATE frames for a full frame of a body, less for a smaller one. */
const MOST_CREDIT_BYTES: number = 2 * WINDOW_UPDATE_BYTES;
const CREDIT_SHIFT = 5;
/** Nothing of it means anything: it comes back as it is (RFC 9113 6.7). */
const ASKING: Uint8Array = Uint8Array.from({ length: 8 }, () => 0x50);

export class Http2Sender {
  readonly output: Http2Output;
  /** What the peer lets all streams together send. */
  window: number = INITIAL_WINDOW_BYTES;
  readonly #ground: EngineGround;
  readonly #noise: NoiseMeter;
  readonly #encoder = new HpackEncoder();

  constructor(socket: Socket, ground: EngineGround, noise: NoiseMeter) {
    this.output = new Http2Output(socket, ground.outputs);
    this.#ground = ground;
    this.#noise = noise;
  }

  // ── Of streams ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * The head of a response, in as many frames as it takes. `lines`: `Name: value` joined by CRLF. `length`: of Content-Length; -1 for
   * none. `ends`: with END_STREAM.
   */
  head(stream: number, status: number, lines: Uint8Array, length: number, ends: boolean): void {
    this.#head(stream, status, this.#ground.date(), lines, length, ends ? Flag.END_STREAM : Flag.NONE);
  }

  /** 100 (Continue): a head that is not the last one (RFC 9110 15.2). */
  continue(stream: number): void {
    this.#head(stream, CONTINUE, '', NO_LINES, -1, Flag.NONE);
    this.output.lastStream = 0;
  }

  /** They end the stream. `lines`: each with its CRLF, as a byte string. */
  trailers(stream: number, lines: string): void {
    const block = Buffer.allocUnsafe(worstCase(lines.length));
    const end = this.#encoder.trailers(block, 0, lines);
    this.#split(block.subarray(0, end), stream, Flag.END_STREAM);
  }

  /** DATA: `bytes` from `from` to `to`, a frame at most. The caller has looked at the windows. */
  data(stream: number, bytes: Uint8Array, from: number, to: number, ends: boolean): void {
    const { output } = this;
    const size = to - from;
    output.reserve(size + FRAME_HEADER_BYTES);
    const { block, end } = output;
    const flags = ends ? Flag.END_STREAM : Flag.NONE;
    const at = writeFrameHeader(block, end, size, FrameType.DATA, flags, stream);
    if (size > 0) block.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), at);
    output.lastStream = stream;
    output.lastFrame = end;
    output.end = at + size;
    this.window -= size;
    this.#noise.credit(Math.min(MOST_CREDIT_BYTES, size >> CREDIT_SHIFT));
  }

  reset(stream: number, code: ErrorCode): void {
    const { output } = this;
    output.reserve(RST_STREAM_BYTES);
    output.end = writeRstStream(output.block, output.end, stream, code);
  }

  /** Of a stream, or of the connection (0). */
  windowUpdate(stream: number, bytes: number): void {
    const { output } = this;
    output.reserve(WINDOW_UPDATE_BYTES);
    output.end = writeWindowUpdate(output.block, output.end, stream, bytes);
  }

  // ── Of the connection ──────────────────────────────────────────────────────────────────────────────────────────────

  /** `pairs`: identifiers and values in turn. */
  settings(pairs: readonly number[]): void {
    const { output } = this;
    output.reserve(settingsBytes(pairs));
    output.end = writeSettings(output.block, output.end, Flag.NONE, pairs);
  }

  /**
   * The peer's settings hold from here on: its table may have so many bytes, and within the same frame it was `lowest` (RFC 7541 4.2).
   */
  acknowledge(lowestTableBytes: number, tableBytes: number): void {
    const { output } = this;
    this.#encoder.limitTable(lowestTableBytes);
    this.#encoder.limitTable(tableBytes);
    output.reserve(FRAME_HEADER_BYTES);
    output.end = writeFrameHeader(output.block, output.end, 0, FrameType.SETTINGS, Flag.ACK, 0);
  }

  /** A PING that has to be answered. */
  ask(): void {
    this.#ping(Flag.NONE, ASKING, 0);
  }

  /** The same eight octets back. */
  pong(payload: Uint8Array, from: number): void {
    this.#ping(Flag.ACK, payload, from);
  }

  goaway(code: ErrorCode, lastStream: number): void {
    const { output } = this;
    output.reserve(GOAWAY_BYTES);
    output.end = writeGoaway(output.block, output.end, lastStream, code);
  }

  #ping(flags: number, payload: Uint8Array, from: number): void {
    const { output } = this;
    output.reserve(PING_BYTES);
    output.end = writePing(output.block, output.end, flags, payload, from);
  }

  #head(
    stream: number,
    status: number,
    date: string,
    lines: Uint8Array,
    length: number,
    flags: number,
  ): void {
    const { output } = this;
    const most = worstCase(lines.length);
    if (most > MAX_PAYLOAD_BYTES) {
      const block = Buffer.allocUnsafe(most);
      const end = this.#encoder.response(block, 0, status, date, lines, length);
      this.#split(block.subarray(0, end), stream, flags);
      return;
    }
    output.reserve(FRAME_HEADER_BYTES + most);
    const { block, end } = output;
    const at = end + FRAME_HEADER_BYTES;
    // Behind where its header goes: its size is not known before.
    output.end = this.#encoder.response(block, at, status, date, lines, length);
    writeFrameHeader(block, end, output.end - at, FrameType.HEADERS, flags | Flag.END_HEADERS, stream);
    output.lastStream = stream;
    output.lastFrame = end;
  }

  #split(block: Uint8Array, stream: number, flags: number): void {
    const { output } = this;
    let at = 0;
    do {
      const size = Math.min(MAX_PAYLOAD_BYTES, block.length - at);
      const type = at === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
      const all = (at === 0 ? flags : Flag.NONE) | (at + size === block.length ? Flag.END_HEADERS : 0);
      output.reserve(FRAME_HEADER_BYTES + size);
      const next = writeFrameHeader(output.block, output.end, size, type, all, stream);
      output.block.set(block.subarray(at, at + size), next);
      output.end = next + size;
      at += size;
    } while (at < block.length);
    output.lastStream = 0;
  }
}

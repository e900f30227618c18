// hot: runs once per request
/** Puts frames of HTTP/2 (RFC 9113 4.1, 6) into memory. Each gives where the next octet goes; the caller has seen to the room. Pure. */

import { type ErrorCode, Flag, FRAME_HEADER_BYTES, FrameType } from './protocol.ts';

/** Bytes of the frames with a fixed payload. */
export const RST_STREAM_BYTES: number = FRAME_HEADER_BYTES + 4;
export const WINDOW_UPDATE_BYTES: number = FRAME_HEADER_BYTES + 4;
export const GOAWAY_BYTES: number = FRAME_HEADER_BYTES + 8;
export const PING_BYTES: number = FRAME_HEADER_BYTES + 8;

export function writeFrameHeader(
  out: Uint8Array,
  at: number,
  size: number,
  type: number,
  flags: number,
  stream: number,
): number {
  out[at] = size >>> 16;
  out[at + 1] = size >>> 8;
  out[at + 2] = size;
  out[at + 3] = type;
  out[at + 4] = flags;
  return writeUint32(out, at + 5, stream);
}

export function writeRstStream(out: Uint8Array, at: number, stream: number, code: ErrorCode): number {
  return writeUint32(out, writeFrameHeader(out, at, 4, FrameType.RST_STREAM, Flag.NONE, stream), code);
}

export function writeWindowUpdate(out: Uint8Array, at: number, stream: number, bytes: number): number {
  return writeUint32(out, writeFrameHeader(out, at, 4, FrameType.WINDOW_UPDATE, Flag.NONE, stream), bytes);
}

export function writeGoaway(out: Uint8Array, at: number, lastStream: number, code: ErrorCode): number {
  const payloadAt = writeFrameHeader(out, at, 8, FrameType.GOAWAY, Flag.NONE, 0);
  return writeUint32(out, writeUint32(out, payloadAt, lastStream), code);
}

/** `payload`: eight octets of it from `from` on. */
export function writePing(
  out: Uint8Array,
  at: number,
  flags: number,
  payload: Uint8Array,
  from: number,
): number {
  const payloadAt = writeFrameHeader(out, at, 8, FrameType.PING, flags, 0);
  for (let i = 0; i < 8; i++) out[payloadAt + i] = payload[from + i]!;
  return payloadAt + 8;
}

export function settingsBytes(pairs: readonly number[]): number {
  return FRAME_HEADER_BYTES + pairs.length * 3;
}

/** `pairs`: identifiers and values in turn (RFC 9113 6.5.1). */
export function writeSettings(out: Uint8Array, at: number, flags: number, pairs: readonly number[]): number {
  let next = writeFrameHeader(out, at, pairs.length * 3, FrameType.SETTINGS, flags, 0);
  for (let i = 0; i < pairs.length; i += 2) {
    const identifier = pairs[i]!;
    out[next] = identifier >>> 8;
    out[next + 1] = identifier;
    next = writeUint32(out, next + 2, pairs[i + 1]!);
  }
  return next;
}

function writeUint32(out: Uint8Array, at: number, value: number): number {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
  return at + 4;
}

/**
 * The wire form of DNS UPDATE (RFC 2136) as far as TXT records need it: one record added to or deleted from a zone, and the head of the answer.
 * Pure; nothing here throws for what came from the network, except `RangeError` for a message that ends too early.
 */

const UPDATE_FLAGS = 5 << 11;
export const HEADER_BYTES = 12;
const TYPE_SOA = 6;
const TYPE_TXT = 16;
const CLASS_IN = 1;
/** In an update: the record of this name, type and content is deleted (2.5.4). */
const CLASS_NONE = 254;
const MAX_STRING_BYTES = 255;

export interface TxtUpdate {
  readonly id: number;
  readonly zone: string;
  readonly name: string;
  readonly value: string;
  /** Seconds; null deletes the record. */
  readonly ttlS: number | null;
}

/** Of a resource record as it lies in a message. */
export interface RecordSpot {
  /** Where its name begins. */
  readonly start: number;
  readonly type: number;
  /** Where its content begins and ends. */
  readonly content: number;
  readonly end: number;
}

/** A name without compression, in lower case, as signatures want it (RFC 8945 4.3.3). */
export function wireName(name: string): Buffer {
  const labels = name === '' ? [] : name.toLowerCase().split('.');
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([Buffer.byteLength(label)]), Buffer.from(label)]),
    Buffer.from([0]),
  ]);
}

export function encodeUpdate({ id, zone, name, value, ttlS }: TxtUpdate): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(UPDATE_FLAGS, 2);
  // One zone, no prerequisite, one update.
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(1, 8);
  const content = wireText(value);
  return Buffer.concat([
    header,
    wireName(zone),
    words(TYPE_SOA, CLASS_IN),
    wireName(name),
    words(TYPE_TXT, ttlS === null ? CLASS_NONE : CLASS_IN, 0, ttlS ?? 0, content.length),
    content,
  ]);
}

/** 16-bit words, one after the other. */
export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => void bytes.writeUInt16BE(value, i * 2));
  return bytes;
}

/** The records behind the question (or zone) section of a message, in order. Throws RangeError where it ends too early. */
export function recordsIn(message: Buffer): readonly RecordSpot[] {
  let at = HEADER_BYTES;
  for (let left = message.readUInt16BE(4); left > 0; left--) at = behindName(message, at) + 4;
  const count = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
  const spots: RecordSpot[] = [];
  for (let i = 0; i < count; i++) {
    const start = at;
    at = behindName(message, at);
    const content = at + 10;
    const end = content + message.readUInt16BE(at + 8);
    if (end > message.length) throw new RangeError('a record ends behind its message');
    spots.push({ start, type: message.readUInt16BE(at), content, end });
    at = end;
  }
  return spots;
}

/** Where the name at this place ends; one that goes on elsewhere (RFC 1035 4.1.4) ends with the pointer. */
export function behindName(message: Buffer, at: number): number {
  for (let next = at; ; ) {
    const length = message.readUInt8(next);
    if (length === 0) return next + 1;
    if (length >= 0xc0) return next + 2;
    next += 1 + length;
  }
}

/** Character strings of at most 255 bytes (RFC 1035 3.3.14). */
function wireText(value: string): Buffer {
  const bytes = Buffer.from(value);
  const pieces: Buffer[] = [];
  for (let from = 0; from < bytes.length || from === 0; from += MAX_STRING_BYTES) {
    const piece = bytes.subarray(from, from + MAX_STRING_BYTES);
    pieces.push(Buffer.from([piece.length]), piece);
  }
  return Buffer.concat(pieces);
}

// hot: runs once per request
/**
 * Decodes the field blocks of one HTTP/2 connection, in the order in which they came (RFC 7541 3). Worker thread; sans-io. It
 * knows nothing of the fields: what names and values may hold is for the reader of the head.
 *
 * A peer makes it do work in proportion to the octets sent and to the limits, whatever the block refers to, and keep no more
 * than its table. Indexed fields make no string.
 */

import { HpackDecoderTable } from './hpack-decoder-table.ts';
import {
  FIELD_OVERHEAD,
  HUFFMAN,
  INDEX_PREFIX,
  INDEXED,
  LITERAL_INDEXED,
  LITERAL_INDEXED_PREFIX,
  LITERAL_PREFIX,
  TABLE_SIZE,
  TABLE_SIZE_PREFIX,
  TEXT_PREFIX,
} from './hpack-format.ts';
import { STATIC_ENTRIES, STATIC_NAMES, STATIC_VALUES } from './hpack-static-table.ts';
import { decodedLength, decodedRoom, decodeHuffman } from './huffman.ts';

/**
 * What `HpackDecoder.decode` came to. TOO_LARGE: the list is beyond its limits, what was collected is a part of it, and the
 * connection can go on. COMPRESSION_ERROR: the connection cannot (RFC 9113 4.3); nothing may be decoded behind it.
 */
export const HpackOutcome = { OK: 0, TOO_LARGE: 1, COMPRESSION_ERROR: 2 } as const;
export type HpackOutcome = (typeof HpackOutcome)[keyof typeof HpackOutcome];

/** The least and the last one since the block before (RFC 7541 4.2). */
const MAX_TABLE_SIZES = 2;
/** Integers are below 2^28 and the prefix: four octets of seven bits. No length or index here comes near. */
const LAST_SHIFT = 21;
const MALFORMED = -1;

/** What `Buffer.toString('latin1', …)` calls, for any Uint8Array; missing in Node's types. */
const { latin1Slice } = Buffer.prototype as unknown as {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
};

export class HpackDecoder {
  private readonly tableBytes: number;
  private readonly scratch: Uint8Array;
  private readonly table: HpackDecoderTable;
  /** Behind the last octet read. */
  private position: number;
  /** The text that was read last; empty if it was longer than asked for. */
  private text: string;
  /** What the list may still come to. None is left once it is too large, so that nothing more is collected. */
  private listBytes: number;
  private listFields: number;
  private tooLarge: boolean;

  /**
   * `tableBytes`: the SETTINGS_HEADER_TABLE_SIZE that the peer goes by. `scratch` may be shared: what is Huffman coded is decoded there,
   * and what does not fit gets memory of its own for that long.
   */
  constructor(tableBytes: number, scratch: Uint8Array) {
    this.tableBytes = tableBytes;
    this.scratch = scratch;
    this.table = new HpackDecoderTable(tableBytes);
    this.position = 0;
    this.text = '';
    this.listBytes = 0;
    this.listFields = 0;
    this.tooLarge = false;
  }

  /**
   * Decodes the whole block at `from`..`to` and appends its names and values in turn, as byte strings, to `into`. `maxListBytes`:
   * SETTINGS_MAX_HEADER_LIST_SIZE, as RFC 9113 6.5.2 counts. `maxFields`: the field lines.
   */
  decode(
    block: Uint8Array,
    from: number,
    to: number,
    maxListBytes: number,
    maxFields: number,
    into: string[],
  ): HpackOutcome {
    this.listBytes = maxListBytes;
    this.listFields = maxFields;
    this.tooLarge = false;
    this.position = from;
    if (!this.readTableSizes(block, to)) return HpackOutcome.COMPRESSION_ERROR;
    while (this.position < to) {
      const first = block[this.position++]!;
      let isSound: boolean;
      if (first >= INDEXED) isSound = this.readIndexed(block, to, first, into);
      else if (first >= LITERAL_INDEXED) isSound = this.readNewEntry(block, to, first, into);
      else if (first >= TABLE_SIZE) return HpackOutcome.COMPRESSION_ERROR;
      else isSound = this.readLiteral(block, to, first, into);
      if (!isSound) return HpackOutcome.COMPRESSION_ERROR;
    }
    return this.tooLarge ? HpackOutcome.TOO_LARGE : HpackOutcome.OK;
  }

  /** RFC 7541 6.3: only where a block begins (4.2). */
  private readTableSizes(block: Uint8Array, to: number): boolean {
    for (let sizes = 0; this.position < to; sizes++) {
      const first = block[this.position]!;
      if (first < TABLE_SIZE || first >= LITERAL_INDEXED) return true;
      this.position++;
      const bytes = this.readInteger(block, to, first & TABLE_SIZE_PREFIX, TABLE_SIZE_PREFIX);
      if (bytes === MALFORMED || bytes > this.tableBytes || sizes === MAX_TABLE_SIZES) return false;
      this.table.resize(bytes);
    }
    return true;
  }

  /** RFC 7541 6.1. */
  private readIndexed(block: Uint8Array, to: number, first: number, into: string[]): boolean {
    const index = this.readInteger(block, to, first & INDEX_PREFIX, INDEX_PREFIX);
    if (index <= 0) return false;
    let name: string;
    let value: string;
    if (index <= STATIC_ENTRIES) {
      name = STATIC_NAMES[index]!;
      value = STATIC_VALUES[index]!;
    } else {
      const age = index - STATIC_ENTRIES - 1;
      if (age >= this.table.count) return false;
      name = this.table.nameAt(age);
      value = this.table.valueAt(age);
    }
    this.collect(name, value, name.length + value.length + FIELD_OVERHEAD, into);
    return true;
  }

  /** RFC 7541 6.2.1. */
  private readNewEntry(block: Uint8Array, to: number, first: number, into: string[]): boolean {
    const most = Math.max(this.listBytes - FIELD_OVERHEAD, this.table.room);
    const nameLength = this.readName(block, to, first, LITERAL_INDEXED_PREFIX, most);
    if (nameLength === MALFORMED) return false;
    const name = this.text;
    const valueLength = this.readText(block, to, most - nameLength);
    if (valueLength === MALFORMED) return false;
    const size = nameLength + valueLength + FIELD_OVERHEAD;
    this.table.add(name, this.text, size);
    this.collect(name, this.text, size, into);
    return true;
  }

  /** RFC 7541 6.2.2 and 6.2.3: what must not be indexed here must not be elsewhere, and the other side has no index. */
  private readLiteral(block: Uint8Array, to: number, first: number, into: string[]): boolean {
    const most = this.listBytes - FIELD_OVERHEAD;
    const nameLength = this.readName(block, to, first, LITERAL_PREFIX, most);
    if (nameLength === MALFORMED) return false;
    const name = this.text;
    const valueLength = this.readText(block, to, most - nameLength);
    if (valueLength === MALFORMED) return false;
    this.collect(name, this.text, nameLength + valueLength + FIELD_OVERHEAD, into);
    return true;
  }

  private collect(name: string, value: string, size: number, into: string[]): void {
    if (size > this.listBytes || this.listFields === 0) {
      this.tooLarge = true;
      this.listBytes = 0;
      return;
    }
    this.listBytes -= size;
    this.listFields--;
    into.push(name, value);
  }

  /** As `readText`, or the name of an entry, which is as long as it is. */
  private readName(block: Uint8Array, to: number, first: number, prefix: number, most: number): number {
    const index = this.readInteger(block, to, first & prefix, prefix);
    if (index === 0) return this.readText(block, to, most);
    if (index === MALFORMED) return MALFORMED;
    if (index <= STATIC_ENTRIES) {
      this.text = STATIC_NAMES[index]!;
    } else {
      const age = index - STATIC_ENTRIES - 1;
      if (age >= this.table.count) return MALFORMED;
      this.text = this.table.nameAt(age);
    }
    return this.text.length;
  }

  /** RFC 7541 5.2. Returns its length, and leaves it in `text` if it has `most` octets or fewer. */
  private readText(block: Uint8Array, to: number, most: number): number {
    if (this.position >= to) return MALFORMED;
    const first = block[this.position++]!;
    const octets = this.readInteger(block, to, first & TEXT_PREFIX, TEXT_PREFIX);
    const from = this.position;
    if (octets === MALFORMED || octets > to - from) return MALFORMED;
    const end = from + octets;
    this.position = end;
    if (first >= HUFFMAN) return this.decodeText(block, from, end, most);
    this.text = octets > most || octets === 0 ? '' : latin1Slice.call(block, from, end);
    return octets;
  }

  private decodeText(block: Uint8Array, from: number, end: number, most: number): number {
    let { scratch } = this;
    const room = decodedRoom(end - from);
    if (room > scratch.length) {
      const length = decodedLength(block, from, end);
      this.text = '';
      if (length === MALFORMED || length > most) return length;
      scratch = new Uint8Array(room);
    }
    const length = decodeHuffman(block, from, end, scratch);
    this.text = length > most || length <= 0 ? '' : latin1Slice.call(scratch, 0, length);
    return length;
  }

  /**
   * RFC 7541 5.1. `value`: what the prefix holds; `prefix`: the most that it can. An integer that goes on is read from
   * `position`. MALFORMED: it is larger than any that makes sense, or is cut off.
   */
  private readInteger(block: Uint8Array, to: number, value: number, prefix: number): number {
    if (value < prefix) return value;
    let sum = value;
    for (let shift = 0; shift <= LAST_SHIFT && this.position < to; shift += 7) {
      const octet = block[this.position++]!;
      sum += (octet & 0x7f) << shift;
      if (octet < 0x80) return sum;
    }
    return MALFORMED;
  }
}

// hot: runs once per request
/**
 * Encodes the heads and trailers of the responses of one HTTP/2 connection, in the order in which they are sent (RFC 7541 3),
 * from the lines of HTTP/1 that the exchange gives, octet by octet: no string is made. Worker thread; sans-io.
 *
 * What becomes an entry of the table is Huffman coded: it is sent once. Everything else is sent as it is: coding costs 6 ns an
 * octet, copying 2 (bench/micro/hpack.mjs), so that it would take a quarter of a microsecond more for each 60 octets, and save 15.
 * Names are never coded: those that are sent again are entries.
 */

import { DIGIT_0, word } from '../http1/octet-tables.ts';
import { HpackEncoderTable, NO_ENTRY, NOT_FOUND } from './hpack-encoder-table.ts';
import {
  DEFAULT_TABLE_BYTES,
  HUFFMAN,
  INDEX_PREFIX,
  INDEXED,
  LITERAL,
  LITERAL_INDEXED,
  LITERAL_INDEXED_PREFIX,
  LITERAL_NEVER_INDEXED,
  LITERAL_PREFIX,
  TABLE_SIZE,
  TABLE_SIZE_PREFIX,
  TEXT_PREFIX,
  writeInteger,
} from './hpack-format.ts';
import { STATIC_ENTRIES, STATIC_NAMES, STATIC_VALUES } from './hpack-static-table.ts';
import { encodedLength, encodeHuffman } from './huffman.ts';
import { ResponseFieldLine } from './response-field-line.ts';
import { FieldPolicy, NAME_INDEX, NAME_OCTET, NAME_POLICY } from './response-field-policy.ts';

/** No room for the worst case: nothing was written, and nothing changed. */
export const NO_ROOM = -1;

/** Any status but a final one of RFC 9110 15 is sent as 502: a client is to read it as a 5xx anyway. */
const HIGHEST_STATUS = 599;
const BAD_GATEWAY = 502;
const STATUS_DIGITS = 3;
/** Of each status that the static table has; 0 for the others. */
const STATUS_INDEX: Uint8Array = statusIndex();
const STATIC_STATUS: number = STATIC_NAMES.indexOf(':status');
const STATIC_CONTENT_LENGTH: number = STATIC_NAMES.indexOf('content-length');
const DATE: Uint8Array = word('date');
const STATIC_DATE: number = STATIC_NAMES.indexOf('date');
/** RFC 9110 5.6.7: IMF-fixdate. */
const DATE_OCTETS = 29;

/** Two sizes of the table (3 each), a status (5), a date (32) and a length (2 for its name, 1, and 16 digits). */
const WORST_FIXED: number = 2 * 3 + 5 + 32 + 19;

/**
 * The most that a block can come to for `linesLength` octets of lines. A line has three octets beside its name and value, and so
 * has its literal (the last one has no CRLF); lengths of 127 and more take an octet more for every 127 octets, or less.
 */
export function worstCase(linesLength: number): number {
  return WORST_FIXED + linesLength + 2 + Math.floor(linesLength / 127);
}

export class HpackEncoder {
  private readonly table: HpackEncoderTable;
  private readonly line: ResponseFieldLine;
  /** What the peer goes by: the last size that it was told. */
  private toldBytes: number;
  /** What it asked for since, last and least. */
  private tableBytes: number;
  private leastBytes: number;
  /** The field of the date that was sent last: it is the same for a second. */
  private readonly date: Uint8Array;
  private dateText: string;
  /** The number of its entry. */
  private dateEntry: number;

  constructor() {
    this.table = new HpackEncoderTable();
    this.line = new ResponseFieldLine();
    this.toldBytes = DEFAULT_TABLE_BYTES;
    this.tableBytes = DEFAULT_TABLE_BYTES;
    this.leastBytes = DEFAULT_TABLE_BYTES;
    this.date = Buffer.alloc(DATE.length + DATE_OCTETS);
    this.date.set(DATE);
    this.dateText = '';
    this.dateEntry = NO_ENTRY;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE, which the next block answers (RFC 7541 4.2). More than the default is not used. */
  limitTable(bytes: number): void {
    this.tableBytes = Math.min(bytes, DEFAULT_TABLE_BYTES);
    this.leastBytes = Math.min(this.leastBytes, this.tableBytes);
  }

  /**
   * Writes a response head to `out` at `at`. `date`: the value, an IMF-fixdate; empty for none. `lines`: `Name: value` joined by CRLF.
   * `length`: of Content-Length; -1 for none. Returns where it ends; NO_ROOM if there is less than `worstCase`.
   */
  response(
    out: Uint8Array,
    at: number,
    status: number,
    date: string,
    lines: Uint8Array,
    length: number,
  ): number {
    if (out.length - at < worstCase(lines.length)) return NO_ROOM;
    let end = this.writeTableSizes(out, at);
    end = writeStatus(out, end, status > HIGHEST_STATUS ? BAD_GATEWAY : status);
    if (date !== '') end = this.writeDate(out, end, date);
    end = this.writeLines(out, end, lines);
    return length >= 0 ? writeContentLength(out, end, length) : end;
  }

  /** `lines`: each with its CRLF, as a byte string. Returns as `response`. */
  trailers(out: Uint8Array, at: number, lines: string): number {
    if (out.length - at < worstCase(lines.length)) return NO_ROOM;
    return this.writeLines(out, this.writeTableSizes(out, at), Buffer.from(lines, 'latin1'));
  }

  /** The least size first, where it lay below: what the peer drops for it is gone (RFC 7541 4.2). */
  private writeTableSizes(out: Uint8Array, at: number): number {
    let end = at;
    if (this.leastBytes < this.toldBytes) end = this.writeTableSize(out, end, this.leastBytes);
    if (this.tableBytes !== this.toldBytes) end = this.writeTableSize(out, end, this.tableBytes);
    this.leastBytes = this.tableBytes;
    return end;
  }

  private writeTableSize(out: Uint8Array, at: number, bytes: number): number {
    this.toldBytes = bytes;
    this.table.resize(bytes);
    return writeInteger(out, at, TABLE_SIZE, TABLE_SIZE_PREFIX, bytes);
  }

  /** The same for a second, in which only its number is sent. */
  private writeDate(out: Uint8Array, at: number, text: string): number {
    const { table, line, date } = this;
    if (text === this.dateText) {
      const age = table.ageOfNumber(this.dateEntry);
      if (age !== NOT_FOUND) return writeIndexed(out, at, age);
    }
    this.dateText = text;
    for (let i = 0; i < DATE_OCTETS; i++) date[DATE.length + i] = text.charCodeAt(i);
    line.set(date, DATE.length);
    this.dateEntry = NO_ENTRY;
    if (!table.takes(line)) return writeLiteral(out, at, LITERAL, STATIC_DATE, line);
    const end = writeNewEntry(out, at, STATIC_DATE, line);
    table.add(line);
    this.dateEntry = table.added;
    return end;
  }

  private writeLines(out: Uint8Array, at: number, lines: Uint8Array): number {
    const { line } = this;
    let end = at;
    for (let from = 0; from < lines.length; from = line.next) {
      if (line.readName(lines, from)) end = this.writeField(out, end, line);
    }
    return end;
  }

  private writeField(out: Uint8Array, at: number, line: ResponseFieldLine): number {
    const { table } = this;
    const policy = NAME_POLICY[line.knownName]!;
    const index = NAME_INDEX[line.knownName]!;
    if (policy > FieldPolicy.INDEXED) {
      line.readValue();
      if (policy === FieldPolicy.DROPPED) return at;
      return writeLiteral(
        out,
        at,
        policy === FieldPolicy.SECRET ? LITERAL_NEVER_INDEXED : LITERAL,
        index,
        line,
      );
    }
    // Mostly the value is the same as before: compared where it stands, it need not be looked at to find its end.
    const nameAge = table.findName(line);
    if (nameAge !== NOT_FOUND && table.readsAs(nameAge, line)) return writeIndexed(out, at, nameAge);
    line.readValue();
    if (!table.takes(line)) return writeLiteral(out, at, LITERAL, index, line);
    const age = table.find(line);
    if (age !== NOT_FOUND) return writeIndexed(out, at, age);
    if (policy === FieldPolicy.LEARNED && nameAge !== NOT_FOUND)
      return writeLiteral(out, at, LITERAL, STATIC_ENTRIES + 1 + nameAge, line);
    const end = writeNewEntry(out, at, index, line);
    table.add(line);
    return end;
  }
}

/** RFC 7541 6.1. */
function writeIndexed(out: Uint8Array, at: number, age: number): number {
  return writeInteger(out, at, INDEXED, INDEX_PREFIX, STATIC_ENTRIES + 1 + age);
}

function writeStatus(out: Uint8Array, at: number, status: number): number {
  const index = STATUS_INDEX[status]!;
  if (index !== 0) {
    out[at] = INDEXED | index;
    return at + 1;
  }
  out[at] = LITERAL | STATIC_STATUS;
  out[at + 1] = STATUS_DIGITS;
  return writeDigits(out, at + 2, status, STATUS_DIGITS);
}

function writeContentLength(out: Uint8Array, at: number, length: number): number {
  let digits = 1;
  for (let least = 10; least <= length; least *= 10) digits++;
  const end = writeInteger(out, at, LITERAL, LITERAL_PREFIX, STATIC_CONTENT_LENGTH);
  out[end] = digits;
  return writeDigits(out, end + 1, length, digits);
}

function writeDigits(out: Uint8Array, at: number, value: number, digits: number): number {
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const tenth = Math.floor(rest / 10);
    out[i] = rest - tenth * 10 + DIGIT_0;
    rest = tenth;
  }
  return at + digits;
}

/** RFC 7541 6.2.2 and 6.2.3. `index`: of the name; 0 if it has none. */
function writeLiteral(
  out: Uint8Array,
  at: number,
  representation: number,
  index: number,
  line: ResponseFieldLine,
): number {
  let end = writeInteger(out, at, representation, LITERAL_PREFIX, index);
  if (index === 0) end = writeName(out, end, line);
  return writeValue(out, end, line);
}

/** RFC 7541 6.2.1. */
function writeNewEntry(out: Uint8Array, at: number, index: number, line: ResponseFieldLine): number {
  let end = writeInteger(out, at, LITERAL_INDEXED, LITERAL_INDEXED_PREFIX, index);
  if (index === 0) end = writeName(out, end, line);
  const { bytes, valueFrom, valueEnd } = line;
  const octets = encodedLength(bytes, valueFrom, valueEnd);
  if (octets >= valueEnd - valueFrom) return writeValue(out, end, line);
  end = writeInteger(out, end, HUFFMAN, TEXT_PREFIX, octets);
  return encodeHuffman(bytes, valueFrom, valueEnd, out, end);
}

/** In lower case (RFC 9113 8.2.1). */
function writeName(out: Uint8Array, at: number, line: ResponseFieldLine): number {
  const { bytes, nameFrom, nameEnd } = line;
  let end = writeInteger(out, at, 0, TEXT_PREFIX, nameEnd - nameFrom);
  for (let i = nameFrom; i < nameEnd; i++) out[end++] = NAME_OCTET[bytes[i]!]!;
  return end;
}

function writeValue(out: Uint8Array, at: number, line: ResponseFieldLine): number {
  const { bytes, valueFrom, valueEnd } = line;
  let end = writeInteger(out, at, 0, TEXT_PREFIX, valueEnd - valueFrom);
  for (let i = valueFrom; i < valueEnd; i++) out[end++] = bytes[i]!;
  return end;
}

function statusIndex(): Uint8Array {
  const indexes = new Uint8Array(HIGHEST_STATUS + 1);
  for (let index = 1; index <= STATIC_ENTRIES; index++) {
    if (STATIC_NAMES[index] === ':status') indexes[Number(STATIC_VALUES[index])] = index;
  }
  return indexes;
}

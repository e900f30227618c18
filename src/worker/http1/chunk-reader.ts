// hot: runs once per request
/**
 * Decodes the chunked coding (RFC 9112 7.1), resumable at any octet. Worker thread; sans-io; copies nothing.
 * Chunk extensions are checked, bounded and dropped; trailer fields are checked, bounded and kept.
 */

import { COLON, CR, FIELD_TEXT, HEX, HTAB, LF, SEMICOLON, SP, TOKEN } from './octet-tables.ts';

/** What `ChunkReader.read` came to. */
export const ChunkStep = {
  MORE: 0,
  /** Data at `dataStart`..`position` of the bytes given; call again from `position`. */
  DATA: 1,
  DONE: 2,
  MALFORMED: 3,
} as const;
export type ChunkStep = (typeof ChunkStep)[keyof typeof ChunkStep];

const Phase = {
  SIZE_START: 0,
  SIZE: 1,
  SIZE_BLANK: 2,
  EXTENSION: 3,
  SIZE_LF: 4,
  DATA: 5,
  DATA_CR: 6,
  DATA_LF: 7,
  TRAILER_START: 8,
  TRAILER_NAME: 9,
  TRAILER_VALUE: 10,
  TRAILER_LF: 11,
  LAST_LF: 12,
} as const;
type Phase = (typeof Phase)[keyof typeof Phase];

const MAX_SIZE_DIGITS = 16;
/** Bytes of the extensions of one chunk. */
export const MAX_EXTENSION_BYTES = 1024;
/** Bytes of the whole trailer section. */
export const MAX_TRAILER_BYTES = 8192;

export class ChunkReader {
  /** Behind the last octet used. */
  position: number;
  dataStart: number;
  /** The trailer lines so far, each with its CRLF: a byte string. Whole after DONE. */
  trailers: string;
  private phase: Phase;
  private remaining: number;
  private digits: number;
  /** Bytes of the current extensions, then of the trailer section. */
  private extra: number;

  constructor() {
    this.position = 0;
    this.dataStart = 0;
    this.trailers = '';
    this.phase = Phase.SIZE_START;
    this.remaining = 0;
    this.digits = 0;
    this.extra = 0;
  }

  begin(): void {
    this.trailers = '';
    this.phase = Phase.SIZE_START;
  }

  read(bytes: Uint8Array, from: number, end: number): ChunkStep {
    let at = from;
    while (at < end) {
      if (this.phase === Phase.DATA) return this.data(at, end);
      if (this.phase === Phase.LAST_LF) {
        this.position = at + 1;
        return bytes[at] === LF ? ChunkStep.DONE : ChunkStep.MALFORMED;
      }
      const octet = bytes[at]!;
      const inTrailers = this.phase >= Phase.TRAILER_START;
      const next = inTrailers ? this.trailerOctet(octet) : this.sizeOctet(octet);
      if (next < 0) {
        this.position = at;
        return ChunkStep.MALFORMED;
      }
      // Octet by octet: trailers are short and rare. The CR of the empty line belongs to none.
      if (inTrailers && next !== Phase.LAST_LF) this.trailers += String.fromCharCode(octet);
      this.phase = next as Phase;
      at++;
    }
    this.position = at;
    return ChunkStep.MORE;
  }

  private data(at: number, end: number): ChunkStep {
    const length = Math.min(end - at, this.remaining);
    this.remaining -= length;
    if (this.remaining === 0) this.phase = Phase.DATA_CR;
    this.dataStart = at;
    this.position = at + length;
    return ChunkStep.DATA;
  }

  /** One octet around the size line; the next phase, or -1. */
  private sizeOctet(octet: number): number {
    switch (this.phase) {
      case Phase.SIZE_START:
        this.remaining = 0;
        this.digits = 0;
        this.extra = 0;
        return this.sizeDigit(octet);
      case Phase.SIZE:
        if (HEX[octet]! >= 0) return this.sizeDigit(octet);
        return octet === SP || octet === HTAB ? Phase.SIZE_BLANK : this.sizeEnd(octet);
      case Phase.SIZE_BLANK:
        // Blanks may stand before an extension only (BWS), not before the end of the line.
        if (++this.extra > MAX_EXTENSION_BYTES) return -1;
        if (octet === SP || octet === HTAB) return Phase.SIZE_BLANK;
        return octet === SEMICOLON ? Phase.EXTENSION : -1;
      case Phase.EXTENSION:
        if (octet === CR) return Phase.SIZE_LF;
        return ++this.extra > MAX_EXTENSION_BYTES || FIELD_TEXT[octet] === 0 ? -1 : Phase.EXTENSION;
      case Phase.SIZE_LF:
        if (octet !== LF) return -1;
        if (this.remaining > 0) return Phase.DATA;
        this.extra = 0;
        return Phase.TRAILER_START;
      case Phase.DATA_CR:
        return octet === CR ? Phase.DATA_LF : -1;
      default:
        return octet === LF ? Phase.SIZE_START : -1;
    }
  }

  private sizeDigit(octet: number): number {
    const digit = HEX[octet]!;
    if (digit < 0 || ++this.digits > MAX_SIZE_DIGITS) return -1;
    this.remaining = this.remaining * 16 + digit;
    return this.remaining > Number.MAX_SAFE_INTEGER ? -1 : Phase.SIZE;
  }

  private sizeEnd(octet: number): number {
    if (octet === CR) return Phase.SIZE_LF;
    return octet === SEMICOLON ? Phase.EXTENSION : -1;
  }

  /** One octet of the trailer section; the next phase, or -1. */
  private trailerOctet(octet: number): number {
    if (++this.extra > MAX_TRAILER_BYTES) return -1;
    switch (this.phase) {
      case Phase.TRAILER_START:
        if (octet === CR) return Phase.LAST_LF;
        return TOKEN[octet] === 1 ? Phase.TRAILER_NAME : -1;
      case Phase.TRAILER_NAME:
        if (octet === COLON) return Phase.TRAILER_VALUE;
        return TOKEN[octet] === 1 ? Phase.TRAILER_NAME : -1;
      case Phase.TRAILER_VALUE:
        if (octet === CR) return Phase.TRAILER_LF;
        return FIELD_TEXT[octet] === 1 ? Phase.TRAILER_VALUE : -1;
      default:
        return octet === LF ? Phase.TRAILER_START : -1;
    }
  }
}

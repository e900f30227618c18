// hot: runs once per request
/**
 * Reads the field section of a head, `Name: value` lines and the empty line behind them (RFC 9112 5), resumable at any octet.
 * Worker thread; sans-io. It looks at every octet once, copies none and knows no field: it says where each line lies. What it
 * says does not depend on where the pieces end.
 *
 *     Host: a.test CR LF Cookie: b=c CR LF CR LF
 *     |   |        |     |     |     |             `index`: nameEnd and lineEnd of each line
 *     start  lineEnd     nameEnd     lineEnd       the next line begins two behind a lineEnd
 */

import { COLON, CR, DEL, HTAB, LF, SP, TOKEN } from './octet-tables.ts';

/** What `FieldSection.read` came to. TOO_LARGE: the bound is reached, or one field more than allowed. */
export const SectionOutcome = { MORE: 0, DONE: 1, MALFORMED: 2, TOO_LARGE: 3 } as const;
export type SectionOutcome = (typeof SectionOutcome)[keyof typeof SectionOutcome];

const Phase = { LINE_START: 0, NAME: 1, VALUE: 2, LINE_LF: 3, LAST_LF: 4 } as const;
type Phase = (typeof Phase)[keyof typeof Phase];

const FIRST_FIELDS = 32;
/** Words per line in `FieldSection.index`. */
export const SECTION_WORDS = 2;

export class FieldSection {
  /** Where the first line begins. */
  start: number;
  /** Behind the last octet looked at; after DONE, behind the empty line. */
  position: number;
  /** Whole lines so far. */
  count: number;
  /** Two words a line: where its colon and where its CR stands. Only the first `count` lines count. */
  index: Int32Array;
  private readonly maxWords: number;
  /** The section ends here or before. */
  private bound: number;
  private phase: Phase;
  private nameEnd: number;
  /** The same bytes in words; made again only for other bytes, since a worker reads into one buffer. */
  private view: DataView;
  private viewed: Uint8Array;

  constructor(maxFields: number) {
    this.start = 0;
    this.position = 0;
    this.count = 0;
    // Made for the first line: a connection that has sent none costs half of what it would.
    this.index = NO_WORDS;
    this.maxWords = maxFields * SECTION_WORDS;
    this.bound = 0;
    this.phase = Phase.LINE_START;
    this.nameEnd = 0;
    this.viewed = NO_BYTES;
    this.view = NO_VIEW;
  }

  /** A section begins at `start` and has to end, with its empty line, at `bound` or before. */
  begin(start: number, bound: number): void {
    this.start = start;
    this.position = start;
    this.count = 0;
    this.bound = bound;
    this.phase = Phase.LINE_START;
  }

  /** The bytes read so far moved by `distance`, to another buffer. */
  shift(distance: number): void {
    this.start += distance;
    this.position += distance;
    this.bound += distance;
    this.nameEnd += distance;
    const words = this.count * SECTION_WORDS;
    for (let i = 0; i < words; i++) this.index[i] = this.index[i]! + distance;
  }

  /** Forgets the bytes, so that they can be given up; what was said of them stays. */
  release(): void {
    this.viewed = NO_BYTES;
    this.view = NO_VIEW;
  }

  /** Goes on reading from `position` to `to`. */
  read(bytes: Uint8Array, to: number): SectionOutcome {
    const view = this.viewOf(bytes);
    const limit = Math.min(to, this.bound);
    let at = this.position;
    let phase: Phase = this.phase;
    let { nameEnd, index } = this;
    let words = this.count * SECTION_WORDS;
    // The phases stand in their order, so that a whole line runs through without going round.
    while (at < limit) {
      if (phase === Phase.LINE_START) {
        if (bytes[at] === CR) {
          at++;
          phase = Phase.LAST_LF;
          continue;
        }
        if (words === this.maxWords) return this.end(SectionOutcome.TOO_LARGE, at, words);
        // An empty name, or white space, which would be obs-fold (RFC 9112 5.2).
        if (TOKEN[bytes[at]!] === 0) return this.end(SectionOutcome.MALFORMED, at, words);
        phase = Phase.NAME;
      }
      if (phase === Phase.NAME) {
        at = tokenEnd(bytes, view, at, limit);
        if (at === limit) break;
        // Also here: white space before the colon (RFC 9112 5.1).
        if (bytes[at] !== COLON) return this.end(SectionOutcome.MALFORMED, at, words);
        nameEnd = at++;
        phase = Phase.VALUE;
      }
      if (phase === Phase.VALUE) {
        at = textEnd(bytes, view, at, limit);
        if (at === limit) break;
        if (bytes[at] !== CR) return this.end(SectionOutcome.MALFORMED, at, words);
        if (words === index.length) index = this.grow();
        index[words] = nameEnd;
        index[words + 1] = at++;
        words += SECTION_WORDS;
        phase = Phase.LINE_LF;
        if (at === limit) break;
      }
      if (bytes[at] !== LF) return this.end(SectionOutcome.MALFORMED, at, words);
      at++;
      if (phase === Phase.LAST_LF) return this.end(SectionOutcome.DONE, at, words);
      phase = Phase.LINE_START;
    }
    this.phase = phase;
    this.nameEnd = nameEnd;
    return this.end(at === this.bound ? SectionOutcome.TOO_LARGE : SectionOutcome.MORE, at, words);
  }

  /** The whole section was known: it need not be read. `end`: behind its empty line. */
  skipTo(end: number): void {
    this.position = end;
  }

  viewOf(bytes: Uint8Array): DataView {
    if (bytes !== this.viewed) {
      this.viewed = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return this.view;
  }

  private grow(): Int32Array {
    const index = new Int32Array(Math.max(FIRST_FIELDS * SECTION_WORDS, this.index.length * 2));
    index.set(this.index);
    this.index = index;
    return index;
  }

  private end(outcome: SectionOutcome, at: number, words: number): SectionOutcome {
    this.position = at;
    this.count = words / SECTION_WORDS;
    return outcome;
  }
}

const NO_BYTES: Uint8Array = new Uint8Array(0);
const NO_WORDS: Int32Array = new Int32Array(0);
const NO_VIEW: DataView = new DataView(NO_BYTES.buffer);

/** The first octet at or behind `from` that is no tchar (RFC 9110 5.6.2), else `limit`. Four octets at a time. */
function tokenEnd(bytes: Uint8Array, view: DataView, from: number, limit: number): number {
  // What is imported is looked up at every use; in a loop over octets that shows.
  const token = TOKEN;
  const lastWord = limit - 4;
  let at = from;
  while (at <= lastWord) {
    const four = view.getInt32(at, true);
    const low = token[four & 0xff]! & token[(four >>> 8) & 0xff]!;
    if ((low & token[(four >>> 16) & 0xff]! & token[four >>> 24]!) === 0) break;
    at += 4;
  }
  while (at < limit && token[bytes[at]!] === 1) at++;
  return at;
}

/**
 * The first octet at or behind `from` that no field value may hold (RFC 9110 5.5), else `limit`. Four octets at a time, since
 * most of a head goes by here: the lowest sign bit set in `suspects` is that of the first octet that is a control character
 * (below 0x20, or 0x7f). Bits above it may be set by a borrow and mean nothing.
 */
function textEnd(bytes: Uint8Array, view: DataView, from: number, limit: number): number {
  const lastWord = limit - 4;
  let at = from;
  while (at <= lastWord) {
    const four = view.getInt32(at, true);
    const suspects = ((four - 0x20202020) | ((four ^ 0x7f7f7f7f) - 0x01010101)) & ~four & 0x80808080;
    if (suspects === 0) {
      at += 4;
      continue;
    }
    if ((suspects & 0x80) === 0) at += (suspects & 0x8000) !== 0 ? 1 : (suspects & 0x800000) !== 0 ? 2 : 3;
    if (bytes[at] !== HTAB) return at;
    at++;
  }
  while (at < limit) {
    const octet = bytes[at]!;
    if (octet < SP ? octet !== HTAB : octet === DEL) return at;
    at++;
  }
  return at;
}

// hot: runs once per request
/**
 * Reads one response head, resumable at any octet: status line and fields (RFC 9112 4 and 5). Worker thread; sans-io. It looks
 * at every octet once and copies none; the parser above it moves the bytes of a head that arrives in pieces. What is read
 * does not depend on where the pieces end.
 */

import { FieldSection, SECTION_WORDS, SectionOutcome } from '../http1/field-section.ts';
import { CR, DIGIT_0, DIGIT_9, FIELD_TEXT, HTAB, LF, SP, word } from '../http1/octet-tables.ts';
import { FieldKind, fieldKind } from './field-kind.ts';
import { takeFramingField } from './framing-fields.ts';
import type { ResponseHead } from './response-head.ts';

/** Bytes of one head, its empty line included. */
export const MAX_HEAD_BYTES = 65_536;
export const MAX_FIELDS = 256;

/** What `HeadReader.read` came to. */
export const HeadOutcome: typeof SectionOutcome = SectionOutcome;
export type HeadOutcome = SectionOutcome;

const Phase = { VERSION: 0, REASON: 1, LINE_LF: 2, FIELDS: 3 } as const;
type Phase = (typeof Phase)[keyof typeof Phase];

/** `HTTP/1.`, in exactly this case (RFC 9112 2.3). */
const HTTP_1 = word('HTTP/1.');
const MINOR_AT = HTTP_1.length;
const STATUS_AT = MINOR_AT + 2;
const STATUS_END = STATUS_AT + 3;

export class HeadReader {
  readonly head: ResponseHead;
  /** Where the head begins in `head.bytes`. */
  start: number;
  /** Behind the last octet looked at; after DONE, behind the head. */
  position: number;
  private phase: Phase;
  private readonly fields: FieldSection;

  constructor(head: ResponseHead) {
    this.head = head;
    this.start = 0;
    this.position = 0;
    this.phase = Phase.VERSION;
    this.fields = new FieldSection(MAX_FIELDS);
  }

  /** A new head begins at `start` of whatever `head.bytes` will be. */
  begin(start: number): void {
    this.head.clear();
    this.start = start;
    this.position = start;
    this.phase = Phase.VERSION;
  }

  /** The bytes of this head moved to the front of another buffer. */
  moveToFront(): void {
    const distance = -this.start;
    this.head.shift(distance);
    this.fields.shift(distance);
    this.start = 0;
    this.position += distance;
  }

  /** Goes on reading `head.bytes` from `position` to `to`. */
  read(to: number): HeadOutcome {
    if (this.phase !== Phase.FIELDS) {
      const outcome = this.statusLine(to);
      if (outcome !== HeadOutcome.DONE) return outcome;
      this.fields.begin(this.position, this.start + MAX_HEAD_BYTES);
    }
    const outcome = this.fields.read(this.head.bytes, to);
    this.position = this.fields.position;
    return outcome !== HeadOutcome.DONE || this.takeLines() ? outcome : HeadOutcome.MALFORMED;
  }

  private statusLine(to: number): HeadOutcome {
    const { head } = this;
    const { bytes } = head;
    const maximum = this.start + MAX_HEAD_BYTES;
    const limit = Math.min(to, maximum);
    let at = this.position;
    let phase: Phase = this.phase;
    while (at < limit) {
      const octet = bytes[at]!;
      if (phase === Phase.VERSION) {
        const next = this.versionOctet(octet, at);
        if (next < 0) return HeadOutcome.MALFORMED;
        phase = next as Phase;
      } else if (phase === Phase.REASON) {
        if (octet === CR) {
          head.reasonEnd = at;
          phase = Phase.LINE_LF;
        } else if (FIELD_TEXT[octet] === 0) return HeadOutcome.MALFORMED;
      } else {
        if (octet !== LF) return HeadOutcome.MALFORMED;
        this.phase = Phase.FIELDS;
        this.position = at + 1;
        return HeadOutcome.DONE;
      }
      at++;
    }
    this.position = at;
    this.phase = phase;
    return at === maximum ? HeadOutcome.TOO_LARGE : HeadOutcome.MORE;
  }

  /**
   * One octet of `HTTP/1.x NNN `; the next phase, or -1. The blank behind the status may be missing together with
   * the reason: RFC 9112 4 wants it, many servers leave it out, and nothing can be smuggled through it.
   */
  private versionOctet(octet: number, at: number): number {
    const head = this.head;
    const offset = at - this.start;
    if (offset < MINOR_AT) return octet === HTTP_1[offset] ? Phase.VERSION : -1;
    if (offset === MINOR_AT) {
      head.httpMinor = octet - DIGIT_0;
      return head.httpMinor === 0 || head.httpMinor === 1 ? Phase.VERSION : -1;
    }
    if (offset < STATUS_AT) return octet === SP ? Phase.VERSION : -1;
    if (offset < STATUS_END) {
      if (octet < DIGIT_0 || octet > DIGIT_9) return -1;
      head.status = head.status * 10 + (octet - DIGIT_0);
      return offset === STATUS_AT && octet === DIGIT_0 ? -1 : Phase.VERSION;
    }
    head.reasonStart = at;
    head.reasonEnd = at;
    if (octet === CR) return Phase.LINE_LF;
    head.reasonStart = at + 1;
    return octet === SP ? Phase.REASON : -1;
  }

  /** The whole section is there: its lines go into the head. False: the response cannot be trusted. */
  private takeLines(): boolean {
    const { head } = this;
    const { bytes } = head;
    const { index, count } = this.fields;
    let start = this.fields.start;
    for (let at = 0; at < count * SECTION_WORDS; at += SECTION_WORDS) {
      const nameEnd = index[at]!;
      const lineEnd = index[at + 1]!;
      let valueStart = nameEnd + 1;
      while (valueStart < lineEnd && isBlank(bytes[valueStart]!)) valueStart++;
      let valueEnd = lineEnd;
      while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1]!)) valueEnd--;
      const kind = fieldKind(bytes, start, nameEnd);
      const line = head.addLine(start, nameEnd, valueStart, valueEnd, kind);
      if (kind !== FieldKind.FORWARD && !takeFramingField(head, line)) return false;
      start = lineEnd + 2;
    }
    return true;
  }
}

function isBlank(octet: number): boolean {
  return octet === SP || octet === HTAB;
}

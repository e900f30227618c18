// hot: runs once per request
/**
 * Reads one response head, octet by octet, resumable at any octet: status line and fields (RFC 9112 4 and 5).
 * Worker thread; sans-io. It looks at every octet once and copies none; the parser above it moves the bytes of a head
 * that arrives in pieces. What is read does not depend on where the pieces end.
 */

import { COLON, CR, DEL, DIGIT_0, DIGIT_9, HTAB, LF, SP, TOKEN, word } from '../http1/octet-tables.ts';
import { FieldKind, fieldKind } from './field-kind.ts';
import { takeFramingField } from './framing-fields.ts';
import type { ResponseHead } from './response-head.ts';

/** Bytes of one head, its empty line included. */
export const MAX_HEAD_BYTES = 65_536;
export const MAX_FIELDS = 256;

/** What `HeadReader.read` came to. */
export const HeadOutcome = { MORE: 0, DONE: 1, MALFORMED: 2, TOO_LARGE: 3 } as const;
export type HeadOutcome = (typeof HeadOutcome)[keyof typeof HeadOutcome];

const Phase = {
  VERSION: 0,
  REASON: 1,
  LINE_START: 2,
  NAME: 3,
  BLANK: 4,
  VALUE: 5,
  LINE_LF: 6,
  LAST_LF: 7,
} as const;
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
  private nameStart: number;
  private nameEnd: number;
  private valueStart: number;
  /** The same bytes in words; made again only when a head is cut, since a worker reads into one buffer. */
  private view: DataView;
  private viewed: Uint8Array;

  constructor(head: ResponseHead) {
    this.head = head;
    this.start = 0;
    this.position = 0;
    this.phase = Phase.VERSION;
    this.nameStart = 0;
    this.nameEnd = 0;
    this.valueStart = 0;
    this.viewed = head.bytes;
    this.view = new DataView(head.bytes.buffer);
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
    this.start = 0;
    this.position += distance;
    this.nameStart += distance;
    this.nameEnd += distance;
    this.valueStart += distance;
  }

  /** Goes on reading `head.bytes` from `position` to `to`. */
  read(to: number): HeadOutcome {
    const head = this.head;
    const bytes = head.bytes;
    const view = this.viewOf(bytes);
    const maximum = this.start + MAX_HEAD_BYTES;
    const limit = Math.min(to, maximum);
    let at = this.position;
    let phase: Phase = this.phase;
    // The phases stand in their order, so that a whole line runs through without going round.
    while (at < limit) {
      if (phase === Phase.VERSION) {
        const next = this.versionOctet(bytes[at]!, at);
        if (next < 0) return HeadOutcome.MALFORMED;
        at++;
        phase = next as Phase;
        continue;
      }
      if (phase === Phase.REASON) {
        at = textEnd(bytes, view, at, limit);
        if (at === limit) break;
        if (bytes[at] !== CR) return HeadOutcome.MALFORMED;
        head.reasonEnd = at++;
        phase = Phase.LINE_LF;
        continue;
      }
      if (phase === Phase.LINE_START) {
        if (bytes[at] === CR) {
          at++;
          phase = Phase.LAST_LF;
          continue;
        }
        if (head.fieldCount === MAX_FIELDS) return HeadOutcome.TOO_LARGE;
        this.nameStart = at;
        phase = Phase.NAME;
      }
      if (phase === Phase.NAME) {
        while (at < limit && TOKEN[bytes[at]!] === 1) at++;
        if (at === limit) break;
        // Also here: white space at the start of a line, which would be obs-fold (RFC 9112 5.2), and an empty name.
        if (bytes[at] !== COLON || at === this.nameStart) return HeadOutcome.MALFORMED;
        this.nameEnd = at++;
        phase = Phase.BLANK;
      }
      if (phase === Phase.BLANK) {
        while (at < limit && (bytes[at] === SP || bytes[at] === HTAB)) at++;
        if (at === limit) break;
        this.valueStart = at;
        phase = Phase.VALUE;
      }
      if (phase === Phase.VALUE) {
        at = textEnd(bytes, view, at, limit);
        if (at === limit) break;
        if (bytes[at] !== CR || !this.line(bytes, at)) return HeadOutcome.MALFORMED;
        at++;
        phase = Phase.LINE_LF;
        if (at === limit) break;
      }
      if (bytes[at++] !== LF) return HeadOutcome.MALFORMED;
      if (phase === Phase.LAST_LF) {
        this.position = at;
        return HeadOutcome.DONE;
      }
      phase = Phase.LINE_START;
    }
    this.position = at;
    this.phase = phase;
    return at === maximum ? HeadOutcome.TOO_LARGE : HeadOutcome.MORE;
  }

  private viewOf(bytes: Uint8Array): DataView {
    if (bytes !== this.viewed) {
      this.viewed = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return this.view;
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

  /** A whole line, whose CR is at `end`. */
  private line(bytes: Uint8Array, end: number): boolean {
    let valueEnd = end;
    while (valueEnd > this.valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB)) {
      valueEnd--;
    }
    const kind = fieldKind(bytes, this.nameStart, this.nameEnd);
    const line = this.head.addLine(this.nameStart, this.nameEnd, this.valueStart, valueEnd, kind);
    return kind === FieldKind.FORWARD || takeFramingField(this.head, line);
  }
}

/**
 * The first octet at or behind `from` that no field value may hold (RFC 9110 5.5), else `limit`. Four octets at a time, since
 * most of a head goes by here: the sign bit of an octet in `suspects` is set if one of the four is a control character
 * (below 0x20, or 0x7f) and never if none is, but for carries, which only cost the look at each one.
 */
function textEnd(bytes: Uint8Array, view: DataView, from: number, limit: number): number {
  const lastWord = limit - 4;
  let at = from;
  for (;;) {
    while (at <= lastWord) {
      const four = view.getInt32(at);
      const suspects = ((four - 0x20202020) | ((four ^ 0x7f7f7f7f) - 0x01010101)) & ~four & 0x80808080;
      if (suspects !== 0) break;
      at += 4;
    }
    const stop = at <= lastWord ? at + 4 : limit;
    while (at < stop) {
      const octet = bytes[at]!;
      if (octet < SP ? octet !== HTAB : octet === DEL) return at;
      at++;
    }
    if (at === limit) return limit;
  }
}

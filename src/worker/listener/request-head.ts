// hot: runs once per request
/**
 * The head of a request, copied out once and sorted by what becomes of each field: one shape for every engine. All its texts
 * are byte strings (`kit/byte-string.ts`), so that a value goes on as the bytes that came.
 * Strict about framing (RFC 9112 6): what two parsers could read in two ways is a fault here and is never forwarded.
 */

import { Fault } from '../../kit/faults.ts';
import { isFieldName } from './field-name.ts';
import { FieldKind, fieldKind } from './request-field-kind.ts';

/** How the body of a request is framed by the client. */
export const RequestBody = { NONE: 0, LENGTH: 1, CHUNKED: 2 } as const;
export type RequestBody = (typeof RequestBody)[keyof typeof RequestBody];

/** `trailers` as a member of the list, with or without parameters (RFC 9110 10.1.4). */
const TRAILERS = /(?:^|,)[ \t]*trailers[ \t]*(?:[,;]|$)/i;
const MAX_CONTENT_LENGTH_DIGITS = 15;
/** Each names a field to drop, which costs a look at every line. As many as of an endpoint's answer. */
const MAX_CONNECTION_OPTIONS = 32;
const SPACE = 0x20;
const TAB = 0x09;
const COMMA = 0x2c;

export class RequestHead {
  /** As received, case kept. */
  readonly method: string;
  /** Path and query as received, byte for byte; `*` for OPTIONS of the whole server. */
  readonly target: string;
  /** Index of `?` in the target, or its length. */
  readonly pathEnd: number;
  /** The Host field as received, or the authority that takes its place (absolute target, `:authority`). */
  host = '';
  /** Lower-case; empty if there is none. */
  connection = '';
  /** The protocols of the Upgrade fields, lower-case; empty if there are none. */
  upgrade = '';
  /** Of X-Request-Id; empty if there is none. */
  requestId = '';
  /** Every end-to-end field that has no place of its own here, in order: `Name: value` lines, each with its CRLF. */
  lines = '';
  /** For each line of `lines` in turn: where it begins there, and where its name ends. */
  marks: number[] = [];
  /** Lower-case names and values in turn of X-Forwarded-*, Forwarded and X-Real-IP; null if there are none. */
  forwarding: string[] | null = null;
  body: RequestBody = RequestBody.NONE;
  /** Bytes, for `RequestBody.LENGTH`. */
  contentLength = 0;
  /** Of the field lines as received, about. */
  bytes = 0;
  /** The client waits for 100 before it sends the body (RFC 9110 10.1.1). */
  expectsContinue = false;
  /** The client reads trailers (RFC 9110 10.1.4). */
  acceptsTrailers = false;
  /** Why the request must be refused, or NONE. */
  fault: Fault = Fault.NONE;

  constructor(method: string, target: string, pathEnd: number) {
    this.method = method;
    this.target = target;
    this.pathEnd = pathEnd;
  }

  /** Takes all that the fields of `other` came to. Lists are shared: nobody adds to either of the two any more. */
  takeFieldsOf(other: RequestHead): void {
    this.host = other.host;
    this.connection = other.connection;
    this.upgrade = other.upgrade;
    this.requestId = other.requestId;
    this.lines = other.lines;
    this.marks = other.marks;
    this.forwarding = other.forwarding;
    this.body = other.body;
    this.contentLength = other.contentLength;
    this.bytes = other.bytes;
    this.expectsContinue = other.expectsContinue;
    this.acceptsTrailers = other.acceptsTrailers;
    this.fault = other.fault;
  }

  /** Takes one field line. `name` must be a token (RFC 9110 5.6.2): the engine's parser sees to it. */
  addField(name: string, value: string): void {
    // Name, colon, space, value, CR, LF.
    this.bytes += name.length + value.length + 4;
    const kind = fieldKind(name, 0, name.length);
    if (kind === FieldKind.PLAIN) this.addLine(name, value);
    else this.takeField(kind, name, value);
  }

  /** Takes one field that is PLAIN. */
  addLine(name: string, value: string): void {
    const start = this.lines.length;
    this.marks.push(start, start + name.length);
    this.lines += `${name}: ${value}\r\n`;
  }

  /** Takes one field that is not PLAIN. */
  takeField(kind: FieldKind, name: string, value: string): void {
    switch (kind) {
      case FieldKind.HOST:
        this.host = value;
        return;
      case FieldKind.CONNECTION:
        this.connection =
          this.connection === '' ? value.toLowerCase() : `${this.connection},${value.toLowerCase()}`;
        if (hasMoreOptions(this.connection, MAX_CONNECTION_OPTIONS)) this.fault = Fault.BAD_REQUEST;
        return;
      case FieldKind.CONTENT_LENGTH:
        this.#setContentLength(value);
        return;
      case FieldKind.TRANSFER_ENCODING:
        this.#setTransferEncoding(value);
        return;
      case FieldKind.FORWARDING:
        if (this.forwarding === null) this.forwarding = [name.toLowerCase(), value];
        else this.forwarding.push(name.toLowerCase(), value);
        return;
      case FieldKind.REQUEST_ID:
        this.requestId = value;
        return;
      case FieldKind.EXPECT:
        if (value.toLowerCase() === '100-continue') this.expectsContinue = true;
        return;
      case FieldKind.UPGRADE:
        this.upgrade = this.upgrade === '' ? value.toLowerCase() : `${this.upgrade},${value.toLowerCase()}`;
        return;
      case FieldKind.TE:
        if (TRAILERS.test(value)) this.acceptsTrailers = true;
        return;
      default:
        return;
    }
  }

  /** The value of an end-to-end field, several lines joined by a comma (RFC 9110 5.3); null if there is none. `name`: lower-case. */
  header(name: string): string | null {
    if (name === 'host') return this.host;
    if (name === 'x-request-id') return this.requestId === '' ? null : this.requestId;
    let found: string | null = null;
    const { lines, marks } = this;
    for (let at = 0; at < marks.length; at += 2) {
      const nameEnd = marks[at + 1] as number;
      if (!isFieldName(lines, marks[at] as number, nameEnd, name)) continue;
      const next = at + 2 < marks.length ? (marks[at + 2] as number) : lines.length;
      const value = withoutBlanks(lines, nameEnd + 1, next - 2);
      found = found === null ? value : `${found}, ${value}`;
    }
    return found;
  }

  /** Whether bytes of a body follow the head. */
  get hasBody(): boolean {
    return this.body === RequestBody.CHUNKED || this.contentLength > 0;
  }

  get query(): string {
    return this.target.slice(this.pathEnd + 1);
  }

  #setContentLength(value: string): void {
    const length = parseContentLength(value);
    const differs = this.body === RequestBody.LENGTH && this.contentLength !== length;
    if (length < 0 || differs || this.body === RequestBody.CHUNKED) {
      this.fault = Fault.BAD_REQUEST;
      return;
    }
    this.body = RequestBody.LENGTH;
    this.contentLength = length;
  }

  #setTransferEncoding(value: string): void {
    if (this.body !== RequestBody.NONE) this.fault = Fault.BAD_REQUEST;
    else if (value.toLowerCase() !== 'chunked') this.fault = Fault.BAD_TRANSFER_CODING;
    this.body = RequestBody.CHUNKED;
  }
}

/** Blanks around a value are not a part of it (RFC 9110 5.5). `trim` would take 0xA0 off too, a byte like any other here. */
function withoutBlanks(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function hasMoreOptions(list: string, most: number): boolean {
  if (list.length <= most) return false;
  let options = 1;
  for (let i = 0; i < list.length; i++) if (list.charCodeAt(i) === COMMA) options++;
  return options > most;
}

/** Digits only (RFC 9110 8.6); -1 for anything else. */
function parseContentLength(value: string): number {
  const { length } = value;
  if (length === 0 || length > MAX_CONTENT_LENGTH_DIGITS) return -1;
  let number = 0;
  for (let i = 0; i < length; i++) {
    const digit = value.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

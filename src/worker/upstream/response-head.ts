// hot: runs once per request
/**
 * The head of a response as ranges of bytes: one object per connection, filled anew for each response. Worker thread.
 * It owns no bytes: they lie in the worker's read buffer or in the parser's gather buffer and are valid during
 * `onUpstreamHead` only. Numbers (status, lengths, flags) stay readable until the next response begins.
 */

import { STATUS_CODES } from 'node:http';
import type { FieldKind } from './field-kind.ts';

const FIRST_FIELDS = 32;
/** Words per line in `ResponseHead.index`. */
export const LINE_WORDS = 4;

export class ResponseHead {
  /** Where all ranges of this head point into. */
  bytes: Uint8Array;
  /** 100..999. */
  status: number;
  /** 0 or 1: HTTP/1.0 or HTTP/1.1. */
  httpMinor: number;
  reasonStart: number;
  reasonEnd: number;
  fieldCount: number;
  /**
   * Four words a line: nameStart, nameEnd, valueStart, valueEnd (ends exclusive, no white space around the value).
   * `nameStart`..`valueEnd` is a whole line without its CRLF, checked, fit to be forwarded as bytes. Only the first `fieldCount` lines count.
   */
  index: Int32Array;
  /** One `FieldKind` a line; 0 = forward. */
  kinds: Uint8Array;
  /** Bytes; -1 if the field is absent. Announced length, also for HEAD and 304. */
  contentLength: number;
  /** The body is in the chunked coding (already decoded when `onUpstreamBody` sees it). */
  chunked: boolean;
  /** The endpoint will take another request on this connection (RFC 9112 9.3). */
  keepAlive: boolean;
  /** From `Keep-Alive: timeout=seconds`; -1 if absent. */
  keepAliveTimeoutMs: number;
  /** Number of Connection options beside close and keep-alive: each may name a field to drop. */
  namedOptions: number;
  /** `close` was among the Connection options; it outweighs keep-alive. */
  closeOption: boolean;
  keepAliveOption: boolean;

  constructor() {
    this.bytes = new Uint8Array(0);
    this.status = 0;
    this.httpMinor = 1;
    this.reasonStart = 0;
    this.reasonEnd = 0;
    this.fieldCount = 0;
    this.index = new Int32Array(FIRST_FIELDS * LINE_WORDS);
    this.kinds = new Uint8Array(FIRST_FIELDS);
    this.contentLength = -1;
    this.chunked = false;
    this.keepAlive = false;
    this.keepAliveTimeoutMs = -1;
    this.namedOptions = 0;
    this.closeOption = false;
    this.keepAliveOption = false;
  }

  /** Forgets the response before. The arrays keep their size. */
  clear(): void {
    this.status = 0;
    this.httpMinor = 1;
    this.reasonStart = 0;
    this.reasonEnd = 0;
    this.fieldCount = 0;
    this.contentLength = -1;
    this.chunked = false;
    this.keepAlive = false;
    this.keepAliveTimeoutMs = -1;
    this.namedOptions = 0;
    this.closeOption = false;
    this.keepAliveOption = false;
  }

  /** Adds a line and returns its number. */
  addLine(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number, kind: FieldKind): number {
    const line = this.fieldCount;
    if (line === this.kinds.length) this.grow();
    const at = line * LINE_WORDS;
    this.index[at] = nameStart;
    this.index[at + 1] = nameEnd;
    this.index[at + 2] = valueStart;
    this.index[at + 3] = valueEnd;
    this.kinds[line] = kind;
    this.fieldCount = line + 1;
    return line;
  }

  /** The bytes moved by `distance`: every range follows. */
  shift(distance: number): void {
    this.reasonStart += distance;
    this.reasonEnd += distance;
    const words = this.fieldCount * LINE_WORDS;
    for (let i = 0; i < words; i++) this.index[i] = this.index[i]! + distance;
  }

  private grow(): void {
    const index = new Int32Array(this.index.length * 2);
    index.set(this.index);
    this.index = index;
    const kinds = new Uint8Array(this.kinds.length * 2);
    kinds.set(this.kinds);
    this.kinds = kinds;
  }
}

/** The reason phrase (Latin-1). Makes no new string for the usual phrase of a status. */
export function reasonOf(head: ResponseHead): string {
  const length = head.reasonEnd - head.reasonStart;
  if (length === 0) return '';
  const usual = STATUS_CODES[head.status];
  if (usual !== undefined && usual.length === length && isText(head.bytes, head.reasonStart, usual))
    return usual;
  return latin1(head.bytes, head.reasonStart, head.reasonEnd);
}

function isText(bytes: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (bytes[start + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

// hot: runs once per request
/**
 * The head of a request, copied out once and sorted by what becomes of each field: one shape for every engine.
 * Strict about framing (RFC 9112 6): what two parsers could read in two ways is a fault here and is never forwarded.
 */

import { Fault } from '../../kit/faults.ts';

/** How the body of a request is framed by the client. */
export const RequestBody = { NONE: 0, LENGTH: 1, CHUNKED: 2 } as const;
export type RequestBody = (typeof RequestBody)[keyof typeof RequestBody];

/** What a request field is to the proxy. */
const Kind = {
  PLAIN: 0,
  HOST: 1,
  CONNECTION: 2,
  CONTENT_LENGTH: 3,
  TRANSFER_ENCODING: 4,
  /** Meant for the next hop only (RFC 9110 7.6.1) or answered by the engine (Expect). */
  HOP: 5,
  /** X-Forwarded-*, Forwarded, X-Real-IP: believed from trusted peers only. */
  FORWARDING: 6,
  REQUEST_ID: 7,
} as const;

const MAX_CONTENT_LENGTH_DIGITS = 15;
const UNDERSCORE = 0x5f;

export class RequestHead {
  /** As received, case kept. */
  readonly method: string;
  /** Path and query as received, byte for byte. */
  readonly target: string;
  /** Index of `?` in the target, or its length. */
  readonly pathEnd: number;
  /** The Host field as received. */
  host = '';
  /** Lower-case; empty if there is none. */
  connection = '';
  /** Of X-Request-Id; empty if there is none. */
  requestId = '';
  /** Names and values in turn, in order: every end-to-end field that is not named here. Names are lower-case. */
  readonly fields: string[] = [];
  /** Names and values in turn of X-Forwarded-*, Forwarded and X-Real-IP; null if there are none. */
  forwarding: string[] | null = null;
  body: RequestBody = RequestBody.NONE;
  /** Bytes, for `RequestBody.LENGTH`. */
  contentLength = 0;
  /** Of the field lines as received, about. */
  bytes = 0;
  /** Why the request must be refused, or NONE. */
  fault: Fault = Fault.NONE;

  constructor(method: string, target: string, pathEnd: number) {
    this.method = method;
    this.target = target;
    this.pathEnd = pathEnd;
  }

  /** Takes one field line. `name` must be lower-case and a token (RFC 9110 5.6.2): the engine's parser sees to it. */
  addField(name: string, value: string): void {
    // Name, colon, space, value, CR, LF.
    this.bytes += name.length + value.length + 4;
    switch (kindOf(name)) {
      case Kind.PLAIN:
        this.fields.push(name, value);
        return;
      case Kind.HOST:
        this.host = value;
        return;
      case Kind.CONNECTION:
        this.connection =
          this.connection === '' ? value.toLowerCase() : `${this.connection},${value.toLowerCase()}`;
        return;
      case Kind.CONTENT_LENGTH:
        this.#setContentLength(value);
        return;
      case Kind.TRANSFER_ENCODING:
        this.#setTransferEncoding(value);
        return;
      case Kind.FORWARDING:
        if (this.forwarding === null) this.forwarding = [name, value];
        else this.forwarding.push(name, value);
        return;
      case Kind.REQUEST_ID:
        this.requestId = value;
        return;
      default:
        return;
    }
  }

  /** The value of an end-to-end field, several lines joined by a comma (RFC 9110 5.3); null if there is none. */
  header(name: string): string | null {
    if (name === 'host') return this.host;
    if (name === 'x-request-id') return this.requestId === '' ? null : this.requestId;
    let found: string | null = null;
    const { fields } = this;
    for (let i = 0; i < fields.length; i += 2) {
      if (fields[i] !== name) continue;
      const value = fields[i + 1] as string;
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

/** Sorted by length first: most names of a browser's request are told apart by that alone. */
function kindOf(name: string): number {
  switch (name.length) {
    case 2:
      return name === 'te' ? Kind.HOP : Kind.PLAIN;
    case 4:
      return name === 'host' ? Kind.HOST : Kind.PLAIN;
    case 6:
      return name === 'expect' ? Kind.HOP : Kind.PLAIN;
    case 7:
      return name === 'trailer' || name === 'upgrade' ? Kind.HOP : Kind.PLAIN;
    case 9:
      if (name === 'forwarded') return Kind.FORWARDING;
      return isName(name, 'x-real-ip') ? forwardingOrHop(name) : Kind.PLAIN;
    case 10:
      if (name === 'connection') return Kind.CONNECTION;
      return isName(name, 'keep-alive') ? Kind.HOP : Kind.PLAIN;
    case 12:
      if (name === 'x-request-id') return Kind.REQUEST_ID;
      return isName(name, 'x-request-id') ? Kind.HOP : forwardingKind(name);
    case 14:
      if (name === 'content-length') return Kind.CONTENT_LENGTH;
      return isName(name, 'content-length') ? Kind.HOP : forwardingKind(name);
    case 16:
      return isName(name, 'proxy-connection') ? Kind.HOP : forwardingKind(name);
    case 17:
      if (name === 'transfer-encoding') return Kind.TRANSFER_ENCODING;
      return isName(name, 'transfer-encoding') ? Kind.HOP : forwardingKind(name);
    case 18:
      return name === 'proxy-authenticate' ? Kind.HOP : forwardingKind(name);
    case 19:
      return name === 'proxy-authorization' ? Kind.HOP : forwardingKind(name);
    default:
      return forwardingKind(name);
  }
}

/** Every X-Forwarded-* field. */
function forwardingKind(name: string): number {
  if (name.charCodeAt(0) !== 0x78 || name.length < 12) return Kind.PLAIN;
  if (!isName(name.slice(0, 12), 'x-forwarded-')) return Kind.PLAIN;
  return forwardingOrHop(name);
}

/**
 * A name with underscores for hyphens becomes the same variable in CGI and WSGI, so it would reach the application as the
 * real field: such a twin of a field that penstock itself decides about goes nowhere.
 */
function forwardingOrHop(name: string): number {
  return name.indexOf('_') === -1 ? Kind.FORWARDING : Kind.HOP;
}

/** Whether `name` is `known`, also with underscores in place of its hyphens. */
function isName(name: string, known: string): boolean {
  if (name === known) return true;
  for (let i = 0; i < known.length; i++) {
    const code = name.charCodeAt(i);
    if (code !== known.charCodeAt(i) && !(code === UNDERSCORE && known.charCodeAt(i) === 0x2d)) return false;
  }
  return true;
}

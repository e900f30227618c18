// hot: runs once per request
/**
 * One request of an HTTP/1 connection as the exchange sees it, and the writer of its response (RFC 9112). Worker thread.
 * What one turn of the worker brings is put together and leaves in one write: the head with the first piece, the last piece with
 * the end of its chunks. After the response has ended every call does nothing: the connection serves the next client then.
 */

import type { Fault } from '../../../kit/faults.ts';
import {
  BodyFraming,
  type ClientHandler,
  type ClientSide,
  type ConnectionEnds,
  Engine,
  Protocol,
  UNKNOWN_ENDS,
} from '../client-side.ts';
import type { RequestHead } from '../request-head.ts';
import type { Http1Wire } from './http1-wire.ts';
import type { OutOwner } from './out-memory.ts';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const CRLF = Buffer.from('\r\n');
const CONTENT_LENGTH = Buffer.from('Content-Length: ');
const CHUNKED = Buffer.from('Transfer-Encoding: chunked\r\n');
const CLOSE = Buffer.from('Connection: close\r\n');
const KEEP_ALIVE = Buffer.from('Connection: keep-alive\r\n');
const NO_BYTES = new Uint8Array(0);
/** A chunk's size line and the CRLF behind its data (RFC 9112 7.1), for chunks of up to 4 GiB. */
const CHUNK_OVERHEAD = 12;
/** What a head has beside its field lines. */
const HEAD_OVERHEAD = 512;

export class Http1Client implements ClientSide, OutOwner {
  readonly head: RequestHead;
  readonly engine: Engine = Engine.NODE;
  readonly protocol: Protocol;
  readonly peer: string;
  readonly tls: boolean;
  readonly localPort: number;
  trailers = '';
  readonly #wire: Http1Wire;
  readonly #keepAlive: boolean;
  #handler: ClientHandler | null = null;
  #dead = false;
  #bodyStarted = false;
  /** The client was told to send the body. */
  #continued = false;
  #framing: BodyFraming = BodyFraming.NONE;
  /** Of a LENGTH body: bytes still to come. */
  #remaining = 0;
  /** The body ends with the connection: HTTP/1.0 knows no chunks. */
  #untilClose = false;
  #close = false;
  #ended = false;
  #blocked = false;

  constructor(wire: Http1Wire, head: RequestHead, protocol: Protocol, keepAlive: boolean) {
    const { peer, tls, localPort } = wire.facts;
    this.head = head;
    this.protocol = protocol;
    this.peer = peer;
    this.tls = tls;
    this.localPort = localPort;
    this.#wire = wire;
    this.#keepAlive = keepAlive;
  }

  ends(): ConnectionEnds {
    return this.#wire.facts.ends?.() ?? UNKNOWN_ENDS;
  }

  // ── The exchange's calls ───────────────────────────────────────────────────────────────────────────────────────────

  attach(handler: ClientHandler): void {
    if (this.#dead) return;
    this.#handler = handler;
    // RFC 9110 10.1.1: not to a client of HTTP/1.0, nor where there is no body or it is on its way already.
    const { expectsContinue, hasBody } = this.head;
    if (!expectsContinue || !hasBody || this.#bodyStarted || this.protocol === Protocol.HTTP1_0) return;
    this.#wire.out.claim(this);
    this.#continued = true;
    this.#wire.out.text(CONTINUE);
    this.#wire.send();
  }

  pauseBody(): void {
    if (!this.#dead) this.#wire.pauseReading();
  }

  resumeBody(): void {
    if (!this.#dead) this.#wire.resumeReading();
  }

  /** There is none. */
  restartTimer(): void {}

  answer(
    status: number,
    fields: Uint8Array,
    body: Uint8Array,
    bodyLength: number,
    hasBody: boolean,
    close: boolean,
  ): void {
    if (this.#dead) return;
    this.#handler = null;
    const framing = hasBody ? BodyFraming.LENGTH : BodyFraming.NONE;
    this.writeHead(status, '', fields, framing, bodyLength, close);
    if (hasBody) this.writeBody(body);
    this.end('');
  }

  writeHead(
    status: number,
    reason: string,
    fields: Uint8Array,
    framing: BodyFraming,
    length: number,
    close: boolean,
  ): void {
    if (this.#dead) return;
    const wire = this.#wire;
    const isOld = this.protocol === Protocol.HTTP1_0;
    this.#framing = framing;
    this.#remaining = framing === BodyFraming.LENGTH ? length : 0;
    this.#untilClose = framing === BodyFraming.STREAM && isOld;
    this.#close = close || !this.#keepAlive || this.#untilClose || wire.isDraining || this.#isStillWaiting();
    this.#beginHead(status, reason, fields);
    const { out } = wire;
    if (length >= 0 && framing !== BodyFraming.STREAM) {
      out.short(CONTENT_LENGTH);
      out.decimal(length);
      out.short(CRLF);
    } else if (framing === BodyFraming.STREAM && !isOld) out.short(CHUNKED);
    if (this.#close) out.short(CLOSE);
    else if (isOld) out.short(KEEP_ALIVE);
    out.short(CRLF);
  }

  switchProtocols(fields: Uint8Array, handler: ClientHandler): void {
    if (this.#dead) return;
    this.#handler = handler;
    this.#framing = BodyFraming.STREAM;
    this.#untilClose = true;
    this.#close = true;
    this.#beginHead(101, '', fields);
    this.#wire.out.text('Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    this.#send();
    this.#wire.switchProtocols();
  }

  writeBody(bytes: Uint8Array): boolean {
    const size = bytes.length;
    if (this.#dead || size === 0) return true;
    const { out } = this.#wire;
    const isChunked = this.#framing === BodyFraming.STREAM && !this.#untilClose;
    this.#remaining -= size;
    out.claim(this);
    if (out.room < size + CHUNK_OVERHEAD) this.#send();
    if (isChunked) out.text(`${size.toString(16)}\r\n`);
    if (out.room < size + CHUNK_OVERHEAD) this.#sendLarge(bytes);
    else out.bytes(bytes);
    if (isChunked) out.text('\r\n');
    return !this.#blocked;
  }

  flush(): void {
    if (!this.#dead) this.#send();
  }

  end(trailers: string): boolean {
    if (this.#dead) return true;
    const { out } = this.#wire;
    this.#ended = true;
    if (this.#framing === BodyFraming.LENGTH && this.#remaining !== 0) {
      // Not what was announced: the client must not take a part for the whole.
      this.abort();
      return true;
    }
    if (this.#framing === BodyFraming.STREAM && !this.#untilClose) {
      const section = this.head.acceptsTrailers ? trailers : '';
      out.claim(this);
      if (out.room < section.length + CHUNK_OVERHEAD) this.#send();
      out.text(`0\r\n${section}\r\n`);
    }
    this.#send();
    if (this.#blocked) return false;
    this.#finish();
    return true;
  }

  abort(): void {
    if (this.#dead) return;
    this.#die();
    this.#wire.cut(this.#untilClose);
  }

  // ── The connection's calls ─────────────────────────────────────────────────────────────────────────────────────────

  /** A piece of the request body; the view is valid during the call only. */
  deliver(bytes: Uint8Array, last: boolean, trailers: string): void {
    this.#bodyStarted = true;
    if (last) this.trailers = trailers;
    this.#handler?.onClientBody(bytes, last);
  }

  /** The body is complete, and its last byte was not in the piece before. */
  deliverEnd(trailers: string): void {
    this.deliver(NO_BYTES, true, trailers);
  }

  /** The body cannot be understood. */
  broken(fault: Fault): void {
    this.#handler?.onClientFault(fault);
  }

  /** Everything written was taken. */
  drained(): void {
    if (this.#dead || !this.#blocked) return;
    this.#blocked = false;
    const handler = this.#handler;
    if (this.#ended) this.#finish();
    handler?.onClientDrain();
  }

  /** The connection is gone. */
  gone(): void {
    if (this.#dead) return;
    const handler = this.#handler;
    this.#die();
    handler?.onClientAborted();
  }

  /**
   * Answered while it waits for 100: it may send the body or leave it, and one cannot tell which of the two comes next
   * (RFC 9110 10.1.1).
   */
  #isStillWaiting(): boolean {
    return this.head.expectsContinue && this.head.hasBody && !this.#continued && !this.#bodyStarted;
  }

  /** Status line, Date and fields. */
  #beginHead(status: number, reason: string, fields: Uint8Array): void {
    const { out } = this.#wire;
    out.claim(this);
    if (out.room < fields.length + HEAD_OVERHEAD + reason.length) this.#send();
    out.short(this.#wire.headStart(status, reason));
    if (fields.length === 0) return;
    if (out.room < fields.length + HEAD_OVERHEAD) this.#sendLarge(fields);
    else out.bytes(fields);
    out.short(CRLF);
  }

  #send(): void {
    if (!this.#wire.send()) this.#blocked = true;
  }

  #sendLarge(bytes: Uint8Array): void {
    this.#send();
    if (!this.#wire.sendLarge(bytes)) this.#blocked = true;
  }

  #finish(): void {
    this.#die();
    this.#wire.responseEnded(this.#close);
  }

  #die(): void {
    this.#dead = true;
    this.#handler = null;
    this.#wire.out.drop(this);
  }
}

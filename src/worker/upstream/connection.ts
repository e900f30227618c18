// hot: runs once per request
/**
 * One connection to an endpoint and the request on it: frames what is written, parses what is read, tells the handler.
 * Worker thread. LIFECYCLE.md draws the states. It never decides about retries, and it starts no timers.
 */

import type { Socket } from 'node:net';
import type { Address } from '../../kit/address.ts';
import { Fault } from '../../kit/faults.ts';
import { writesDirectly } from '../http1/direct-write.ts';
import type { EndpointTls } from './endpoint-tls.ts';
import type { PoolGround } from './pool-ground.ts';
import { RequestWriter } from './request-writer.ts';
import { ParserEvent, ResponseParser } from './response-parser.ts';
import { RequestFraming, type UpstreamCall } from './upstream-call.ts';
import type { UpstreamHandler } from './upstream-handler.ts';
import { openSocket, type SocketOwner } from './upstream-socket.ts';

/** Milliseconds of silence after which the kernel looks whether the other end is still there. */
const PROBE_AFTER_MS = 60_000;

const State = { READY: 0, ACTIVE: 1, IDLE: 2, CLOSED: 3 } as const;
type State = (typeof State)[keyof typeof State];

/** What a connection tells the pool that it belongs to. */
export interface ConnectionHome {
  /** The connection stands, or has failed to: the connect deadline no longer matters. */
  onConnectSettled(connection: UpstreamConnection): void;
  /** The endpoint cannot be reached or trusted. `reason`: for whoever runs penstock. */
  onConnectFailed(fault: Fault, reason: string): void;
  /** A request is over and another could follow. False: the connection is not wanted and closes. */
  onReusable(connection: UpstreamConnection): boolean;
  /** The socket is gone. Called once. */
  onGone(connection: UpstreamConnection): void;
}

export class UpstreamConnection implements UpstreamCall, SocketOwner {
  /** The connection stood at some time: if false when a fault comes, not a byte was sent. */
  connected: boolean;
  /** It carried another request before this one. */
  reused: boolean;
  /** The whole request was handed to the socket. */
  requestSent: boolean;
  /** Requests begun on it, this one included. */
  requests: number;
  /** For the pool's sweep, on the worker's monotonic clock: when connecting must have ended, or idling ends. */
  deadlineMs: number;
  /** What it began with, before TLS and requests; empty = nothing. */
  readonly preamble: string;
  private readonly home: ConnectionHome;
  private readonly readBuffer: Buffer;
  private readonly writer: RequestWriter;
  /** TLS says goodbye before it closes (RFC 8446 6.1). */
  private readonly closesInOrder: boolean;
  private readonly socket: Socket;
  private readonly parser: ResponseParser;
  private handler: UpstreamHandler | null;
  private state: State;
  private answered: boolean;
  /** The endpoint speaks another protocol now. */
  private switched: boolean;
  private paused: boolean;
  private writeFailed: boolean;
  private resetSeen: boolean;

  /** `tls`: null for a plain connection. `preamble`: a byte string. */
  constructor(
    address: Address,
    tls: EndpointTls | null,
    preamble: string,
    home: ConnectionHome,
    ground: PoolGround,
  ) {
    this.connected = false;
    this.reused = false;
    this.requestSent = false;
    this.requests = 0;
    this.deadlineMs = 0;
    this.preamble = preamble;
    this.home = home;
    this.readBuffer = ground.readBuffer;
    this.closesInOrder = tls !== null;
    this.parser = new ResponseParser();
    this.handler = null;
    this.state = State.READY;
    this.answered = false;
    this.switched = false;
    this.paused = false;
    this.writeFailed = false;
    this.resetSeen = false;
    this.socket =
      tls === null
        ? openSocket(address, preamble, this, ground.readBuffer)
        : tls.open(address, preamble, this, ground.readBuffer);
    // hot-ok: once per connection
    this.writer = new RequestWriter(this.socket, ground.writeMemory, () => this.handler?.onUpstreamDrain());
  }

  /** Any byte of an answer to the current request arrived, an interim one included: it must not be sent again. */
  get responseStarted(): boolean {
    return this.parser.started;
  }

  /** What the last response announced in Keep-Alive; -1 = nothing. */
  get keepAliveTimeoutMs(): number {
    return this.parser.head.keepAliveTimeoutMs;
  }

  /** For tests and leak checks: what waits in memory to be written, in bytes. */
  get unsentBytes(): number {
    return this.writer.unsentBytes;
  }

  /** Starts a request on a connection just acquired. `isHead`: its response has no body. */
  begin(handler: UpstreamHandler, isHead: boolean, _acceptsTrailers: boolean, asksUpgrade: boolean): void {
    this.reused = this.requests > 0;
    this.requests++;
    this.handler = handler;
    this.requestSent = false;
    this.answered = false;
    this.parser.reset(isHead, asksUpgrade);
    this.state = State.ACTIVE;
  }

  /**
   * Writes request line and fields, `text` (a byte string) with its empty line. Before the connection stands, Node keeps it. If a body
   * follows (`framing` not NONE), the head waits for the end of this turn, to leave with the first piece in one system call.
   */
  writeHead(text: string, framing: RequestFraming): void {
    this.requestSent = framing === RequestFraming.NONE;
    if (this.state === State.ACTIVE && !this.writeFailed) this.writer.writeHead(text, framing);
  }

  /**
   * A piece of the body, framed and copied during the call (the client's view does not outlive it). `last` completes the
   * request, with `trailers` behind it where it is chunked. False: stop until `onUpstreamDrain`. Of a body with a length, the
   * caller writes exactly so many bytes.
   */
  writeBody(bytes: Uint8Array, last: boolean, trailers: string = ''): boolean {
    if (last) this.requestSent = true;
    if (this.state !== State.ACTIVE || this.writeFailed) return true;
    if (last && this.switched && bytes.length === 0) {
      this.writer.end();
      return true;
    }
    return this.writer.writeBody(bytes, last, trailers);
  }

  /** Stops reading. What this read brought already (64 KiB at most) is still handed over. */
  pause(): void {
    if (this.state !== State.ACTIVE || this.paused) return;
    this.paused = true;
    this.socket.pause();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    if (this.state !== State.CLOSED) this.socket.resume();
  }

  /** Cuts the connection; the handler hears nothing more. */
  abort(): void {
    this.close();
  }

  /** The pool's sweep: the endpoint did not accept in time. */
  expireConnect(): void {
    this.fail(Fault.CONNECT_TIMEOUT);
  }

  onConnected(): void {
    this.connected = true;
    if (!this.closesInOrder && writesDirectly(this.socket)) this.writer.writeDirectly();
    this.home.onConnectSettled(this);
  }

  onRead(length: number): void {
    if (this.state !== State.ACTIVE) {
      // An idle connection that speaks is out of step: whatever it says belongs to no request of ours.
      this.close();
      return;
    }
    let position = 0;
    let goesOn: boolean;
    do {
      const event = this.parser.execute(this.readBuffer, position, length);
      position = this.parser.position;
      goesOn = this.take(event, position === length);
    } while (goesOn);
    if (this.answered && this.handler !== null) this.handler.onUpstreamReadEnd();
  }

  onEndOfStream(): void {
    if (this.state !== State.ACTIVE) {
      this.close();
      return;
    }
    const fault = this.resetSeen ? this.parser.broken(Fault.UPSTREAM_RESET) : this.parser.finish();
    if (fault === Fault.NONE) this.complete(false);
    else this.fail(fault);
  }

  onWriteFailed(inOrder: boolean): void {
    this.writeFailed = true;
    this.resetSeen = !inOrder;
    // An idle connection has nothing to read that anyone waits for.
    if (this.state !== State.ACTIVE) this.close();
    else this.writer.unblock();
  }

  onWritable(): void {
    this.writer.onDrain();
  }

  onConnectFailed(fault: Fault, reason: string): void {
    if (this.state === State.CLOSED) return;
    this.home.onConnectFailed(fault, reason);
    this.fail(fault);
  }

  onSocketError(error: NodeJS.ErrnoException): void {
    if (this.state !== State.ACTIVE) {
      this.close();
      return;
    }
    const isAlert = isTlsAlert(error);
    if (isAlert) this.home.onConnectFailed(Fault.TLS_ALERT, error.message);
    this.fail(this.parser.broken(isAlert ? Fault.TLS_ALERT : Fault.UPSTREAM_RESET));
  }

  /** Acts on what the parser found. True: ask it again; the handler may have aborted in its callback. */
  private take(event: ParserEvent, atEndOfRead: boolean): boolean {
    const handler = this.handler!;
    switch (event) {
      case ParserEvent.MORE:
        return false;
      case ParserEvent.HEAD:
        this.answered = true;
        handler.onUpstreamHead(this.parser.head, this.parser.hasBody);
        return this.state === State.ACTIVE;
      case ParserEvent.BODY:
        if (!handler.onUpstreamBody(this.readBuffer.subarray(this.parser.bodyStart, this.parser.bodyEnd))) {
          this.pause();
        }
        return this.state === State.ACTIVE;
      case ParserEvent.COMPLETE:
        this.complete(atEndOfRead);
        return false;
      case ParserEvent.FAULT:
        this.fail(this.parser.fault);
        return false;
      case ParserEvent.UPGRADE:
        this.switchProtocols(handler);
        return this.state === State.ACTIVE;
    }
  }

  /** Nobody else looks after how long it idles: the kernel does, so that an endpoint that is gone without a word is noticed. */
  private switchProtocols(handler: UpstreamHandler): void {
    this.answered = true;
    this.switched = true;
    this.socket.setKeepAlive(true, PROBE_AFTER_MS);
    const next = handler.onUpstreamUpgrade(this.parser.head);
    if (this.state === State.ACTIVE) this.handler = next;
  }

  /** The pool first, then the handler: what it does next may want this very connection. */
  private complete(atEndOfRead: boolean): void {
    const handler = this.handler!;
    // What was not sent yet would be read as part of the next request (RFC 9112 9.3).
    const isReusable =
      atEndOfRead &&
      this.parser.head.keepAlive &&
      this.requestSent &&
      !this.writeFailed &&
      this.writer.unsentBytes === 0;
    this.handler = null;
    this.state = State.IDLE;
    if (isReusable && this.home.onReusable(this)) this.resume();
    else this.close();
    handler.onUpstreamEnd(this.parser.trailers);
  }

  private fail(fault: Fault): void {
    const handler = this.handler;
    const answered = this.answered;
    this.close();
    if (handler !== null) handler.onUpstreamFault(fault, answered);
  }

  private close(): void {
    if (this.state === State.CLOSED) return;
    const isQuiet = this.state === State.IDLE && this.writer.unsentBytes === 0;
    this.state = State.CLOSED;
    this.handler = null;
    this.writer.drop();
    if (this.closesInOrder && isQuiet) this.socket.destroySoon();
    else this.socket.destroy();
    if (!this.connected) this.home.onConnectSettled(this);
    this.home.onGone(this);
  }
}

/** The endpoint ends what we took to be standing, as one does that misses our certificate (RFC 8446 4.4.2.4). */
function isTlsAlert({ code }: NodeJS.ErrnoException): boolean {
  return code?.startsWith('ERR_SSL_') === true && code.includes('_ALERT_');
}

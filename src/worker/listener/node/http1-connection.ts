// hot: runs once per request
/**
 * One HTTP/1 connection of a client on Node's sockets, plain or TLS: reads requests one after the other and starts an exchange
 * for each, in order (RFC 9112 9.3). Worker thread. LIFECYCLE.md draws the states.
 *
 *   onBytes ─▶ parser ─▶ HEAD: exchange begins ─▶ BODY: delivered ─▶ COMPLETE ┐
 *                                                    response ended ──────────┴▶ the next request, or the end
 *
 * A request that comes before the answer to the one before waits in memory, and the socket is not read meanwhile.
 */

import { Fault } from '../../../kit/faults.ts';
import type { Sweeper, Swept } from '../../sweeper.ts';
import type { ConnectionFacts } from '../client-side.ts';
import { RequestHead } from '../request-head.ts';
import type { EngineGround } from './engine-ground.ts';
import { Http1Client } from './http1-client.ts';
import type { Http1Wire } from './http1-wire.ts';
import type { Inlet, InletOwner } from './inlet.ts';
import type { OutMemory } from './out-memory.ts';
import { RequestEvent, RequestParser } from './request-parser.ts';

/** How long a client that was told of the end may go on sending, so that it gets to read the answer (RFC 9112 9.6). */
const LINGER_MS = 5_000;
/** Silence after which the kernel looks whether the client of a WebSocket is still there. */
const PROBE_AFTER_MS = 60_000;

const State = {
  /** Nothing of the next request has come. */
  IDLE: 0,
  /** A part of its head has. */
  HEAD: 1,
  /** An exchange is under way. */
  EXCHANGE: 2,
  /** The response has ended before the request: the rest of its body is read and dropped. */
  REST: 3,
  /** Our side is closed; what still comes is dropped. */
  LINGER: 4,
  GONE: 5,
} as const;
type State = (typeof State)[keyof typeof State];

export class Http1Connection implements InletOwner, Http1Wire, Swept {
  sweepIndex = -1;
  readonly facts: ConnectionFacts;
  readonly out: OutMemory;
  isDraining = false;
  readonly #inlet: Inlet;
  readonly #ground: EngineGround;
  readonly #sweeper: Sweeper;
  readonly #parser: RequestParser;
  #state: State = State.IDLE;
  /** On the worker's monotonic clock; 0: none. */
  #deadlineMs: number;
  #client: Http1Client | null = null;
  #requestDone = false;
  #closes = false;
  /** The client speaks another protocol now. */
  #switched = false;
  /** The peer sends no more. */
  #ended = false;
  #paused = false;
  #consuming = false;
  /** What came behind the request under way. */
  #held: Buffer | null = null;

  constructor(inlet: Inlet, facts: ConnectionFacts, ground: EngineGround, sweeper: Sweeper) {
    this.facts = facts;
    this.out = ground.out;
    this.#inlet = inlet;
    this.#ground = ground;
    this.#sweeper = sweeper;
    this.#parser = new RequestParser(ground.settings, ground.knownSections);
    this.#deadlineMs = ground.clock.nowMs() + ground.settings.keepAliveMs;
    inlet.owner = this;
    sweeper.add(this);
  }

  /** Begins with what was read already. */
  begin(first: Buffer | null): void {
    if (first !== null) this.onBytes(first, first.length);
    if (this.#state !== State.GONE && !this.#paused && this.#held === null) this.#inlet.socket.resume();
  }

  /** Answers what has come with a refusal, and closes: it is no HTTP/1 request that could be read. */
  refuse(fault: Fault): void {
    this.#answerFault(new RequestHead('', '', 0), fault);
    if (this.#state !== State.GONE) this.#inlet.socket.resume();
  }

  /**
   * The connection ends with its next response. One that idles is not closed for it: its client may be sending a request at this
   * very moment, which would be lost.
   */
  drain(): void {
    this.isDraining = true;
  }

  /** Cuts it. */
  close(): void {
    this.#inlet.socket.destroy();
  }

  // ── What the socket tells ──────────────────────────────────────────────────────────────────────────────────────────

  onBytes(memory: Buffer, length: number): void {
    if (this.#state === State.LINGER || this.#state === State.GONE) return;
    if (this.#held !== null) {
      // Not paused in time: `pause` takes effect with the next read.
      this.#held = Buffer.concat([this.#held, memory.subarray(0, length)]);
      return;
    }
    if (this.#switched) this.#client?.deliver(memory.subarray(0, length), false, '');
    else this.#consume(memory, length);
  }

  /** RFC 9112 9.6 lets a client close its side once it has sent all it has to say; the answer still goes out. */
  onEnd(): void {
    this.#ended = true;
    if (this.#state === State.EXCHANGE) {
      if (!this.#requestDone) this.#inlet.socket.destroy();
      else if (this.#switched) this.#client?.deliverEnd('');
    } else if (this.#state === State.LINGER) this.#inlet.socket.destroySoon();
    else this.#close();
  }

  onDrain(): void {
    this.#client?.drained();
  }

  onGone(): void {
    this.#state = State.GONE;
    this.#held = null;
    this.#sweeper.remove(this);
    const client = this.#client;
    this.#client = null;
    client?.gone();
  }

  // ── Requests ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Reads on in what came. A request that is answered within this call is followed by the next one in the same loop. */
  #consume(bytes: Buffer, length: number): void {
    const parser = this.#parser;
    this.#consuming = true;
    let event = parser.execute(bytes, 0, length);
    while (event !== RequestEvent.MORE) {
      if (event === RequestEvent.HEAD) {
        this.#startExchange(parser.head);
        event = parser.execute(bytes, parser.position, length);
      } else if (event === RequestEvent.BODY) {
        const { bodyStart, bodyEnd } = parser;
        event = parser.execute(bytes, parser.position, length);
        const last = event === RequestEvent.COMPLETE;
        if (last) this.#requestDone = true;
        this.#deliver(bytes.subarray(bodyStart, bodyEnd), last);
      } else if (event === RequestEvent.COMPLETE) {
        if (!this.#requestDone) this.#completeRequest();
        if (this.#state === State.EXCHANGE && parser.position < length) {
          this.#hold(bytes.subarray(parser.position, length));
        }
        if (this.#state !== State.REST) break;
        const position = parser.position;
        this.#awaitRequest();
        event = parser.execute(bytes, position, length);
      } else {
        this.#refuse(parser.fault);
        break;
      }
      if (this.#state === State.GONE || this.#state === State.LINGER) break;
    }
    this.#consuming = false;
    this.#settle();
  }

  /** What a read leaves behind. */
  #settle(): void {
    if (this.#state === State.IDLE && this.#parser.started) {
      this.#state = State.HEAD;
      this.#deadlineMs = this.#ground.clock.nowMs() + this.#ground.settings.readMs;
    }
    // At most a part of a request, and no more of it will come.
    if (this.#ended && this.#state < State.EXCHANGE) this.#close();
  }

  #startExchange(head: RequestHead): void {
    this.#state = State.EXCHANGE;
    this.#deadlineMs = 0;
    this.#requestDone = false;
    const client = new Http1Client(this, head, this.#parser.protocol, this.#parser.keepAlive);
    this.#client = client;
    this.#ground.start(client);
  }

  #deliver(bytes: Buffer, last: boolean): void {
    if (this.#client !== null) this.#client.deliver(bytes, last, this.#parser.trailers);
    else this.#deadlineMs = this.#ground.clock.nowMs() + this.#ground.settings.readMs;
  }

  #completeRequest(): void {
    this.#requestDone = true;
    if (this.#client?.head.hasBody === true) this.#client.deliverEnd(this.#parser.trailers);
  }

  /** A head or a body that cannot be understood: nothing behind it can be trusted. */
  #refuse(fault: Fault): void {
    this.#closes = true;
    if (this.#client !== null) this.#client.broken(fault);
    else if (this.#state === State.REST) this.#close();
    else this.#answerFault(this.#parser.head, fault);
  }

  /** The exchange answers: it knows what an answer of penstock's own carries. */
  #answerFault(head: RequestHead, fault: Fault): void {
    if (head.fault === Fault.NONE) head.fault = fault;
    this.#closes = true;
    this.#startExchange(head);
  }

  #awaitRequest(): void {
    this.#parser.useLimits(this.#ground.settings);
    this.#parser.reset();
    this.#state = State.IDLE;
    this.#requestDone = false;
    this.#deadlineMs = this.#ground.clock.nowMs() + this.#ground.settings.keepAliveMs;
  }

  #hold(bytes: Buffer): void {
    this.#held = Buffer.from(bytes);
    this.#inlet.socket.pause();
  }

  // ── What the client asks ───────────────────────────────────────────────────────────────────────────────────────────

  headStart(status: number, reason: string): Uint8Array {
    return this.#ground.headStart(status, reason);
  }

  pauseReading(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#inlet.socket.pause();
  }

  resumeReading(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#held === null) this.#inlet.socket.resume();
  }

  send(): boolean {
    return this.out.writeTo(this.#inlet.socket, this.#inlet.later);
  }

  sendLarge(bytes: Uint8Array): boolean {
    return this.#inlet.socket.write(Buffer.from(bytes));
  }

  switchProtocols(): void {
    const { socket } = this.#inlet;
    const held = this.#held;
    this.#switched = true;
    // The last frames are to reach a client that is still sending.
    this.#closes = true;
    this.#held = null;
    // No limit of ours ends it: the kernel notices a client that is gone without a word.
    socket.setKeepAlive(true, PROBE_AFTER_MS);
    if (held !== null) this.#client?.deliver(held, false, '');
    if (this.#ended) this.#client?.deliverEnd('');
    if (!this.#paused && this.#state === State.EXCHANGE) socket.resume();
  }

  responseEnded(close: boolean): void {
    this.#client = null;
    if (this.#state !== State.EXCHANGE) return;
    if (close || this.#closes) {
      this.#close();
      return;
    }
    this.#state = State.REST;
    this.resumeReading();
    if (!this.#requestDone) this.#deadlineMs = this.#ground.clock.nowMs() + this.#ground.settings.readMs;
    else if (!this.#consuming) this.#next();
  }

  cut(reset: boolean): void {
    this.#client = null;
    this.#state = State.LINGER;
    const { socket } = this.#inlet;
    if (reset && !this.facts.tls) socket.resetAndDestroy();
    else socket.destroy();
  }

  /** The next request: what of it came meanwhile, then what the socket brings. */
  #next(): void {
    const held = this.#held;
    this.#held = null;
    this.#awaitRequest();
    if (held !== null) this.#consume(held, held.length);
    else if (this.#ended) this.#close();
    if (this.#held === null && !this.#paused && this.#state !== State.GONE) this.#inlet.socket.resume();
  }

  // ── Ends ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Closes our side. Where the client may still be sending, what comes is read for a while: to close at once would be a reset,
   * which can destroy the answer on its way (RFC 9112 9.6).
   */
  #close(): void {
    const { socket } = this.#inlet;
    const isSilent =
      this.#ended || (this.#held === null && (this.#requestDone || this.#state === State.IDLE));
    const nowMs = this.#ground.clock.nowMs();
    this.#state = State.LINGER;
    this.#held = null;
    if (isSilent && !this.#closes) {
      // Once all is sent. Some of the answer may be waiting for a client that has stopped reading.
      this.#deadlineMs = nowMs + Math.max(LINGER_MS, this.#ground.settings.readMs);
      socket.destroySoon();
      return;
    }
    this.#deadlineMs = nowMs + LINGER_MS;
    socket.end();
    this.resumeReading();
    socket.resume();
  }

  sweep(nowMs: number): void {
    if (this.#deadlineMs === 0 || nowMs < this.#deadlineMs) return;
    this.#deadlineMs = 0;
    if (this.#state === State.HEAD) this.#answerFault(new RequestHead('', '', 0), Fault.REQUEST_TIMEOUT);
    else if (this.#state === State.IDLE) this.#close();
    else this.#inlet.socket.destroy();
  }
}

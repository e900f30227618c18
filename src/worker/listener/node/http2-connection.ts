// cold: runs once per connection, but for handing on what was read
/**
 * The life of one HTTP/2 connection of a client, over TLS or by prior knowledge (RFC 9113 3.3): its socket, its time limits and its
 * end. What is said on it is the session's business. Worker thread.
 *
 *   OPEN ── idle for keepAliveMs, drain ──▶ ENDING ── our PING answered, 1 s ──▶ LAST ── no stream left ──▶ LINGER ─▶ GONE
 *    │                                      GOAWAY: any stream is served        GOAWAY: none beyond the last one
 *    └── a broken rule, a flood, settings not acknowledged in time: GOAWAY with a reason, streams end ───▶ LINGER
 */

import { ErrorCode, MAX_STREAM_ID } from '../../http2/protocol.ts';
import type { Sweeper, Swept } from '../../sweeper.ts';
import type { ConnectionFacts } from '../client-side.ts';
import type { EngineGround } from './engine-ground.ts';
import type { Http2Output } from './http2-output.ts';
import { Http2Session, MAX_BACKLOG_BYTES } from './http2-session.ts';
import type { Inlet, InletOwner } from './inlet.ts';

/** How long a peer that was told of the end may take to close its side. */
const LINGER_MS = 5_000;
/** And what it may send meanwhile: to close with octets unread would be a reset, which can destroy the reason on its way. */
const LINGER_BYTES: number = 1024 * 1024;
/** How long a peer may take to hear of the end before streams that it begins are not served any more. */
const ENDING_MS = 1_000;
/** How often it is looked at what a connection wrote: asking the socket costs more than a sweep. */
const LOOK_MS = 500;
/**
 * How long a peer with streams under way may say and take nothing before it is asked whether it is there, and how long it may
 * take to answer. Without that, long requests keep everyone from noticing that it is gone.
 */
const QUIET_MS = 60_000;
/** What is written to ask: a PING, in a record of TLS. More than that, and the peer takes what it is sent. */
const ASKING_BYTES = 64;

const State = { OPEN: 0, ENDING: 1, LAST: 2, LINGER: 3, GONE: 4 } as const;
type State = (typeof State)[keyof typeof State];

export class Http2Connection implements InletOwner, Swept {
  sweepIndex = -1;
  readonly #inlet: Inlet;
  readonly #ground: EngineGround;
  readonly #sweeper: Sweeper;
  readonly #output: Http2Output;
  readonly #session: Http2Session;
  #state: State = State.OPEN;
  /** Not read while the peer does not take what it is answered. */
  #isPaused = false;
  // On the worker's monotonic clock.
  #openByMs: number;
  #idleUntilMs: number;
  /** The last stream that had begun at the last sweep. */
  #sweptStream = 0;
  #nextLookMs: number;
  /** Of the state. */
  #untilMs = 0;
  #lingered = 0;
  /** Answers to PINGs that came before ours of the end. */
  #pongsBefore = 0;
  /** When it was seen to live, about, or asked; how often it had been read then, and what had been written. */
  #seenMs: number;
  #seenReads = 0;
  #seenWritten = 0;
  #asked = false;
  #reads = 0;

  constructor(inlet: Inlet, facts: ConnectionFacts, ground: EngineGround, sweeper: Sweeper) {
    const nowMs = ground.clock.nowMs();
    this.#inlet = inlet;
    this.#ground = ground;
    this.#sweeper = sweeper;
    this.#session = new Http2Session(facts, inlet.socket, ground, nowMs);
    this.#output = this.#session.sender.output;
    this.#openByMs = nowMs + ground.settings.readMs;
    this.#idleUntilMs = nowMs + ground.settings.keepAliveMs;
    this.#nextLookMs = nowMs + LOOK_MS;
    this.#seenMs = nowMs;
    inlet.owner = this;
    sweeper.add(this);
  }

  /** Begins with what was read already, valid during the call only. */
  begin(first: Buffer | null): void {
    if (first !== null) this.onBytes(first, first.length);
    if (this.#inlet.socket.destroyed) this.onGone();
    else if (!this.#isPaused) this.#inlet.socket.resume();
  }

  /** What is under way finishes, then the connection ends (RFC 9113 6.8). */
  drain(): void {
    if (this.#state !== State.OPEN) return;
    this.#state = State.ENDING;
    this.#untilMs = this.#ground.clock.nowMs() + ENDING_MS;
    // What the peer sends before it hears of this is served: it is asked until when that can be.
    this.#session.sender.goaway(ErrorCode.NO_ERROR, MAX_STREAM_ID);
    this.#pongsBefore = this.#session.pongs;
    this.#session.sender.ask();
  }

  /** Cuts the connection, with an error where that ends streams: they must not look whole. */
  close(): void {
    if (this.#state === State.GONE) return;
    if (this.#state < State.LINGER && this.#session.streams.size > 0) {
      this.#session.sender.goaway(ErrorCode.INTERNAL_ERROR, this.#session.serveNoMore());
      this.#output.flush();
    }
    this.#inlet.socket.destroy();
  }

  // ── What the socket tells ──────────────────────────────────────────────────────────────────────────────────────────

  onBytes(memory: Buffer, length: number): void {
    if (this.#state >= State.LINGER) {
      this.#lingered += length;
      if (this.#lingered > LINGER_BYTES) this.#inlet.socket.destroy();
      return;
    }
    this.#reads++;
    const session = this.#session;
    const code = session.receive(memory, 0, length);
    if (code !== ErrorCode.NO_ERROR) this.#fail(code);
    else if (session.peerGoaway > ErrorCode.NO_ERROR) this.close();
    else this.#settle();
  }

  /** A peer that sends no more cannot take an answer either: it needs to open windows for it. */
  onEnd(): void {
    this.close();
  }

  onDrain(): void {
    if (this.#state >= State.LINGER) return;
    this.#session.streams.pump();
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#inlet.socket.resume();
  }

  onGone(): void {
    this.#state = State.GONE;
    this.#session.end();
    this.#sweeper.remove(this);
  }

  /** What a read leaves behind. */
  #settle(): void {
    const session = this.#session;
    if (session.peerGoaway >= 0) this.#serveNoMore();
    else if (this.#state === State.ENDING && session.pongs > this.#pongsBefore) this.#serveNoMore();
    if (this.#state === State.LAST && session.streams.size === 0) this.#finish();
    else if (this.#output.backlog > MAX_BACKLOG_BYTES && !this.#isPaused) {
      this.#output.flush();
      // It may have taken it at once.
      if (!this.#output.isBackedUp) return;
      this.#isPaused = true;
      this.#inlet.socket.pause();
    }
  }

  // ── Ends ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  #serveNoMore(): void {
    if (this.#state >= State.LAST) return;
    this.#state = State.LAST;
    this.#session.sender.goaway(ErrorCode.NO_ERROR, this.#session.serveNoMore());
  }

  /** GOAWAY with a reason; every stream ends. */
  #fail(code: ErrorCode): void {
    this.#session.sender.goaway(code, this.#session.serveNoMore());
    this.#finish();
  }

  /** Everything is said. A peer that does not close its side, or does not take what is said, is not waited for. */
  #finish(): void {
    this.#state = State.LINGER;
    this.#untilMs = this.#ground.clock.nowMs() + LINGER_MS;
    this.#session.end();
    this.#output.flush();
    const { socket } = this.#inlet;
    socket.end();
    if (this.#isPaused) socket.resume();
  }

  sweep(nowMs: number): void {
    if (this.#state === State.LINGER) {
      if (nowMs >= this.#untilMs) this.#inlet.socket.destroy();
      return;
    }
    const session = this.#session;
    session.sweep(nowMs);
    if (nowMs >= this.#nextLookMs) this.#look(nowMs);
    if (nowMs >= this.#openByMs) {
      this.#openByMs = Number.POSITIVE_INFINITY;
      // Before that our limits do not hold for it. It includes a peer that sent no settings of its own (RFC 9113 3.4, 6.5.3).
      if (!session.acknowledged) {
        this.#fail(ErrorCode.SETTINGS_TIMEOUT);
        return;
      }
    }
    const { size, last } = session.streams;
    // Most streams begin and end between two sweeps.
    if (size > 0 || last !== this.#sweptStream) this.#idleUntilMs = nowMs + this.#ground.settings.keepAliveMs;
    this.#sweptStream = last;
    if (size === 0 && this.#state === State.LAST) this.#finish();
    else if (this.#state === State.OPEN && nowMs >= this.#idleUntilMs) this.drain();
    if (this.#state === State.ENDING && nowMs >= this.#untilMs) this.#serveNoMore();
  }

  #look(nowMs: number): void {
    this.#nextLookMs = nowMs + LOOK_MS;
    const { bytesWritten } = this.#inlet.socket;
    // Idle connections and slow readers have limits of their own.
    const isLimited = this.#session.streams.size === 0 || this.#session.streams.isWaiting;
    const lives = this.#reads !== this.#seenReads || bytesWritten - this.#seenWritten > ASKING_BYTES;
    if (isLimited || lives) {
      this.#seenMs = nowMs;
      this.#seenReads = this.#reads;
      this.#seenWritten = bytesWritten;
      this.#asked = false;
    } else if (nowMs - this.#seenMs >= QUIET_MS) this.#ask(nowMs);
  }

  /** A peer that lives acknowledges a PING. */
  #ask(nowMs: number): void {
    this.#seenMs = nowMs;
    if (this.#asked) this.close();
    else this.#session.sender.ask();
    this.#asked = true;
  }
}

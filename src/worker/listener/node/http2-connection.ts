// cold: runs once per connection, but for beginning its streams
/**
 * One HTTP/2 connection of a client by node:http2, over TLS or by prior knowledge (RFC 9113 3.3): begins an exchange for each
 * stream, and ends. Worker thread.
 *
 *   streams under way ⇄ idle ── keepAliveMs ──▶ GOAWAY ───────────────────────────▶ our side closed ── LINGER_MS ──▶ cut
 *      │                                                                                  ▲
 *      ├── drain, the peer's GOAWAY: GOAWAY, they finish ─────────────────────────────────┤
 *      └── a flood, settings not acknowledged in time: GOAWAY with a reason, they end ────┘
 *
 * Nothing a peer sends throws out of here, and every error of session, stream and socket is heard.
 */

import { constants, performServerHandshake, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Sweeper, Swept } from '../../sweeper.ts';
import type { ConnectionFacts } from '../client-side.ts';
import type { EngineGround } from './engine-ground.ts';
import { NoiseMeter, ResetBucket } from './http2-budgets.ts';
import { type ClientStream, Http2Client } from './http2-client.ts';
import { CONNECTION_WINDOW_BYTES, http2Options, STREAM_WINDOW_BYTES } from './http2-options.ts';
import { readRequestHead } from './http2-request-head.ts';
import type { EndingClient, Http2Wire } from './http2-wire.ts';

/** How long a peer that was told of the end may take to close its side. */
const LINGER_MS = 5_000;
/** How often it is looked at what a connection read: asking the socket costs more than a sweep. */
const LOOK_MS = 500;
/**
 * How long a peer with streams under way may say and take nothing before it is asked whether it is there, and how long it may
 * take to answer. Without that, long requests keep everyone from noticing that it is gone; and in Node 20 nghttp2 gives a
 * connection up after some errors, and nobody is told.
 */
const QUIET_MS = 60_000;
/** What is written to ask: a PING, in a record of TLS. More than that, and the peer takes what it is sent. */
const ASKING_BYTES = 64;
/** Of a request's head beside its fields, about: frame header, priority, method. */
const HEAD_OVERHEAD_BYTES = 64;

/** Its text is nobody's business: it makes Node send a reason. */
const CUT: Error = new Error('the connection was cut');

export class Http2Connection implements Http2Wire, Swept {
  sweepIndex = -1;
  readonly facts: ConnectionFacts;
  payloadBytes = 0;
  pausedUploads = 0;
  blockedResponses = 0;
  readonly #socket: Socket;
  readonly #ground: EngineGround;
  readonly #session: ServerHttp2Session | null;
  readonly #resets: ResetBucket;
  readonly #noise: NoiseMeter;
  #streams = 0;
  /** Responses that their readers have yet to take. */
  readonly #ending: EndingClient[] = [];
  /** Why it is about to be ended, or NO_ERROR. */
  #verdict: number = constants.NGHTTP2_NO_ERROR;
  // On the worker's monotonic clock.
  #openByMs: number;
  #idleUntilMs: number;
  #nextLookMs: number;
  /** 0: not set yet. */
  #lingersUntilMs = 0;
  /** When it was seen to live, about, or asked; and what had been read and written then. */
  #seenMs: number;
  #seenRead = 0;
  #seenWritten = 0;
  #asked = false;
  /** Asked for anew after each sweep: of a date with seconds nobody notices. */
  #date = '';

  /** `first`: what was read of it already, with the preface; kept until the session has read it. */
  constructor(
    socket: Socket,
    first: Buffer | null,
    facts: ConnectionFacts,
    ground: EngineGround,
    sweeper: Sweeper,
  ) {
    const nowMs = ground.clock.nowMs();
    this.facts = facts;
    this.#socket = socket;
    this.#ground = ground;
    this.#resets = new ResetBucket(nowMs);
    this.#noise = new NoiseMeter(nowMs, socket.bytesRead);
    this.#openByMs = nowMs + ground.settings.readMs;
    this.#idleUntilMs = nowMs + ground.settings.keepAliveMs;
    this.#nextLookMs = nowMs + LOOK_MS;
    this.#seenMs = nowMs;
    this.#session = this.#open(first);
    if (socket.destroyed) return;
    sweeper.add(this);
    socket.on('close', () => sweeper.remove(this));
    // A peer that sends no more cannot take an answer either: it needs to open windows for it.
    socket.on('end', () => this.close());
  }

  /** GOAWAY: what is under way finishes, then the connection ends (RFC 9113 6.8). */
  drain(): void {
    this.#session?.close();
  }

  /** Cuts the connection, with an error where that ends streams: they must not look whole. */
  close(): void {
    if (this.#streams > 0) this.#session?.destroy(CUT, constants.NGHTTP2_INTERNAL_ERROR);
    else this.#session?.destroy();
    this.#socket.destroy();
  }

  /** Null where the socket is gone or Node does not take it; it is destroyed then. */
  #open(first: Buffer | null): ServerHttp2Session | null {
    const socket = this.#socket;
    socket.on('error', ignore);
    if (socket.destroyed) return null;
    socket.pause();
    // The session asks the socket for what lies in it already.
    if (first !== null && first.length > 0) socket.unshift(first);
    try {
      const session = performServerHandshake(socket, http2Options(this.#ground.settings));
      // 'close' follows every error.
      session.on('error', ignore);
      session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
      // The session looks into the socket in the next tick; only then may the socket flow again: what it held would be lost.
      process.nextTick(() => socket.resume());
      session.on(
        'stream',
        (stream: ClientStream, _fields: unknown, _flags: number, raw: readonly string[]) => {
          this.#begin(stream, raw);
        },
      );
      return session;
    } catch {
      socket.destroy();
      return null;
    }
  }

  // ── Streams ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #begin(stream: ClientStream, fields: readonly string[]): void {
    stream.on('error', ignore);
    // Given up before it was looked at, or one of a flood: no work for it.
    if (stream.destroyed || stream.closed || this.#verdict !== constants.NGHTTP2_NO_ERROR) {
      this.streamReset();
      return;
    }
    const head = readRequestHead(fields, stream.endAfterHeaders);
    this.payloadBytes += head.bytes + head.target.length + HEAD_OVERHEAD_BYTES;
    this.#streams++;
    this.#ground.start(new Http2Client(this, stream, head));
  }

  dateValue(): string {
    if (this.#date === '') this.#date = this.#ground.dateLine().slice('Date: '.length, -'\r\n'.length);
    return this.#date;
  }

  streamReset(): void {
    if (this.#session === null || this.#session.destroyed || this.#verdict !== constants.NGHTTP2_NO_ERROR)
      return;
    if (this.#resets.add(this.#ground.clock.nowMs())) this.#end(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  responseEnded(client: EndingClient): void {
    client.endingIndex = this.#ending.push(client) - 1;
  }

  streamClosed(client: EndingClient): void {
    const index = client.endingIndex;
    if (index >= 0) {
      const last = this.#ending.pop()!;
      if (last !== client) this.#ending[index] = last;
      last.endingIndex = index;
    }
    this.#streams--;
    if (this.#streams === 0)
      this.#idleUntilMs = this.#ground.clock.nowMs() + this.#ground.settings.keepAliveMs;
  }

  // ── Ends ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** GOAWAY with a reason; every stream ends. Not from within a callback: nghttp2 would free what it is just reading. */
  #end(reason: number): void {
    this.#verdict = reason;
    setImmediate(() => this.#session?.destroy(CUT, reason));
  }

  sweep(nowMs: number): void {
    this.#date = '';
    const session = this.#session;
    if (session === null || session.destroyed || (session.closed && this.#streams === 0)) {
      this.#linger(nowMs);
      return;
    }
    for (const client of this.#ending) client.limitEnding(nowMs);
    if (nowMs >= this.#nextLookMs) this.#look(nowMs);
    if (nowMs >= this.#openByMs) {
      this.#openByMs = Number.POSITIVE_INFINITY;
      // Before that our limits do not hold for it. It includes a peer that sent no settings of its own (RFC 9113 3.4, 6.5.3).
      if (session.pendingSettingsAck) this.#end(constants.NGHTTP2_SETTINGS_TIMEOUT);
    }
    if (this.#streams === 0 && nowMs >= this.#idleUntilMs) session.close();
  }

  #look(nowMs: number): void {
    this.#nextLookMs = nowMs + LOOK_MS;
    const { bytesRead, bytesWritten } = this.#socket;
    const unread = this.pausedUploads * STREAM_WINDOW_BYTES;
    if (this.#noise.look(nowMs, bytesRead, this.payloadBytes, unread))
      this.#end(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    // Idle connections and slow readers have limits of their own.
    const isLimited = this.#streams === 0 || this.blockedResponses > 0 || this.#ending.length > 0;
    const lives = bytesRead !== this.#seenRead || bytesWritten - this.#seenWritten > ASKING_BYTES;
    if (isLimited || lives) {
      this.#seenMs = nowMs;
      this.#seenRead = bytesRead;
      this.#seenWritten = bytesWritten;
      this.#asked = false;
    } else if (nowMs - this.#seenMs >= QUIET_MS) this.#ask(nowMs);
  }

  /** A peer that lives acknowledges a PING. After a GOAWAY of either side Node sends none. */
  #ask(nowMs: number): void {
    if (this.#session === null || this.#session.closed) return;
    if (this.#asked) this.close();
    else this.#session.ping(ignore);
    this.#asked = true;
    this.#seenMs = nowMs;
  }

  /** Everything is said. A peer that does not close its side, or does not take what is said, is not waited for. */
  #linger(nowMs: number): void {
    if (this.#lingersUntilMs === 0) this.#lingersUntilMs = nowMs + LINGER_MS;
    else if (nowMs >= this.#lingersUntilMs) this.close();
  }
}

function ignore(): void {}

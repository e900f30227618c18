// hot: runs once per request
/**
 * One HTTP/2 session with an endpoint and the requests on it: opens it, counts, notices that it ends or is dead. Worker
 * thread. LIFECYCLE.md draws the states. It starts no timer and chooses no requests: its pool does, and calls `sweep`.
 */

import type { ClientHttp2Session, Settings } from 'node:http2';
import type { Socket } from 'node:net';
import type { UpstreamTls } from '../../../bridge/snapshot/model.ts';
import type { Address } from '../../../kit/address.ts';
import { Fault } from '../../../kit/faults.ts';
import { ErrorCode } from '../../http2/protocol.ts';
import type { PoolGround } from '../pool-ground.ts';
import { Pulse, Verdict } from './pulse.ts';
import { CLOSING_MS, MAX_REQUESTS, MAX_STREAMS } from './session-settings.ts';
import { openTransport, startSession, type TransportOwner } from './transport.ts';

export const SessionState = {
  /** Until the endpoint's SETTINGS are here: before, nobody knows whether it speaks HTTP/2 and what it takes. */
  CONNECTING: 0,
  READY: 1,
  /** No new request; those under way go on. */
  DRAINING: 2,
  /** The connection is lost or given up; its streams have ended or are about to. */
  LOST: 3,
  GONE: 4,
} as const;
export type SessionState = (typeof SessionState)[keyof typeof SessionState];

/** A request on the session. */
export interface SessionCall {
  /** The session is about to be lost: what has come is to be taken now. */
  salvage(): void;
}

/** What a session tells its pool. Never from within a call of the pool's, but for `onIdle`. */
export interface SessionHome {
  onReady(session: H2Session): void;
  /** It never got ready. `reason`: for whoever runs penstock. */
  onFailed(session: H2Session, fault: Fault, reason: string): void;
  /** The endpoint takes no more requests on it, or is lost. Once. */
  onLeaving(session: H2Session): void;
  /** A request is over. */
  onRoom(session: H2Session): void;
  onGone(session: H2Session): void;
}

export class H2Session implements TransportOwner {
  state: SessionState = SessionState.CONNECTING;
  /** Requests at once that the endpoint takes. */
  maxStreams = 0;
  /** Requests begun on it. */
  requests = 0;
  /** A request has died on it, and none was answered since. */
  suspect = false;
  /** On the worker's monotonic clock: when connecting, idling or closing ends. */
  deadlineMs = 0;
  /** Why the connection is lost; NONE while it stands. */
  loss: Fault = Fault.NONE;
  readonly scheme: 'http' | 'https';
  readonly calls: Set<SessionCall> = new Set();
  readonly #home: SessionHome;
  readonly #ground: PoolGround;
  readonly #pulse = new Pulse();
  #socket: Socket;
  #node: ClientHttp2Session | null = null;
  /** The last stream that the endpoint says it has looked at (GOAWAY). */
  #lastStream = Number.POSITIVE_INFINITY;
  #problem = '';

  constructor(address: Address, tls: UpstreamTls | null, home: SessionHome, ground: PoolGround) {
    this.scheme = tls === null ? 'http' : 'https';
    this.#home = home;
    this.#ground = ground;
    this.#socket = openTransport(address, tls, ground.contexts, this);
  }

  /** Null once it takes no new stream. */
  get node(): ClientHttp2Session | null {
    const node = this.#node;
    return this.state === SessionState.READY && node !== null && !node.closed && !node.destroyed
      ? node
      : null;
  }

  /** `maxRequests`: over the whole session; 0 = no limit. */
  hasRoom(maxRequests: number): boolean {
    return this.calls.size < this.maxStreams && !this.isSpent(maxRequests) && this.node !== null;
  }

  /** It has carried as many requests as it may. */
  isSpent(maxRequests: number): boolean {
    return this.requests >= (maxRequests === 0 ? MAX_REQUESTS : maxRequests);
  }

  take(call: SessionCall): void {
    this.#pulse.onRequest(this.#ground.coarseNowMs, this.calls.size === 0);
    this.calls.add(call);
    this.requests++;
  }

  release(call: SessionCall): void {
    if (!this.calls.delete(call)) return;
    if (this.calls.size === 0 && this.state === SessionState.DRAINING) this.#closeSoon();
    this.#home.onRoom(this);
  }

  /**
   * Whether the endpoint has said that it did nothing with this stream (RFC 9113 6.8). `id`: undefined if it was never
   * sent.
   */
  disowns(id: number | undefined): boolean {
    return id === undefined || id > this.#lastStream;
  }

  /**
   * No request is on it, and none is wanted. Not with requests: nghttp2 drops those whose heads wait to be sent at the end
   * of the turn.
   */
  end(): void {
    if (this.state === SessionState.CONNECTING) {
      this.state = SessionState.GONE;
      this.#cut();
      this.#home.onGone(this);
    } else if (this.state === SessionState.READY) {
      this.state = SessionState.DRAINING;
      this.#closeSoon();
      this.#node?.close();
    }
  }

  /** `pingMs`: how long the endpoint may take to say that it lives. */
  sweep(nowMs: number, pingMs: number): void {
    switch (this.state) {
      case SessionState.CONNECTING:
        if (this.deadlineMs <= nowMs) this.#fail(Fault.CONNECT_TIMEOUT, 'it did not answer in time');
        return;
      case SessionState.READY:
      case SessionState.DRAINING:
        if (this.calls.size > 0) {
          if (this.#node?.destroyed === true) this.#lose(Fault.UPSTREAM_RESET);
          // node:http2 sends no PING on a session that drains; the time limits of its requests are left.
          else if (this.state === SessionState.READY) this.#feelPulse(nowMs, pingMs);
        } else if (this.deadlineMs <= nowMs) {
          if (this.state === SessionState.READY) this.end();
          else this.#cut();
        }
        return;
      case SessionState.LOST:
        if (this.deadlineMs <= nowMs) this.#cut();
        return;
      default:
        return;
    }
  }

  // ── The connection ─────────────────────────────────────────────────────────────────────────────────────────────────

  // hot-ok: once per session
  onTransport(socket: Socket): void {
    if (this.state !== SessionState.CONNECTING) return;
    this.#socket = socket;
    // Before node:http2 hears of it, which drops what was received.
    socket.on('error', () => this.#lose(Fault.UPSTREAM_RESET));
    socket.on('close', () => this.#lose(Fault.UPSTREAM_CLOSED));
    const node = startSession(socket, this.scheme);
    if (typeof node === 'string') {
      this.#fail(Fault.CONNECT_FAILED, node);
      return;
    }
    this.#node = node;
    node.on('remoteSettings', (settings) => this.#onSettings(settings));
    node.on('goaway', (code, lastStream) => this.#onGoaway(code, lastStream));
    node.on('error', (error) => {
      this.#problem = error.message;
    });
    node.on('close', () => this.#onClose());
  }

  onTransportFailed(fault: Fault, reason: string): void {
    this.#fail(fault, reason);
  }

  #onSettings(settings: Settings): void {
    // Absent means no limit (RFC 9113 6.5.2).
    this.maxStreams = Math.min(settings.maxConcurrentStreams ?? MAX_STREAMS, MAX_STREAMS);
    if (this.state === SessionState.CONNECTING) {
      this.state = SessionState.READY;
      this.#home.onReady(this);
    } else if (this.state === SessionState.READY) this.#home.onRoom(this);
  }

  /** node:http2 itself calls `close` next, or `destroy` where the code is an error. */
  #onGoaway(code: number, lastStream: number): void {
    this.#lastStream = Math.min(this.#lastStream, lastStream);
    if (code !== ErrorCode.NO_ERROR) {
      this.#ground.report(`an endpoint ended its HTTP/2 session with error code ${code}`);
      this.#lose(Fault.UPSTREAM_RESET);
    } else if (this.state === SessionState.READY) {
      this.state = SessionState.DRAINING;
      if (this.calls.size === 0) this.#closeSoon();
      this.#home.onLeaving(this);
    }
  }

  /** What follows is that node:http2 drops every stream. */
  #lose(fault: Fault): void {
    if (this.state === SessionState.CONNECTING) {
      const said = this.#socket.bytesRead > 0;
      const reason = this.#problem || 'it closed the connection before HTTP/2 stood';
      this.#fail(said ? Fault.NOT_HTTP2 : Fault.CONNECT_FAILED, reason);
      return;
    }
    if (this.state >= SessionState.LOST) return;
    const wasReady = this.state === SessionState.READY;
    this.state = SessionState.LOST;
    this.loss = fault;
    this.#closeSoon();
    for (const call of this.calls) call.salvage();
    if (wasReady) this.#home.onLeaving(this);
  }

  #fail(fault: Fault, reason: string): void {
    if (this.state !== SessionState.CONNECTING) return;
    this.state = SessionState.GONE;
    this.#cut();
    this.#home.onFailed(this, fault, reason);
  }

  #onClose(): void {
    this.#lose(Fault.UPSTREAM_CLOSED);
    if (this.state === SessionState.GONE) return;
    this.state = SessionState.GONE;
    this.#home.onGone(this);
  }

  #closeSoon(): void {
    this.deadlineMs = this.#ground.coarseNowMs + CLOSING_MS;
  }

  #cut(): void {
    this.#socket.destroy();
  }

  #feelPulse(nowMs: number, pingMs: number): void {
    switch (this.#pulse.feel(nowMs, pingMs, this.#socket.bytesRead)) {
      case Verdict.ASK:
        this.#ping();
        return;
      case Verdict.DEAD:
        this.#lose(Fault.UPSTREAM_RESET);
        this.#cut();
        return;
      default:
        return;
    }
  }

  // hot-ok: once per silence
  #ping(): void {
    this.#node?.ping((error) => {
      if (error === null) this.#pulse.onAnswer(this.#socket.bytesRead);
    });
  }
}

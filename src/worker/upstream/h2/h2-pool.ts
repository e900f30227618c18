// hot: runs once per request
/**
 * The HTTP/2 sessions of one worker with one endpoint, and the requests that wait for one. Worker thread. One session
 * carries everything until the endpoint takes no more at once; then others are opened, up to a bound.
 */

import type { Address } from '../../../kit/address.ts';
import { Fault } from '../../../kit/faults.ts';
import { ConnectReports } from '../connect-reports.ts';
import { equalTls } from '../endpoint-tls.ts';
import type { PoolGround, PoolService, UpstreamPool } from '../pool-ground.ts';
import { type CallHome, H2Call } from './h2-call.ts';
import type { H2Ground } from './h2-ground.ts';
import { H2Session, type SessionHome, SessionState } from './h2-session.ts';
import { MAX_SESSIONS, MAX_STREAMS, MIN_PING_MS } from './session-settings.ts';

export class H2Pool implements UpstreamPool, SessionHome, CallHome {
  readonly key: string;
  address: Address;
  created = 0;
  reused = 0;
  readonly #ground: PoolGround;
  readonly #h2: H2Ground;
  readonly #reports: ConnectReports;
  /** In every state but GONE, oldest first. */
  readonly #sessions: H2Session[] = [];
  /** In the order of their coming. */
  readonly #waiting = new Set<H2Call>();
  #service: PoolService;
  /**
   * Of the request that came last; a session that replaces another one may take as long, and so may the answer to a PING.
   */
  #connectMs = 0;
  /**
   * Requests at once that a session not yet ready is expected to take: as many as the last one. The first shows how many
   * that is.
   */
  #expectedStreams: number = MAX_STREAMS;
  #retired = false;

  constructor(key: string, address: Address, service: PoolService, ground: PoolGround, h2: H2Ground) {
    this.key = key;
    this.address = address;
    this.#service = service;
    this.#ground = ground;
    this.#h2 = h2;
    this.#reports = new ConnectReports(ground);
  }

  get open(): number {
    return this.#sessions.length;
  }

  get idleCount(): number {
    let idle = 0;
    for (let i = 0; i < this.#sessions.length; i++) if (isIdle(this.#sessions[i] as H2Session)) idle++;
    return idle;
  }

  acquire(service: PoolService, connectMs: number, fresh: boolean): H2Call {
    this.#service = service;
    this.#connectMs = connectMs;
    const session = this.#withRoom(fresh);
    if (session === null) return this.#wait(fresh);
    const call = new H2Call(this, this.#h2, this.#ground.writeMemory, session.requests > 0, fresh);
    if (call.reused) this.reused++;
    call.assign(session);
    return call;
  }

  serves(service: PoolService): boolean {
    const { protocol, tls } = this.#service;
    return service.protocol === protocol && equalTls(service.tls, tls);
  }

  sweep(nowMs: number): void {
    for (const call of this.#waiting) {
      if (call.deadlineMs > nowMs) continue;
      this.#waiting.delete(call);
      call.refuse(Fault.CONNECT_TIMEOUT);
    }
    // Backwards: a session that goes leaves the list.
    const pingMs = Math.max(this.#connectMs, MIN_PING_MS);
    for (let i = this.#sessions.length - 1; i >= 0; i--) this.#sessions[i]?.sweep(nowMs, pingMs);
  }

  retire(): void {
    this.#retired = true;
    for (let i = this.#sessions.length - 1; i >= 0; i--) {
      const session = this.#sessions[i] as H2Session;
      // One that is still connecting serves those who wait for it.
      const isWanted = session.state === SessionState.CONNECTING && this.#waiting.size > 0;
      if (session.calls.size === 0 && !isWanted) session.end();
    }
  }

  // ── What sessions and calls tell ───────────────────────────────────────────────────────────────────────────────────

  onReady(session: H2Session): void {
    this.#reports.clear();
    if (session.maxStreams > 0) this.#expectedStreams = session.maxStreams;
    this.#serveWaiting();
    this.#settleIdle(session);
  }

  onFailed(session: H2Session, fault: Fault, reason: string): void {
    this.#remove(session);
    this.#reports.report(this.address, fault, reason);
    // Those who wait have one deadline each; as long as another session may still come, they go on waiting.
    if (this.#connecting() > 0) return;
    for (const call of this.#waiting) call.refuse(fault);
    this.#waiting.clear();
  }

  /**
   * The successor is there before the next request needs it, but only for a session that was of use: an endpoint that ends
   * each at once gets no more.
   */
  onLeaving(session: H2Session): void {
    if (this.#retired || session.requests === 0) return;
    for (let i = 0; i < this.#sessions.length; i++) {
      const { state } = this.#sessions[i] as H2Session;
      if (state === SessionState.CONNECTING || state === SessionState.READY) return;
    }
    this.#connect();
  }

  onRoom(session: H2Session): void {
    if (this.#waiting.size > 0) this.#serveWaiting();
    if (session.calls.size === 0) this.#settleIdle(session);
  }

  onGone(session: H2Session): void {
    this.#remove(session);
  }

  onLeftWaiting(call: H2Call): void {
    this.#waiting.delete(call);
  }

  // ── Choosing and waiting ───────────────────────────────────────────────────────────────────────────────────────────

  /** The oldest first, so that the surplus of a burst falls idle and goes. */
  #withRoom(fresh: boolean): H2Session | null {
    const { maxRequests } = this.#service;
    for (let i = 0; i < this.#sessions.length; i++) {
      const session = this.#sessions[i] as H2Session;
      if (session.hasRoom(maxRequests) && !(fresh && session.suspect)) return session;
    }
    return null;
  }

  #wait(fresh: boolean): H2Call {
    const opens = this.#connecting() * this.#expectedStreams <= this.#waiting.size;
    const call = new H2Call(this, this.#h2, this.#ground.writeMemory, !opens, fresh);
    if (opens && !this.#mayConnect()) {
      call.refuse(Fault.ENDPOINT_FULL);
      return call;
    }
    const nowMs = this.#ground.opening();
    call.deadlineMs = nowMs + this.#connectMs;
    this.#waiting.add(call);
    if (opens) this.#connect();
    else this.#extend(call.deadlineMs);
    return call;
  }

  /** Sessions being made stand as long as anyone may wait for them. */
  #extend(deadlineMs: number): void {
    for (let i = 0; i < this.#sessions.length; i++) {
      const session = this.#sessions[i] as H2Session;
      if (session.state === SessionState.CONNECTING && session.deadlineMs < deadlineMs)
        session.deadlineMs = deadlineMs;
    }
  }

  /** Gives out the room there is; for the rest opens more sessions, or says that there is none. */
  #serveWaiting(): void {
    for (const call of this.#waiting) {
      const session = this.#withRoom(call.fresh);
      if (session === null) {
        if (call.fresh) continue;
        break;
      }
      this.#waiting.delete(call);
      if (session.requests > 0) this.reused++;
      call.assign(session);
    }
    while (this.#connecting() * this.#expectedStreams < this.#waiting.size && this.#mayConnect())
      this.#connect();
    if (this.#waiting.size === 0 || this.#connecting() > 0) return;
    for (const call of this.#waiting) call.refuse(Fault.ENDPOINT_FULL);
    this.#waiting.clear();
  }

  /** An endpoint that allows no request at all on a session that stands would allow none on another. */
  #mayConnect(): boolean {
    if (this.#sessions.length >= MAX_SESSIONS) return false;
    for (let i = 0; i < this.#sessions.length; i++) {
      const { state, maxStreams } = this.#sessions[i] as H2Session;
      if (state === SessionState.READY && maxStreams === 0) return false;
    }
    return true;
  }

  #connecting(): number {
    let count = 0;
    for (let i = 0; i < this.#sessions.length; i++)
      if ((this.#sessions[i] as H2Session).state === SessionState.CONNECTING) count++;
    return count;
  }

  #connect(): void {
    const deadlineMs = this.#ground.opening() + this.#connectMs;
    this.created++;
    const session = new H2Session(this.address, this.#service.tls, this, this.#ground);
    session.deadlineMs = deadlineMs;
    this.#sessions.push(session);
  }

  /** A session without requests: idles for its time, or goes. */
  #settleIdle(session: H2Session): void {
    if (session.state !== SessionState.READY || session.calls.size > 0) return;
    const { maxIdle, idleTimeoutMs, maxRequests } = this.#service;
    session.deadlineMs = this.#ground.coarseNowMs + idleTimeoutMs;
    if (this.#retired || session.isSpent(maxRequests) || this.idleCount > maxIdle) session.end();
  }

  #remove(session: H2Session): void {
    const at = this.#sessions.indexOf(session);
    if (at !== -1) this.#sessions.splice(at, 1);
  }
}

function isIdle(session: H2Session): boolean {
  return session.state === SessionState.READY && session.calls.size === 0;
}

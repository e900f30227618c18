// hot: runs once per request
/**
 * The way of a request, on one screen: `run` names the steps in their order, the callbacks below carry them on. Worker
 * thread. Stages never call each other; this conductor calls them. LIFECYCLE.md draws the states. Nothing here throws.
 */

import type { Endpoint, Route, Service } from '../../bridge/snapshot/model.ts';
import { effectOf, Fault, Retry } from '../../kit/faults.ts';
import { normalizeHost } from '../../kit/host.ts';
import { PathFault, resolvePath } from '../../kit/path.ts';
import { BodyFraming, type ClientHandler, type ClientSide } from '../listener/client-side.ts';
import { RequestBody, type RequestHead } from '../listener/request-head.ts';
import { decide, Verdict } from '../policies/decide.ts';
import { httpsLocation, permanentRedirectStatus, redirectLocation } from '../policies/redirect-location.ts';
import { rewriteTarget } from '../policies/rewrite-target.ts';
import { configuredAnswer, ownAnswer } from '../response/own-answer.ts';
import type { MatchRequest } from '../router/match-request.ts';
import { matchRoute, NO_ROUTE } from '../router/match-route.ts';
import type { Serving } from '../serving.ts';
import type { UpstreamConnection } from '../upstream/connection.ts';
import { type ResponseHead, reasonOf } from '../upstream/response-head.ts';
import type { UpstreamHandler } from '../upstream/upstream-handler.ts';
import type { ExchangeContext } from './exchange-context.ts';
import { requestIdOf } from './request-id.ts';
import { asksToClose, requestText } from './request-text.ts';
import type { Swept } from './sweeper.ts';
import { Waiting, writeLimitMs } from './time-limits.ts';

/** A request body up to this size is kept until the endpoint answers, so that it can be sent a second time. */
const MAX_REPLAY_BYTES = 65_536;
/** The engine's own timer, where it has one that cannot be set, runs out after 10 s. */
const ENGINE_TIMER_MS = 4_000;
/** nginx's number for a client that went away before it was answered. */
const CLIENT_CLOSED_REQUEST = 499;
const DELETE = '\x7f';
const NO_BYTES: Uint8Array = new Uint8Array(0);

export class Exchange implements ClientHandler, UpstreamHandler, MatchRequest, Swept {
  sweepIndex = -1;
  readonly #context: ExchangeContext;
  readonly #serving: Serving;
  readonly #client: ClientSide;
  readonly #startedMs: number;
  // What the router and the endpoint get to see.
  host = '';
  path = '';
  #target = '';
  #requestId = '';
  #trusted = false;
  #address = '';
  #route: Route | null = null;
  #service: Service | null = null;
  #endpoint: Endpoint | null = null;
  // The request towards the endpoint.
  #upstream: UpstreamConnection | null = null;
  #text = '';
  #replay: Uint8Array[] | null = null;
  #replayBytes = 0;
  #requestDone = false;
  #retried = false;
  // The answer.
  #status = 0;
  #headWritten = false;
  #responseDone = false;
  #finished = false;
  #fault: Fault = Fault.NONE;
  #upstreamMs = -1;
  #bytesIn = 0;
  #bytesOut = 0;
  // Time limits.
  #waiting: Waiting = Waiting.CONNECT;
  #sinceMs = 0;
  #timerRestartedMs = 0;

  constructor(context: ExchangeContext, client: ClientSide) {
    this.#context = context;
    this.#serving = context.serving;
    this.#client = client;
    this.#startedMs = context.clock.nowMs();
  }

  run(): void {
    this.#context.gauges.addInFlight(1);
    // :: 1. Who asks, and is it a request that can be understood in one way only?
    this.#identify();
    const malformed = this.#check();
    if (malformed !== Fault.NONE) return this.#refuse(malformed);
    // :: 2. Which route?
    const { snapshot } = this.#serving;
    const index = matchRoute(snapshot.routeTable, snapshot, this);
    if (index === NO_ROUTE) return this.#refuse(Fault.NO_ROUTE);
    const route = snapshot.route(index);
    this.#route = route;
    // :: 3. What do its policies say?
    const verdict = decide(route, this.#secure());
    if (verdict !== Verdict.FORWARD) return this.#answerVerdict(route, verdict);
    const { head } = this.#client;
    if (isOver(head.contentLength, route.bodyBytes)) return this.#refuse(Fault.BODY_TOO_LARGE);
    // :: 4. Which endpoint?
    const { balancer } = this.#context;
    const service = snapshot.service(balancer.chooseService(route));
    this.#service = service;
    this.#endpoint = balancer.chooseEndpoint(service);
    if (this.#endpoint === null) return this.#refuse(Fault.NO_ENDPOINT);
    // :: 5. What does it get?
    this.#text = this.#requestText(route);
    if (this.#text.includes(DELETE)) return this.#refuse(Fault.BAD_REQUEST);
    // :: 6. Off it goes; the answer comes through the callbacks.
    this.#requestDone = !bodyFollows(head);
    if (!this.#requestDone) this.#replay = [];
    this.#client.attach(this);
    this.#context.sweeper.add(this);
    this.#forward(route, service, this.#endpoint);
  }

  // ── What the router asks (MatchRequest) ────────────────────────────────────────────────────────────────────────────

  get method(): string {
    return this.#client.head.method;
  }

  get query(): string {
    return this.#client.head.query;
  }

  header(name: string): string | null {
    return this.#client.head.header(name);
  }

  // ── Steps ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #identify(): void {
    const { peer, head } = this.#client;
    const { trusted } = this.#serving;
    this.#trusted = trusted.trusts(peer);
    this.#address = this.#trusted ? trusted.clientOf(peer, forwardedFor(head.forwarding)) : peer;
    this.#requestId = requestIdOf(head.requestId, this.#trusted);
  }

  #check(): Fault {
    const { head } = this.#client;
    const { limits } = this.#serving.snapshot;
    if (head.fault !== Fault.NONE) return head.fault;
    if (isOver(head.target.length, limits.urlBytes)) return Fault.URL_TOO_LONG;
    if (isOver(head.bytes, limits.headerBytes)) return Fault.HEADERS_TOO_LARGE;
    const host = normalizeHost(head.host);
    if (host === null) return Fault.BAD_REQUEST;
    this.host = host;
    const path = resolvePath(head.pathEnd === head.target.length ? head.target : head.target.slice(0, head.pathEnd));
    if (path === PathFault.ABOVE_ROOT) return Fault.PATH_ABOVE_ROOT;
    if (path === PathFault.MALFORMED) return Fault.BAD_REQUEST;
    this.path = path;
    return Fault.NONE;
  }

  /** The client speaks TLS to us, or to a trusted proxy in front of us. */
  #secure(): boolean {
    if (this.#client.tls) return true;
    if (!this.#trusted) return false;
    const { forwarding } = this.#client.head;
    const at = forwarding === null ? -1 : forwarding.lastIndexOf('x-forwarded-proto');
    return at >= 0 && forwarding?.[at + 1] === 'https';
  }

  #answerVerdict(route: Route, verdict: Verdict): void {
    const { head } = this.#client;
    const { action } = route;
    if (verdict === Verdict.HTTPS_REDIRECT) {
      const location = httpsLocation(this.host, head.target, this.#serving.snapshot.httpsPort);
      this.#answer(permanentRedirectStatus(head.method), '', '', location, false);
    } else if (action.kind === 'redirect') {
      const { target, pathEnd } = head;
      const scheme = this.#secure() ? 'https' : 'http';
      const location = redirectLocation(action.to, { scheme, host: this.host, target, pathEnd });
      this.#answer(action.status, '', '', location, false);
    } else if (action.kind === 'respond') {
      const { fields, body } = configuredAnswer(action.body, action.headers, this.#requestId);
      this.#send(action.status, fields, body, false);
    }
  }

  #requestText(route: Route): string {
    const { head, peer, tls, localPort } = this.#client;
    this.#target = rewriteTarget(route, head.target, head.pathEnd, this.path);
    const forwarding = {
      target: this.#target,
      host: route.rewrite?.host ?? head.host,
      peer,
      trusted: this.#trusted,
      client: this.#address,
      tls,
      localPort,
      requestId: this.#requestId,
    };
    return requestText(head, forwarding, route.requestHeaders);
  }

  #forward(route: Route, service: Service, endpoint: Endpoint): void {
    const { head } = this.#client;
    const connectMs = route.connectMs ?? service.connectMs;
    const upstream = this.#context.pools.acquire(endpoint, service, connectMs, this.#retried);
    this.#upstream = upstream;
    upstream.begin(this, head.method === 'HEAD');
    this.#serving.serviceCounters.countConnection(service.counterSlot, upstream.reused);
    // Latin-1 is the cheaper way to write what is ASCII; anything else was decoded from UTF-8 and goes back as such.
    const isAscii = Buffer.byteLength(this.#text) === this.#text.length;
    upstream.writeHead(this.#text, isAscii ? 'latin1' : 'utf8', bodyFollows(head) ? head.body : RequestBody.NONE);
    this.#wait(this.#requestDone ? Waiting.RESPONSE_HEAD : Waiting.REQUEST_BODY);
  }

  #wait(waiting: Waiting): void {
    this.#waiting = waiting;
    this.#sinceMs = this.#context.clock.nowMs();
  }

  // ── The client's side ──────────────────────────────────────────────────────────────────────────────────────────────

  onClientBody(bytes: Uint8Array, last: boolean): void {
    if (this.#finished || this.#requestDone) return;
    this.#bytesIn += bytes.length;
    if (last) this.#requestDone = true;
    const route = this.#route as Route;
    if (isOver(this.#bytesIn, route.bodyBytes)) {
      this.#upstream?.abort();
      return this.#fail(Fault.BODY_TOO_LARGE);
    }
    this.#keepForReplay(bytes);
    const goesOn = this.#upstream?.writeBody(bytes, last) ?? true;
    if (!goesOn && !last) this.#client.pauseBody();
    // Once the answer has begun, its own limits count.
    if (this.#headWritten) return;
    if (last) this.#wait(Waiting.RESPONSE_HEAD);
    else this.#wait(goesOn ? Waiting.REQUEST_BODY : Waiting.UPSTREAM_WRITE);
  }

  onClientDrain(): void {
    if (this.#finished) return;
    if (this.#responseDone) return this.#finish();
    this.#wait(Waiting.RESPONSE_BODY);
    this.#upstream?.resume();
  }

  onClientAborted(): void {
    if (this.#finished) return;
    this.#upstream?.abort();
    this.#fault = Fault.CLIENT_ABORTED;
    if (this.#status === 0) this.#status = CLIENT_CLOSED_REQUEST;
    this.#finish();
  }

  #keepForReplay(bytes: Uint8Array): void {
    if (this.#replay === null) return;
    this.#replayBytes += bytes.length;
    if (this.#replayBytes > MAX_REPLAY_BYTES) this.#replay = null;
    else this.#replay.push(bytes.slice());
  }

  // ── The endpoint's side ────────────────────────────────────────────────────────────────────────────────────────────

  onUpstreamHead(head: ResponseHead, hasBody: boolean): void {
    const { status } = head;
    const client = this.#client;
    this.#status = status;
    this.#headWritten = true;
    this.#replay = null;
    this.#upstreamMs = this.#context.clock.nowMs() - this.#startedMs;
    const bodiless = status === 204 || status === 304 || client.head.method === 'HEAD';
    // A 204 has no length to tell (RFC 9110 8.6).
    const length = status === 204 ? -1 : head.contentLength;
    const framing = bodiless
      ? BodyFraming.NONE
      : hasBody && length < 0
        ? BodyFraming.STREAM
        : BodyFraming.LENGTH;
    const fields = this.#context.responseFields.build(head, (this.#route as Route).responseHeaders);
    const close = this.#context.stopping || asksToClose(client.head.connection);
    client.writeHead(status, reasonOf(head), fields, framing, framing === BodyFraming.LENGTH && length < 0 ? 0 : length, close);
    this.#wait(Waiting.RESPONSE_BODY);
  }

  onUpstreamBody(bytes: Uint8Array): boolean {
    this.#bytesOut += bytes.length;
    if (this.#client.writeBody(bytes)) {
      this.#sinceMs = this.#context.clock.nowMs();
      return true;
    }
    if (this.#finished) return true;
    if (this.#waiting !== Waiting.CLIENT_WRITE) this.#wait(Waiting.CLIENT_WRITE);
    return false;
  }

  onUpstreamReadEnd(): void {
    this.#client.flush();
  }

  onUpstreamEnd(): void {
    this.#upstream = null;
    this.#responseDone = true;
    // An answer before the end of the upload: the rest of it is read and dropped, so that the connection can go on.
    if (!this.#requestDone) this.#client.resumeBody();
    if (this.#client.end()) this.#finish();
    else if (this.#waiting !== Waiting.CLIENT_WRITE) this.#wait(Waiting.CLIENT_WRITE);
  }

  onUpstreamDrain(): void {
    if (this.#finished || this.#requestDone) return;
    if (!this.#headWritten) this.#wait(Waiting.REQUEST_BODY);
    this.#client.resumeBody();
  }

  onUpstreamFault(fault: Fault, answered: boolean): void {
    const upstream = this.#upstream;
    this.#upstream = null;
    if (!answered && upstream !== null && this.#mayRetry(fault, upstream)) return this.#retry();
    this.#fail(fault);
  }

  /** An idle connection that died as we wrote to it is replaced, if the request can be sent whole again (contract, Retries). */
  #mayRetry(fault: Fault, upstream: UpstreamConnection): boolean {
    if (effectOf(fault).retry !== Retry.REUSED_ONLY || !upstream.reused || upstream.responseStarted) return false;
    return !this.#retried && (this.#replay !== null || !bodyFollows(this.#client.head));
  }

  #retry(): void {
    this.#retried = true;
    this.#forward(this.#route as Route, this.#service as Service, this.#endpoint as Endpoint);
    const kept = this.#replay;
    if (kept === null) return;
    for (let i = 0; i < kept.length; i++) {
      this.#upstream?.writeBody(kept[i] as Uint8Array, this.#requestDone && i === kept.length - 1);
    }
    if (!this.#requestDone) this.#client.resumeBody();
  }

  // ── Ends ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The exchange ends by a fault: with an answer if the client has got nothing yet, else by cutting it. */
  #fail(fault: Fault): void {
    if (this.#finished) return;
    if (!this.#headWritten && effectOf(fault).status !== 0) return this.#refuse(fault);
    this.#fault = fault;
    this.#client.abort();
    this.#finish();
  }

  #refuse(fault: Fault): void {
    const { status, text, proxyError, closes } = effectOf(fault);
    this.#fault = fault;
    this.#answer(status, text, proxyError, '', closes);
  }

  #answer(status: number, text: string, proxyError: string, location: string, closes: boolean): void {
    const { fields, body } = ownAnswer({
      status,
      text,
      proxyError,
      requestId: this.#requestId,
      accept: status >= 400 ? this.#client.head.header('accept') : null,
      retryAfter: status === 503 ? 1 : 0,
      location,
    });
    this.#send(status, fields, body, closes);
  }

  #send(status: number, fields: Uint8Array, body: Uint8Array, closes: boolean): void {
    const { head } = this.#client;
    const bodiless = status === 204 || status === 304;
    const close = closes || this.#context.stopping || asksToClose(head.connection);
    const hasBody = !bodiless && head.method !== 'HEAD';
    this.#status = status;
    this.#bytesOut = hasBody ? body.length : 0;
    this.#client.answer(status, fields, hasBody ? body : NO_BYTES, bodiless ? -1 : body.length, hasBody, close);
    this.#finish();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    const { gauges, sweeper, clock } = this.#context;
    gauges.addInFlight(-1);
    sweeper.remove(this);
    const seconds = (clock.nowMs() - this.#startedMs) / 1000;
    const { routeCounters, serviceCounters, logsAccess } = this.#serving;
    routeCounters.add(this.#route?.counterSlot ?? 0, this.#status, seconds, this.#bytesIn, this.#bytesOut);
    if (this.#upstreamMs >= 0 && this.#service !== null) {
      const upstreamSeconds = this.#upstreamMs / 1000;
      serviceCounters.add(this.#service.counterSlot, this.#status, upstreamSeconds, this.#bytesIn, this.#bytesOut);
    }
    if (logsAccess) this.#log(seconds * 1000);
  }

  #log(durationMs: number): void {
    const { head, tls } = this.#client;
    this.#context.accessLog.write({
      timeMs: this.#context.clock.epochMs(),
      client: this.#address,
      method: head.method,
      scheme: tls ? 'https' : 'http',
      host: head.host,
      target: head.target,
      status: this.#status,
      route: this.#route?.name ?? '',
      service: this.#service?.name ?? '',
      endpoint: this.#endpoint?.id ?? '',
      durationMs,
      upstreamMs: this.#upstreamMs,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      requestId: this.#requestId,
      fault: effectOf(this.#fault).label,
    });
  }

  // ── Time ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  sweep(nowMs: number): void {
    const route = this.#route as Route;
    const service = this.#service as Service;
    const waitedMs = nowMs - this.#sinceMs;
    const clientMoves = this.#waiting === Waiting.REQUEST_BODY || this.#waiting === Waiting.CLIENT_WRITE;
    if ((clientMoves || !this.#requestDone) && nowMs - this.#timerRestartedMs > ENGINE_TIMER_MS) {
      this.#timerRestartedMs = nowMs;
      this.#client.restartTimer();
    }
    switch (this.#waiting) {
      case Waiting.REQUEST_BODY:
        if (waitedMs > route.readMs) this.#expire(Fault.REQUEST_TIMEOUT);
        return;
      case Waiting.UPSTREAM_WRITE:
      case Waiting.RESPONSE_HEAD:
        if (waitedMs > (route.responseMs ?? service.responseMs)) this.#expire(Fault.RESPONSE_TIMEOUT);
        return;
      case Waiting.RESPONSE_BODY:
        if (waitedMs > (route.idleMs ?? service.idleMs)) this.#expire(Fault.RESPONSE_IDLE);
        return;
      case Waiting.CLIENT_WRITE:
        if (waitedMs > writeLimitMs(route.writeMs, this.#bytesOut)) this.#expire(Fault.CLIENT_WRITE_TIMEOUT);
        return;
      default:
        return;
    }
  }

  #expire(fault: Fault): void {
    this.#upstream?.abort();
    this.#upstream = null;
    this.#fail(fault);
  }
}

function bodyFollows(head: RequestHead): boolean {
  return head.body === RequestBody.CHUNKED || (head.body === RequestBody.LENGTH && head.contentLength > 0);
}

/** 0 = no limit. */
function isOver(value: number, limit: number): boolean {
  return limit > 0 && value > limit;
}

function forwardedFor(forwarding: readonly string[] | null): string {
  if (forwarding === null) return '';
  let value = '';
  for (let i = 0; i < forwarding.length; i += 2) {
    if (forwarding[i] === 'x-forwarded-for') value = value === '' ? (forwarding[i + 1] as string) : `${value},${forwarding[i + 1]}`;
  }
  return value;
}

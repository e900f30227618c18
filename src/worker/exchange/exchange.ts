// hot: runs once per request
/**
 * The way of a request, on one screen: `run` names the steps in their order, the callbacks below carry them on. Worker
 * thread. Stages never call each other; this conductor calls them. LIFECYCLE.md draws the states. Nothing here throws.
 */

import type { Route } from '../../bridge/snapshot/model.ts';
import { effectOf, Fault } from '../../kit/faults.ts';
import { BodyFraming, type ClientHandler, type ClientSide } from '../listener/client-side.ts';
import { RequestBody } from '../listener/request-head.ts';
import { keyAuthorizationFor } from '../policies/acme-challenge.ts';
import { decide, Verdict } from '../policies/decide.ts';
import { redirectionOf } from '../policies/redirect-location.ts';
import { hstsOf, withHsts } from '../response/hsts.ts';
import { challengeAnswer, configuredAnswer, redirectAnswer } from '../response/own-answer.ts';
import { matchRoute, NO_ROUTE } from '../router/match-route.ts';
import type { Serving } from '../serving.ts';
import type { Swept } from '../sweeper.ts';
import { type ResponseHead, reasonOf } from '../upstream/response-head.ts';
import type { UpstreamCall } from '../upstream/upstream-call.ts';
import type { UpstreamHandler } from '../upstream/upstream-handler.ts';
import { Attempts } from './attempts.ts';
import { type ClientIdentity, identify } from './client-identity.ts';
import type { ExchangeContext } from './exchange-context.ts';
import { ExchangeRecord } from './exchange-record.ts';
import { refusal } from './refusal.ts';
import { asksToClose, forwardingOf, requestText } from './request-text.ts';
import { isOver, RequestView } from './request-view.ts';
import { earningBytes, expired, Waiting } from './time-limits.ts';
import { Tunnel, type TunnelOwner } from './tunnel.ts';
import { asksForWebSocket, carriesWebSocket } from './websocket-request.ts';

/** The engine's own timer, where it has one that cannot be set, runs out after 10 s. */
const ENGINE_TIMER_MS = 4_000;
/** nginx's number for a client that went away before it was answered. */
const CLIENT_CLOSED_REQUEST = 499;
const DELETE = '\x7f';
const NO_BYTES: Uint8Array = new Uint8Array(0);

export class Exchange implements ClientHandler, UpstreamHandler, TunnelOwner, Swept {
  sweepIndex = -1;
  readonly #context: ExchangeContext;
  readonly #serving: Serving;
  readonly #client: ClientSide;
  readonly #identity: ClientIdentity;
  readonly #request: RequestView;
  readonly #record: ExchangeRecord;
  // The request towards the endpoint.
  readonly #attempts: Attempts;
  #websocket = false;
  #requestDone = false;
  // The answer.
  /** Another attempt follows: what comes of this answer within the same turn is not for the client. */
  #dropping = false;
  #headWritten = false;
  #responseDone = false;
  #finished = false;
  // Time limits.
  #waiting: Waiting = Waiting.CONNECT;
  #sinceMs = 0;
  #timerRestartedMs = 0;

  constructor(context: ExchangeContext, client: ClientSide) {
    this.#context = context;
    this.#serving = context.serving;
    this.#client = client;
    // :: 1. Who asks?
    this.#identity = identify(client, context.serving.trusted);
    this.#request = new RequestView(client.head);
    this.#record = new ExchangeRecord(context.clock.nowMs());
    this.#attempts = new Attempts(
      context,
      context.serving.serviceCounters,
      client,
      this.#request,
      this.#identity.address,
      this.#record,
      this,
    );
  }

  run(): void {
    this.#context.gauges.addInFlight(1);
    const fault = this.#begin();
    if (fault !== Fault.NONE) this.#refuse(fault);
  }

  /** The steps in their order. Gives why the request is refused, or NONE: it is answered or on its way then. */
  #begin(): Fault {
    // :: 2. Is it a request that can be understood in one way only?
    const { snapshot } = this.#serving;
    const malformed = this.#request.check(snapshot.limits);
    if (malformed !== Fault.NONE) return malformed;
    // :: 3. Does an authority ask?
    if (this.#context.challenges.size > 0 && this.#answersChallenge()) return Fault.NONE;
    // :: 4. Which route?
    const index = matchRoute(snapshot.routeTable, this.#serving.conditions, this.#request);
    if (index === NO_ROUTE) return Fault.NO_ROUTE;
    const route = snapshot.route(index);
    this.#record.route = route;
    // :: 5. What do its policies say?
    const verdict = decide(route, this.#identity, this.#request, this.#serving.rateLimiter);
    if (verdict !== Verdict.FORWARD) return this.#answerVerdict(route, verdict);
    const { head } = this.#client;
    if (isOver(head.contentLength, route.bodyBytes)) return Fault.BODY_TOO_LARGE;
    this.#websocket = head.upgrade !== '' && asksForWebSocket(this.#client);
    if (this.#websocket && !route.websocket) return Fault.WEBSOCKET_OFF;
    // :: 6. Which endpoint?
    const { balancer, sweeper } = this.#context;
    const service = snapshot.service(balancer.chooseService(snapshot, route, this.#request));
    this.#record.service = service;
    if (this.#websocket && !carriesWebSocket(this.#client, service)) return Fault.WEBSOCKET_UNAVAILABLE;
    const unplaced = balancer.place(service, this.#request, this.#identity.address, this.#attempts.placement);
    if (unplaced !== Fault.NONE) return unplaced;
    // :: 7. What does it get?
    const forwarding = forwardingOf(this.#client, this.#identity, route, this.#request.path);
    const text = requestText(head, forwarding, route.requestHeaders, this.#websocket);
    if (text.includes(DELETE)) return Fault.BAD_REQUEST;
    // :: 8. Off it goes; the answer comes through the callbacks.
    this.#requestDone = !head.hasBody;
    this.#client.attach(this);
    sweeper.add(this);
    this.#attempts.begin(route, service, text, this.#websocket);
    this.#waitForEndpoint(this.#record.startedMs);
    return Fault.NONE;
  }

  // ── Steps ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #answersChallenge(): boolean {
    const { method, path } = this.#request;
    const answer = keyAuthorizationFor(this.#context.challenges, { tls: this.#client.tls, method, path });
    if (answer === null) return false;
    const { fields, body } = challengeAnswer(answer, this.#identity.requestId);
    this.#send(200, fields, body, false);
    return true;
  }

  #answerVerdict(route: Route, verdict: Verdict): Fault {
    if (verdict === Verdict.DENIED) return Fault.ACCESS_DENIED;
    if (verdict === Verdict.RATE_LIMITED) return Fault.RATE_LIMITED;
    const { action, responseHeaders } = route;
    const { requestId } = this.#identity;
    const toHttps = verdict === Verdict.HTTPS_REDIRECT;
    if (action.kind === 'respond' && !toHttps) {
      const { fields, body } = configuredAnswer(action.body, action.headers, responseHeaders, requestId);
      this.#send(action.status, fields, body, false);
      return Fault.NONE;
    }
    const { method, host: authority, target, pathEnd } = this.#client.head;
    const scheme = this.#identity.secure ? 'https' : 'http';
    const asked = { method, scheme, host: this.#request.host, authority, target, pathEnd } as const;
    const to = redirectionOf(route, toHttps, asked, this.#serving.snapshot.httpsPort);
    if (to === null) return Fault.BAD_REQUEST;
    const ops = toHttps ? null : responseHeaders;
    const { fields, body } = redirectAnswer(to.status, to.location, ops, requestId);
    this.#send(to.status, fields, body, false);
    return Fault.NONE;
  }

  /** Or for the rest of the request, which comes first. */
  #waitForEndpoint(nowMs: number = this.#context.clock.nowMs()): void {
    this.#wait(this.#requestDone ? Waiting.RESPONSE_HEAD : Waiting.REQUEST_BODY, nowMs);
  }

  #wait(waiting: Waiting, nowMs: number = this.#context.clock.nowMs()): void {
    this.#waiting = waiting;
    this.#sinceMs = nowMs;
  }

  // ── The client's side ──────────────────────────────────────────────────────────────────────────────────────────────

  onClientBody(bytes: Uint8Array, last: boolean): void {
    if (this.#finished || this.#requestDone) return;
    this.#record.bytesIn += bytes.length;
    if (last) this.#requestDone = true;
    if (isOver(this.#record.bytesIn, this.#record.route?.bodyBytes ?? 0)) {
      this.#settle(Fault.BODY_TOO_LARGE);
      return;
    }
    const goesOn = this.#attempts.writeBody(bytes, last);
    if (!goesOn && !last) this.#client.pauseBody();
    // Once the answer has begun, its own limits count.
    if (this.#headWritten) return;
    if (last) this.#wait(Waiting.RESPONSE_HEAD);
    else this.#wait(goesOn ? Waiting.REQUEST_BODY : Waiting.UPSTREAM_WRITE);
  }

  onClientDrain(): void {
    if (this.#finished) return;
    if (this.#responseDone) {
      this.#finish();
      return;
    }
    this.#wait(Waiting.RESPONSE_BODY);
    this.#attempts.resume();
  }

  onClientFault(fault: Fault): void {
    this.#settle(fault);
  }

  onClientAborted(): void {
    if (this.#finished) return;
    this.#attempts.abort();
    this.#record.fault = Fault.CLIENT_ABORTED;
    if (this.#record.status === 0) this.#record.status = CLIENT_CLOSED_REQUEST;
    this.#finish();
  }

  // ── The endpoint's side ────────────────────────────────────────────────────────────────────────────────────────────

  onUpstreamHead(head: ResponseHead, hasBody: boolean): void {
    const { status } = head;
    if (this.#attempts.answered(status)) {
      this.#dropping = true;
      return;
    }
    const client = this.#client;
    const record = this.#record;
    const nowMs = this.#context.clock.nowMs();
    record.status = status;
    record.upstreamMs = nowMs - record.startedMs;
    this.#headWritten = true;
    const bodiless = status === 204 || status === 304 || client.head.method === 'HEAD';
    // A 204 has no length to tell (RFC 9110 8.6).
    const length = status === 204 ? -1 : head.contentLength;
    const framing = bodiless
      ? BodyFraming.NONE
      : hasBody && length < 0
        ? BodyFraming.STREAM
        : BodyFraming.LENGTH;
    const fields = this.#fieldsOf(head);
    const close = this.#context.stopping || asksToClose(client.head.connection);
    client.writeHead(
      status,
      reasonOf(head),
      fields,
      framing,
      framing === BodyFraming.LENGTH && length < 0 ? 0 : length,
      close,
    );
    this.#wait(Waiting.RESPONSE_BODY, nowMs);
  }

  onUpstreamUpgrade(head: ResponseHead): UpstreamHandler {
    const { sweeper, clock } = this.#context;
    const record = this.#record;
    this.#attempts.answered(head.status);
    record.status = 101;
    record.upstreamMs = clock.nowMs() - record.startedMs;
    sweeper.remove(this);
    const upstream = this.#attempts.upstream as UpstreamCall;
    const tunnel = new Tunnel(this.#context, this.#client, upstream, record, this);
    const fields = this.#fieldsOf(head);
    this.#client.switchProtocols?.(fields, tunnel);
    return tunnel;
  }

  #fieldsOf(head: ResponseHead): Uint8Array {
    const { route } = this.#record;
    const { secure } = this.#identity;
    const ops = route?.responseHeaders ?? null;
    const cookie = this.#attempts.placement.setCookie(secure);
    return this.#context.responseFields.build(head, ops, cookie, hstsOf(route, secure));
  }

  onTunnelEnd(): void {
    this.#finish();
  }

  onUpstreamBody(bytes: Uint8Array): boolean {
    if (this.#dropping) return true;
    this.#record.bytesOut += bytes.length;
    if (this.#client.writeBody(bytes)) {
      this.#sinceMs = this.#context.clock.nowMs();
      return true;
    }
    if (this.#finished) return true;
    if (this.#waiting !== Waiting.CLIENT_WRITE) this.#wait(Waiting.CLIENT_WRITE);
    return false;
  }

  /** Of an answer that is dropped no more is waited for: its connection closes where it did not come whole. */
  onUpstreamReadEnd(): void {
    if (this.#dropping) {
      this.#attempts.abort();
      this.#again();
    } else this.#client.flush();
  }

  onUpstreamEnd(trailers: string): void {
    if (this.#dropping) {
      this.#again();
      return;
    }
    this.#attempts.end();
    this.#responseDone = true;
    // An answer before the end of the upload: the rest of it is read and dropped, so that the connection can go on.
    if (!this.#requestDone) this.#client.resumeBody();
    if (this.#client.end(trailers)) this.#finish();
    else if (this.#waiting !== Waiting.CLIENT_WRITE) this.#wait(Waiting.CLIENT_WRITE);
  }

  onUpstreamDrain(): void {
    if (this.#finished || this.#requestDone) return;
    if (!this.#headWritten) this.#wait(Waiting.REQUEST_BODY);
    this.#client.resumeBody();
  }

  onUpstreamFault(fault: Fault): void {
    if (this.#dropping) this.#again();
    else this.#settle(fault);
  }

  #again(): void {
    this.#dropping = false;
    this.#attempts.next(this.#requestDone);
    this.#waitForEndpoint();
    if (!this.#requestDone) this.#client.resumeBody();
  }

  // ── Ends ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The attempt under way ends by a fault, and with it the exchange, if no other attempt follows. */
  #settle(fault: Fault): void {
    if (this.#attempts.failed(fault, this.#headWritten)) this.#again();
    else this.#fail(fault);
  }

  /** The exchange ends by a fault: with an answer if the client has got nothing yet, else by cutting it. */
  #fail(fault: Fault): void {
    if (this.#finished) return;
    if (!this.#headWritten && effectOf(fault).status !== 0) {
      this.#refuse(fault);
      return;
    }
    this.#record.fault = fault;
    this.#client.abort();
    this.#finish();
  }

  #refuse(fault: Fault): void {
    const { status, closes } = effectOf(fault);
    const accept = this.#client.head.header('accept');
    this.#record.fault = fault;
    const { fields, body } = refusal(fault, this.#identity.requestId, accept, this.#serving.rateLimiter);
    this.#send(status, fields, body, closes);
  }

  #send(status: number, fields: Uint8Array, body: Uint8Array, closes: boolean): void {
    const { head } = this.#client;
    const bodiless = status === 204 || status === 304;
    // Nobody has looked at the chunks of a request that is answered here, so what follows them is not trusted either.
    const unread = head.body === RequestBody.CHUNKED && !this.#requestDone;
    const close = closes || unread || this.#context.stopping || asksToClose(head.connection);
    const hasBody = !bodiless && head.method !== 'HEAD';
    this.#record.status = status;
    this.#record.bytesOut = hasBody ? body.length : 0;
    this.#client.answer(
      status,
      withHsts(fields, hstsOf(this.#record.route, this.#identity.secure)),
      hasBody ? body : NO_BYTES,
      bodiless ? -1 : body.length,
      hasBody,
      close,
    );
    this.#finish();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    const { balancer, gauges, sweeper } = this.#context;
    balancer.leave(this.#attempts.placement);
    gauges.addInFlight(-1);
    sweeper.remove(this);
    const { address, requestId } = this.#identity;
    this.#record.write(this.#context, this.#serving, this.#client, address, requestId);
  }

  // ── Time ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  sweep(nowMs: number): void {
    const { route, service, bytesOut } = this.#record;
    if (route === null || service === null) return;
    const clientMoves = this.#waiting === Waiting.REQUEST_BODY || this.#waiting === Waiting.CLIENT_WRITE;
    if ((clientMoves || !this.#requestDone) && nowMs - this.#timerRestartedMs > ENGINE_TIMER_MS) {
      this.#timerRestartedMs = nowMs;
      this.#client.restartTimer();
    }
    const endpointMoves = this.#waiting === Waiting.RESPONSE_HEAD || this.#waiting === Waiting.UPSTREAM_WRITE;
    // Its time to answer begins when it can be spoken to.
    if (endpointMoves && this.#attempts.connecting) this.#sinceMs = nowMs;
    const earned = earningBytes(this.#client.protocol, bytesOut);
    const fault = expired(this.#waiting, nowMs - this.#sinceMs, route, service, earned);
    if (fault !== Fault.NONE) this.#settle(fault);
  }
}

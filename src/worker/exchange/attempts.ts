// hot: runs once per request
/**
 * The attempts of one request to get an answer from its service: sends it, keeps what it takes to send it again, and decides whether
 * what became of an attempt is followed by another one (contract, Retries). Worker thread. Every outcome passes `answered` or `failed`,
 * and no other place.
 */

import type { CounterColumn } from '../../bridge/memory/counters.ts';
import type { Route, Service } from '../../bridge/snapshot/model.ts';
import { effectOf, type Fault, Retry } from '../../kit/faults.ts';
import { Placement } from '../balancer/placement.ts';
import type { ClientSide } from '../listener/client-side.ts';
import { RequestBody } from '../listener/request-head.ts';
import { retriesFault, retriesStatus, retryAttempts } from '../policies/retry-decision.ts';
import type { UpstreamCall } from '../upstream/upstream-call.ts';
import type { UpstreamHandler } from '../upstream/upstream-handler.ts';
import type { ExchangeContext } from './exchange-context.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import { proxiedClient } from './proxied-client.ts';
import { isIdleLoss, Replay } from './replay.ts';
import type { RequestView } from './request-view.ts';

export class Attempts {
  readonly placement: Placement = new Placement();
  readonly #context: ExchangeContext;
  readonly #counters: CounterColumn;
  readonly #client: ClientSide;
  readonly #request: RequestView;
  readonly #record: ExchangeRecord;
  readonly #handler: UpstreamHandler;
  /** The client's address. */
  readonly #address: string;
  /** The attempt under way; null once it gave a whole answer, or was given up. */
  #upstream: UpstreamCall | null = null;
  #text = '';
  #asksUpgrade = false;
  #replay: Replay | null = null;
  /** Attempts that the policy still allows; 0 for a request that has none. */
  #left = 0;
  /** The budget knows the request. */
  #budgeted = false;
  /** What an endpoint did not touch was sent to it once more already. */
  #resent = false;
  /** The attempt that comes next is the policy's: at another endpoint. Else it repairs the last one, where that was. */
  #elsewhere = false;
  /** The last attempt was lost with its connection: others to the same endpoint may be as dead. */
  #suspect = false;

  constructor(
    context: ExchangeContext,
    serviceCounters: CounterColumn,
    client: ClientSide,
    request: RequestView,
    address: string,
    record: ExchangeRecord,
    handler: UpstreamHandler,
  ) {
    this.#context = context;
    this.#counters = serviceCounters;
    this.#client = client;
    this.#request = request;
    this.#address = address;
    this.#record = record;
    this.#handler = handler;
  }

  /** The attempt under way, for whoever takes its connection over. */
  get upstream(): UpstreamCall | null {
    return this.#upstream;
  }

  /** There is no connection yet for the attempt under way: the pool looks after how long that may take. */
  get connecting(): boolean {
    return this.#upstream?.connected === false;
  }

  /** The first attempt, at the place that `placement` has. `text`: the head as the endpoint gets it. */
  begin(route: Route, service: Service, text: string, asksUpgrade: boolean): void {
    this.#text = text;
    this.#asksUpgrade = asksUpgrade;
    if (this.#client.head.hasBody) this.#replay = new Replay();
    this.#left = retryAttempts(route, service);
    if (this.#left > 0) {
      this.#budgeted = true;
      this.#context.retryBudgets.countRequest(service.counterSlot, service.retries);
    }
    this.#send(route, service, false);
  }

  /** As `UpstreamCall.writeBody`. */
  writeBody(bytes: Uint8Array, last: boolean): boolean {
    this.#replay?.keep(bytes);
    return this.#upstream?.writeBody(bytes, last, this.#client.trailers) ?? true;
  }

  resume(): void {
    this.#upstream?.resume();
  }

  /** Gives the attempt under way up; nothing more comes of it. */
  abort(): void {
    this.#upstream?.abort();
    this.#upstream = null;
  }

  /** The answer is complete. */
  end(): void {
    this.#upstream = null;
    this.#context.balancer.leave(this.placement);
  }

  // ── Outcomes ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The endpoint answered with this status (101 included). True: `next` follows, and the answer is not for the client. */
  answered(status: number): boolean {
    const { service } = this.#record;
    this.#context.outliers.answered(this.#record, status);
    if (service !== null && this.#left > 0 && this.#whole) {
      const { head } = this.#client;
      if (retriesStatus(service.retries.on, status, head.method) && this.#take(service)) {
        this.#grant();
        this.#suspect = false;
        return true;
      }
    }
    this.#replay?.drop();
    return false;
  }

  /**
   * The attempt is over without a whole answer, or is given up here, whosever fault it is. `headPassed`: the client has got the head of
   * its answer. True: `next` follows.
   */
  failed(fault: Fault, headPassed: boolean): boolean {
    const upstream = this.#upstream;
    const { service } = this.#record;
    const idleLoss = upstream !== null && isIdleLoss(fault, upstream);
    if (!idleLoss) this.#context.outliers.failed(this.#record, fault);
    this.abort();
    if (upstream === null || service === null || headPassed || !this.#whole) return false;
    this.#suspect = true;
    if (this.#repairs(fault, idleLoss, service)) return true;
    const { responseStarted } = upstream;
    const { method } = this.#client.head;
    if (this.#left === 0 || !retriesFault(service.retries.on, fault, responseStarted, method)) return false;
    if (!this.#take(service)) return false;
    this.#grant();
    return true;
  }

  /** Everything of the request that was sent can be sent again. */
  get #whole(): boolean {
    return this.#replay?.whole ?? true;
  }

  /**
   * What died as we wrote to an idle connection, or was refused untouched, goes to the same endpoint once more, whatever the policy is.
   * Losses are the fault of the reuse, and each was paid for by an answer over that connection, so that the budget cannot forbid them;
   * but they are counted in it. An endpoint that refuses may have too much to do.
   */
  #repairs(fault: Fault, idleLoss: boolean, service: Service): boolean {
    if (this.#resent) return false;
    if (!idleLoss && (effectOf(fault).retry !== Retry.UNTOUCHED || !this.#take(service))) return false;
    if (idleLoss && this.#budgeted) this.#context.retryBudgets.spend(service.counterSlot, service.retries);
    this.#resent = true;
    this.#elsewhere = false;
    return true;
  }

  /** Spends one retry of the budget, if there is one left. Without a policy there is no budget. */
  #take(service: Service): boolean {
    return !this.#budgeted || this.#context.retryBudgets.take(service.counterSlot, service.retries);
  }

  #grant(): void {
    this.#left--;
    this.#elsewhere = true;
  }

  // ── The next attempt ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Sends again what was sent so far. `requestDone`: that is all of it. */
  next(requestDone: boolean): void {
    const { route, service } = this.#record;
    if (route === null || service === null) return;
    this.#counters.countRetry(service.counterSlot);
    const moved =
      this.#elsewhere &&
      this.#context.balancer.placeElsewhere(service, this.#request, this.#address, this.placement);
    if (moved) this.#resent = false;
    this.#send(route, service, this.#suspect && !moved);
    if (this.#replay === null) return;
    const kept = this.#replay.pieces;
    for (let i = 0; i < kept.length; i++) {
      const last = requestDone && i === kept.length - 1;
      this.#upstream?.writeBody(kept[i] as Uint8Array, last, this.#client.trailers);
    }
  }

  /** `fresh`: not over what the request may just have died on. */
  #send(route: Route, service: Service, fresh: boolean): void {
    const { endpoint } = this.placement;
    if (endpoint === null) return;
    const { head } = this.#client;
    this.#record.endpoint = endpoint;
    this.#record.attempts++;
    const connectMs = route.connectMs ?? service.connectMs;
    const preamble = service.proxyProtocol === 0 ? '' : proxiedClient(this.#client, this.#address);
    const upstream = this.#context.pools.acquire(endpoint, service, connectMs, fresh, preamble);
    this.#upstream = upstream;
    upstream.begin(this.#handler, head.method === 'HEAD', head.acceptsTrailers, this.#asksUpgrade);
    this.#counters.countConnection(service.counterSlot, upstream.reused);
    upstream.writeHead(this.#text, head.hasBody ? head.body : RequestBody.NONE);
  }
}

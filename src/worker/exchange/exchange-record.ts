// hot: runs once per request
/** What is told about an exchange once it is over: counters and the access log. */

import type { Endpoint, Route, Service } from '../../bridge/snapshot/model.ts';
import { readable } from '../../kit/byte-string.ts';
import { effectOf, Fault } from '../../kit/faults.ts';
import type { ClientSide } from '../listener/client-side.ts';
import type { Serving } from '../serving.ts';
import type { ExchangeContext } from './exchange-context.ts';

export class ExchangeRecord {
  readonly startedMs: number;
  route: Route | null = null;
  service: Service | null = null;
  endpoint: Endpoint | null = null;
  /** How often the request was sent to an endpoint. */
  attempts = 0;
  status = 0;
  fault: Fault = Fault.NONE;
  /** Milliseconds from the head of the request to the first byte of the endpoint's answer; -1 if there was none. */
  upstreamMs = -1;
  /** Bytes of the bodies. */
  bytesIn = 0;
  bytesOut = 0;

  constructor(startedMs: number) {
    this.startedMs = startedMs;
  }

  write(
    context: ExchangeContext,
    serving: Serving,
    client: ClientSide,
    address: string,
    requestId: string,
  ): void {
    const durationMs = context.clock.nowMs() - this.startedMs;
    const { status, bytesIn, bytesOut, service, upstreamMs } = this;
    const row = this.route?.counterSlot ?? 0;
    const seconds = durationMs / 1000;
    serving.routeCounters.add(row, status, seconds, bytesIn, bytesOut);
    serving.latency.add(seconds);
    if (this.fault === Fault.ACCESS_DENIED) serving.routeCounters.countDenied(row);
    else if (this.fault === Fault.RATE_LIMITED) serving.routeCounters.countLimited(row);
    if (upstreamMs >= 0 && service !== null) {
      serving.serviceCounters.add(service.counterSlot, status, upstreamMs / 1000, bytesIn, bytesOut);
    }
    if (serving.logsAccess) this.#log(context, client, address, requestId, durationMs);
  }

  #log(
    context: ExchangeContext,
    client: ClientSide,
    address: string,
    requestId: string,
    durationMs: number,
  ): void {
    const { head, tls } = client;
    context.accessLog.write({
      timeMs: context.clock.epochMs(),
      client: address,
      method: head.method,
      scheme: tls ? 'https' : 'http',
      host: readable(head.host),
      target: readable(head.target),
      status: this.status,
      route: this.route?.name ?? '',
      service: this.service?.name ?? '',
      endpoint: this.endpoint?.id ?? '',
      attempts: this.attempts,
      durationMs,
      upstreamMs: this.upstreamMs,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
      requestId,
      fault: effectOf(this.fault).label,
    });
  }
}

// hot: runs once per request
/**
 * A WebSocket between a client and an endpoint, from the 101 to its end: octets both ways as they come. Worker thread. The limits
 * of requests do not apply; only the end of one side, and a worker that drains, start a clock. LIFECYCLE.md draws it.
 */

import { Fault } from '../../kit/faults.ts';
import type { ClientHandler, ClientSide } from '../listener/client-side.ts';
import type { Swept } from '../sweeper.ts';
import type { UpstreamCall } from '../upstream/upstream-call.ts';
import type { UpstreamHandler } from '../upstream/upstream-handler.ts';
import type { ExchangeContext } from './exchange-context.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import { CLOSE_TO_CLIENT, CLOSE_TO_ENDPOINT, FrameTracker } from './websocket-frames.ts';

/** How long both sides have to answer the Close that a drain sends, and the endpoint to end after its client did. */
const CLOSE_WAIT_MS = 3_000;
const NO_BYTES: Uint8Array = new Uint8Array(0);

export interface TunnelOwner {
  /** Both sides are done with. Called once. */
  onTunnelEnd(): void;
}

export class Tunnel implements ClientHandler, UpstreamHandler, Swept {
  sweepIndex = -1;
  readonly #context: ExchangeContext;
  readonly #client: ClientSide;
  readonly #record: ExchangeRecord;
  readonly #owner: TunnelOwner;
  readonly #fromClient: FrameTracker = new FrameTracker();
  readonly #fromEndpoint: FrameTracker = new FrameTracker();
  /** Null once it has ended. */
  #upstream: UpstreamCall | null;
  /** The worker drains: each side gets a Close of ours at the next boundary, and nothing of the other side after it. */
  #closing = false;
  #clientTold = false;
  #endpointTold = false;
  #finished = false;
  /** On the worker's monotonic clock: when what is left is cut; 0 = never. */
  #deadlineMs = 0;

  constructor(
    context: ExchangeContext,
    client: ClientSide,
    upstream: UpstreamCall,
    record: ExchangeRecord,
    owner: TunnelOwner,
  ) {
    this.#context = context;
    this.#client = client;
    this.#upstream = upstream;
    this.#record = record;
    this.#owner = owner;
    context.sweeper.add(this);
  }

  // ── The client's side ──────────────────────────────────────────────────────────────────────────────────────────────

  /** `last`: the client sends no more. */
  onClientBody(bytes: Uint8Array, last: boolean): void {
    const upstream = this.#upstream;
    if (this.#finished || upstream === null) return;
    this.#record.bytesIn += bytes.length;
    const passing = this.#pass(this.#fromClient, bytes, this.#endpointTold);
    if (passing > 0 && !upstream.writeBody(front(bytes, passing), false)) this.#client.pauseBody();
    if (this.#closing) {
      this.#tellEndpoint();
      this.#fromClient.follow(bytes, passing, false);
      this.#endIfClosed();
    }
    if (!last || this.#finished) return;
    upstream.writeBody(NO_BYTES, true);
    this.#limit(CLOSE_WAIT_MS);
  }

  onClientDrain(): void {
    if (this.#finished) return;
    if (this.#upstream === null) this.#finish();
    else this.#upstream.resume();
  }

  /** There is no body that could be malformed. */
  onClientFault(): void {}

  onClientAborted(): void {
    if (this.#finished) return;
    this.#upstream?.abort();
    if (!this.#fromClient.closeSeen && !this.#closing) this.#record.fault = Fault.CLIENT_ABORTED;
    this.#finish();
  }

  // ── The endpoint's side ────────────────────────────────────────────────────────────────────────────────────────────

  onUpstreamBody(bytes: Uint8Array): boolean {
    if (this.#finished) return true;
    const passing = this.#pass(this.#fromEndpoint, bytes, this.#clientTold);
    this.#record.bytesOut += passing;
    const goesOn = passing === 0 || this.#client.writeBody(front(bytes, passing));
    if (this.#closing) {
      this.#tellClient();
      this.#fromEndpoint.follow(bytes, passing, false);
      this.#endIfClosed();
    }
    return goesOn;
  }

  onUpstreamReadEnd(): void {
    this.#client.flush();
  }

  onUpstreamDrain(): void {
    if (!this.#finished) this.#client.resumeBody();
  }

  onUpstreamEnd(): void {
    this.#upstream = null;
    this.#endClient();
  }

  onUpstreamFault(fault: Fault): void {
    if (this.#finished) return;
    this.#upstream = null;
    if (this.#fromEndpoint.closeSeen) {
      // It had said all that it could say: the client is to get that.
      this.#endClient();
      return;
    }
    this.#record.fault = fault;
    this.#client.abort();
    this.#finish();
  }

  /** Heads end with the 101. */
  onUpstreamHead(): void {}

  onUpstreamUpgrade(): UpstreamHandler {
    return this;
  }

  // ── Closing ────────────────────────────────────────────────────────────────────────────────────────────────────────

  sweep(nowMs: number): void {
    if (this.#context.stopping && !this.#closing && this.#upstream !== null) {
      this.#closing = true;
      this.#limit(CLOSE_WAIT_MS);
      this.#tellClient();
      this.#tellEndpoint();
      this.#endIfClosed();
    }
    if (this.#finished || this.#deadlineMs === 0 || nowMs < this.#deadlineMs) return;
    this.#upstream?.abort();
    this.#client.abort();
    this.#finish();
  }

  /** How many of `bytes` go on to the other side. `told`: it has got our Close already. */
  #pass(sender: FrameTracker, bytes: Uint8Array, told: boolean): number {
    if (told) return 0;
    // Behind a Close of its own the sender has nothing to say, and ours would be one too many.
    const stops = this.#closing && !sender.closeSeen;
    return stops && sender.atBoundary ? 0 : sender.follow(bytes, 0, stops);
  }

  #tellClient(): void {
    if (this.#clientTold || this.#fromEndpoint.closeSeen || !this.#fromEndpoint.atBoundary) return;
    this.#clientTold = true;
    this.#client.writeBody(CLOSE_TO_CLIENT);
    this.#client.flush();
  }

  #tellEndpoint(): void {
    if (this.#endpointTold || this.#fromClient.closeSeen || !this.#fromClient.atBoundary) return;
    this.#endpointTold = true;
    this.#upstream?.writeBody(CLOSE_TO_ENDPOINT, false);
  }

  /** Both sides have said Close: the connections may go (RFC 6455 7.1.1). */
  #endIfClosed(): void {
    if (this.#finished || !this.#fromClient.closeSeen || !this.#fromEndpoint.closeSeen) return;
    this.#upstream?.abort();
    this.#upstream = null;
    this.#endClient();
  }

  /** What was written still goes out. */
  #endClient(): void {
    if (this.#finished) return;
    if (this.#client.end('')) this.#finish();
    else this.#limit(this.#record.route?.writeMs ?? CLOSE_WAIT_MS);
  }

  #limit(ms: number): void {
    this.#deadlineMs = this.#context.clock.nowMs() + ms;
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#context.sweeper.remove(this);
    this.#owner.onTunnelEnd();
  }
}

/** All of it but during a close. */
function front(bytes: Uint8Array, length: number): Uint8Array {
  return length === bytes.length ? bytes : bytes.subarray(0, length);
}

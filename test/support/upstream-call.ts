/** One request over the upstream pools, as an exchange makes it, with everything that came back written down. */

import type { Fault } from '../../src/kit/faults.ts';
import { RequestFraming, type UpstreamConnection } from '../../src/worker/upstream/connection.ts';
import type { KeepAliveLimits } from '../../src/worker/upstream/endpoint-pool.ts';
import { type ResponseHead, reasonOf } from '../../src/worker/upstream/response-head.ts';
import type { UpstreamHandler } from '../../src/worker/upstream/upstream-handler.ts';
import type { PoolEndpoint, UpstreamPools } from '../../src/worker/upstream/upstream-pools.ts';
import { within } from './wait-for.ts';

export interface CallResult {
  readonly status: number;
  readonly reason: string;
  readonly hasBody: boolean;
  /** Latin-1; empty if the call does not keep bodies. */
  readonly body: string;
  readonly bodyBytes: number;
  /** -1: the response ended well. */
  readonly fault: Fault | -1;
  readonly answered: boolean;
  readonly reused: boolean;
  readonly responseStarted: boolean;
  readonly connected: boolean;
}

export interface CallOptions {
  readonly head?: string;
  readonly isHead?: boolean;
  readonly framing?: RequestFraming;
  /** Pieces of the body, written at once, the last with `last`. */
  readonly body?: readonly string[];
  /** Called once the head was written; writes the body itself. */
  readonly upload?: (call: Call) => void;
  readonly fresh?: boolean;
  readonly connectMs?: number;
  readonly limits?: KeepAliveLimits;
  readonly keepBody?: boolean;
  /** What `onUpstreamBody` says after each piece; true by default. */
  readonly onBody?: (call: Call, bytes: Uint8Array) => boolean;
  readonly onHead?: (call: Call) => void;
  readonly onDrain?: (call: Call) => void;
  readonly onEnd?: (call: Call) => void;
}

export interface Call {
  readonly connection: UpstreamConnection;
  readonly done: Promise<CallResult>;
  /** Names of the callbacks so far, in order. */
  readonly events: readonly string[];
  bodyBytes: number;
  /** How often a read ended with the response still open. */
  readEnds: number;
}

export const LIMITS: KeepAliveLimits = { maxIdle: 256, idleTimeoutMs: 60_000, maxRequests: 0 };

export function startCall(pools: UpstreamPools, endpoint: PoolEndpoint, options: CallOptions = {}): Call {
  const { limits = LIMITS, connectMs = 5000, fresh = false, framing = RequestFraming.NONE } = options;
  const connection = pools.acquire(endpoint, limits, connectMs, fresh);
  const events: string[] = [];
  const pieces: string[] = [];
  let status = 0;
  let reason = '';
  let hadBody = false;
  let settle: (result: CallResult) => void = () => {};
  const answer = new Promise<CallResult>((resolve) => {
    settle = resolve;
  });
  const call: Call = { connection, events, bodyBytes: 0, readEnds: 0, done: answer };

  const finish = (fault: Fault | -1, answered: boolean) =>
    settle({
      status,
      reason,
      hasBody: hadBody,
      body: pieces.join(''),
      bodyBytes: call.bodyBytes,
      fault,
      answered,
      reused: connection.reused,
      responseStarted: connection.responseStarted,
      connected: connection.connected,
    });
  const handler: UpstreamHandler = {
    onUpstreamHead(head: ResponseHead, hasBody: boolean) {
      events.push('head');
      status = head.status;
      reason = reasonOf(head);
      hadBody = hasBody;
      options.onHead?.(call);
    },
    onUpstreamBody(bytes: Uint8Array) {
      if (events.at(-1) !== 'body') events.push('body');
      call.bodyBytes += bytes.length;
      if (options.keepBody !== false) pieces.push(Buffer.from(bytes).toString('latin1'));
      return options.onBody?.(call, bytes) ?? true;
    },
    onUpstreamEnd() {
      events.push('end');
      finish(-1, true);
      options.onEnd?.(call);
    },
    onUpstreamReadEnd() {
      call.readEnds++;
    },
    onUpstreamDrain() {
      events.push('drain');
      options.onDrain?.(call);
    },
    onUpstreamFault(fault: Fault, answered: boolean) {
      events.push('fault');
      finish(fault, answered);
    },
  };
  connection.begin(handler, options.isHead === true);
  connection.writeHead(options.head ?? 'GET / HTTP/1.1\r\nHost: test\r\n\r\n', framing);
  const body = options.body ?? [];
  body.forEach((piece, i) => {
    connection.writeBody(Buffer.from(piece, 'latin1'), i === body.length - 1);
  });
  options.upload?.(call);
  return call;
}

/** The whole call, with a deadline. */
export function callUpstream(
  pools: UpstreamPools,
  endpoint: PoolEndpoint,
  options: CallOptions = {},
): Promise<CallResult> {
  return within(startCall(pools, endpoint, options).done, {
    what: 'an upstream response',
    timeoutMs: 30_000,
  });
}

/** One request over the upstream pools, as an exchange makes it, with everything that came back written down. */

import type { Fault } from '../../src/kit/faults.ts';
import { ResponseFields } from '../../src/worker/response/response-fields.ts';
import type { PoolEndpoint, PoolService } from '../../src/worker/upstream/pool-ground.ts';
import { type ResponseHead, reasonOf } from '../../src/worker/upstream/response-head.ts';
import { RequestFraming, type UpstreamCall } from '../../src/worker/upstream/upstream-call.ts';
import type { UpstreamHandler } from '../../src/worker/upstream/upstream-handler.ts';
import type { UpstreamPools } from '../../src/worker/upstream/upstream-pools.ts';
import { within } from './wait-for.ts';

export interface CallResult {
  readonly status: number;
  readonly reason: string;
  readonly hasBody: boolean;
  /** Latin-1; empty if the call does not keep bodies. */
  readonly body: string;
  readonly bodyBytes: number;
  /** Field lines that would be forwarded, `name: value`. */
  readonly fields: readonly string[];
  readonly trailers: string;
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
  readonly acceptsTrailers?: boolean;
  readonly framing?: RequestFraming;
  /** Pieces of the body, written at once, the last with `last` and the trailers. */
  readonly body?: readonly string[];
  readonly trailers?: string;
  /** Called once the head was written; writes the body itself. */
  readonly upload?: (call: Call) => void;
  readonly fresh?: boolean;
  /** What the connection begins with. */
  readonly preamble?: string;
  readonly connectMs?: number;
  readonly limits?: PoolService;
  readonly keepBody?: boolean;
  /** What `onUpstreamBody` says after each piece; true by default. */
  readonly onBody?: (call: Call, bytes: Uint8Array) => boolean;
  readonly onHead?: (call: Call) => void;
  readonly onDrain?: (call: Call) => void;
  readonly onEnd?: (call: Call) => void;
}

export interface Call {
  readonly connection: UpstreamCall;
  readonly done: Promise<CallResult>;
  /** Names of the callbacks so far, in order. */
  readonly events: readonly string[];
  bodyBytes: number;
  /** How often a read ended with the response still open. */
  readEnds: number;
}

export const LIMITS: PoolService = {
  protocol: 'http1',
  tls: null,
  maxIdle: 256,
  idleTimeoutMs: 60_000,
  maxRequests: 0,
};

export function startCall(pools: UpstreamPools, endpoint: PoolEndpoint, options: CallOptions = {}): Call {
  const { limits = LIMITS, connectMs = 5000, fresh = false, preamble = '' } = options;
  const { framing = RequestFraming.NONE } = options;
  const connection = pools.acquire(endpoint, limits, connectMs, fresh, preamble);
  const events: string[] = [];
  const pieces: string[] = [];
  let status = 0;
  let reason = '';
  let hadBody = false;
  let fields: readonly string[] = [];
  let trailers = '';
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
      fields,
      trailers,
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
      fields = forwardedLines(head);
      options.onHead?.(call);
    },
    onUpstreamUpgrade() {
      events.push('upgrade');
      return handler;
    },
    onUpstreamBody(bytes: Uint8Array) {
      if (events.at(-1) !== 'body') events.push('body');
      call.bodyBytes += bytes.length;
      if (options.keepBody !== false) pieces.push(Buffer.from(bytes).toString('latin1'));
      return options.onBody?.(call, bytes) ?? true;
    },
    onUpstreamEnd(lines: string) {
      events.push('end');
      trailers = lines;
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
  connection.begin(handler, options.isHead === true, options.acceptsTrailers === true, false);
  connection.writeHead(options.head ?? 'GET / HTTP/1.1\r\nHost: test\r\n\r\n', framing);
  const body = options.body ?? [];
  body.forEach((piece, i) => {
    connection.writeBody(Buffer.from(piece, 'latin1'), i === body.length - 1, options.trailers);
  });
  options.upload?.(call);
  return call;
}

function forwardedLines(head: ResponseHead): string[] {
  const run = Buffer.from(new ResponseFields().build(head, null)).toString('latin1');
  return run === '' ? [] : run.split('\r\n');
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

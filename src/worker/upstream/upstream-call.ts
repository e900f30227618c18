// hot: runs once per request
/**
 * One request towards an endpoint as the exchange sees it, whatever is spoken there: `UpstreamConnection` on HTTP/1.1,
 * `H2Call` on HTTP/2. Worker thread. All calls are synchronous and never throw; what comes back goes to the
 * `UpstreamHandler`, never from within a call of this interface. After the end, a fault or `abort` every call does nothing.
 */

import type { UpstreamHandler } from './upstream-handler.ts';

/** How the body of the request is framed towards the endpoint; the numbers equal the client side's `RequestBody`. */
export const RequestFraming = { NONE: 0, LENGTH: 1, CHUNKED: 2 } as const;
export type RequestFraming = (typeof RequestFraming)[keyof typeof RequestFraming];

/** Unsent bytes from which on `writeBody` says "wait". With one client's piece on top, all that a slow endpoint costs. */
export const WRITE_HIGH_WATER_BYTES = 65_536;

export interface UpstreamCall {
  /** The connection carried another request before this one. Known from `acquire` on. */
  readonly reused: boolean;
  /** The connection stood: if false when a fault comes, not a byte of the request was sent. */
  readonly connected: boolean;
  /** Any byte of an answer to this request arrived, an interim one included: it must not be sent again. */
  readonly responseStarted: boolean;
  /** What waits in memory to be written, in bytes. */
  readonly unsentBytes: number;

  /**
   * First of all, in the turn of `acquire`. `isHead`: the response has no body. `acceptsTrailers`: the client reads
   * trailers. `asksUpgrade`: the head asks for another protocol (HTTP/1.1 only), and the endpoint may switch to it.
   */
  begin(handler: UpstreamHandler, isHead: boolean, acceptsTrailers: boolean, asksUpgrade: boolean): void;
  /** The head as HTTP/1.1 writes it: request line, Host, fields and the empty line, a byte string. */
  writeHead(text: string, framing: RequestFraming): void;
  /**
   * A piece of the body, copied during the call. `last` completes the request, with `trailers` (lines with CRLF each)
   * behind it where its length was not announced. False: stop until `onUpstreamDrain`. Of a body with a length, the caller
   * writes exactly so many bytes.
   */
  writeBody(bytes: Uint8Array, last: boolean, trailers?: string): boolean;
  /** Stops reading the response; what is here already is still handed over. */
  pause(): void;
  resume(): void;
  /** Gives the request up; the handler hears nothing more. */
  abort(): void;
}

// cold: types and numbers only
/**
 * The exchange's view of a client: one small interface that every engine implements with one object shape.
 * Nothing behind it knows the engine. All calls are synchronous and never throw; once the client is gone or its
 * response has ended, every call does nothing.
 */

import type { Fault } from '../../kit/faults.ts';
import type { RequestHead } from './request-head.ts';

/** How the body of a response is framed towards the client. */
export const BodyFraming = {
  /** No body at all: HEAD, 204, 304. A length may still be announced (HEAD, 304). */
  NONE: 0,
  /** Exactly `length` bytes follow. */
  LENGTH: 1,
  /** Of unknown length: chunked on HTTP/1.1. */
  STREAM: 2,
} as const;

export type BodyFraming = (typeof BodyFraming)[keyof typeof BodyFraming];

/** What the client speaks. */
export const Protocol = { HTTP1_0: 0, HTTP1_1: 1, HTTP2: 2 } as const;
export type Protocol = (typeof Protocol)[keyof typeof Protocol];

/** Who speaks with the client. */
export const Engine = { UWS: 0, NODE: 1 } as const;
export type Engine = (typeof Engine)[keyof typeof Engine];

/** The facts of a connection that each of its requests shares. */
export interface ConnectionFacts {
  /** The peer's address as text; an IPv4-mapped one as IPv4. From the PROXY header where a trusted peer sent one. */
  readonly peer: string;
  readonly tls: boolean;
  /** The port that the client connected to. */
  readonly localPort: number;
  /** The rest of both addresses, for who asks. Missing where the engine cannot tell. */
  ends?(): ConnectionEnds;
}

export interface ConnectionEnds {
  /** 0 where nobody knows. */
  readonly peerPort: number;
  /** The address that the client connected to, as text; empty where nobody knows. */
  readonly localAddress: string;
}

export const UNKNOWN_ENDS: ConnectionEnds = Object.freeze({ peerPort: 0, localAddress: '' });

export interface ClientSide extends ConnectionFacts {
  readonly head: RequestHead;
  readonly engine: Engine;
  readonly protocol: Protocol;
  /** Trailer lines of the request, `Name: value` with CRLF each; known once the last piece of the body came. */
  readonly trailers: string;

  /**
   * Names who is told of body, drain and abort; a client that waits for 100 gets it. Without this the body of the request is
   * discarded.
   */
  attach(handler: ClientHandler): void;
  pauseBody(): void;
  resumeBody(): void;
  /** Restarts the engine's own timer, where it has one that cannot be set: the exchange enforces penstock's limits. */
  restartTimer(): void;
  /**
   * A whole response at once. With `close` the connection closes after it, and what the client may still be
   * uploading is read for a moment first, so that it gets to read the answer. `bodyLength`: what Content-Length says
   * where it is not `body`'s own length (HEAD).
   */
  answer(
    status: number,
    fields: Uint8Array,
    body: Uint8Array,
    bodyLength: number,
    hasBody: boolean,
    close: boolean,
  ): void;
  /**
   * Announces the head of a streamed response; it leaves with the first piece of the body or with `flush`. `fields` is a
   * run of `Name: value` lines joined by CRLF, without the last CRLF; the view need not outlive the turn's `flush`.
   * Framing fields, Date and Connection are the engine's. `length`: bytes, or -1 where none is to be announced.
   * `close`: the client is told that the connection closes.
   */
  writeHead(
    status: number,
    reason: string,
    fields: Uint8Array,
    framing: BodyFraming,
    length: number,
    close: boolean,
  ): void;
  /**
   * Answers 101 to a request for a WebSocket. What the client sends then is told to `handler` as it comes, in place of a body, and
   * `writeBody` sends bytes as they are; `fields` as above. Missing where the client speaks something that has no such answer.
   */
  switchProtocols?(fields: Uint8Array, handler: ClientHandler): void;
  /** A piece of the body; copied or sent during the call. False: stop until `onClientDrain`. */
  writeBody(bytes: Uint8Array): boolean;
  /** Sends what is still held back, as far as the engine can. */
  flush(): void;
  /**
   * The body is complete. `trailers`: lines like those of the request; sent where the protocol and the client take them.
   * False: the client has yet to take some of it; `onClientDrain` tells when it has.
   */
  end(trailers: string): boolean;
  /** Cuts the connection at once; the handler is not called any more. */
  abort(): void;
}

/** What the client side tells the exchange. */
export interface ClientHandler {
  /** A piece of the request body; the view is valid during the call only. The last piece may be empty. */
  onClientBody(bytes: Uint8Array, last: boolean): void;
  /** The body of the request cannot be understood: nothing more of it comes. The client can still be answered. */
  onClientFault(fault: Fault): void;
  /** The client is gone; nothing more can be written. */
  onClientAborted(): void;
  /** Everything written so far was taken. */
  onClientDrain(): void;
}

/** Begins an exchange for each request. */
export type ExchangeStarter = (client: ClientSide) => void;

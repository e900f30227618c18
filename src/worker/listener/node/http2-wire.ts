/** What a client of HTTP/2 asks of its connection. A type of its own, so that the two do not import each other. */

import type { ConnectionFacts } from '../client-side.ts';

/** A response of which the reader has yet to take the rest. */
export interface EndingClient {
  /** Where it lies among those of its connection; -1 while it is none of them. The connection's own. */
  endingIndex: number;
  /** Gives it up when its time is over. `nowMs` is monotonic. */
  limitEnding(nowMs: number): void;
}

export interface Http2Wire {
  readonly facts: ConnectionFacts;
  /** Bytes of heads and bodies, in both directions: what the connection is for. `NoiseMeter` weighs the rest against it. */
  payloadBytes: number;
  /** Uploads that wait, unread, until the exchange resumes them. */
  pausedUploads: number;
  /** Responses that wait for their readers: the exchange limits how long. */
  blockedResponses: number;
  /** Of the Date field (RFC 9110 6.6.1). */
  dateValue(): string;
  /** The peer gave a stream up, or broke a rule on it, before it had the response. */
  streamReset(): void;
  /** The exchange is done with it; what is left of the response may not stay for ever. */
  responseEnded(client: EndingClient): void;
  /** A stream is gone. Called once for each. */
  streamClosed(client: EndingClient): void;
}

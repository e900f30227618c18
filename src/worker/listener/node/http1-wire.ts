// hot: runs once per request
/** What a client of HTTP/1 asks of its connection. A type of its own, so that the two do not import each other. */

import type { ConnectionFacts } from '../client-side.ts';
import type { OutMemory } from './out-memory.ts';

export interface Http1Wire {
  readonly facts: ConnectionFacts;
  readonly out: OutMemory;
  /** Status line and Date field, each with its CRLF. `reason` empty: the standard one. */
  headStart(status: number, reason: string): Uint8Array;
  /** The connection is to close after the response under way, whatever client and exchange say. */
  readonly isDraining: boolean;
  pauseReading(): void;
  resumeReading(): void;
  /** Writes what was put together. False: not all was taken; the client hears `drained`. */
  send(): boolean;
  /** A large piece that fits into no block; copied. */
  sendLarge(bytes: Uint8Array): boolean;
  /** The client speaks another protocol from now on: what it sends is handed on as it comes. */
  switchProtocols(): void;
  /** The response is complete and written. `close`: the connection ends with it. */
  responseEnded(close: boolean): void;
  /** Ends the connection at once. `reset`: so that the client cannot take it for the end of a body. */
  cut(reset: boolean): void;
}

/** What the upstream side tells the exchange. All calls are synchronous; nothing here throws. */

import type { Fault } from '../../kit/faults.ts';
import type { ResponseHead } from './response-head.ts';

export interface UpstreamHandler {
  /** The final head (never a 1xx). `head` is reused: read it during the call. `hasBody` false: `onUpstreamEnd` follows at once. */
  onUpstreamHead(head: ResponseHead, hasBody: boolean): void;
  /**
   * 101: the endpoint switched to the protocol that it was asked for. Gives who is told from now on: bytes as they come, in place
   * of a body. `writeBody` sends bytes as they are, and its `last` closes our side. `head`: as above.
   */
  onUpstreamUpgrade(head: ResponseHead): UpstreamHandler;
  /** A piece of the decoded body; the view is valid during the call only. False: the connection pauses until `resume()`. */
  onUpstreamBody(bytes: Uint8Array): boolean;
  /** Everything that one read brought was handed over and more is to come: what was held back may leave now. */
  onUpstreamReadEnd(): void;
  /**
   * The answer is complete. The connection already went back to its pool, or was closed. `trailers`: `Name: value` lines, each
   * with its CRLF, as a byte string; those that only matter to one connection are left out.
   */
  onUpstreamEnd(trailers: string): void;
  /** The connection is ready for more of the request body, after `write` said false. */
  onUpstreamDrain(): void;
  /** The request failed and the connection is gone. `answered`: a whole head was handed over before. */
  onUpstreamFault(fault: Fault, answered: boolean): void;
}

/** What a primary needs of whoever can start a process after it. */

import type { HandedSocket } from '../bridge/handed-sockets.ts';

/** What became of a process that was started. */
export type Successor =
  /** It serves. */
  | { readonly pid: number }
  /** A sentence: why it does not. It has ended. */
  | { readonly failure: string };

/** Starts it with these sockets, and waits until it serves or has ended; `signal` ends it. Never rejects. */
export type StartSuccessor = (sockets: readonly HandedSocket[], signal: AbortSignal) => Promise<Successor>;

/** How the work is handed over to a process after this one. */
export interface Succession {
  readonly start: StartSuccessor;
  /** It serves: this process is to be closed. Called once. */
  readonly onHandedOver: (pid: number) => void;
}

// hot: runs once per request
/** What can be sent a second time: the body of a request as it was sent so far, kept while it is small. */

import { effectOf, type Fault, Retry } from '../../kit/faults.ts';
import type { UpstreamCall } from '../upstream/upstream-call.ts';

/** A body up to this size is kept until the endpoint answers. */
const MAX_REPLAY_BYTES = 65_536;
const NONE: readonly Uint8Array[] = [];

export class Replay {
  /** Null: no longer kept. */
  #pieces: Uint8Array[] | null = [];
  #bytes = 0;

  /** Everything sent so far is here. */
  get whole(): boolean {
    return this.#pieces !== null;
  }

  /** In the order in which they came; none if it is no longer kept. */
  get pieces(): readonly Uint8Array[] {
    return this.#pieces ?? NONE;
  }

  /** The view is copied: a `slice` of it may be a view of the same memory. */
  keep(bytes: Uint8Array): void {
    if (this.#pieces === null) return;
    this.#bytes += bytes.length;
    if (this.#bytes > MAX_REPLAY_BYTES) this.#pieces = null;
    else this.#pieces.push(Buffer.from(bytes));
  }

  /** It will not be sent again. */
  drop(): void {
    this.#pieces = null;
  }
}

/** A kept-alive connection ended as the request was written to it. That tells nothing of the endpoint: it may close what idles. */
export function isIdleLoss(fault: Fault, upstream: UpstreamCall): boolean {
  return effectOf(fault).retry === Retry.LOST && upstream.reused && !upstream.responseStarted;
}

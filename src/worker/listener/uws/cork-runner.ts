// hot: runs once per request
/** Runs a client's pending writes under uWS's cork, with one function for all requests of a worker instead of one each. */

import type { HttpResponse } from '../../../native/uws-types.ts';

/** What has writes to make. A type of its own, so that the runner and the client do not import each other. */
interface Writer {
  writeCorked(): void;
}

export class CorkRunner {
  #writer: Writer | null = null;
  readonly #run = (): void => this.#writer?.writeCorked();

  /** The callback runs during the call and makes native writes only, so there is never more than one writer. */
  cork(response: HttpResponse, writer: Writer): void {
    this.#writer = writer;
    response.cork(this.#run);
    this.#writer = null;
  }
}

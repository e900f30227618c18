/**
 * What the primary does about the HTTP engines before a worker needs one. The Node engine needs nothing. uWebSockets.js must be
 * there, and takes the largest head that it will ever read from the environment, once, when a worker first loads it. Primary thread.
 */

import { PenstockError } from '../kit/errors.ts';
import type { Problem } from '../kit/problem.ts';
import { canOpenListenSockets } from '../native/listen-socket.ts';
import { prepareUws, setHeaderLimit } from '../native/prepare.ts';
import type { Environment } from '../native/system.ts';
import type { ConfigDraft } from './draft.ts';

/** `limits.header_bytes: 0`: the engine needs some bound. */
const UNLIMITED_HEAD_BYTES = 1024 * 1024;
/**
 * Room in the engine's header limit above ours, so that a URL or a header section that is too long by less than this gets
 * penstock's own answer (414 or 431, with its request id) and not the engine's bare one.
 */
const HEAD_SLACK_BYTES = 32 * 1024;

const WITHOUT_KOFFI =
  'connections are handed to uWebSockets.js by calls of the C library, and koffi, which makes them, cannot be loaded here; use listen.engine: auto';

export class Engines {
  readonly #environment: Environment;
  /** Bytes of request line and header section that uWebSockets.js was told; 0: it is not in use yet. */
  #headLimit = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /**
   * Makes ready what the draft asks for; nothing is undone if it is not used after all.
   * @throws PenstockError PENSTOCK_NATIVE_UNAVAILABLE where its engine cannot be loaded
   */
  prepare(draft: ConfigDraft): void {
    if (draft.listen.engine !== 'uws' || this.#headLimit > 0) return;
    if (!canOpenListenSockets()) throw new PenstockError('PENSTOCK_NATIVE_UNAVAILABLE', WITHOUT_KOFFI);
    prepareUws(this.#environment);
    this.#headLimit = headLimitOf(draft);
    setHeaderLimit(this.#headLimit + HEAD_SLACK_BYTES);
  }

  /** What keeps a running penstock from taking this draft over; `prepare` has been done if there is nothing. */
  problems(draft: ConfigDraft): readonly Problem[] {
    if (draft.listen.engine !== 'uws') return [];
    try {
      this.prepare(draft);
    } catch (error) {
      if (!(error instanceof PenstockError)) throw error;
      return [problem(draft, 'ENGINE_UNAVAILABLE', 'listen.engine', error.message)];
    }
    if (headLimitOf(draft) <= this.#headLimit) return [];
    const message = `header_bytes and url_bytes together can grow beyond ${this.#headLimit} bytes only by a restart, with engine uws`;
    return [problem(draft, 'RESTART_NEEDED', 'limits', message)];
  }
}

/** Bytes of request line and header section together that the engine has to take. */
function headLimitOf({ limits }: ConfigDraft): number {
  const { headerBytes, urlBytes } = limits;
  return headerBytes === 0 || urlBytes === 0 ? UNLIMITED_HEAD_BYTES : headerBytes + urlBytes;
}

function problem(draft: ConfigDraft, code: Problem['code'], path: string, message: string): Problem {
  return { code, path, message, origin: { file: draft.file, line: 1, column: 1 } };
}

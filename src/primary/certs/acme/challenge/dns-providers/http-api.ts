/**
 * A provider's API over HTTP: one request after the other, bounded in time, size and number of tries. Primary thread.
 *
 * What would be answered otherwise a little later is asked again: no answer, 423, 429 and 5xx, after the time that Retry-After names. Every
 * other answer is given back by `ask`; by `want` only one that does what was asked. Redirects are not followed: credentials belong to
 * one server. Whatever is said to the user has the credentials masked.
 */

import { boundSignal } from '../../../../../kit/bounded-signal.ts';
import { messageOf, type PenstockError } from '../../../../../kit/errors.ts';
import { readRetryAfter } from '../../../../../kit/retry-after.ts';
import { createSecretMask, type SecretMask } from '../../../../../kit/secret-mask.ts';
import { PENSTOCK_VERSION } from '../../../../../kit/version.ts';
import { challengeError } from '../challenge-problem.ts';
import { pause } from '../pause.ts';

export interface ApiFacts {
  /** For messages: "Cloudflare". */
  readonly provider: string;
  /** Base URL, without a slash at its end. */
  readonly base: string;
  /** What the credentials have to be, for messages: a clause. */
  readonly needs: string;
  /** Values that must not be in any message. */
  readonly secrets: readonly string[];
  /** Fields that show who asks. Called for each try. */
  readonly authorize: (wish: ApiWish, url: URL) => Readonly<Record<string, string>>;
  /** The words of an error answer; empty where it has none. */
  readonly wordsOf: (answer: ApiAnswer) => string;
  /** Whether an answer does what was asked; by default any 2xx. */
  readonly isSuccess?: (answer: ApiAnswer) => boolean;
  /** Whether an answer refuses the credentials; by default 401 and 403. */
  readonly isRefusal?: (answer: ApiAnswer) => boolean;
  /** Whether to ask again a little later, beside the statuses that say so. */
  readonly isBusy?: (answer: ApiAnswer) => boolean;
}

export interface ApiWish {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Behind the base URL, with its query. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
  /** Null where the body is no JSON. */
  readonly json: unknown;
}

const USER_AGENT = `penstock/${PENSTOCK_VERSION}`;
/** Of one try. */
const TRY_MS = 20_000;
const MAX_TRIES = 5;
const FIRST_PAUSE_MS = 500;
/** Who is asked to wait longer gives the turn back, with the time. */
const MAX_PAUSE_MS = 60_000;
/** No provider's limit lasts longer. */
const MAX_WAIT_MS = 24 * 3_600_000;
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const MAX_WORDS = 300;
const NOT_FOUND = 404;
const TRY_AGAIN: ReadonlySet<number> = new Set([423, 429, 500, 502, 503, 504]);
/** What may stand in a field value (RFC 9110 5.5), less obs-text. */
const FIELD_VALUE = /^[\t\x20-\x7e]*$/;

interface Attempt {
  readonly answer: ApiAnswer | null;
  /** Why there is no answer. */
  readonly failure: unknown;
  /** Milliseconds; null: it names no time. */
  readonly retryAfterMs: number | null;
}

export class HttpApi {
  readonly #facts: ApiFacts;
  readonly #mask: SecretMask;

  constructor(facts: ApiFacts) {
    this.#facts = facts;
    this.#mask = createSecretMask();
    this.#mask.set(facts.secrets);
  }

  /** For messages and `searchZone`. */
  get provider(): string {
    return this.#facts.provider;
  }

  /** `doing`: what it is for, for messages: "to list the zones". Rejects with `dns_provider` where no answer that is of use comes. */
  async ask(wish: ApiWish, doing: string, signal: AbortSignal): Promise<ApiAnswer> {
    for (let tries = 1; ; tries++) {
      const attempt = await this.#try(wish, signal);
      const { answer } = attempt;
      if (answer !== null && !this.#isBusy(answer)) return answer;
      const pauseMs = attempt.retryAfterMs ?? FIRST_PAUSE_MS * 2 ** (tries - 1);
      if (tries === MAX_TRIES || pauseMs > MAX_PAUSE_MS) throw this.#gaveUp(attempt, doing);
      await pause(pauseMs, signal);
    }
  }

  /** As `ask`, and rejects with `failure` for a refusal. */
  async want(wish: ApiWish, doing: string, signal: AbortSignal): Promise<ApiAnswer> {
    const answer = await this.ask(wish, doing, signal);
    if (!this.isSuccess(answer)) throw this.failure(answer, doing);
    return answer;
  }

  /** What is to be found there; null for 404. */
  async find(path: string, doing: string, signal: AbortSignal): Promise<ApiAnswer | null> {
    const answer = await this.ask({ method: 'GET', path }, doing, signal);
    if (answer.status === NOT_FOUND) return null;
    if (!this.isSuccess(answer)) throw this.failure(answer, doing);
    return answer;
  }

  isSuccess(answer: ApiAnswer): boolean {
    const { isSuccess } = this.#facts;
    return isSuccess === undefined ? answer.status >= 200 && answer.status < 300 : isSuccess(answer);
  }

  /** The error for an answer that the provider's part cannot use. */
  failure(answer: ApiAnswer, doing: string): PenstockError {
    const { provider, needs, isRefusal } = this.#facts;
    const refused =
      isRefusal === undefined ? answer.status === 401 || answer.status === 403 : isRefusal(answer);
    const said = this.#said(answer);
    if (refused)
      return challengeError(
        'dns_credentials',
        `${provider} refuses ${doing} with these credentials (${said}): ${needs}`,
      );
    return challengeError('dns_provider', `${provider} refuses ${doing} (${said})`);
  }

  #isBusy(answer: ApiAnswer): boolean {
    return TRY_AGAIN.has(answer.status) || this.#facts.isBusy?.(answer) === true;
  }

  #gaveUp({ answer, failure, retryAfterMs: waitMs }: Attempt, doing: string): PenstockError {
    const { provider, base } = this.#facts;
    if (answer === null) {
      const words = this.clean(networkWords(failure));
      return challengeError('dns_provider', `${provider} at ${base} cannot be reached ${doing}: ${words}`);
    }
    const said = this.#said(answer);
    const words =
      answer.status === 429
        ? `${provider} refuses ${doing}, since its limit of requests is reached`
        : `${provider} fails ${doing}`;
    return challengeError('dns_provider', `${words} (${said})`, {
      waitMs: Math.min(waitMs ?? 0, MAX_WAIT_MS),
    });
  }

  #said(answer: ApiAnswer): string {
    const words = this.clean(this.#facts.wordsOf(answer));
    return words === '' ? `status ${answer.status}` : `status ${answer.status}: ${words}`;
  }

  /** What it said, fit for a message: on one line, without control characters and credentials, short. */
  clean(words: string): string {
    const line = this.#mask
      .text(words)
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim();
    return line.length > MAX_WORDS ? `${line.slice(0, MAX_WORDS)}…` : line;
  }

  async #try(wish: ApiWish, signal: AbortSignal): Promise<Attempt> {
    signal.throwIfAborted();
    const url = new URL(this.#facts.base + wish.path);
    const headers = { accept: '*/*', 'user-agent': USER_AGENT, ...this.#facts.authorize(wish, url) };
    if (!Object.values(headers).every((value) => FIELD_VALUE.test(value)))
      throw challengeError(
        'dns_credentials',
        `${this.provider}: the credentials have characters that cannot be sent, such as a line break: ${this.#facts.needs}`,
      );
    const bound = boundSignal(signal, TRY_MS);
    try {
      const response = await fetch(url, {
        method: wish.method,
        headers: wish.contentType === undefined ? headers : { ...headers, 'content-type': wish.contentType },
        ...(wish.body === undefined ? {} : { body: wish.body }),
        redirect: 'manual',
        signal: bound.signal,
      });
      const text = await readBody(response);
      const answer = { status: response.status, text, json: parseJson(text) };
      return {
        answer,
        failure: null,
        // A date is read against the answer's own, so that a wrong clock on this side does not matter.
        retryAfterMs: readRetryAfter(
          response.headers.get('retry-after'),
          Date.parse(response.headers.get('date') ?? ''),
        ),
      };
    } catch (failure) {
      signal.throwIfAborted();
      const late = new Error(`no answer within ${TRY_MS / 1000} s`);
      return { answer: null, failure: bound.isLate() ? late : failure, retryAfterMs: null };
    } finally {
      bound.end();
    }
  }
}

/** For a wish: a body of JSON. */
export function jsonBody(content: unknown): Pick<ApiWish, 'body' | 'contentType'> {
  return { body: JSON.stringify(content), contentType: 'application/json' };
}

/** Bearer tokens (RFC 6750), as most APIs want them. */
export function bearer(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}

async function readBody(response: Response): Promise<string> {
  if (response.body === null) return '';
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body) {
    bytes += piece.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new Error(`an answer of more than ${MAX_BODY_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** fetch says "fetch failed"; why stands in the error behind it. */
function networkWords(failure: unknown): string {
  const behind = failure instanceof Error && failure.cause instanceof Error ? failure.cause : failure;
  const code = behind instanceof Error && 'code' in behind ? String(behind.code) : '';
  return messageOf(behind) || code || messageOf(failure);
}

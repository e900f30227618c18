/**
 * HTTP to one authority: bounded in time and size, with its own trusted roots. Primary thread. Any answer is an answer here, also a refusal; what
 * is no answer is an AuthorityError of the kind `network`.
 */

import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { createSecureContext, rootCertificates } from 'node:tls';
import type { Clock } from '../../../kit/clock.ts';
import { messageOf } from '../../../kit/errors.ts';
import { readRetryAfter } from '../../../kit/retry-after.ts';
import { PENSTOCK_VERSION } from '../../../kit/version.ts';
import { AuthorityError, answerError } from './authority-error.ts';

export interface AuthorityRequest {
  readonly url: string;
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** JSON. Null: none. */
  readonly body: string | null;
}

export interface AuthorityAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Parsed, where it says that it is JSON and is; text otherwise. */
  readonly data: unknown;
}

export interface TransportOptions {
  /** Roots beside those that Node.js brings. PEM. */
  readonly caPem: string | null;
  readonly clock: Clock;
  /** Of one exchange, from the look-up of the name to the last byte. */
  readonly timeoutMs: number;
}

/** A chain has some kilobytes; a directory or an order less. */
const MAX_BODY_BYTES = 1024 * 1024;
const MAX_CONNECTIONS = 10;
/** Shorter than what servers keep idle connections for, so that few are found closed. */
const IDLE_MS = 4_000;
const LONGEST_RETRY_AFTER_MS = 7 * 86_400_000;

export class AuthorityTransport {
  readonly #options: TransportOptions;
  readonly #plain: HttpAgent;
  readonly #secure: HttpsAgent;
  /** What its clock showed at its last answer, less what our clock that never goes back did. */
  #authorityMs: number | null = null;

  constructor(options: TransportOptions) {
    this.#options = options;
    const pool = { keepAlive: true, maxSockets: MAX_CONNECTIONS, timeout: IDLE_MS };
    this.#plain = new HttpAgent(pool);
    // Made once: a context of all roots takes some 10 ms, and a connection would make its own.
    const trust =
      options.caPem === null
        ? {}
        : { secureContext: createSecureContext({ ca: [...rootCertificates, options.caPem] }) };
    this.#secure = new HttpsAgent({ ...pool, ...trust });
  }

  /**
   * How far the authority's clock is ahead of ours, in milliseconds. Null: it has not said. Ours may have been set since it did. Of a machine that has
   * slept since, ours seems to be ahead.
   */
  get clockSkewMs(): number | null {
    const { clock } = this.#options;
    return this.#authorityMs === null
      ? null
      : Math.round(this.#authorityMs + clock.nowMs() - clock.epochMs());
  }

  /** Until it says again what time it is. */
  forgetClock(): void {
    this.#authorityMs = null;
  }

  /** Rejects with an AuthorityError of the kind `network`. */
  async ask(request: AuthorityRequest): Promise<AuthorityAnswer> {
    const url = authorityUrl(request.url);
    try {
      return await this.#exchange(url, request);
    } catch (error) {
      // A kept connection that the server closes just now has not brought the request there.
      if (error instanceof StaleConnection) return await this.#exchange(url, request);
      throw error;
    }
  }

  /** Ends what is under way. */
  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }

  #exchange(url: URL, { method, body }: AuthorityRequest): Promise<AuthorityAnswer> {
    const { timeoutMs } = this.#options;
    const isPlain = url.protocol === 'http:';
    return new Promise((resolve, reject) => {
      const headers: Record<string, string> = { 'user-agent': `penstock/${PENSTOCK_VERSION}` };
      if (body !== null) headers['content-type'] = 'application/jose+json';
      const request = isPlain
        ? httpRequest(url, { agent: this.#plain, method, headers })
        : httpsRequest(url, { agent: this.#secure, method, headers });
      // What fails in consequence comes too late to be heard.
      const fail = (error: Error): void => {
        clearTimeout(late);
        reject(isStale(error, request.reusedSocket) ? new StaleConnection() : networkError(url, error));
        request.destroy();
      };
      const late = setTimeout(
        () => fail(new Error(`no whole answer within ${timeoutMs / 1000} s`)),
        timeoutMs,
      );
      request.on('error', fail);
      request.once('response', (response) => {
        this.#noteClock(response);
        readBody(response, (error, text) => {
          if (error !== null) return fail(error);
          clearTimeout(late);
          const { statusCode: status = 0, headers: fields } = response;
          resolve({ status, headers: fields, data: parsed(text, fields['content-type'] ?? '') });
        });
      });
      request.end(body ?? undefined);
    });
  }

  #noteClock({ headers }: IncomingMessage): void {
    // What a cache has kept for a while says nothing about the clock (RFC 9111 section 5.1).
    if ((headers.age ?? '0') !== '0') return;
    const theirsMs = Date.parse(headers.date ?? '');
    if (!Number.isNaN(theirsMs)) this.#authorityMs = theirsMs - this.#options.clock.nowMs();
  }
}

/** The kept connection was closed before a byte of an answer came. */
class StaleConnection extends Error {}

/**
 * RFC 8555 section 6.1: HTTPS. Plain HTTP is good for this machine alone. Rejects what an authority names in its answers, too.
 * @throws AuthorityError
 */
function authorityUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'https:') return url;
  if (url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)) return url;
  const message = `the authority names "${text.slice(0, 200)}", which is no https URL`;
  throw answerError(message, { url: text, status: 0 });
}

function isStale(error: Error, reusedSocket: boolean): boolean {
  const code = 'code' in error ? error.code : '';
  return reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
}

function networkError(url: URL, cause: Error): AuthorityError {
  return new AuthorityError(`${url.origin} cannot be asked: ${reasonOf(cause)}`, {
    kind: 'network',
    url: url.href,
    status: 0,
    problem: null,
    retryAfterMs: 0,
    cause,
  });
}

function reasonOf(error: Error): string {
  switch ('code' in error ? error.code : '') {
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'ENOTFOUND':
      return 'its name does not exist';
    case 'EAI_AGAIN':
      return 'its name cannot be resolved now';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `its certificate leads to no root that is trusted (${messageOf(error)}); name the root of a private authority with acme.ca_file`;
    default:
      return messageOf(error);
  }
}

function readBody(response: IncomingMessage, done: (error: Error | null, text: string) => void): void {
  const pieces: Buffer[] = [];
  let bytes = 0;
  response.on('data', (piece: Buffer) => {
    bytes += piece.length;
    pieces.push(piece);
    if (bytes > MAX_BODY_BYTES) done(new Error(`its answer has more than ${MAX_BODY_BYTES} bytes`), '');
  });
  response.on('error', (error) => done(error, ''));
  response.once('end', () => done(null, Buffer.concat(pieces).toString('utf8')));
}

function parsed(text: string, contentType: string): unknown {
  if (!/^application\/(?:[a-z-]+\+)?json\b/i.test(contentType)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Milliseconds from now on (RFC 9110 section 10.2.3), a month at most; 0 where it says nothing. */
export function retryAfterMs(headers: IncomingHttpHeaders, nowMs: number): number {
  return Math.min(readRetryAfter(headers['retry-after'], nowMs) ?? 0, LONGEST_RETRY_AFTER_MS);
}

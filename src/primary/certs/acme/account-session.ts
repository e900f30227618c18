/**
 * What one account does at its authority: orders, authorizations, challenges (RFC 8555 section 7). Primary thread. Every method rejects with an
 * AuthorityError; nothing is tried again here but a bad nonce.
 */

import { createHash, createPublicKey } from 'node:crypto';
import type { Clock } from '../../../kit/clock.ts';
import { AuthorityError, answerError, problemText, readProblem } from './authority-error.ts';
import {
  type Authorization,
  type Directory,
  type Order,
  readAuthorization,
  readOrder,
} from './authority-resources.ts';
import { type AuthorityAnswer, retryAfterMs } from './authority-transport.ts';
import type { Answered } from './poll.ts';

/** The part of `SignedClient` that is needed, so that the library behind it is loaded late. */
export interface Signer {
  signedRequest(
    url: string,
    payload: object | null,
    options: { readonly kid?: string | null; readonly includeExternalAccountBinding?: boolean },
  ): Promise<{
    readonly status: number;
    readonly headers: AuthorityAnswer['headers'];
    readonly data: unknown;
  }>;
}

export interface AccountSessionOptions {
  readonly signer: Signer;
  readonly directory: Directory;
  readonly accountUrl: string;
  readonly accountKeyPem: string;
  readonly clock: Clock;
}

export class AccountSession {
  readonly accountUrl: string;
  readonly #signer: Signer;
  readonly #directory: Directory;
  readonly #thumbprint: string;
  readonly #clock: Clock;

  constructor({ signer, directory, accountUrl, accountKeyPem, clock }: AccountSessionOptions) {
    this.accountUrl = accountUrl;
    this.#signer = signer;
    this.#directory = directory;
    this.#thumbprint = jwkThumbprint(accountKeyPem);
    this.#clock = clock;
  }

  /** RFC 8555 section 8.1. */
  keyAuthorization(token: string): string {
    return `${token}.${this.#thumbprint}`;
  }

  /** `replaces`: the identifier of the certificate that this one is to follow (RFC 9773 section 5), or null. */
  async newOrder(host: string, replaces: string | null): Promise<Order> {
    const identifiers = [{ type: 'dns', value: host }];
    const payload = replaces === null ? { identifiers } : { identifiers, replaces };
    const url = this.#directory.newOrder;
    const { data, headers, status } = await this.#post(url, payload);
    const location = headers.location ?? '';
    if (URL.canParse(location)) return readOrder(location, data, { url, status });
    throw answerError(`${url} gives no URL of the order that it made`, { url, status });
  }

  order(url: string): Promise<Answered<Order>> {
    return this.#read(url, (data, status) => readOrder(url, data, { url, status }));
  }

  authorization(url: string): Promise<Answered<Authorization>> {
    return this.#read(url, (data, status) => readAuthorization(data, { url, status }));
  }

  /** Tells the authority that it can look (RFC 8555 section 7.5.1). */
  async answerChallenge(url: string): Promise<void> {
    await this.#post(url, {});
  }

  /** `csr`: base64url of its DER. */
  async finalize({ url, finalize }: Order, csr: string): Promise<Order> {
    const { data, status } = await this.#post(finalize, { csr });
    return readOrder(url, data, { url: finalize, status });
  }

  /** The chain as sent. */
  async certificate(url: string): Promise<string> {
    const { data, status } = await this.#post(url, null);
    if (typeof data === 'string') return data;
    throw answerError(`${url} gives no certificate chain`, { url, status });
  }

  /** Whether the authority still takes this account. */
  async isAccepted(): Promise<boolean> {
    try {
      const { data } = await this.#post(this.accountUrl, null);
      return typeof data !== 'object' || data === null || !('status' in data) || data.status === 'valid';
    } catch (error) {
      // A refusal of the account itself; anything else says nothing about it.
      if (error instanceof AuthorityError && error.kind === 'problem')
        return error.status >= 500 || error.status === 429;
      return true;
    }
  }

  async #read<T>(url: string, read: (data: unknown, status: number) => T): Promise<Answered<T>> {
    const { data, headers, status } = await this.#post(url, null);
    return { value: read(data, status), retryAfterMs: retryAfterMs(headers, this.#clock.epochMs()) };
  }

  #post(url: string, payload: object | null): Promise<AuthorityAnswer> {
    return signedPost(this.#signer, url, payload, { kid: this.accountUrl }, this.#clock);
  }
}

/** A signed request whose refusal is an AuthorityError with the problem document whole. */
export async function signedPost(
  signer: Signer,
  url: string,
  payload: object | null,
  options: { readonly kid?: string; readonly includeExternalAccountBinding?: boolean },
  clock: Clock,
): Promise<AuthorityAnswer> {
  const answer = await signer.signedRequest(url, payload, options);
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw refusal(url, answer, clock);
}

/** What an answer that is no success means. */
export function refusal(
  url: string,
  { status, headers, data }: AuthorityAnswer,
  clock: Clock,
): AuthorityError {
  const problem = readProblem(data, status);
  const facts = { url, status, problem, retryAfterMs: retryAfterMs(headers, clock.epochMs()) };
  return problem === null
    ? new AuthorityError(`${url} answers with status ${status} and no reason`, { kind: 'answer', ...facts })
    : new AuthorityError(problemText(problem), { kind: 'problem', ...facts });
}

/** RFC 7638: the members that the kind of key needs, sorted, without spaces. */
function jwkThumbprint(keyPem: string): string {
  const jwk = createPublicKey(keyPem).export({ format: 'jwk' });
  const members = Object.entries(jwk).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url');
}

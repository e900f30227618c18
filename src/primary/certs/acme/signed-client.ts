/**
 * Requests that one account signs (RFC 8555 section 6.2): JWS, nonces and the binding to an external account are acme-client's, the way out is our
 * own transport, since that of acme-client is one for the whole process, without bounds. Primary thread; loaded only when a certificate is to be
 * ordered, because acme-client takes a third of a second to load.
 */

import HttpClient from 'acme-client/src/http.js';
import { answerError } from './authority-error.ts';
import type { AuthorityAnswer, AuthorityTransport } from './authority-transport.ts';

export interface SignedClientOptions {
  readonly transport: AuthorityTransport;
  readonly directoryUrl: string;
  readonly newNonceUrl: string;
  readonly accountKeyPem: string;
  readonly eab: { readonly kid: string; readonly hmacKey: string } | null;
}

/** Older ones may have expired at the authority; it would say so, at the cost of a request. */
const MOST_NONCES = 20;

export class SignedClient extends HttpClient {
  readonly #transport: AuthorityTransport;
  readonly #newNonceUrl: string;
  /** Of earlier answers (RFC 8555 section 6.5): they spare a request for each. */
  readonly #nonces: string[] = [];

  constructor({ transport, directoryUrl, newNonceUrl, accountKeyPem, eab }: SignedClientOptions) {
    super(directoryUrl, Buffer.from(accountKeyPem), eab ?? undefined);
    this.#transport = transport;
    this.#newNonceUrl = newNonceUrl;
  }

  override async request(
    url: string,
    method: string,
    options: { readonly data?: object } = {},
  ): Promise<AuthorityAnswer> {
    const body = options.data === undefined ? null : JSON.stringify(options.data);
    const answer = await this.#transport.ask({ url, method: method === 'post' ? 'POST' : 'HEAD', body });
    const nonce = answer.headers['replay-nonce'];
    // One that came with a refusal for its nonce is used by acme-client itself.
    if (typeof nonce === 'string' && (method !== 'post' || answer.status !== 400)) {
      this.#nonces.push(nonce);
      if (this.#nonces.length > MOST_NONCES) this.#nonces.shift();
    }
    return answer;
  }

  override async getNonce(): Promise<string> {
    const kept = this.#nonces.pop();
    if (kept !== undefined) return kept;
    const { status } = await this.request(this.#newNonceUrl, 'head');
    const nonce = this.#nonces.pop();
    if (nonce !== undefined) return nonce;
    const url = this.#newNonceUrl;
    throw answerError(`${url} gives no nonce (status ${status})`, { url, status });
  }
}

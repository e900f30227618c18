/**
 * One ACME authority, by its directory (RFC 8555 section 7.1.1): what needs no account, and the making of accounts. Primary thread. Every method rejects
 * with an AuthorityError.
 */

import type { Clock } from '../../../kit/clock.ts';
import { AccountSession, refusal, signedPost } from './account-session.ts';
import type { AcmeDraft } from './acme-draft.ts';
import { answerError } from './authority-error.ts';
import {
  type Directory,
  type RenewalWindow,
  readDirectory,
  readRenewalWindow,
} from './authority-resources.ts';
import { AuthorityTransport, retryAfterMs } from './authority-transport.ts';
import type { Answered } from './poll.ts';
import type { SignedClient } from './signed-client.ts';

export interface AuthorityOptions {
  readonly directoryUrl: string;
  readonly caPem: string | null;
  readonly clock: Clock;
  /** Of one exchange; 30 s if left out. */
  readonly timeoutMs?: number;
}

export interface AccountKey {
  readonly keyPem: string;
  readonly eab: AcmeDraft['eab'];
}

const TIMEOUT_MS = 30_000;
const DIRECTORY_MS = 3_600_000;

export class Authority {
  readonly directoryUrl: string;
  readonly #transport: AuthorityTransport;
  readonly #clock: Clock;
  #directory: Promise<Directory> | null = null;
  #directoryUntilMs = 0;

  constructor({ directoryUrl, caPem, clock, timeoutMs = TIMEOUT_MS }: AuthorityOptions) {
    this.directoryUrl = directoryUrl;
    this.#transport = new AuthorityTransport({ caPem, clock, timeoutMs });
    this.#clock = clock;
  }

  /** As the transport's. */
  get clockSkewMs(): number | null {
    return this.#transport.clockSkewMs;
  }

  /** Asked for once an hour. */
  directory(): Promise<Directory> {
    const nowMs = this.#clock.nowMs();
    if (this.#directory !== null && nowMs < this.#directoryUntilMs) return this.#directory;
    const asked = this.#askDirectory();
    this.#directory = asked;
    this.#directoryUntilMs = nowMs + DIRECTORY_MS;
    asked.catch(() => {
      if (this.#directory === asked) this.#directory = null;
    });
    return asked;
  }

  /**
   * The directory anew, whatever is known of it: its answer says what time it is there, too. Where none comes, what the authority said before is forgotten,
   * so that nothing is explained by it.
   */
  async refresh(): Promise<Directory> {
    this.#directory = null;
    try {
      return await this.directory();
    } catch (error) {
      this.#transport.forgetClock();
      throw error;
    }
  }

  /** Makes an account of this key, with the terms of service agreed to, or finds the one that has it already. Gives its URL. */
  async createAccount({ keyPem, eab }: AccountKey, email: string | null): Promise<string> {
    const { newAccount: url } = await this.directory();
    const payload = {
      termsOfServiceAgreed: true,
      ...(email === null ? {} : { contact: [`mailto:${email}`] }),
    };
    const signer = await this.#signer(keyPem, eab);
    const binding = { includeExternalAccountBinding: eab !== null };
    const { headers, status } = await signedPost(signer, url, payload, binding, this.#clock);
    const { location = '' } = headers;
    if (URL.canParse(location)) return location;
    throw answerError(`${url} gives no URL of the account that it made`, { url, status });
  }

  async session(accountUrl: string, keyPem: string): Promise<AccountSession> {
    const directory = await this.directory();
    const signer = await this.#signer(keyPem, null);
    return new AccountSession({ signer, directory, accountUrl, accountKeyPem: keyPem, clock: this.#clock });
  }

  /** When the authority wants a certificate to be renewed (RFC 9773 section 4). Null: it does not say such things. */
  async renewalWindow(certificateId: string): Promise<Answered<RenewalWindow> | null> {
    const { renewalInfo } = await this.directory();
    if (renewalInfo === null) return null;
    const url = `${renewalInfo.replace(/\/$/, '')}/${certificateId}`;
    const answer = await this.#transport.ask({ url, method: 'GET', body: null });
    if (answer.status !== 200) throw refusal(url, answer, this.#clock);
    return {
      value: readRenewalWindow(answer.data, { url, status: answer.status }),
      retryAfterMs: retryAfterMs(answer.headers, this.#clock.epochMs()),
    };
  }

  /** Ends what is under way. */
  close(): void {
    this.#transport.close();
  }

  async #askDirectory(): Promise<Directory> {
    const url = this.directoryUrl;
    const answer = await this.#transport.ask({ url, method: 'GET', body: null });
    if (answer.status !== 200) throw refusal(url, answer, this.#clock);
    return readDirectory(answer.data, { url, status: answer.status });
  }

  async #signer(accountKeyPem: string, eab: AcmeDraft['eab']): Promise<SignedClient> {
    const { newNonce: newNonceUrl } = await this.directory();
    const { SignedClient } = await import('./signed-client.ts');
    const { directoryUrl } = this;
    return new SignedClient({ transport: this.#transport, directoryUrl, newNonceUrl, accountKeyPem, eab });
  }
}

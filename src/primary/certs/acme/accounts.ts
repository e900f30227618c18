/**
 * The accounts at the authorities, one for each directory and email. Primary thread.
 *
 *   accounts/<directory id>/<email id>    JSON: URL, key and binding of the account; see `directoryId`
 *
 * The key is stored before the authority hears of it, so that a crash in between finds the same account again. What the store cannot read is
 * set aside, and a new account made: accounts cost nothing but a place among those that one address may make.
 */

import { createHash, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import type { Clock } from '../../../kit/clock.ts';
import { isRecord } from '../../../kit/is-record.ts';
import { timeText } from '../../../kit/time-text.ts';
import type { Store } from '../../store/store.ts';
import type { AccountSession } from './account-session.ts';
import type { AcmeDraft } from './acme-draft.ts';
import type { Authority } from './authority.ts';
import { AuthorityError, isProblem } from './authority-error.ts';
import type { Budget } from './budget/budget.ts';
import { causeSaying } from './diagnosis/causes.ts';
import { nameOf } from './diagnosis/classify.ts';
import { retryTimeIn } from './diagnosis/limit-words.ts';
import { directoryId } from './directory-id.ts';
import { FoundBefore } from './issue-hooks.ts';

export interface AccountWish {
  readonly authority: Authority;
  readonly email: string | null;
  readonly eab: AcmeDraft['eab'];
}

export interface AccountsOptions {
  readonly store: Store;
  readonly log: Logger;
  readonly clock: Clock;
  readonly budget: Budget;
}

interface StoredAccount {
  /** Null: the authority may not have heard of it yet. */
  readonly url: string | null;
  readonly keyPem: string;
  readonly email: string | null;
  /** Of the external account that it was bound to. */
  readonly eabKid: string | null;
  readonly createdAtMs: number;
}

const makeKeyPair = promisify(generateKeyPair);

export class Accounts {
  readonly #options: AccountsOptions;
  /** By authority, then by `sessionId`. A promise, so that names that start together make one account. */
  readonly #sessions = new WeakMap<Authority, Map<string, Promise<AccountSession>>>();

  constructor(options: AccountsOptions) {
    this.#options = options;
  }

  /** Rejects with an AuthorityError, FoundBefore of the budget, or a PenstockError of the store. */
  session(wish: AccountWish): Promise<AccountSession> {
    const id = sessionId(wish);
    const sessions = this.#sessionsOf(wish.authority);
    const known = sessions.get(id);
    if (known !== undefined) return known;
    const opened = this.#open(wish, accountKey(wish));
    sessions.set(id, opened);
    opened.catch(() => {
      if (sessions.get(id) === opened) sessions.delete(id);
    });
    return opened;
  }

  /**
   * Does something that only needs some account. Where the authority does not take ours any more (it was deactivated or revoked, or the authority has
   * forgotten it), a new one takes its place, once.
   */
  async with<T>(wish: AccountWish, use: (session: AccountSession) => Promise<T>): Promise<T> {
    const session = await this.session(wish);
    try {
      return await use(session);
    } catch (error) {
      const isOfAccount = isProblem(error, 'accountDoesNotExist', 'unauthorized', 'malformed');
      if (!isOfAccount || (await session.isAccepted())) throw error;
      await this.#replace(wish, session);
      return await use(await this.session(wish));
    }
  }

  async #replace(wish: AccountWish, lost: AccountSession): Promise<void> {
    const sessions = this.#sessionsOf(wish.authority);
    const current = await sessions.get(sessionId(wish));
    // Another name may have been faster.
    if (current !== undefined && current !== lost) return;
    sessions.delete(sessionId(wish));
    const { store, log } = this.#options;
    const aside = await store.setAside(accountKey(wish));
    log.warn(
      { directory: wish.authority.directoryUrl, account: lost.accountUrl, aside },
      'the authority does not accept the ACME account any more; a new one is made',
    );
  }

  async #open(wish: AccountWish, key: string): Promise<AccountSession> {
    const { authority, email, eab } = wish;
    const { store, log, clock } = this.#options;
    const stored = (await this.#read(key, eab)) ?? (await this.#newAccount(key, wish));
    if (stored.url !== null) return authority.session(stored.url, stored.keyPem);
    const url = await this.#register(wish, stored.keyPem);
    const made: StoredAccount = { ...stored, url, eabKid: eab?.kid ?? null, createdAtMs: clock.epochMs() };
    await store.put(key, encode(made));
    log.info({ directory: authority.directoryUrl, account: url, email }, 'ACME account made');
    return authority.session(url, stored.keyPem);
  }

  async #newAccount(key: string, { email, eab }: AccountWish): Promise<StoredAccount> {
    const { store, clock } = this.#options;
    const { privateKey } = await makeKeyPair('ec', { namedCurve: 'P-256' });
    const account: StoredAccount = {
      url: null,
      keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      email,
      eabKid: eab?.kid ?? null,
      createdAtMs: clock.epochMs(),
    };
    await store.put(key, encode(account));
    return account;
  }

  async #register({ authority, email, eab }: AccountWish, keyPem: string): Promise<string> {
    const { budget, clock } = this.#options;
    const { directoryUrl } = authority;
    const verdict = await budget.mayRegister(directoryUrl);
    if (!verdict.ok) throw noRoomForAccounts(authority, verdict);
    try {
      const url = await authority.createAccount({ keyPem, eab }, email);
      await budget.registered(directoryUrl);
      return url;
    } catch (error) {
      const untilMs = limitedUntil(error, clock.epochMs());
      if (untilMs !== null) await budget.registrationsLimited(directoryUrl, untilMs);
      throw error;
    }
  }

  /** Null where there is none, or none that is bound to this external account. */
  async #read(key: string, eab: AcmeDraft['eab']): Promise<StoredAccount | null> {
    const { store, log } = this.#options;
    const bytes = await store.get(key);
    if (bytes === null) return null;
    const stored = decode(bytes.toString('utf8'));
    if (stored === null) {
      log.error({ aside: await store.setAside(key) }, 'a stored ACME account is damaged; a new one is made');
      return null;
    }
    if (eab === null || stored.eabKid === eab.kid) return stored;
    log.info(
      { aside: await store.setAside(key) },
      'acme.eab names another external account; a new ACME account is made',
    );
    return null;
  }

  #sessionsOf(authority: Authority): Map<string, Promise<AccountSession>> {
    const known = this.#sessions.get(authority);
    if (known !== undefined) return known;
    const sessions = new Map<string, Promise<AccountSession>>();
    this.#sessions.set(authority, sessions);
    return sessions;
  }
}

function noRoomForAccounts(
  { directoryUrl }: Authority,
  { limit, untilMs }: { readonly limit: string; readonly untilMs: number },
): FoundBefore {
  const message = `no account is made at ${nameOf(directoryUrl)} before ${timeText(untilMs)}: its limit is ${limit}`;
  return new FoundBefore(causeSaying('budget', message, 'before_order', untilMs));
}

/** Until when an authority makes no more accounts; null: it refuses for something else, or names no time. */
function limitedUntil(error: unknown, nowMs: number): number | null {
  if (!(error instanceof AuthorityError) || !isProblem(error, 'rateLimited')) return null;
  return error.retryAfterMs > 0 ? nowMs + error.retryAfterMs : retryTimeIn(error.message);
}

/** Another external account is another account. */
function sessionId(wish: AccountWish): string {
  return `${accountKey(wish)}\0${wish.eab?.kid ?? ''}`;
}

/** Where an account is kept. Any email becomes a key of the store: readable, and one for each. */
function accountKey({ authority, email }: Pick<AccountWish, 'authority' | 'email'>): string {
  const digest = createHash('sha256')
    .update(email ?? '')
    .digest('hex')
    .slice(0, 8);
  const name = (email ?? 'none')
    .toLowerCase()
    .replaceAll(/[^a-z0-9@._-]/g, '_')
    .replace(/^\./, '_')
    .slice(0, 100);
  return `accounts/${directoryId(authority.directoryUrl)}/${name}-${digest}`;
}

function encode(account: StoredAccount): Buffer {
  return Buffer.from(JSON.stringify({ version: 1, ...account }));
}

function decode(text: string): StoredAccount | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value)) return null;
  const { url, keyPem, email, eabKid, createdAtMs } = value;
  if (typeof keyPem !== 'string' || !keyPem.includes('PRIVATE KEY') || typeof createdAtMs !== 'number')
    return null;
  if (!isTextOrNull(url) || !isTextOrNull(email) || !isTextOrNull(eabKid)) return null;
  return { url, keyPem, email, eabKid, createdAtMs };
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

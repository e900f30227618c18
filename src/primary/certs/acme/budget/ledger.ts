/**
 * What was asked of each authority, against its published limits (`limits.ts`): refuses an order locally before the authority would, keeps room
 * for renewals, and says when the next one may be. Kept in the store, so that a restart forgets nothing. Primary thread.
 *
 *   budget/<directory id>/account/<account id>    orders; waits of the whole account
 *   budget/<directory id>/domain/<domain>         certificates and failures of a registered domain; its orders under way
 *   budget/<directory id>/registrations           new accounts
 *
 * A token is spent when the authority spends it: of an account when an order is placed, of a domain and a set of names when the certificate is
 * issued, of a name when its validation fails. Until then `mayOrder` counts what is under way as spent. Books are read anew each time, so that
 * what another penstock spent through the same store counts; two that spend in the same moment may lose one entry, which the room kept for
 * renewals makes up for.
 */

import type { Clock } from '../../../../kit/clock.ts';
import type { Store } from '../../../store/store.ts';
import { type Book, enterWait, loadBook, saveBook, takeFrom } from './book.ts';
import {
  accountKey,
  domainKey,
  domainsOf,
  failureBucket,
  inARowBucket,
  namesIn,
  registrationsKey,
  setBucket,
  waitOf,
} from './bucket-names.ts';
import type { Budget, BudgetRequest, BudgetVerdict, WaitScope } from './budget.ts';
import { limitsOf } from './limits.ts';
import { orderRefusals, registrationRefusals } from './order-checks.ts';

/** A place that was held for so long is free again: whoever held it is gone. */
const MAX_HOLD_MS = 15 * 60_000;

export interface LedgerWish {
  readonly store: Pick<Store, 'get' | 'put' | 'delete' | 'setAside'>;
  readonly clock: Pick<Clock, 'epochMs'>;
  /** A book was damaged; it is at `where` now, and a new one begins, half spent. */
  readonly onDamage: (where: string) => void;
}

interface Hold {
  readonly request: BudgetRequest;
  readonly sinceMs: number;
}

export class Ledger implements Budget {
  readonly #wish: LedgerWish;
  readonly #holds = new Map<string, Hold>();
  /** One call after the other: between reading a book and writing it nothing else may happen. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(wish: LedgerWish) {
    this.#wish = wish;
  }

  mayOrder(request: BudgetRequest): Promise<BudgetVerdict> {
    return this.#inTurn(async (nowMs) => {
      const books = {
        account: await this.#load(accountKey(request), nowMs),
        domains: await this.#loadDomains(request, nowMs),
        held: this.#heldBeside(request, nowMs),
      };
      const refusals = orderRefusals(request, books, nowMs);
      if (refusals.length > 0) return refusals.reduce((a, b) => (b.untilMs > a.untilMs ? b : a));
      this.#holds.set(holdKey(request), { request, sinceMs: nowMs });
      return { ok: true };
    });
  }

  ordered(request: BudgetRequest): Promise<void> {
    return this.#inTurn(async (nowMs) => {
      this.#holds.delete(holdKey(request));
      const { orders } = limitsOf(request.authority);
      if (orders !== null && !request.isRenewal)
        await this.#change(accountKey(request), nowMs, (book) => takeFrom(book, 'orders', orders, nowMs));
      const { names, isRenewal } = request;
      for (const domain of domainsOf(names))
        await this.#change(domainKey(request, domain), nowMs, (book) =>
          book.underWay.set(request.host, { names, isRenewal, orderedAtMs: nowMs }),
        );
    });
  }

  issued(request: BudgetRequest): Promise<void> {
    return this.#inTurn(async (nowMs) => {
      const { domain: domainLimit, set } = limitsOf(request.authority);
      for (const [at, domain] of domainsOf(request.names).entries())
        await this.#change(domainKey(request, domain), nowMs, (book) => {
          book.underWay.delete(request.host);
          if (domainLimit !== null && !request.isRenewal) takeFrom(book, 'domain', domainLimit, nowMs);
          if (set !== null && at === 0) takeFrom(book, setBucket(request.names), set, nowMs);
          for (const name of namesIn(request.names, domain)) book.buckets.set(inARowBucket(request, name), 0);
        });
      this.#holds.delete(holdKey(request));
    });
  }

  failed(
    request: BudgetRequest,
    { refuted, orderOver }: { readonly refuted: readonly string[]; readonly orderOver: boolean },
  ): Promise<void> {
    return this.#inTurn(async (nowMs) => {
      this.#holds.delete(holdKey(request));
      if (refuted.length === 0 && !orderOver) return;
      const { failures, consecutiveFailures } = limitsOf(request.authority);
      for (const domain of domainsOf([...request.names, ...refuted]))
        await this.#change(domainKey(request, domain), nowMs, (book) => {
          if (orderOver) book.underWay.delete(request.host);
          for (const name of namesIn(refuted, domain)) {
            if (failures !== null) takeFrom(book, failureBucket(request, name), failures, nowMs);
            if (consecutiveFailures !== null)
              takeFrom(book, inARowBucket(request, name), consecutiveFailures, nowMs);
          }
        });
    });
  }

  limited(request: BudgetRequest, untilMs: number, scope: WaitScope): Promise<void> {
    const [first = request.host] = domainsOf(request.names);
    const key = scope === 'account' ? accountKey(request) : domainKey(request, first);
    return this.#wait(key, waitOf(scope, request), untilMs);
  }

  mayRegister(authority: string): Promise<BudgetVerdict> {
    return this.#inTurn(async (nowMs) => {
      const book = await this.#load(registrationsKey(authority), nowMs);
      return registrationRefusals(authority, book, nowMs)[0] ?? { ok: true };
    });
  }

  registered(authority: string): Promise<void> {
    return this.#inTurn(async (nowMs) => {
      const { registrations } = limitsOf(authority);
      if (registrations === null) return;
      await this.#change(registrationsKey(authority), nowMs, (book) =>
        takeFrom(book, 'registrations', registrations, nowMs),
      );
    });
  }

  registrationsLimited(authority: string, untilMs: number): Promise<void> {
    return this.#wait(registrationsKey(authority), 'registrations', untilMs);
  }

  #wait(key: string, wait: string, untilMs: number): Promise<void> {
    return this.#inTurn((nowMs) => this.#change(key, nowMs, (book) => enterWait(book, wait, untilMs, nowMs)));
  }

  /** Places held by others at the same authority. */
  #heldBeside(request: BudgetRequest, nowMs: number): readonly BudgetRequest[] {
    for (const [key, { sinceMs }] of this.#holds) if (sinceMs + MAX_HOLD_MS < nowMs) this.#holds.delete(key);
    return [...this.#holds.values()]
      .map(({ request: other }) => other)
      .filter(({ authority, host }) => authority === request.authority && host !== request.host);
  }

  async #loadDomains(request: BudgetRequest, nowMs: number): Promise<ReadonlyMap<string, Book>> {
    const books = new Map<string, Book>();
    for (const domain of domainsOf(request.names))
      books.set(domain, await this.#load(domainKey(request, domain), nowMs));
    return books;
  }

  #load(key: string, nowMs: number): Promise<Book> {
    return loadBook(this.#wish.store, key, nowMs, this.#wish.onDamage);
  }

  async #change(key: string, nowMs: number, change: (book: Book) => void): Promise<void> {
    const book = await this.#load(key, nowMs);
    change(book);
    await saveBook(this.#wish.store, key, book, nowMs);
  }

  #inTurn<T>(work: (nowMs: number) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => work(this.#wish.clock.epochMs()));
    // The next one's turn comes whatever became of this one, whose caller hears of it.
    this.#last = turn.catch(() => {});
    return turn;
  }
}

function holdKey({ authority, host }: BudgetRequest): string {
  return `${authority} ${host}`;
}

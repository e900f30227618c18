/**
 * Places the order of one attempt, if nothing speaks against it: the budget, the pre-checks, and an account that the authority takes. Tells the
 * budget what became of it. Primary thread.
 */

import { X509Certificate } from 'node:crypto';
import type { Logger } from 'pino';
import { messageOf } from '../../../kit/errors.ts';
import type { AccountSession } from './account-session.ts';
import type { Accounts, AccountWish } from './accounts.ts';
import { AuthorityError, isProblem } from './authority-error.ts';
import type { Order } from './authority-resources.ts';
import type { BudgetRequest } from './budget/budget.ts';
import { certificateAriId } from './certificate-ari-id.ts';
import type { ChallengeSolver } from './challenge/solver.ts';
import type { Cause } from './diagnosis/cause.ts';
import { causeOf } from './diagnosis/causes.ts';
import { clockCause, nameOf } from './diagnosis/classify.ts';
import type { PlacedOrder } from './issue.ts';
import { IssueFailure } from './issue-failure.ts';
import { FoundBefore, type IssueHooks } from './issue-hooks.ts';
import type { KeptCertificate } from './name-files.ts';

export interface OrderPlacerOptions {
  readonly host: string;
  readonly wish: AccountWish;
  /** Of the account that the wish has led to. */
  readonly accountUrl: string;
  readonly accounts: Accounts;
  readonly hooks: IssueHooks;
  readonly solver: ChallengeSolver;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** The certificate of the same directory that the new one follows; null: it is the first. */
  readonly replaced: KeptCertificate | null;
}

export class OrderPlacer {
  readonly #options: OrderPlacerOptions;
  #request: BudgetRequest;
  #warnings: readonly Cause[] = [];

  constructor(options: OrderPlacerOptions) {
    this.#options = options;
    this.#request = this.#requestOf(options.accountUrl, false);
  }

  /** Of the pre-check, should the order fail. */
  get warnings(): readonly Cause[] {
    return this.#warnings;
  }

  /** Rejects with an IssueFailure where something speaks against it, else with an AuthorityError. */
  async place(): Promise<PlacedOrder> {
    const { wish, accounts, accountUrl, host, solver, hooks, signal } = this.#options;
    if (host.startsWith('*.') && solver.type === 'http-01') {
      throw refusedBefore(causeOf('wildcard_needs_dns', { host }));
    }
    const { authority } = wish;
    // What was said some time ago is no reason to refuse an order.
    const isOff = clockCause(authority.clockSkewMs, authority.directoryUrl) !== null;
    const { renewalInfo, caaIdentities } = await (isOff ? authority.refresh() : authority.directory());
    const replaces = renewalInfo === null ? null : this.#replacedId();
    this.#request = this.#requestOf(accountUrl, replaces !== null);
    await this.#haveRoom();
    const { directoryUrl, clockSkewMs } = authority;
    const facts = {
      authority: directoryUrl,
      caaIdentities,
      account: accountUrl,
      challenge: solver.type,
      clockSkewMs,
    };
    const { stop, warnings } = await hooks.diagnosis.preCheck(host, facts, signal);
    this.#warnings = warnings;
    if (stop !== null) throw refusedBefore(stop);
    signal.throwIfAborted();
    const placed = await accounts.with(wish, async (session) => ({
      session,
      order: await this.#order(session, replaces),
    }));
    this.#request = { ...this.#request, account: placed.session.accountUrl };
    await hooks.budget.ordered(this.#request);
    return placed;
  }

  async obtained(): Promise<void> {
    await this.#options.hooks.budget.issued(this.#request);
  }

  async failed({ cause, stage, refuted, orderOver }: IssueFailure, { untilMs }: Cause): Promise<void> {
    const { hooks, host } = this.#options;
    const request = this.#request;
    // A certificate that came and is not good was issued all the same.
    if (stage === 'download' && orderOver) await hooks.budget.issued(request);
    else await hooks.budget.failed(request, { refuted: refuted ? [host] : [], orderOver });
    if (!(cause instanceof AuthorityError) || !isProblem(cause, 'rateLimited') || untilMs === null) return;
    await hooks.budget.limited(request, untilMs, hooks.diagnosis.waitScopeOf(cause));
  }

  /** Nothing is known of the order: the attempt was broken off. */
  async abandoned(): Promise<void> {
    await this.#options.hooks.budget.failed(this.#request, { refuted: [], orderOver: false });
  }

  /** An authority that does not take the certificate that is replaced gets the order without it (RFC 9773 section 5). */
  async #order(session: AccountSession, replaces: string | null): Promise<Order> {
    const { host, log } = this.#options;
    if (replaces === null) return await session.newOrder(host, null);
    try {
      return await session.newOrder(host, replaces);
    } catch (error) {
      if (!isProblem(error, 'alreadyReplaced', 'malformed', 'unauthorized')) throw error;
      log.info(
        { host, said: messageOf(error) },
        'the authority does not take the order as a renewal; it is placed as a new one',
      );
      this.#request = this.#requestOf(session.accountUrl, false);
      await this.#haveRoom();
      return await session.newOrder(host, null);
    }
  }

  /** Rejects with an IssueFailure where the budget speaks against the order. */
  async #haveRoom(): Promise<void> {
    const { hooks, wish, host } = this.#options;
    const verdict = await hooks.budget.mayOrder(this.#request);
    if (verdict.ok) return;
    throw refusedBefore(
      causeOf('budget', { host, authority: nameOf(wish.authority.directoryUrl), ...verdict }),
    );
  }

  #replacedId(): string | null {
    const { replaced } = this.#options;
    return replaced === null ? null : certificateAriId(new X509Certificate(replaced.certificate.chainPem));
  }

  #requestOf(account: string, replaces: boolean): BudgetRequest {
    const { host, wish, replaced } = this.#options;
    const isRenewal = replaced !== null;
    return { authority: wish.authority.directoryUrl, account, host, names: [host], isRenewal, replaces };
  }
}

function refusedBefore(found: Cause): IssueFailure {
  const cause = new FoundBefore(found);
  return new IssueFailure({ stage: 'before_order', refuted: false, orderOver: true, cause });
}

/**
 * One order for one name, from nothing or from where an earlier attempt stopped, to a checked chain (RFC 8555 section 7.4). Primary thread.
 *
 *   pending ──▶ challenges answered ──▶ ready ──▶ key stored, finalised ──▶ processing ──▶ valid ──▶ chain downloaded, checked
 *
 * Whatever state an order is found in, it goes on from there: what must not be lost is stored by the caller before the authority hears of it
 * (`OrderKeeper`). Answers to challenges are taken away again, whatever happens.
 */

import type { Logger } from 'pino';
import type { Clock } from '../../../kit/clock.ts';
import { messageOf } from '../../../kit/errors.ts';
import type { CertificatePair } from '../certificate-pair.ts';
import type { AccountSession } from './account-session.ts';
import type { KeyType } from './acme-draft.ts';
import { answerChallenges, ChallengeRefuted } from './answer-challenges.ts';
import { AuthorityError, isProblem, reportedRefusal } from './authority-error.ts';
import type { Order } from './authority-resources.ts';
import type { ChallengeSolver } from './challenge/solver.ts';
import { checkChain } from './check-chain.ts';
import type { CauseStage } from './diagnosis/cause.ts';
import { IssueError, IssueFailure } from './issue-failure.ts';
import type { KeyMaker } from './keys.ts';
import { poll } from './poll.ts';

/** What outlives an attempt. Its methods reject where it cannot be stored; nothing is then told to the authority. */
export interface OrderKeeper {
  /** Once an order is made, before anything else is done about it. */
  ordered(order: string): Promise<void>;
  /** The key that was stored for this order; null: none. */
  keyOf(order: string): Promise<string | null>;
  storeKey(order: string, keyPem: string): Promise<void>;
  /** A key that the authority does not take. */
  dropKey(order: string): Promise<void>;
}

export interface IssueRequest {
  readonly host: string;
  readonly keyType: KeyType;
  readonly solver: ChallengeSolver;
  readonly keys: KeyMaker;
  readonly keeper: OrderKeeper;
  readonly session: AccountSession;
  /** URL of the order to go on with; null: a new one. */
  readonly takeUp: string | null;
  /** Makes a new order, of whatever account the authority takes; rejects where it may not be. */
  readonly placeOrder: () => Promise<PlacedOrder>;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly clock: Clock;
}

export interface PlacedOrder {
  readonly order: Order;
  readonly session: AccountSession;
}

export interface Issued {
  readonly pair: CertificatePair;
}

/** Of the signing of a certificate, and of an order that follows its authorizations. Authorities take some seconds. */
const SIGNING_MS = 3 * 60_000;
/** pending, ready, processing, valid: more turns are an authority that goes in circles. */
const MAX_TURNS = 8;

/** Rejects with an IssueFailure, or with what aborted it. */
export async function issue(request: IssueRequest): Promise<Issued> {
  const attempt = new OrderAttempt(request);
  try {
    return await attempt.run();
  } catch (error) {
    request.signal.throwIfAborted();
    throw await attempt.failure(error);
  }
}

class OrderAttempt {
  readonly #request: IssueRequest;
  #session: AccountSession;
  #order: Order | null = null;
  #stage: CauseStage = 'order';
  /** Not to be taken up again, whatever the authority says of it. */
  #isSpent = false;

  constructor(request: IssueRequest) {
    this.#request = request;
    this.#session = request.session;
  }

  async run(): Promise<Issued> {
    const { signal } = this.#request;
    this.#order = (await this.#takeUp()) ?? (await this.#place());
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      signal.throwIfAborted();
      const order: Order = this.#order;
      if (order.status === 'valid') return await this.#download(order);
      this.#order = await this.#advance(order);
    }
    throw new IssueError('authority_error', `the order ${this.#order.url} does not get on`);
  }

  /** What an error means for the order. */
  async failure(cause: unknown): Promise<IssueFailure> {
    if (cause instanceof IssueFailure) return cause;
    // What ends an order after its validation says nothing against that.
    const isOfValidation = this.#stage !== 'finalise' && this.#order?.status === 'invalid';
    const refuted = cause instanceof ChallengeRefuted || (isOfValidation && this.#order?.error !== null);
    const orderOver = this.#isSpent || refuted || (await this.#isOver(cause));
    return new IssueFailure({
      stage: this.#stage,
      refuted,
      orderOver,
      cause: cause instanceof ChallengeRefuted ? cause.refusal : cause,
    });
  }

  async #isOver(cause: unknown): Promise<boolean> {
    // Nothing was placed, and what was to be taken up is still unknown.
    if (this.#order === null) return this.#request.takeUp === null;
    if (this.#order.status === 'invalid') return true;
    // A refusal may have ended the order.
    if (!(cause instanceof AuthorityError) || cause.kind !== 'problem') return false;
    try {
      return (await this.#session.order(this.#order.url)).value.status === 'invalid';
    } catch (error) {
      return isGone(error);
    }
  }

  /** Null: there is nothing to go on with. */
  async #takeUp(): Promise<Order | null> {
    const { takeUp, host, log } = this.#request;
    if (takeUp === null) return null;
    try {
      const { value: order } = await this.#session.order(takeUp);
      if (order.names.length === 1 && order.names[0] === host) return order;
      log.warn(
        { host, order: takeUp, names: order.names },
        'the order that was under way is for other names',
      );
    } catch (error) {
      if (!isGone(error)) throw error;
      log.info({ host, order: takeUp }, 'the authority does not know the order any more that was under way');
    }
    return null;
  }

  async #place(): Promise<Order> {
    const { order, session } = await this.#request.placeOrder();
    this.#session = session;
    this.#order = order;
    await this.#request.keeper.ordered(order.url);
    return order;
  }

  async #advance(order: Order): Promise<Order> {
    switch (order.status) {
      case 'pending':
        await this.#authorize(order);
        return await this.#follow(order, ({ status }) => status !== 'pending');
      case 'ready':
        return await this.#finalize(order);
      case 'processing':
        this.#stage = 'finalise';
        return await this.#follow(order, ({ status }) => status !== 'processing');
      default:
        throw order.error === null
          ? new IssueError('authority_error', `the order ${order.url} is ${order.status}`)
          : reportedRefusal(order.url, order.error);
    }
  }

  async #authorize(order: Order): Promise<void> {
    this.#stage = 'challenge';
    const { host, solver, signal, log, clock } = this.#request;
    await answerChallenges({ host, order, session: this.#session, solver, signal, log, clock });
  }

  async #follow(order: Order, isDone: (order: Order) => boolean): Promise<Order> {
    const { signal, clock } = this.#request;
    const limits = { totalMs: SIGNING_MS, signal, clock };
    const next = await poll(() => this.#session.order(order.url), isDone, limits);
    if (next !== null) return next;
    throw new IssueError(
      'authority_error',
      `the order ${order.url} has been ${order.status} for ${SIGNING_MS / 60_000} minutes`,
    );
  }

  async #finalize(order: Order): Promise<Order> {
    this.#stage = 'finalise';
    const { host, keyType, keys, keeper, signal, log } = this.#request;
    const stored = await keeper.keyOf(order.url);
    const { keyPem, csr } = await keys.make({ host, keyType, keyPem: stored }, signal);
    if (stored === null) await keeper.storeKey(order.url, keyPem);
    try {
      return await this.#session.finalize(order, csr);
    } catch (error) {
      // A key that it does not like will not be liked better later; the order can have another one.
      if (isProblem(error, 'badCSR', 'badPublicKey')) await keeper.dropKey(order.url);
      if (!isProblem(error, 'orderNotReady')) throw error;
      log.debug({ host, order: order.url, said: messageOf(error) }, 'the order was finalised before');
      return (await this.#session.order(order.url)).value;
    }
  }

  async #download(order: Order): Promise<Issued> {
    this.#stage = 'download';
    const { host, keeper, clock } = this.#request;
    const keyPem = await keeper.keyOf(order.url);
    if (keyPem === null || order.certificate === null) {
      this.#isSpent = true;
      const what = keyPem === null ? 'the key of' : 'the certificate of';
      throw new IssueError('authority_error', `${what} the order ${order.url}, which is done, is lost`);
    }
    const chainPem = await this.#session.certificate(order.certificate);
    const checked = checkChain(chainPem, keyPem, host, clock.epochMs());
    if ('pair' in checked) return { pair: checked.pair };
    // The same chain will be right once the clock is.
    this.#isSpent = checked.code !== 'clock_off';
    throw new IssueError(checked.code, checked.message);
  }
}

/** The authority has no such order, or not of this account. */
function isGone(error: unknown): boolean {
  if (!(error instanceof AuthorityError)) return false;
  return error.status === 404 || isProblem(error, 'malformed', 'unauthorized', 'accountDoesNotExist');
}

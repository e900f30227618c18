/**
 * What an order has to have room in: the buckets that the authority will look at, with what is under way counted as spent and the room of renewals
 * left alone, and the waits that the authority asked for. Primary thread; pure.
 */

import { type Book, fullAtMs, waitUntilMs } from './book.ts';
import { domainsOf, failureBucket, inARowBucket, namesIn, setBucket, waitOf } from './bucket-names.ts';
import type { BudgetRequest, WaitScope } from './budget.ts';
import { type AuthorityLimits, limitsOf, type PublishedLimit } from './limits.ts';
import { hasAtMs } from './token-bucket.ts';

/** Of the orders and of the certificates of a domain, new names leave so much to renewals. */
const RENEWAL_SHARE = 0.1;
/** Of the certificates for the same names: one to come back with after the state was lost. */
const RENEWAL_SETS = 1;
/** The last failure before the pause is never risked. */
const FAILURES_KEPT = 1;
const ASKED_TO_WAIT = 'the authority asked to wait';

export interface Refusal {
  readonly ok: false;
  readonly untilMs: number;
  readonly limit: string;
}

/** The books that an order is entered in. */
export interface OrderBooks {
  readonly account: Book;
  /** By registered domain, in the order of `domainsOf`. */
  readonly domains: ReadonlyMap<string, Book>;
  /** Orders of other hosts at the same authority that may be placed, and are not yet. */
  readonly held: readonly BudgetRequest[];
}

/** Why an order may not be placed now: none where it may. */
export function orderRefusals(request: BudgetRequest, books: OrderBooks, nowMs: number): readonly Refusal[] {
  const waits = waitRefusals(request, books, nowMs);
  // With `replaces` a renewal is exempt from all limits.
  if (request.isRenewal && request.replaces) return waits;
  const limits = limitsOf(request.authority);
  const checks = [
    ...orderChecks(request, limits, books),
    ...[...books.domains].flatMap(([domain, book]) =>
      domainChecks(request, limits, domain, book, books.held),
    ),
  ];
  return [...waits, ...checks.flatMap((check) => refusalOf(check, nowMs))];
}

/** Why no account may be asked for now. */
export function registrationRefusals(authority: string, book: Book, nowMs: number): readonly Refusal[] {
  const waitMs = waitUntilMs(book, 'registrations', nowMs);
  if (waitMs > nowMs) return [{ ok: false, untilMs: waitMs, limit: ASKED_TO_WAIT }];
  const { registrations: limit } = limitsOf(authority);
  if (limit === null) return [];
  const words = `${limit.capacity} new accounts in ${limit.period}`;
  return refusalOf({ book, bucket: 'registrations', limit, promised: 0, kept: 0, words }, nowMs);
}

/** One bucket that an order has to have room in. */
interface Check {
  readonly book: Book;
  readonly bucket: string;
  readonly limit: PublishedLimit;
  /** Tokens that are as good as spent. */
  readonly promised: number;
  /** Tokens that this order may not take. */
  readonly kept: number;
  readonly words: string;
}

function orderChecks(
  { account, isRenewal }: BudgetRequest,
  { orders }: AuthorityLimits,
  books: OrderBooks,
): readonly Check[] {
  if (isRenewal || orders === null) return [];
  return [
    {
      book: books.account,
      bucket: 'orders',
      limit: orders,
      promised: books.held.filter((other) => other.account === account && !other.isRenewal).length,
      kept: Math.ceil(orders.capacity * RENEWAL_SHARE),
      words: `${orders.capacity} new orders of the account in ${orders.period}`,
    },
  ];
}

function domainChecks(
  request: BudgetRequest,
  limits: AuthorityLimits,
  domain: string,
  book: Book,
  held: readonly BudgetRequest[],
): readonly Check[] {
  const { names, isRenewal } = request;
  // What is under way elsewhere, and what is about to be.
  const others = new Map<string, { readonly names: readonly string[]; readonly isRenewal: boolean }>(
    book.underWay,
  );
  for (const other of held) if (domainsOf(other.names).includes(domain)) others.set(other.host, other);
  others.delete(request.host);
  const promised = [...others.values()];
  const checks: Check[] = [];
  if (!isRenewal && limits.domain !== null)
    checks.push({
      book,
      bucket: 'domain',
      limit: limits.domain,
      promised: promised.filter((other) => !other.isRenewal).length,
      kept: Math.ceil(limits.domain.capacity * RENEWAL_SHARE),
      words: `${limits.domain.capacity} certificates for ${domain} in ${limits.domain.period}`,
    });
  const set = setBucket(names);
  if (limits.set !== null && domainsOf(names)[0] === domain)
    checks.push({
      book,
      bucket: set,
      limit: limits.set,
      promised: promised.filter((other) => setBucket(other.names) === set).length,
      kept: isRenewal ? 0 : RENEWAL_SETS,
      words: `${limits.set.capacity} certificates for the same names in ${limits.set.period}`,
    });
  for (const name of namesIn(names, domain)) {
    const { failures, consecutiveFailures: inARow } = limits;
    const common = { book, promised: 0 };
    if (failures !== null) {
      const words = `${failures.capacity} failed validations of ${name} in ${failures.period}`;
      checks.push({ ...common, bucket: failureBucket(request, name), limit: failures, kept: 0, words });
    }
    if (inARow !== null) {
      const words = `${inARow.capacity} failed validations of ${name} in a row`;
      checks.push({
        ...common,
        bucket: inARowBucket(request, name),
        limit: inARow,
        kept: FAILURES_KEPT,
        words,
      });
    }
  }
  return checks;
}

/** None where there is room. */
function refusalOf({ book, bucket, limit, promised, kept, words }: Check, nowMs: number): readonly Refusal[] {
  const tokens = 1 + promised + kept;
  const full = fullAtMs(book, bucket, limit);
  // More than the bucket holds is under way: when that ends is not known, so it is looked at again in a while.
  const untilMs = tokens > limit.capacity ? nowMs + limit.refillMs : hasAtMs(full, limit, nowMs, tokens);
  return untilMs <= nowMs ? [] : [{ ok: false, untilMs, limit: words }];
}

function waitRefusals(
  request: BudgetRequest,
  { account, domains }: OrderBooks,
  nowMs: number,
): readonly Refusal[] {
  const [first = account] = domains.values();
  const books: readonly (readonly [Book, WaitScope])[] = [
    [account, 'account'],
    [first, 'domain'],
    [first, 'set'],
    [first, 'host'],
  ];
  return books
    .map(([book, scope]) => waitUntilMs(book, waitOf(scope, request), nowMs))
    .filter((untilMs) => untilMs > nowMs)
    .map((untilMs) => ({ ok: false, untilMs, limit: ASKED_TO_WAIT }));
}

/**
 * Shows an authority that a name is ours: answers a challenge for each authorization of an order that wants one, and waits until the authority has
 * looked (RFC 8555 section 7.5.1). Primary thread. What was presented is taken away again, whatever happens.
 */

import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../../../kit/clock.ts';
import { messageOf } from '../../../kit/errors.ts';
import type { AccountSession } from './account-session.ts';
import { type AuthorityError, answerError, reportedRefusal } from './authority-error.ts';
import type { Authorization, OfferedChallenge, Order } from './authority-resources.ts';
import type { Challenge, ChallengeSolver } from './challenge/solver.ts';
import { IssueError } from './issue-failure.ts';
import { poll } from './poll.ts';

export interface ChallengeWork {
  /** Of the order. */
  readonly host: string;
  readonly order: Order;
  readonly session: AccountSession;
  readonly solver: ChallengeSolver;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Authorities look from several places, and wait for each. */
const VALIDATION_MS = 3 * 60_000;

/** The authority has looked and did not find what it asked for. The order is over. */
export class ChallengeRefuted extends Error {
  readonly refusal: AuthorityError;

  constructor(refusal: AuthorityError) {
    super(refusal.message);
    this.name = 'ChallengeRefuted';
    this.refusal = refusal;
  }
}

/** Rejects with ChallengeRefuted, an AuthorityError, an IssueError, or what the solver rejects with. */
export async function answerChallenges(work: ChallengeWork): Promise<void> {
  for (const url of work.order.authorizations) await answerOne(work, url);
}

async function answerOne(work: ChallengeWork, url: string): Promise<void> {
  const { host, session, solver, signal, log } = work;
  const { value: authorization } = await session.authorization(url);
  // Nothing is answered for anybody else, least of all in DNS.
  if (authorization.host !== host.replace(/^\*\./, ''))
    throw answerError(`${url} is about "${authorization.host}", and the order is for ${host}`, {
      url,
      status: 200,
    });
  // Authorities remember what they have seen.
  if (authorization.status === 'valid') return;
  if (authorization.status !== 'pending') throw refused(url, authorization, solver.type);
  const offered = authorization.challenges.find(({ type }) => type === solver.type);
  if (offered === undefined) throw notOffered(authorization, solver.type);
  const challenge = challengeOf(authorization, offered, session);
  signal.throwIfAborted();
  try {
    await solver.present(challenge, signal);
    signal.throwIfAborted();
    // One that is processing was answered by an attempt before this one.
    if (offered.status === 'pending') await session.answerChallenge(offered.url);
    await waitFor(work, url);
  } finally {
    try {
      await solver.cleanUp(challenge);
    } catch (error) {
      log.warn(
        { host: challenge.host, challenge: solver.type, err: messageOf(error) },
        'the answer to a challenge could not be taken away',
      );
    }
  }
}

async function waitFor({ session, solver, signal, clock }: ChallengeWork, url: string): Promise<void> {
  const isDone = ({ status }: Authorization): boolean => status !== 'pending';
  const done = await poll(() => session.authorization(url), isDone, {
    totalMs: VALIDATION_MS,
    signal,
    clock,
  });
  if (done === null) {
    throw new IssueError(
      'authority_error',
      `the authority has not looked for the answer within ${VALIDATION_MS / 60_000} minutes`,
    );
  }
  if (done.status !== 'valid') throw refused(url, done, solver.type);
}

function challengeOf(
  { host }: Authorization,
  { token }: OfferedChallenge,
  session: AccountSession,
): Challenge {
  const keyAuthorization = session.keyAuthorization(token);
  const dnsValue = createHash('sha256').update(keyAuthorization).digest('base64url');
  return { host, token, keyAuthorization, dnsValue };
}

function refused(url: string, { status, host, challenges }: Authorization, type: string): ChallengeRefuted {
  const { error = null } =
    challenges.find((challenge) => challenge.type === type && challenge.error !== null) ??
    challenges.find((challenge) => challenge.error !== null) ??
    {};
  return new ChallengeRefuted(
    error === null
      ? answerError(`the authorization of ${host} is ${status}`, { url, status: 0 })
      : reportedRefusal(url, error),
  );
}

function notOffered({ host, challenges }: Authorization, type: ChallengeSolver['type']): IssueError {
  const offers = challenges.map((challenge) => challenge.type).join(', ') || 'none';
  // Let's Encrypt and RFC 8555 section 7.1.3: a wildcard can be shown by DNS alone.
  const isWildcard = type === 'http-01' && challenges.some((challenge) => challenge.type === 'dns-01');
  return new IssueError(
    isWildcard ? 'wildcard_needs_dns' : 'authority_error',
    `the authority offers no ${type} challenge for ${host}, but: ${offers}`,
  );
}

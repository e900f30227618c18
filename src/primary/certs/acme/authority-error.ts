/**
 * What an authority answers when it refuses, and what is thrown for it. A problem document is kept whole, since its words are what a user has
 * to act on (RFC 8555 section 6.7, RFC 9457); only its size is bounded. Pure.
 */

import { isRecord } from '../../../kit/is-record.ts';

export interface AcmeProblem {
  /** As sent, for instance `urn:ietf:params:acme:error:rateLimited`. */
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly status: number;
  /** RFC 8555 section 6.7.1: one for each name of an order. */
  readonly subproblems: readonly AcmeProblem[];
  /** Of a subproblem: the name that it is about. Empty: of the whole. */
  readonly identifier: string;
  /** For a problem of an account or the terms of service: where to read more. */
  readonly instance: string;
}

/** `network`: no whole answer came. `answer`: one that is not what RFC 8555 says. `problem`: a refusal, with its reasons. */
export type AuthorityErrorKind = 'network' | 'answer' | 'problem';

export interface AuthorityErrorFacts {
  readonly kind: AuthorityErrorKind;
  /** What was asked. */
  readonly url: string;
  /** 0: there was no answer. */
  readonly status: number;
  readonly problem: AcmeProblem | null;
  /** Milliseconds; 0: the authority names no time. */
  readonly retryAfterMs: number;
  readonly cause?: unknown;
}

const ACME_ERROR = 'urn:ietf:params:acme:error:';
const MAX_TEXT = 2_000;
const MAX_SUBPROBLEMS = 100;

export class AuthorityError extends Error {
  readonly kind: AuthorityErrorKind;
  readonly url: string;
  readonly status: number;
  readonly problem: AcmeProblem | null;
  readonly retryAfterMs: number;

  constructor(message: string, facts: AuthorityErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'AuthorityError';
    this.kind = facts.kind;
    this.url = facts.url;
    this.status = facts.status;
    this.problem = facts.problem;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** An answer that is not what RFC 8555 says. */
export function answerError(
  message: string,
  { url, status }: Pick<AuthorityErrorFacts, 'url' | 'status'>,
): AuthorityError {
  return new AuthorityError(message, { kind: 'answer', url, status, problem: null, retryAfterMs: 0 });
}

/** A refusal that stands in a resource, as the error of an order does. */
export function reportedRefusal(url: string, problem: AcmeProblem): AuthorityError {
  const { status } = problem;
  return new AuthorityError(problemText(problem), { kind: 'problem', url, status, problem, retryAfterMs: 0 });
}

/** Milliseconds; 0: it names no time, or is nothing that an authority has said. */
export function retryAfterOf(error: unknown): number {
  return error instanceof AuthorityError ? error.retryAfterMs : 0;
}

/** Whether an error is a refusal of this type: the last word of its URN. */
export function isProblem(error: unknown, ...types: readonly string[]): boolean {
  return (
    error instanceof AuthorityError &&
    error.problem !== null &&
    types.some((type) => error.problem?.type === ACME_ERROR + type)
  );
}

/** A refusal in words: what the authority says, and of which name where it says so. */
export function problemText(problem: AcmeProblem): string {
  const own = problem.detail || problem.title || problem.type || `status ${problem.status}`;
  const parts = problem.subproblems.map(
    ({ identifier, detail, title, type }) =>
      `${identifier === '' ? '' : `${identifier}: `}${detail || title || type}`,
  );
  return [own, ...parts].join('; ');
}

/** Of a parsed body; null where it is no problem document. `status`: of the answer. */
export function readProblem(value: unknown, status: number): AcmeProblem | null {
  if (!isRecord(value) || (typeof value.type !== 'string' && typeof value.detail !== 'string')) return null;
  return problemOf(value, status, 0);
}

function problemOf(value: Readonly<Record<string, unknown>>, status: number, depth: number): AcmeProblem {
  const parts = depth === 0 && Array.isArray(value.subproblems) ? value.subproblems : [];
  const { identifier } = value;
  return Object.freeze({
    type: textOf(value.type),
    title: textOf(value.title),
    detail: textOf(value.detail),
    status: typeof value.status === 'number' ? value.status : status,
    subproblems: parts
      .slice(0, MAX_SUBPROBLEMS)
      .filter(isRecord)
      .map((part) => problemOf(part, 0, depth + 1)),
    identifier: isRecord(identifier) ? textOf(identifier.value) : '',
    instance: textOf(value.instance),
  });
}

/** One line, bounded: it goes to logs and terminals. */
function textOf(value: unknown): string {
  return typeof value === 'string'
    ? value.slice(0, MAX_TEXT).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    : '';
}

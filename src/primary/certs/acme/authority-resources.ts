/**
 * What an authority's answers say (RFC 8555 section 7.1, RFC 9773): read and checked, since they come from the network. Pure. Each reader throws an
 * AuthorityError of the kind `answer` for what it cannot be.
 */

import { isRecord } from '../../../kit/is-record.ts';
import { type AcmeProblem, type AuthorityError, answerError, readProblem } from './authority-error.ts';

/** RFC 8555 section 7.1.1. */
export interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  /** RFC 9773 section 3; null: not offered. */
  readonly renewalInfo: string | null;
  readonly termsOfService: string | null;
  /** Whom CAA records may name (RFC 8659). */
  readonly caaIdentities: readonly string[];
  readonly externalAccountRequired: boolean;
}

export interface Order {
  readonly url: string;
  readonly status: 'pending' | 'ready' | 'processing' | 'valid' | 'invalid';
  /** As ordered: lower-case, wildcards with their star. */
  readonly names: readonly string[];
  readonly authorizations: readonly string[];
  readonly finalize: string;
  /** Null until it is valid. */
  readonly certificate: string | null;
  /** Why it is invalid. */
  readonly error: AcmeProblem | null;
}

export interface Authorization {
  readonly status: 'pending' | 'valid' | 'invalid' | 'deactivated' | 'expired' | 'revoked';
  /** Without the `*.` of a wildcard. */
  readonly host: string;
  readonly challenges: readonly OfferedChallenge[];
}

export interface OfferedChallenge {
  readonly type: string;
  readonly url: string;
  readonly status: 'pending' | 'processing' | 'valid' | 'invalid';
  readonly token: string;
  readonly error: AcmeProblem | null;
}

/** RFC 9773 section 4.2. */
export interface RenewalWindow {
  readonly startMs: number;
  readonly endMs: number;
  /** Why it is now, if the authority says so: for people. */
  readonly explanationUrl: string | null;
}

/** Where an answer came from, for errors. */
export interface AnswerSource {
  readonly url: string;
  readonly status: number;
}

const ORDER_STATES = ['pending', 'ready', 'processing', 'valid', 'invalid'] as const;
const AUTHORIZATION_STATES = ['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked'] as const;
const CHALLENGE_STATES = ['pending', 'processing', 'valid', 'invalid'] as const;
/** Of one order: one name has one. */
const MAX_AUTHORIZATIONS = 10;
const MAX_CHALLENGES = 20;
/** RFC 8555 section 8.3: base64url, and nothing that could be a path. */
const TOKEN = /^[A-Za-z0-9_-]{1,256}$/;

export function readDirectory(data: unknown, source: AnswerSource): Directory {
  const fields = recordOf(data, 'a directory', source);
  const meta = isRecord(fields.meta) ? fields.meta : {};
  return Object.freeze({
    newNonce: urlOf(fields.newNonce, 'newNonce', source),
    newAccount: urlOf(fields.newAccount, 'newAccount', source),
    newOrder: urlOf(fields.newOrder, 'newOrder', source),
    renewalInfo: typeof fields.renewalInfo === 'string' ? fields.renewalInfo : null,
    termsOfService: typeof meta.termsOfService === 'string' ? meta.termsOfService : null,
    caaIdentities: textsOf(meta.caaIdentities),
    externalAccountRequired: meta.externalAccountRequired === true,
  });
}

export function readOrder(url: string, data: unknown, source: AnswerSource): Order {
  const fields = recordOf(data, 'an order', source);
  const identifiers = Array.isArray(fields.identifiers) ? fields.identifiers : [];
  const status = stateOf(fields.status, ORDER_STATES, 'an order', source);
  return Object.freeze({
    url,
    status,
    names: textsOf(identifiers.map((identifier) => (isRecord(identifier) ? identifier.value : null))).map(
      (name) => name.toLowerCase(),
    ),
    authorizations: textsOf(fields.authorizations).slice(0, MAX_AUTHORIZATIONS),
    finalize: urlOf(fields.finalize, 'finalize', source),
    certificate: typeof fields.certificate === 'string' ? fields.certificate : null,
    error: readProblem(fields.error, 0),
  });
}

export function readAuthorization(data: unknown, source: AnswerSource): Authorization {
  const fields = recordOf(data, 'an authorization', source);
  const { identifier } = fields;
  const offered = Array.isArray(fields.challenges) ? fields.challenges.slice(0, MAX_CHALLENGES) : [];
  return Object.freeze({
    status: stateOf(fields.status, AUTHORIZATION_STATES, 'an authorization', source),
    host: isRecord(identifier) && typeof identifier.value === 'string' ? identifier.value.toLowerCase() : '',
    challenges: offered.flatMap((challenge) => challengeOf(challenge) ?? []),
  });
}

export function readRenewalWindow(data: unknown, source: AnswerSource): RenewalWindow {
  const fields = recordOf(data, 'renewal information', source);
  const window = isRecord(fields.suggestedWindow) ? fields.suggestedWindow : {};
  const startMs = Date.parse(String(window.start));
  const endMs = Date.parse(String(window.end));
  // RFC 9773 section 4.2: an end that is not behind the start is to be taken as none.
  if (!(endMs > startMs)) throw unexpected('a suggested window', source);
  const { explanationURL } = fields;
  const isLink = typeof explanationURL === 'string' && /^https?:\/\/[\x21-\x7e]{1,500}$/.test(explanationURL);
  return Object.freeze({ startMs, endMs, explanationUrl: isLink ? explanationURL : null });
}

/** A challenge that is no such thing is none of ours; the authority may offer others. */
function challengeOf(value: unknown): OfferedChallenge | null {
  if (!isRecord(value) || typeof value.type !== 'string' || typeof value.url !== 'string') return null;
  const status = CHALLENGE_STATES.find((state) => state === value.status);
  if (status === undefined || typeof value.token !== 'string' || !TOKEN.test(value.token)) return null;
  return Object.freeze({
    type: value.type,
    url: value.url,
    status,
    token: value.token,
    error: readProblem(value.error, 0),
  });
}

function recordOf(data: unknown, what: string, source: AnswerSource): Readonly<Record<string, unknown>> {
  if (isRecord(data)) return data;
  throw unexpected(what, source);
}

function urlOf(value: unknown, field: string, source: AnswerSource): string {
  if (typeof value === 'string' && URL.canParse(value)) return value;
  throw unexpected(`the URL "${field}"`, source);
}

function stateOf<T extends string>(
  value: unknown,
  states: readonly T[],
  what: string,
  source: AnswerSource,
): T {
  const state = states.find((known) => known === value);
  if (state !== undefined) return state;
  throw unexpected(`the status of ${what}`, source);
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function unexpected(what: string, { url, status }: AnswerSource): AuthorityError {
  return answerError(`${url} does not answer with ${what} (status ${status}); is it an ACME authority?`, {
    url,
    status,
  });
}

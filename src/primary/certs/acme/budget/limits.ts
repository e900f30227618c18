/**
 * The limits that authorities publish, as token buckets. Primary thread; pure.
 *
 * Let's Encrypt: https://letsencrypt.org/docs/rate-limits/ and https://letsencrypt.org/docs/staging-environment/, as of 2026. Where the refill
 * is published rounded (34 hours for a seventh of a week over five), the slower figure counts. Others publish no such numbers, or give each
 * customer others: towards them penstock keeps to what they answer (`Retry-After`) and to a mild bound of its own, against loops.
 *
 * Renewals: an order for the names of a certificate before counts towards `set` and the failures alone; one that names the certificate which it
 * replaces (RFC 9773) towards nothing.
 */

import type { BucketSize } from './token-bucket.ts';

export interface PublishedLimit extends BucketSize {
  /** In which the whole bucket fills, as it is published: "7 days". */
  readonly period: string;
}

/** Null: no limit, or none that can be reached. */
export interface AuthorityLimits {
  /** New orders of an account. */
  readonly orders: PublishedLimit | null;
  /** Certificates for a registered domain, of all accounts together. */
  readonly domain: PublishedLimit | null;
  /** Certificates for exactly the same names. */
  readonly set: PublishedLimit | null;
  /** Failed validations of a name by an account. */
  readonly failures: PublishedLimit | null;
  /** The same in a row: beyond it the authority pauses the name until a person ends that. */
  readonly consecutiveFailures: PublishedLimit | null;
  /** New accounts of an address. */
  readonly registrations: PublishedLimit | null;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const PRODUCTION: AuthorityLimits = Object.freeze({
  orders: { capacity: 300, refillMs: 36 * SECOND_MS, period: '3 hours' },
  domain: { capacity: 50, refillMs: 202 * MINUTE_MS, period: '7 days' },
  set: { capacity: 5, refillMs: 34 * HOUR_MS, period: '7 days' },
  failures: { capacity: 5, refillMs: 12 * MINUTE_MS, period: '1 hour' },
  consecutiveFailures: { capacity: 1_152, refillMs: DAY_MS, period: 'a row' },
  registrations: { capacity: 10, refillMs: 18 * MINUTE_MS, period: '3 hours' },
});

/**
 * A domain may have 30,000 certificates a second there and a set of names 30,000 a week, and failures in a row are forgotten faster than others:
 * nothing to keep books on.
 */
const STAGING: AuthorityLimits = Object.freeze({
  orders: { capacity: 1_500, refillMs: 7.2 * SECOND_MS, period: '3 hours' },
  domain: null,
  set: null,
  failures: { capacity: 200, refillMs: 18 * SECOND_MS, period: '1 hour' },
  consecutiveFailures: null,
  registrations: { capacity: 50, refillMs: 3.6 * MINUTE_MS, period: '3 hours' },
});

/**
 * A name fails once a minute at most, and new orders are 3,000 in three hours: ten times what Let's Encrypt takes. Renewals are not bounded:
 * a private authority may give certificates for minutes.
 */
const OTHERS: AuthorityLimits = Object.freeze({
  orders: { capacity: 3_000, refillMs: 3.6 * SECOND_MS, period: '3 hours' },
  domain: null,
  set: null,
  failures: { capacity: 60, refillMs: MINUTE_MS, period: '1 hour' },
  consecutiveFailures: null,
  registrations: { capacity: 50, refillMs: 3.6 * MINUTE_MS, period: '3 hours' },
});

const BY_HOST: Readonly<Record<string, AuthorityLimits>> = Object.freeze({
  'acme-v02.api.letsencrypt.org': PRODUCTION,
  'acme-staging-v02.api.letsencrypt.org': STAGING,
});

/** `directory`: its URL. */
export function limitsOf(directory: string): AuthorityLimits {
  return (URL.canParse(directory) && BY_HOST[new URL(directory).hostname]) || OTHERS;
}

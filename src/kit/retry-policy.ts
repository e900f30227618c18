/** What a service says about retries, and the conditions as `retries.on` writes them. Both threads; pure. */

export interface RetryPolicy {
  /** That may follow the first one; 0: none, but for what a connection that is used again costs. */
  readonly attempts: number;
  /** Milliseconds over which the budget is measured. */
  readonly windowMs: number;
  /** How many of the requests may be sent again. */
  readonly budgetPercent: number;
  /** The outcomes that another attempt may follow: bits of `RetryOn`. */
  readonly on: number;
}

/** In the order of the enum in proto/penstock/v1: a condition's place is its bit. */
export const RETRY_CONDITIONS = ['connect_failure', 'reset_before_response', '502', '503', '504'] as const;

export type RetryCondition = (typeof RETRY_CONDITIONS)[number];

export const RetryOn = {
  CONNECT_FAILURE: 1,
  RESET_BEFORE_RESPONSE: 2,
  STATUS_502: 4,
  STATUS_503: 8,
  STATUS_504: 16,
} as const;

/** A service that says nothing. A route that asks for attempts all the same gets the rest of it. */
export const NO_RETRIES: RetryPolicy = Object.freeze({
  attempts: 0,
  windowMs: 10_000,
  budgetPercent: 20,
  on: (1 << RETRY_CONDITIONS.length) - 1,
});

export function retryOnOf(conditions: readonly RetryCondition[]): number {
  let on = 0;
  for (const condition of conditions) on |= 1 << RETRY_CONDITIONS.indexOf(condition);
  return on;
}

/** The other way; in the order above. */
export function conditionsOf(on: number): readonly RetryCondition[] {
  return RETRY_CONDITIONS.filter((_, bit) => (on & (1 << bit)) !== 0);
}

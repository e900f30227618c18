/** `retries` of a service and of a route. Primary thread; pure. */

import { z } from 'zod';
import { nearestName } from '../../../kit/nearest.ts';
import { NO_RETRIES, RETRY_CONDITIONS, type RetryPolicy, retryOnOf } from '../../../kit/retry-policy.ts';
import { duration, fail, listWords, whole } from './fields.ts';

const DEFAULT_ATTEMPTS = 2;
/** Each may take the whole of the service's time limits. */
const MAX_ATTEMPTS = 10;
const MIN_WINDOW_MS = 1_000;
/** Counts of a service that left the configuration are surely older when its row goes to another one. */
const MAX_WINDOW_MS = 600_000;

const attempts = whole(0, MAX_ATTEMPTS, 'Attempts that may follow the first one; 0: none.');

const EXPECTED = `expected ${listWords(RETRY_CONDITIONS)}`;

/** Statuses are numbers to YAML. */
const condition = z
  .union(
    [
      z.string().meta({ enum: RETRY_CONDITIONS }),
      z.int().meta({ enum: RETRY_CONDITIONS.map(Number).filter(Number.isInteger) }),
    ],
    { error: EXPECTED },
  )
  .transform((written, ctx) => {
    const text = String(written);
    const known = RETRY_CONDITIONS.find((name) => name === text);
    return known ?? fail(ctx, 'BAD_VALUE', EXPECTED, { suggestion: nearestName(text, RETRY_CONDITIONS) });
  });

export const serviceRetries: z.ZodType<RetryPolicy> = z
  .strictObject({
    attempts: attempts.prefault(DEFAULT_ATTEMPTS),
    window: duration({
      description: 'Over which the budget is measured.',
      minMs: MIN_WINDOW_MS,
      maxMs: MAX_WINDOW_MS,
    }).optional(),
    budget_percent: whole(
      0,
      100,
      'How many of the requests in a window may be sent again, over all workers.',
    ).prefault(NO_RETRIES.budgetPercent),
    on: z
      .array(condition)
      .min(1)
      .describe('What another attempt may follow. Left out: everything that it could say.')
      .optional(),
  })
  .transform(({ attempts: asked, window, budget_percent, on }) => ({
    attempts: asked,
    windowMs: window ?? NO_RETRIES.windowMs,
    budgetPercent: budget_percent,
    on: on === undefined ? NO_RETRIES.on : retryOnOf(on),
  }))
  .describe(
    'Sends a request again, as a rule to another endpoint, where its attempt failed. Left out: never.',
  );

export const routeRetries: z.ZodType<{ readonly attempts: number }> = z
  .strictObject({ attempts })
  .describe("How often a request of this route is sent again; all else is the service's.");

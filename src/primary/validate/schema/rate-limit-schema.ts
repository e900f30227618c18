/** `rate_limit` of a route: one limit or a list of limits. Primary thread; pure. */

import { z } from 'zod';
import { MAX_BURST, MAX_FILL_SECONDS, MAX_PER_SECOND } from '../../../bridge/memory/limiter-table.ts';
import { nearestName } from '../../../kit/nearest.ts';
import type { RateLimitDraft } from '../../draft.ts';
import { headerNameFault, keyHeaderRefusal } from '../http-names.ts';
import { fail, listWords, report, whole } from './fields.ts';

/** Every limit of a route is looked up for each of its requests. */
const MAX_LIMITS = 8;
/** About one a day. */
const MIN_PER_SECOND = 0.00001;
const MAX_FILL_DAYS = MAX_FILL_SECONDS / 86_400;

const HEADER_PREFIX = 'header:';
const WORDS = ['ip', 'host', 'global'] as const;
const BY_FORMS: string = listWords([...WORDS, 'header:NAME']);

type Key = Pick<RateLimitDraft, 'by' | 'header'>;

const by = z
  .string({ error: `expected ${BY_FORMS}` })
  .meta({ pattern: `^(${WORDS.join('|')}|header:.+)$` })
  .transform((value, ctx): Key => {
    const word = WORDS.find((known) => known === value);
    if (word !== undefined) return { by: word, header: '' };
    if (!value.startsWith(HEADER_PREFIX)) {
      const suggestion = nearestName(value, WORDS);
      return fail(ctx, 'BAD_VALUE', `expected ${BY_FORMS}`, { suggestion });
    }
    const name = value.slice(HEADER_PREFIX.length);
    const fault = headerNameFault(name) ?? keyHeaderRefusal(name);
    return fault === null ? { by: 'header', header: name.toLowerCase() } : fail(ctx, 'BAD_HEADER', fault);
  })
  .describe(
    'What has a limit of its own: ip (each client address, an IPv6 one by its /64), host, global (all requests together) or header:NAME (each value of that header).',
  );

const limit = z
  .strictObject({
    requests_per_second: z
      .number()
      .min(MIN_PER_SECOND)
      .max(MAX_PER_SECOND)
      .describe(
        'Requests that may pass in a second, in the long run. May be a fraction: 0.1 is one in ten seconds.',
      ),
    burst: whole(
      1,
      MAX_BURST,
      'Requests that may pass at once, after a pause. Left out: those of one second, at least 1.',
    ).optional(),
    by: by.prefault('ip'),
  })
  .transform((written, ctx): RateLimitDraft => {
    const { requests_per_second: requestsPerSecond } = written;
    const burst = written.burst ?? Math.max(1, Math.ceil(requestsPerSecond));
    if (burst / requestsPerSecond > MAX_FILL_SECONDS) {
      const message = `at this rate the burst would take more than ${MAX_FILL_DAYS} days to come back; lower burst or raise requests_per_second`;
      report(ctx, 'BAD_VALUE', message, written.burst === undefined ? {} : { path: ['burst'] });
    }
    return { requestsPerSecond, burst, ...written.by };
  })
  .describe('How often requests may pass; others get 429.');

/** Output: a list, empty where there is no limit. */
export const rateLimits: z.ZodType<readonly RateLimitDraft[]> = z
  .union([limit.transform((one) => [one]), z.array(limit).min(1).max(MAX_LIMITS)], {
    error: 'expected a limit such as {requests_per_second: 100, burst: 200, by: ip}, or a list of limits',
  })
  .transform((list, ctx) => {
    list.forEach((one, at) => {
      const same = list.findIndex((other) => JSON.stringify(other) === JSON.stringify(one));
      if (same < at) report(ctx, 'DUPLICATE_NAME', 'this limit stands in the list already', { path: [at] });
    });
    return list;
  })
  .describe('How often requests may pass: one limit, or a list of limits that must all let a request pass.');

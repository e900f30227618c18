/** One entry of `webhooks`: a receiver of events (Standard Webhooks 1.0.0). Primary thread; pure. */

import { z } from 'zod';
import { EVENT_TYPES } from '../../../kit/event-types.ts';
import type { WebhookDraft } from '../../draft.ts';
import { duration, fail, words } from './fields.ts';
import { webhookHeaders } from './http-fields.ts';

const SECRET_FORM = 'whsec_ and the base64 form of 24 to 64 random bytes';
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;
const MAX_SECRETS = 4;

const url = z
  .string()
  .transform((text, ctx) => {
    const parsed = URL.canParse(text) ? new URL(text) : null;
    if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
      return fail(ctx, 'BAD_VALUE', 'expected a URL such as https://hooks.example.com/penstock');
    }
    if (parsed.hash !== '') return fail(ctx, 'BAD_VALUE', 'the part behind # is never sent; take it out');
    return parsed.href;
  })
  .describe('Where events are posted to: http or https.');

const secret = z.string().transform((text, ctx) => {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1] ?? '';
  const bytes = Buffer.from(encoded, 'base64').length;
  if (bytes >= MIN_SECRET_BYTES && bytes <= MAX_SECRET_BYTES) return text;
  return fail(
    ctx,
    'BAD_VALUE',
    `a secret is ${SECRET_FORM}; make one with: echo "whsec_$(openssl rand -base64 32)"`,
  );
});

export const webhookSchema: z.ZodType<WebhookDraft> = z
  .strictObject({
    url,
    events: z
      .array(words({ description: 'A type of events.', words: EVENT_TYPES }))
      .min(1)
      .transform((list) => [...new Set(list)])
      .describe('Types that are sent; all if left out.')
      .optional(),
    secret: z
      .union([secret, z.array(secret).min(1).max(MAX_SECRETS)], {
        error: 'expected a secret or a list of secrets',
      })
      .describe(
        `What requests are signed with: ${SECRET_FORM}. A list signs with each, for a change of secrets.`,
      )
      .optional(),
    headers: webhookHeaders('Headers of each request.').prefault({}),
    timeout: duration({ description: 'Until the answer.', minMs: 100, maxMs: 60_000 }).prefault('15s'),
  })
  .transform((written) => ({
    url: written.url,
    events: written.events ?? null,
    secrets: typeof written.secret === 'string' ? [written.secret] : (written.secret ?? []),
    headers: written.headers,
    timeoutMs: written.timeout,
  }))
  .describe('A receiver of events.');

/** Paths, methods, header fields and redirect templates as fields of the schema. Primary thread; pure. */

import { z } from 'zod';
import type { HeaderDraft, HeaderOpsDraft } from '../../draft.ts';
import {
  checkMethod,
  checkPath,
  checkRedirect,
  conditionHeaderRefusal,
  headerNameFault,
  headerValueFault,
  requestHeaderRefusal,
  responseHeaderRefusal,
  webhookHeaderRefusal,
} from '../http-names.ts';
import { fail, report } from './fields.ts';
import { checked } from './network-fields.ts';

type Refusal = (name: string) => string | null;

/** Output in normal form (RFC 3986 6.2.2). */
export function path(description: string): z.ZodType<string> {
  return z.string().meta({ pattern: '^/' }).transform(checked('BAD_PATH', checkPath)).describe(description);
}

/** Output upper-case and without repetitions. */
export function methods(description: string): z.ZodType<readonly string[]> {
  return z
    .array(z.string().transform(checked('BAD_METHOD', checkMethod)))
    .min(1)
    .transform((list) => [...new Set(list)])
    .describe(description);
}

export function redirectTarget(description: string): z.ZodType<string> {
  return z.string().min(1).transform(checked('BAD_VALUE', checkRedirect)).describe(description);
}

const headerMap = z.record(z.string(), z.string());

/** Header conditions: names lower-case, values exact. */
export function headerConditions(description: string): z.ZodType<readonly HeaderDraft[]> {
  return headerMap
    .transform((map, ctx) =>
      readHeaders(map, ctx, conditionHeaderRefusal).map(({ name, value }) => ({
        name: name.toLowerCase(),
        value,
      })),
    )
    .describe(description);
}

/** Query conditions: decoded names and values, exact. */
export function queryConditions(description: string): z.ZodType<readonly HeaderDraft[]> {
  return z
    .record(z.string(), z.string())
    .transform((map, ctx) => {
      if (Object.hasOwn(map, '')) {
        report(ctx, 'BAD_VALUE', 'a query parameter needs a name', { path: [''], spot: 'key' });
      }
      return Object.entries(map).map(([name, value]) => ({ name, value }));
    })
    .describe(description);
}

/** The headers of an answer that penstock gives itself. */
export function answerHeaders(description: string): z.ZodType<readonly HeaderDraft[]> {
  return headerMap
    .transform((map, ctx) => readHeaders(map, ctx, responseHeaderRefusal))
    .describe(description);
}

/** The headers of a request to a webhook. */
export function webhookHeaders(description: string): z.ZodType<readonly HeaderDraft[]> {
  return headerMap.transform((map, ctx) => readHeaders(map, ctx, webhookHeaderRefusal)).describe(description);
}

export function headerOps(direction: 'request' | 'response', description: string): z.ZodType<HeaderOpsDraft> {
  const refuse = direction === 'request' ? requestHeaderRefusal : responseHeaderRefusal;
  const read = (map: Record<string, string>, ctx: z.RefinementCtx): readonly HeaderDraft[] =>
    readHeaders(map, ctx, refuse);
  return z
    .strictObject({
      add: headerMap
        .transform(read)
        .prefault({})
        .describe('Headers to add beside those of the same name that are there.'),
      set: headerMap
        .transform(read)
        .prefault({})
        .describe('Headers to set in place of those of the same name.'),
      remove: z
        .array(z.string().transform((name, ctx) => checkRemoved(name, ctx, refuse)))
        .prefault([])
        .describe('Names of headers to remove.'),
    })
    .transform((ops, ctx) => {
      for (const { name } of ops.set) {
        if (!ops.remove.includes(name.toLowerCase())) continue;
        const message = 'this header is also removed; set alone replaces what was there';
        report(ctx, 'CONFLICT', message, { path: ['set', name], spot: 'key' });
      }
      return ops;
    })
    .describe(description);
}

/** Names as written, since some endpoints mind their case. */
function readHeaders(
  map: Readonly<Record<string, string>>,
  ctx: z.RefinementCtx,
  refuse: Refusal,
): readonly HeaderDraft[] {
  const seen = new Set<string>();
  return Object.entries(map).map(([name, value]) => {
    const nameFault = headerNameFault(name) ?? refuse(name);
    if (nameFault !== null) report(ctx, 'BAD_HEADER', nameFault, { path: [name], spot: 'key' });
    if (seen.has(name.toLowerCase())) {
      const message = 'this header stands here twice; case makes no difference in header names';
      report(ctx, 'DUPLICATE_NAME', message, { path: [name], spot: 'key' });
    }
    seen.add(name.toLowerCase());
    const valueFault = headerValueFault(value);
    if (valueFault !== null) report(ctx, 'BAD_HEADER', valueFault, { path: [name] });
    return { name, value };
  });
}

/** Lower-case. */
function checkRemoved(name: string, ctx: z.RefinementCtx, refuse: Refusal): string {
  const fault = headerNameFault(name) ?? refuse(name);
  return fault === null ? name.toLowerCase() : fail(ctx, 'BAD_HEADER', fault);
}

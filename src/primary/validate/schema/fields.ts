/**
 * The scalars that every section is built from: durations, sizes, numbers, choices, and the parts that are not built
 * yet. Each one parses, checks and describes itself for editors (JSON Schema). Primary thread; pure.
 */

import { z } from 'zod';
import { DURATION_FORMS, formatDuration, parseDuration } from '../../../kit/duration.ts';
import { nearestName } from '../../../kit/nearest.ts';
import type { ProblemCode } from '../../../kit/problem-codes.ts';
import { nearestSize, parseSize, SIZE_FORMS } from '../../../kit/size.ts';
import type { Spot } from '../../config-document.ts';

/** What an issue of ours carries besides its message; `shape-problems` reads it. */
export interface IssueParams {
  readonly problem: ProblemCode;
  readonly suggestion?: string | undefined;
  readonly spot?: Spot;
}

export interface FailExtra extends Omit<IssueParams, 'problem'> {
  /** Below the value that is checked. */
  readonly path?: (string | number)[];
}

/** Reports an issue from within a transform. Messages never quote values: one may be a secret. */
export function report(
  ctx: z.RefinementCtx,
  problem: ProblemCode,
  message: string,
  extra: FailExtra = {},
): void {
  const { path, ...rest } = extra;
  ctx.addIssue({
    code: 'custom',
    message,
    params: { problem, ...rest },
    ...(path === undefined ? {} : { path }),
  });
}

/** The same where the transform has no value to give. It does return: its caller must return what it gives. */
export function fail(
  ctx: z.RefinementCtx,
  problem: ProblemCode,
  message: string,
  extra: FailExtra = {},
): never {
  report(ctx, problem, message, extra);
  return z.NEVER;
}

export interface DurationOptions {
  readonly description: string;
  /** Milliseconds; smaller values are refused. */
  readonly minMs: number;
  /** Milliseconds. */
  readonly maxMs: number;
}

/** A week: longer timeouts are typing errors, and timers count in 32 bits of milliseconds. */
export const MAX_TIMEOUT_MS: number = 7 * 24 * 3_600_000;

/** A duration in, milliseconds out. */
export function duration(options: DurationOptions): z.ZodType<number> {
  const written = z.string().meta({ pattern: '^(0|[0-9]+(ms|s|m|h|d))$' });
  const zero = z.number().meta({ const: 0 });
  return z
    .union([written, zero], { error: `expected ${DURATION_FORMS}` })
    .transform((value, ctx) => {
      const milliseconds = parseDuration(String(value));
      if (milliseconds === null) {
        const suggestion = /^\d+$/.test(String(value)) ? `${value}s` : undefined;
        return fail(ctx, 'BAD_DURATION', `expected ${DURATION_FORMS}`, { suggestion });
      }
      if (milliseconds < options.minMs || milliseconds > options.maxMs) {
        const range = `from ${formatDuration(options.minMs)} to ${formatDuration(options.maxMs)}`;
        return fail(ctx, 'BAD_DURATION', `this duration must be ${range}`);
      }
      return milliseconds;
    })
    .describe(`${options.description} A duration: ${DURATION_FORMS}.`);
}

export interface SizeOptions {
  readonly description: string;
  /** Bytes. */
  readonly maxBytes: number;
}

/** A size in, bytes out. */
export function size(options: SizeOptions): z.ZodType<number> {
  const written = z.string().meta({ pattern: '^[0-9]+(B|KiB|MiB|GiB|TiB)?$' });
  return z
    .union([written, z.int()], { error: `expected ${SIZE_FORMS}` })
    .transform((value, ctx) => {
      const bytes = parseSize(String(value));
      if (bytes === null) {
        return fail(ctx, 'BAD_SIZE', `expected ${SIZE_FORMS}`, { suggestion: nearestSize(String(value)) });
      }
      if (bytes > options.maxBytes) {
        return fail(ctx, 'BAD_SIZE', `this size must be at most ${options.maxBytes} bytes`);
      }
      return bytes;
    })
    .describe(`${options.description} A size: ${SIZE_FORMS}.`);
}

/** A whole number within bounds. */
export function whole(min: number, max: number, description: string): z.ZodType<number> {
  return z.int().min(min).max(max).describe(description);
}

/** Text that is not empty. */
export function text(description: string): z.ZodType<string> {
  return z.string().min(1).describe(description);
}

/** A name that people see in logs, metrics and tables: no blanks, quotes or control characters. */
export const NAME: RegExp = /^[^\s"'`{}\\\p{C}]{1,128}$/u;
export const NAME_FORM = 'a name has 1 to 128 characters, without blanks, quotes, braces or backslashes';

export function name(description: string): z.ZodType<string> {
  return z
    .string()
    .transform((value, ctx) => (NAME.test(value) ? value : fail(ctx, 'BAD_VALUE', NAME_FORM)))
    .describe(description);
}

export interface WordsOptions<Word extends string> {
  readonly description: string;
  readonly words: readonly Word[];
}

/** One word of several. */
export function words<Word extends string>(options: WordsOptions<Word>): z.ZodType<Word> {
  const expected = `expected ${listWords(options.words)}`;
  return z
    .string({ error: expected })
    .meta({ enum: options.words })
    .transform((value, ctx) => {
      const word = options.words.find((known) => known === value);
      if (word !== undefined) return word;
      const suggestion = nearestName(value, options.words);
      return fail(ctx, 'BAD_VALUE', expected, { suggestion });
    })
    .describe(options.description);
}

/** `a`, `a or b`, `a, b or c`. */
export function listWords(list: readonly string[]): string {
  if (list.length < 2) return list.join('');
  return `${list.slice(0, -1).join(', ')} or ${list.at(-1)}`;
}

export function notYet(feature: string): string {
  return `${feature} is not built yet`;
}

/** A key of the contract that this version does not have: refused wherever it is written, so that nobody relies on what is not there. */
export function later(feature: string): z.ZodOptional<z.ZodType<undefined>> {
  return z
    .unknown()
    .transform((value, ctx) => {
      if (value === undefined) return undefined;
      return fail(ctx, 'NOT_SUPPORTED_YET', `${notYet(feature)}; take it out`, { spot: 'key' });
    })
    .meta({ description: `Not built yet: ${feature}.`, not: {} })
    .optional();
}

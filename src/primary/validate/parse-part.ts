/** The one way in which values meet the schema. Primary thread; pure. */

import type { z } from 'zod';

/** What stands for the library's own words where the schema has none; `word-issue` finds better ones. */
export const WORDLESS = 'this value cannot be used';

/**
 * Parses with fixed words: the library's own look at `constructor` of the value to name its type, which a file may have
 * as a key, and would throw.
 */
export function parsePart<Output>(schema: z.ZodType<Output>, value: unknown): z.ZodSafeParseResult<Output> {
  return schema.safeParse(value, { error: () => WORDLESS });
}

/** The rate limits of a route as the workers apply them: each with its name for clients and its place in the limiter table. Primary thread; pure. */

import { createHash } from 'node:crypto';
import type { RateLimit } from '../../bridge/snapshot/model.ts';
import type { RateLimitDraft, RouteDraft } from '../draft.ts';

export function compileRateLimits({ name: route, rateLimits }: RouteDraft): readonly RateLimit[] {
  const used = new Map<string, number>();
  return rateLimits.map((limit) => {
    const key = limit.by === 'header' ? limit.header : limit.by;
    const count = (used.get(key) ?? 0) + 1;
    used.set(key, count);
    // With a blank, which no header name has: nothing else can be called so.
    const name = count === 1 ? key : `${key} ${count}`;
    return { ...limit, name, ...seedsOf(route, limit) };
  });
}

/**
 * Which buckets a limit has: those of the route and of all that it says. So a reload keeps the buckets of every limit that it
 * does not change, wherever it stands, and a changed one begins anew.
 */
function seedsOf(route: string, limit: RateLimitDraft): Pick<RateLimit, 'seed0' | 'seed1'> {
  const { by, header, requestsPerSecond, burst } = limit;
  const digest = createHash('sha256')
    .update(JSON.stringify([route, by, header, requestsPerSecond, burst]))
    .digest();
  return { seed0: digest.readUInt32LE(0), seed1: digest.readUInt32LE(4) };
}

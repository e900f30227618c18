import { describe, expect, it } from 'vitest';
import { limitKey } from '../../../../src/bridge/memory/limit-key.ts';
import {
  initLimiterTable,
  LimiterTable,
  limiterTableBytes,
} from '../../../../src/bridge/memory/limiter-table.ts';
import type { RateLimit } from '../../../../src/bridge/snapshot/model.ts';
import { RateLimiter } from '../../../../src/worker/policies/rate-limiter.ts';
import { quotaFields } from '../../../../src/worker/response/quota-fields.ts';

const limitOf = (
  name: string,
  requestsPerSecond: number,
  burst: number,
  more: Partial<RateLimit> = {},
): RateLimit => ({
  ...{ name, requestsPerSecond, burst, by: 'ip', header: '' },
  ...{ seed0: name.length, seed1: name.charCodeAt(0), ...more },
});
const requestWith = (headers: Readonly<Record<string, string>> = {}) => ({
  host: 'a.test',
  header: (name: string): string | null => headers[name] ?? null,
});
const REQUEST = requestWith();

/** Two workers at one table, with a clock that goes on by a microsecond whenever it is read. */
function limiters() {
  const time = { ms: 1e9 };
  const clock = {
    sharedMs: (): number => {
      time.ms += 0.001;
      return time.ms;
    },
  };
  const buffer = new SharedArrayBuffer(limiterTableBytes(1000));
  initLimiterTable(buffer, 5, time.ms);
  const tables = [new LimiterTable(buffer, 0), new LimiterTable(buffer, 1)] as const;
  return { time, tables, limiter: new RateLimiter(tables[0], clock) };
}

/** How many of 100 requests pass. */
const passing = (limiter: RateLimiter, limits: readonly RateLimit[], address: string): number =>
  Array.from({ length: 100 }, () => limiter.refuses(limits, address, REQUEST)).filter((refused) => !refused)
    .length;

describe('RateLimiter', () => {
  it('lets pass what the limit says, to each address', () => {
    const { limiter, time } = limiters();
    const limits = [limitOf('ip', 10, 4)];
    expect(passing(limiter, limits, '192.0.2.1')).toBe(4);
    expect(passing(limiter, limits, '192.0.2.2')).toBe(4);
    time.ms += 200;
    expect(passing(limiter, limits, '192.0.2.1')).toBe(2);
  });

  it('says which limit refuses for longest, and for how long', () => {
    const { limiter } = limiters();
    const [slow, fast] = [limitOf('slow', 0.1, 1), limitOf('fast', 1, 1)];
    for (const limits of [
      [slow, fast],
      [fast, slow],
    ]) {
      limiter.refuses(limits, '192.0.2.1', REQUEST);
      expect(limiter.refuses(limits, '192.0.2.1', REQUEST)).toBe(true);
      expect(limiter.refusedBy).toBe(slow);
      expect(limiter.waitMs).toBeGreaterThan(9_900);
      expect(limiter.waitMs).toBeLessThanOrEqual(10_001);
    }
  });

  it.each([
    ['first', 0],
    ['last', 1],
  ])('uses up no other limit with what one refuses: it stands %s', (_, place) => {
    const { limiter } = limiters();
    const all = limitOf('global', 0.01, 20, { by: 'global' });
    const limits = [limitOf('ip', 0.01, 5)].toSpliced(1 - place, 0, all);
    expect(passing(limiter, limits, '192.0.2.1')).toBe(5);
    for (const address of ['192.0.2.2', '192.0.2.3', '192.0.2.4'])
      expect(passing(limiter, limits, address)).toBe(5);
    expect(passing(limiter, limits, '192.0.2.5')).toBe(0);
    expect(limiter.refusedBy).toBe(all);
  });

  it('gives back what it has counted where another worker comes in between', () => {
    const { limiter, tables, time } = limiters();
    const [one, other] = tables;
    const limits = [limitOf('first', 0.01, 3), limitOf('second', 0.01, 1)] as const;
    const key = limitKey(limits[1], '192.0.2.1', REQUEST);
    const takeAt = one.takeAt.bind(one);
    // Between the first limit's count and the second's.
    one.takeAt = (limit, bucket, check, nowMs) => {
      if (limit === limits[1]) expect(other.take(limit, key, nowMs)).toBe(0);
      return takeAt(limit, bucket, check, nowMs);
    };
    expect(limiter.refuses(limits, '192.0.2.1', REQUEST)).toBe(true);
    one.takeAt = takeAt;
    expect(other.peek(limits[1], key, time.ms)).toBeGreaterThan(0);
    expect(passing(limiter, [limits[0]], '192.0.2.1')).toBe(3);
  });
});

describe('quotaFields', () => {
  it.each([
    [100, 200, '"ip";q=200;w=2'],
    [100, 100, '"ip";q=100;w=1'],
    [100, 150, '"ip";q=200;w=2'],
    [1000, 10, '"ip";q=1000;w=1'],
    [0.1, 1, '"ip";q=1;w=10'],
    [0.3, 1, '"ip";q=1;w=4'],
    [0.00001, 1, '"ip";q=1;w=100000'],
  ])('tells %d a second and %i at once as a window', (requestsPerSecond, burst, policy) => {
    const limit = limitOf('ip', requestsPerSecond, burst);
    expect(quotaFields([limit], limit, 7)).toBe(`RateLimit-Policy: ${policy}\r\nRateLimit: "ip";r=0;t=7`);
  });

  it('names all limits, and the one that refuses', () => {
    const limits = [limitOf('ip', 1, 5), limitOf('ip 2', 0.5, 60)] as const;
    expect(quotaFields(limits, limits[1], 2).split('\r\n')).toEqual([
      'RateLimit-Policy: "ip";q=5;w=5, "ip 2";q=60;w=120',
      'RateLimit: "ip 2";r=0;t=2',
    ]);
  });
});

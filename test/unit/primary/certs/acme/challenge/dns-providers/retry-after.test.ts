import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../../../../../../src/primary/certs/acme/challenge/dns-providers/retry-after.ts';

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT';

describe('retry-after', () => {
  it.each([
    ['seconds', '120', null, 120_000],
    ['none', '0', null, 0],
    ['a date, against that of the answer', 'Sun, 06 Nov 1994 08:50:07 GMT', DATE, 30_000],
    ['a date that is over', 'Sun, 06 Nov 1994 08:49:00 GMT', DATE, 0],
    ['a week: a day at most', '604800', null, 86_400_000],
    ['nothing', null, DATE, null],
    ['a date without one to compare', 'Sun, 06 Nov 1994 08:50:07 GMT', null, null],
    ['nonsense', '-1', DATE, null],
  ])('reads %s', (_, field, date, ms) => {
    expect(retryAfterMs(field, date)).toBe(ms);
  });
});

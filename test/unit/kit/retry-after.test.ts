import { describe, expect, it } from 'vitest';
import { readRetryAfter } from '../../../src/kit/retry-after.ts';

describe('retry-after (RFC 9110 10.2.3)', () => {
  const now = Date.parse('2026-11-28T15:00:00Z');

  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 120 ', 120_000],
    ['Sat, 28 Nov 2026 15:01:30 GMT', 90_000],
    ['Sat, 28 Nov 2026 14:00:00 GMT', 0],
    ['Sat, 99 Nov 2026 14:00:00 GMT', null],
    ['-1', null],
    ['1.5', null],
    ['soon', null],
    ['2026-11-28', null],
    ['9999999999', null],
    ['', null],
    [null, null],
    [undefined, null],
  ])('reads %j as %j', (field, milliseconds) => {
    expect(readRetryAfter(field, now)).toBe(milliseconds);
  });

  it('reads no date where there is none to compare it with', () => {
    expect(readRetryAfter('Sat, 28 Nov 2026 15:01:30 GMT', Number.NaN)).toBeNull();
    expect(readRetryAfter('120', Number.NaN)).toBe(120_000);
  });
});

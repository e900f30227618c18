import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/kit/duration.ts';

describe('parse-duration', () => {
  it.each([
    ['250ms', 250],
    ['5s', 5000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['30d', 2_592_000_000],
    ['0', 0],
    ['0s', 0],
  ])('reads %s', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', '5', '5 s', '-5s', '1.5s', '5S', '5sec', '1h30m', '٣s', '999999999999999d', ' 5s', '5s\n'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );

  it('formats with the largest unit that is exact', () => {
    expect(
      ['1ms', '1500ms', '90s', '2m', '36h', '7d'].map((text) => formatDuration(parseDuration(text) ?? -1)),
    ).toEqual(['1ms', '1500ms', '90s', '2m', '36h', '7d']);
    expect(formatDuration(0)).toBe('0ms');
  });
});

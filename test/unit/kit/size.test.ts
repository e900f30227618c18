import { describe, expect, it } from 'vitest';
import { nearestSize, parseSize } from '../../../src/kit/size.ts';

describe('parse-size', () => {
  it.each([
    ['0', 0],
    ['17', 17],
    ['17B', 17],
    ['32KiB', 32_768],
    ['10MiB', 10_485_760],
    ['1GiB', 1_073_741_824],
  ])('reads %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', '64KB', '64K', '1.5MiB', '-1', '1e3', '64 KiB', '64kib', '9999999999999999TiB'])(
    'refuses %j',
    (text) => {
      expect(parseSize(text)).toBeNull();
    },
  );

  it('suggests the unambiguous spelling', () => {
    expect([nearestSize('64KB'), nearestSize('64 kib'), nearestSize('1g'), nearestSize('much')]).toEqual([
      '64KiB',
      '64KiB',
      '1GiB',
      undefined,
    ]);
  });
});

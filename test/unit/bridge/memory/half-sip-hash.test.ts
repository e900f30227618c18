import { describe, expect, it } from 'vitest';
import { halfSipHash } from '../../../../src/bridge/memory/half-sip-hash.ts';

function hashOf(text: string, key0 = 1, key1 = 2): readonly [number, number] {
  const digest = new Int32Array(2);
  halfSipHash(key0, key1, text, digest);
  return [(digest[0] ?? 0) >>> 0, (digest[1] ?? 0) >>> 0];
}

describe('halfSipHash', () => {
  // Published known answers of HalfSipHash-1-3 with 32 bits of output: key 00 … 07, message 00 01 02 … of so many bytes.
  it.each([
    [0, 0x5814c896],
    [2, 0xbc4b0e30],
    [4, 0x7e059ea6],
    [6, 0xa0080b65],
    [8, 0x577999b1],
    [10, 0xe4fa32cf],
    [12, 0x6b28096c],
  ])('is HalfSipHash-1-3 of the UTF-16 bytes: %i bytes', (bytes, expected) => {
    const text = Buffer.from(Array.from({ length: bytes }, (_, i) => i)).toString('utf16le');
    expect(hashOf(text, 0x03020100, 0x07060504)[0]).toBe(expected);
  });

  it('changes in both words with every character, with the length and with either half of the key', () => {
    const texts = [
      '',
      '\0',
      '\0\0',
      'a',
      'ab',
      'ba',
      'abc',
      'address 10.0.0.1',
      'address 10.0.0.2',
      '\u0161',
      '\u0261',
    ];
    const all = [...texts.map((text) => hashOf(text)), hashOf('a', 2, 2), hashOf('a', 1, 3)];
    expect(new Set(all.map(([first]) => first)).size).toBe(all.length);
    expect(new Set(all.map(([, second]) => second)).size).toBe(all.length);
  });

  it('spreads what clients may choose, in the low bits of each word and in both together', () => {
    const keys = 100_000;
    const cells = 1024;
    const counts = [new Int32Array(cells), new Int32Array(cells), new Int32Array(cells)];
    for (let i = 0; i < keys; i++) {
      const [first, second] = hashOf(`address 2001:db8:${(i >> 8).toString(16)}:${(i & 255).toString(16)}`);
      for (const [which, word] of [first, second, first ^ second].entries()) {
        const count = counts[which] as Int32Array;
        count[word & (cells - 1)] = (count[word & (cells - 1)] ?? 0) + 1;
      }
    }
    const mean = keys / cells;
    for (const count of counts) {
      const chiSquared = count.reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0);
      // 1023 degrees of freedom: six standard deviations either side. The keys are fixed, so it is so always or never.
      expect(Math.abs(chiSquared - (cells - 1))).toBeLessThan(6 * Math.sqrt(2 * cells));
    }
  });
});

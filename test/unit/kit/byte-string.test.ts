import { describe, expect, it } from 'vitest';
import { escapeBytes, readable, toByteString } from '../../../src/kit/byte-string.ts';

describe('byte-string', () => {
  it('leaves ASCII as it is', () => {
    for (const turn of [toByteString, readable, escapeBytes]) expect(turn('a b\t/%20')).toBe('a b\t/%20');
  });

  it('has one character for each byte of UTF-8, and back', () => {
    expect(toByteString('ü€')).toBe('\xc3\xbc\xe2\x82\xac');
    expect(readable('\xc3\xbc\xe2\x82\xac')).toBe('ü€');
  });

  it('reads what is no UTF-8 as U+FFFD', () => {
    expect(readable('a\xe9b')).toBe('a\ufffdb');
  });

  it('escapes bytes from 0x80 up for a URI', () => {
    expect(escapeBytes('/\xc3\xbc?\x80=\xff')).toBe('/%C3%BC?%80=%FF');
  });
});

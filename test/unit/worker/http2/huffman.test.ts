import { describe, expect, it } from 'vitest';
import {
  decodedLength,
  decodedRoom,
  decodeHuffman,
  encodedLength,
  encodeHuffman,
} from '../../../../src/worker/http2/huffman.ts';

function encode(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const out = Buffer.alloc(encodedLength(bytes, 0, bytes.length));
  expect(encodeHuffman(bytes, 0, bytes.length, out, 0)).toBe(out.length);
  return out;
}

/** null: it is malformed. */
function decode(bytes: Uint8Array): string | null {
  const out = Buffer.alloc(decodedRoom(bytes.length));
  const length = decodeHuffman(bytes, 0, bytes.length, out);
  expect(decodedLength(bytes, 0, bytes.length)).toBe(length);
  return length < 0 ? null : out.toString('latin1', 0, length);
}

/** Bits to octets, filled with ones. */
const bits = (text: string): Buffer =>
  Buffer.from((text.match(/.{1,8}/g) ?? []).map((octet) => Number.parseInt(octet.padEnd(8, '1'), 2)));

describe('huffman', () => {
  // RFC 7541 Appendix B: the shortest, some of each length in use, the longest.
  it.each([
    ['0', 0x0, 5],
    ['t', 0x9, 5],
    [' ', 0x14, 6],
    [':', 0x5c, 7],
    ['X', 0xfc, 8],
    ['!', 0x3f8, 10],
    ['#', 0xffa, 12],
    ['\0', 0x1ff8, 13],
    ['^', 0x3ffc, 14],
    ['<', 0x7ffc, 15],
    ['\\', 0x7fff0, 19],
    ['\x80', 0xfffe6, 20],
    ['\x99', 0x1fffdc, 21],
    ['\x81', 0x3fffd2, 22],
    ['\x01', 0x7fffd8, 23],
    ['\x09', 0xffffea, 24],
    ['\xc7', 0x1ffffec, 25],
    ['\xc0', 0x3ffffe0, 26],
    ['\xcb', 0x7ffffde, 27],
    ['\x02', 0xfffffe2, 28],
    ['\xf9', 0xffffffe, 28],
    ['\x16', 0x3ffffffe, 30],
  ])('has the code of %j', (character, code, length) => {
    const expected = bits(code.toString(2).padStart(length, '0'));
    expect(encode(character)).toEqual(expected);
    expect(decode(expected)).toBe(character);
  });

  it('carries every octet, alone, beside each other one and behind any bits', () => {
    for (let octet = 0; octet < 256; octet++) {
      const one = String.fromCharCode(octet);
      for (const text of [one, `0${one}`, `00${one}`, ` :${one}a`, one.repeat(5)])
        expect(decode(encode(text))).toBe(text);
    }
    const all = Buffer.from(Uint8Array.from({ length: 256 }, (_, octet) => octet)).toString('latin1');
    expect(decode(encode(all))).toBe(all);
    expect(decode(encode(''))).toBe('');
  });

  it('takes up to seven bits of ones at the end, and nothing else', () => {
    expect(decode(bits('00000'))).toBe('0');
    // `X` has eight bits: a whole octet of filling behind it is too much.
    expect(decode(Buffer.of(0xfc))).toBe('X');
    expect(decode(Buffer.of(0xfc, 0xff))).toBeNull();
    expect(decode(Buffer.of(0xff))).toBeNull();
    // Three bits of filling: 111 only.
    expect(decode(Buffer.of(0b00000_111))).toBe('0');
    for (let rest = 0; rest < 7; rest++) expect(decode(Buffer.of(rest))).toBeNull();
    // A code that is cut off.
    expect(decode(encode('\x16').subarray(0, 3))).toBeNull();
  });

  it('takes no EOS, wherever it stands', () => {
    const eos = '1'.repeat(30);
    for (const text of [eos, `${eos}00000`, `00000${eos}`, `00000${eos}00000`, `010100${eos}00000`])
      expect(decode(bits(text))).toBeNull();
  });

  it('reads and writes only where it is told', () => {
    const bytes = Buffer.from('xxwww.example.comxx');
    const out = Buffer.alloc(20, 0x55);
    expect(encodeHuffman(bytes, 2, 17, out, 3)).toBe(15);
    expect(out.toString('hex')).toBe(`555555${'f1e3c2e5f23a6ba0ab90f4ff'}${'55'.repeat(5)}`);
    const text = Buffer.alloc(decodedRoom(12));
    expect(text.toString('latin1', 0, decodeHuffman(out, 3, 15, text))).toBe('www.example.com');
  });
});

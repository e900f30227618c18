import { describe, expect, it } from 'vitest';
import { PeerTexts } from '../../../../src/worker/listener/peer-text.ts';

const bytes = (...octets: readonly number[]): ArrayBuffer => new Uint8Array(octets).buffer;
const v6 = (...groups: readonly number[]): ArrayBuffer =>
  bytes(...groups.flatMap((group) => [group >> 8, group & 0xff]));

describe('peer-text', () => {
  it.each([
    [bytes(127, 0, 0, 1), '127.0.0.1'],
    [bytes(0, 0, 0, 0), '0.0.0.0'],
    [bytes(255, 255, 255, 255), '255.255.255.255'],
    [v6(0, 0, 0, 0, 0, 0xffff, 0x0102, 0x0304), '1.2.3.4'],
    [v6(0, 0, 0, 0, 0, 0, 0, 1), '::1'],
    [v6(0, 0, 0, 0, 0, 0, 0, 0), '::'],
    [v6(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), '2001:db8::1'],
    [v6(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), '2001:db8:0:1:1:1:1:1'],
    [v6(0x2001, 0, 0, 1, 0, 0, 0, 1), '2001:0:0:1::1'],
    [v6(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1), '2001:db8::1:0:0:1'],
    [v6(0xfe80, 0, 0, 0, 0, 0, 0, 0), 'fe80::'],
    [v6(0, 0, 0, 0, 0, 0, 0x0102, 0x0304), '::102:304'],
    [v6(1, 2, 3, 4, 5, 6, 7, 8), '1:2:3:4:5:6:7:8'],
  ])('%# writes %s as RFC 5952 has it', (address, text) => {
    expect(new PeerTexts().textOf(address)).toBe(text);
  });

  it('anything but 4 or 16 bytes is unknown', () => {
    const texts = new PeerTexts();
    for (const length of [0, 1, 5, 15, 17]) expect(texts.textOf(new ArrayBuffer(length))).toBe('unknown');
  });

  it('gives the same string again, and stays right after more addresses than it keeps', () => {
    const texts = new PeerTexts();
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 10_000; i++) {
        const octets = [10, (i >> 16) & 0xff, (i >> 8) & 0xff, i & 0xff];
        if (texts.textOf(bytes(...octets)) !== octets.join('.')) expect.fail(octets.join('.'));
      }
    }
  });
});

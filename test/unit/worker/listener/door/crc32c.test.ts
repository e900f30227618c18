import { describe, expect, it } from 'vitest';
import { crc32c } from '../../../../../src/worker/listener/door/crc32c.ts';

const bytes = (length: number, octet: (at: number) => number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => octet(at));

describe('crc32c', () => {
  it.each([
    ['nothing', new Uint8Array(), 0x0000_0000],
    ['the digits 1 to 9', Buffer.from('123456789'), 0xe306_9283],
    // RFC 3720 B.4, where the octets of the checksum stand in the order in which they are sent.
    ['32 zeros', bytes(32, () => 0), 0x8a91_36aa],
    ['32 ones', bytes(32, () => 0xff), 0x62a8_ab43],
    ['32 octets that count up', bytes(32, (at) => at), 0x46dd_794e],
    ['32 octets that count down', bytes(32, (at) => 31 - at), 0x113f_db5c],
  ])('of %s', (_, input, checksum) => {
    expect(crc32c(input)).toBe(checksum);
  });

  it('takes a part of the bytes as zeros', () => {
    const input = bytes(32, (at) => (at >= 10 && at < 14 ? 0x5a : 0));
    expect(crc32c(input, 10, 14)).toBe(0x8a91_36aa);
    expect(crc32c(input, 10, 13)).not.toBe(0x8a91_36aa);
    expect(crc32c(input, 11, 14)).not.toBe(0x8a91_36aa);
  });
});

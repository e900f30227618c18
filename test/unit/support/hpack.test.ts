import { describe, expect, it } from 'vitest';
import {
  codedString,
  codeOf,
  HpackDecoder,
  huffmanString,
  indexed,
  integer,
  literal,
  literals,
  sizeUpdate,
} from '../../support/hpack.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('HPACK for tests', () => {
  it('writes integers as RFC 7541 C.1 does', () => {
    expect(integer(10, 5)).toEqual(hex('0a'));
    expect(integer(1337, 5)).toEqual(hex('1f9a0a'));
    expect(integer(42, 8)).toEqual(hex('2a'));
  });

  it('writes fields as RFC 7541 C.2 does', () => {
    expect(literal('incremental', 'custom-key', 'custom-header')).toEqual(
      hex('400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572'),
    );
    expect(literal('plain', 4, '/sample/path')).toEqual(hex('040c 2f73 616d 706c 652f 7061 7468'));
    expect(literal('never', 'password', 'secret')).toEqual(hex('1008 7061 7373 776f 7264 0673 6563 7265 74'));
    expect(indexed(2)).toEqual(hex('82'));
    expect(huffmanString('www.example.com')).toEqual(hex('8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff'));
  });

  it('reads the three requests of RFC 7541 C.4 with one table', () => {
    const decoder = new HpackDecoder();
    const first = decoder.decode(hex('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff'));
    expect(first).toEqual([
      [':method', 'GET'],
      [':scheme', 'http'],
      [':path', '/'],
      [':authority', 'www.example.com'],
    ]);
    expect(decoder.decode(hex('8286 84be 5886 a8eb 1064 9cbf')).slice(3)).toEqual([
      [':authority', 'www.example.com'],
      ['cache-control', 'no-cache'],
    ]);
    const third = decoder.decode(hex('8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf'));
    expect(third.slice(1)).toEqual([
      [':scheme', 'https'],
      [':path', '/index.html'],
      [':authority', 'www.example.com'],
      ['custom-key', 'custom-value'],
    ]);
  });

  it('evicts as RFC 7541 C.6 does', () => {
    const decoder = new HpackDecoder();
    decoder.decode(sizeUpdate(256));
    decoder.decode(
      hex(
        '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
      ),
    );
    expect(decoder.decode(hex('4883 640e ffc1 c0bf'))).toEqual([
      [':status', '307'],
      ['cache-control', 'private'],
      ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
      ['location', 'https://www.example.com'],
    ]);
    expect(() => decoder.decode(indexed(66))).toThrow('no entry 66');
  });

  it('reads what it writes, every octet', () => {
    const octets = String.fromCharCode(...Array.from({ length: 256 }, (_, octet) => octet));
    expect(new HpackDecoder().decode(literal('plain', 'x', octets, huffmanString))).toEqual([['x', octets]]);
    expect(new HpackDecoder().decode(literals([['x', octets]]))).toEqual([['x', octets]]);
  });

  it.each([
    ['index 0', indexed(0)],
    ['an index behind the table', indexed(62)],
    ['a block that ends within a string', literals([['x', 'abc']]).subarray(0, 4)],
    ['a size update behind a field', Buffer.concat([indexed(2), sizeUpdate(0)])],
    ['a size update beyond the limit', sizeUpdate(4097)],
    ['EOS', Buffer.concat([Buffer.of(0, 1, 0x78), codedString(codeOf())])],
    ['padding of zeros', Buffer.concat([Buffer.of(0, 1, 0x78), codedString(codeOf(0x61), '0')])],
    ['padding of a whole octet', Buffer.concat([Buffer.of(0, 1, 0x78), codedString('1'.repeat(8))])],
  ])('refuses %s', (_what, block) => {
    expect(() => new HpackDecoder().decode(block)).toThrow('HPACK');
  });

  it('wants a lowered limit acknowledged', () => {
    const decoder = new HpackDecoder();
    decoder.limit = 0;
    expect(() => decoder.decode(indexed(2))).toThrow('no size update');
    expect(decoder.decode(Buffer.concat([sizeUpdate(0), indexed(2)]))).toEqual([[':method', 'GET']]);
  });
});

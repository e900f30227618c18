import { describe, expect, it } from 'vitest';
import { HpackDecoder, HpackOutcome } from '../../../../src/worker/http2/hpack-decoder.ts';
import { encodedLength, encodeHuffman } from '../../../../src/worker/http2/huffman.ts';

const { OK, TOO_LARGE, COMPRESSION_ERROR } = HpackOutcome;
const LIST = 16_384;
const FIELDS = 100;
const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
const repeat = (hex: string, times: number): Buffer => bytes(hex.repeat(times));

/** A decoder of one connection; what it decodes is [outcome, names and values in turn]. */
function peer(tableBytes = 4096, scratchBytes = 256) {
  const decoder = new HpackDecoder(tableBytes, Buffer.alloc(scratchBytes));
  return (block: Buffer | string, listBytes = LIST, fields = FIELDS): [HpackOutcome, ...string[]] => {
    const block2 = typeof block === 'string' ? bytes(block) : block;
    const into: string[] = [];
    // In the middle of other bytes, as blocks lie in a frame.
    const memory = Buffer.concat([Buffer.of(0x82), block2, Buffer.of(0x82)]);
    const outcome = decoder.decode(memory, 1, 1 + block2.length, listBytes, fields, into);
    return [outcome, ...into];
  };
}

/** A literal text, as it is or Huffman coded. */
function text(value: string, huffman = false): Buffer {
  const plain = Buffer.from(value, 'latin1');
  if (!huffman) return Buffer.concat([integer(plain.length, 0), plain]);
  const coded = Buffer.alloc(encodedLength(plain, 0, plain.length));
  encodeHuffman(plain, 0, plain.length, coded, 0);
  return Buffer.concat([integer(coded.length, 0x80), coded]);
}

/** With a prefix of seven bits. */
function integer(value: number, first: number): Buffer {
  const octets = [value < 127 ? first | value : first | 127];
  if (value >= 127) {
    let rest = value - 127;
    for (; rest >= 128; rest >>>= 7) octets.push((rest & 127) | 128);
    octets.push(rest);
  }
  return Buffer.from(octets);
}

const literal = (first: number, name: string, value: string, huffman = false): Buffer =>
  Buffer.concat([Buffer.of(first), text(name, huffman), text(value, huffman)]);
const entry = (name: string, value: string, huffman = false): Buffer => literal(0x40, name, value, huffman);
const isAt = (index: number): Buffer => integer(index, 0x80);

const REQUESTS = [
  [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com'],
  [
    ':method',
    'GET',
    ':scheme',
    'http',
    ':path',
    '/',
    ':authority',
    'www.example.com',
    'cache-control',
    'no-cache',
  ],
  [
    ...[':method', 'GET', ':scheme', 'https', ':path', '/index.html'],
    ...[':authority', 'www.example.com', 'custom-key', 'custom-value'],
  ],
];
const [DATE_21, DATE_22] = ['Mon, 21 Oct 2013 20:13:21 GMT', 'Mon, 21 Oct 2013 20:13:22 GMT'];
const LOCATION = 'https://www.example.com';
const RESPONSES = [
  [':status', '302', 'cache-control', 'private', 'date', DATE_21, 'location', LOCATION],
  [':status', '307', 'cache-control', 'private', 'date', DATE_21, 'location', LOCATION],
  [
    ...[
      ':status',
      '200',
      'cache-control',
      'private',
      'date',
      DATE_22,
      'location',
      LOCATION,
      'content-encoding',
      'gzip',
    ],
    ...['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'],
  ],
];

describe('hpack-decoder, the examples of RFC 7541 Appendix C', () => {
  it.each([
    ['C.2.1', '400a637573746f6d2d6b65790d637573746f6d2d686561646572', ['custom-key', 'custom-header']],
    ['C.2.2', '040c2f73616d706c652f70617468', [':path', '/sample/path']],
    ['C.2.3', '100870617373776f726406736563726574', ['password', 'secret']],
    ['C.2.4', '82', [':method', 'GET']],
  ])('%s', (_section, block, fields) => {
    expect(peer()(block)).toEqual([OK, ...fields]);
  });

  it.each([
    [
      'C.3',
      [
        '828684410f7777772e6578616d706c652e636f6d',
        '828684be58086e6f2d6361636865',
        '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
      ],
      REQUESTS,
      4096,
    ],
    [
      'C.4',
      [
        '828684418cf1e3c2e5f23a6ba0ab90f4ff',
        '828684be5886a8eb10649cbf',
        '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
      ],
      REQUESTS,
      4096,
    ],
    [
      'C.5',
      [
        '4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d',
        '4803333037c1c0bf',
        '88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31',
      ],
      RESPONSES,
      256,
    ],
    [
      'C.6',
      [
        '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
        '4883640effc1c0bf',
        '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
      ],
      RESPONSES,
      256,
    ],
  ])('%s, on one connection', (_section, blocks, lists, tableBytes) => {
    const decode = peer(tableBytes);
    expect(blocks.map((block) => decode(block))).toEqual(lists.map((list) => [OK, ...list]));
  });
});

describe('hpack-decoder', () => {
  it('takes an empty block, and empty texts', () => {
    expect(peer()('')).toEqual([OK]);
    expect(peer()('000000')).toEqual([OK, '', '']);
    expect(peer()('00 80 80')).toEqual([OK, '', '']);
  });

  it.each([
    ['an index of 0', '80'],
    ['an index behind the table', 'be'],
    ['a name behind the table', '7e 00'],
    ['a name behind the table, without indexing', '0f 2f 00'],
    ['an index that is cut off', 'ff'],
    ['an index that goes on without end', 'ff 80 80 80 80 80 80 00'],
    ['an index of 2^28 and more', 'ff ff ff ff ff 01'],
    ['a length of 2^28 and more', '00 7f ff ff ff ff 01'],
    ['a name that is not there', '00'],
    ['a value that is not there', '00 01 61'],
    ['a name that is cut off', '00 02 61'],
    ['a value that is cut off', '00 01 61 05 62'],
    ['a length that is cut off', '00 7f'],
    ['an entry that is cut off', '40 01 61 7f 80'],
    ['a Huffman text with EOS', '00 84 ff ff ff ff 00'],
    ['a Huffman text with an octet of filling', '00 82 07 ff 00'],
    ['a Huffman text filled with zeros', '00 81 00 00'],
    ['a Huffman value that is malformed', '00 01 61 81 00'],
    ['a table of more than was announced', '3f e2 1f'],
    ['a size of the table behind a field', '82 20'],
    ['a third size of the table', '20 20 20'],
    ['a size of the table that is cut off', '3f'],
  ])('refuses %s', (_what, block) => {
    expect(peer()(block)[0]).toBe(COMPRESSION_ERROR);
    // Whatever is collected.
    expect(peer()(block, 0, 0)[0]).toBe(COMPRESSION_ERROR);
  });

  it('takes integers with octets of no value, up to four', () => {
    expect(peer()('ff 80 00')[0]).toBe(COMPRESSION_ERROR);
    expect(peer()('00 7f 80 80 00')[0]).toBe(COMPRESSION_ERROR);
    const name = Buffer.concat([bytes('00 7f 81 80 80 00'), Buffer.alloc(128, 'a'), bytes('00')]);
    expect(peer()(name)).toEqual([OK, 'a'.repeat(128), '']);
  });

  it('takes two sizes of the table at the beginning of each block, also of one without fields', () => {
    const decode = peer();
    decode(entry('a', 'b'));
    expect(decode('3f e1 1f be')).toEqual([OK, 'a', 'b']);
    expect(decode('20 3f e1 1f')).toEqual([OK]);
    expect(decode('be')).toEqual([COMPRESSION_ERROR]);
  });

  it('drops the oldest entries for new ones and for a smaller table', () => {
    // 34 octets each, as RFC 7541 4.1 counts.
    const decode = peer(34 * 3);
    decode(Buffer.concat([entry('a', '1'), entry('b', '2'), entry('c', '3')]));
    expect(decode('be bf c0')).toEqual([OK, 'c', '3', 'b', '2', 'a', '1']);
    decode(entry('d', '4'));
    expect(decode('be bf c0')).toEqual([OK, 'd', '4', 'c', '3', 'b', '2']);
    expect(decode('3f 25 be bf')).toEqual([OK, 'd', '4', 'c', '3']);
    expect(decode('c0')).toEqual([COMPRESSION_ERROR]);
  });

  it('is emptied by an entry larger than its table, which is a field all the same', () => {
    const decode = peer(100);
    decode(entry('a', '1'));
    expect(decode(entry('b', 'x'.repeat(68)))).toEqual([OK, 'b', 'x'.repeat(68)]);
    expect(decode('be')).toEqual([COMPRESSION_ERROR]);
    const exact = peer(100);
    exact(entry('b', 'x'.repeat(67)));
    expect(exact('be')).toEqual([OK, 'b', 'x'.repeat(67)]);
  });

  it('adds an entry whose name is that of one that goes for it', () => {
    const decode = peer(34);
    decode(entry('a', '1'));
    expect(decode('7e 01 32')).toEqual([OK, 'a', '2']);
    expect(decode('be')).toEqual([OK, 'a', '2']);
  });

  it('holds as many entries as its size allows, in the order of their age', () => {
    const decode = peer();
    const all = Array.from({ length: 300 }, (_, i) => ['', i % 10 === 0 ? '' : String(i % 10)] as const);
    for (const [name, value] of all) decode(entry(name, value));
    const kept: string[] = [];
    for (let size = 0, i = all.length - 1; ; i--) {
      const value = all[i]?.[1] ?? '';
      size += 32 + value.length;
      if (size > 4096) break;
      kept.push('', value);
    }
    const indexes = Array.from({ length: kept.length / 2 }, (_, age) => isAt(62 + age));
    expect(decode(Buffer.concat(indexes), LIST, 1000)).toEqual([OK, ...kept]);
    expect(decode(isAt(62 + kept.length / 2))).toEqual([COMPRESSION_ERROR]);
  });

  it('counts name, value and 32 octets a field, and the fields', () => {
    const list = Buffer.concat([entry('ab', 'cde'), bytes('be 82')]);
    const fields = ['ab', 'cde', 'ab', 'cde', ':method', 'GET'];
    const size = 37 + 37 + 42;
    expect(peer()(list, size, 3)).toEqual([OK, ...fields]);
    expect(peer()(list, size - 1, 3)).toEqual([TOO_LARGE, ...fields.slice(0, 4)]);
    expect(peer()(list, size, 2)).toEqual([TOO_LARGE, ...fields.slice(0, 4)]);
    expect(peer()(list, 36, 3)).toEqual([TOO_LARGE]);
    expect(peer()(list, size, 0)).toEqual([TOO_LARGE]);
  });

  it.each([false, true])('keeps its table right for what is too large, Huffman coded: %s', (huffman) => {
    for (const scratchBytes of [8, 4096]) {
      const decode = peer(4096, scratchBytes);
      const block = [
        entry('small', 'x', huffman),
        entry('large', 'y'.repeat(500), huffman),
        literal(0, 'none', 'z'.repeat(900), huffman),
        entry('last', 'w', huffman),
      ];
      // Nothing is collected behind the first that does not fit.
      expect(decode(Buffer.concat(block), 100)).toEqual([TOO_LARGE, 'small', 'x']);
      expect(decode('be bf c0')).toEqual([OK, 'last', 'w', 'large', 'y'.repeat(500), 'small', 'x']);
      expect(decode(entry('n', 'v'.repeat(5000), huffman), 100)).toEqual([TOO_LARGE]);
      expect(decode('be')).toEqual([COMPRESSION_ERROR]);
    }
  });

  it('decodes what is longer than its scratch memory', () => {
    const value = '\x00\xffabc'.repeat(100);
    expect(peer(4096, 8)(entry('name-of-it', value, true))).toEqual([OK, 'name-of-it', value]);
  });

  it('stops collecting where a small block refers to much', () => {
    const decode = peer();
    decode(entry('a', 'x'.repeat(4000)));
    const [outcome, ...fields] = decode(repeat('be', 100_000), LIST, 1_000_000);
    expect([outcome, fields.length]).toEqual([TOO_LARGE, 2 * Math.floor(LIST / 4033)]);
    // The name of an entry, without its octets, makes no large entry either.
    expect(decode(repeat('7e 00', 50_000), LIST, 1_000_000)[0]).toBe(TOO_LARGE);
  });
});

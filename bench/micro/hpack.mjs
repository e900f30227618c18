/**
 * What HPACK costs per message: `npm run build && node bench/micro/hpack.mjs`.
 * A browser's request head of fifteen fields, coded as browsers do: everything but the path becomes an entry of the table. The first
 * one on a connection, and one like it. A response head of eight fields behind the date, the first and one like it with another ETag,
 * length and request id. Beside them what Huffman codes and copies cost, since the encoder chooses between them.
 */

import { bench, do_not_optimize, summary } from 'mitata';
import { HpackDecoder, HpackOutcome } from '../../build/worker/http2/hpack-decoder.js';
import { HpackEncoder, worstCase } from '../../build/worker/http2/hpack-encoder.js';
import {
  HUFFMAN,
  INDEX_PREFIX,
  INDEXED,
  LITERAL,
  LITERAL_INDEXED,
  LITERAL_INDEXED_PREFIX,
  LITERAL_PREFIX,
  TEXT_PREFIX,
  writeInteger,
} from '../../build/worker/http2/hpack-format.js';
import { STATIC_ENTRIES, STATIC_NAMES, STATIC_VALUES } from '../../build/worker/http2/hpack-static-table.js';
import { decodeHuffman, encodedLength, encodeHuffman } from '../../build/worker/http2/huffman.js';
import { runAgainst } from './verdict.mjs';

const request = [
  [':method', 'GET'],
  [':authority', 'www.example.com'],
  [':scheme', 'https'],
  [':path', '/assets/app/index-4f2a9c.js?v=20260804&lang=en'],
  ['sec-ch-ua', '"Chromium";v="126", "Google Chrome";v="126", "Not-A.Brand";v="8"'],
  ['sec-ch-ua-mobile', '?0'],
  ['sec-ch-ua-platform', '"Linux"'],
  [
    'user-agent',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  ],
  ['accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
  ['sec-fetch-site', 'same-origin'],
  ['sec-fetch-mode', 'navigate'],
  ['sec-fetch-dest', 'document'],
  ['accept-encoding', 'gzip, deflate, br, zstd'],
  ['accept-language', 'en-US,en;q=0.9'],
  ['cookie', 'session=0123456789abcdef0123456789abcdef; theme=dark'],
];

function text(out, at, value) {
  const bytes = Buffer.from(value);
  const length = encodedLength(bytes, 0, bytes.length);
  return encodeHuffman(bytes, 0, bytes.length, out, writeInteger(out, at, HUFFMAN, TEXT_PREFIX, length));
}

function literal(out, at, first, prefix, [name, value]) {
  const index = Math.max(STATIC_NAMES.indexOf(name), 0);
  const end = writeInteger(out, at, first, prefix, index);
  return text(out, index === 0 ? text(out, end, name) : end, value);
}

/** The first head of a connection, and the second, in which all entries have a number. */
function requestBlocks() {
  const first = Buffer.alloc(4096);
  const second = Buffer.alloc(4096);
  let firstEnd = 0;
  let secondEnd = 0;
  const isStatic = ([name, value]) =>
    STATIC_NAMES.findIndex((one, i) => one === name && STATIC_VALUES[i] === value);
  const entries = request.filter((field) => field[0] !== ':path' && isStatic(field) < 0);
  for (const field of request) {
    const known = isStatic(field);
    const number = known > 0 ? known : STATIC_ENTRIES + entries.length - entries.indexOf(field);
    if (field[0] === ':path') {
      firstEnd = literal(first, firstEnd, LITERAL, LITERAL_PREFIX, field);
      secondEnd = literal(second, secondEnd, LITERAL, LITERAL_PREFIX, field);
    } else {
      firstEnd =
        known > 0
          ? writeInteger(first, firstEnd, INDEXED, INDEX_PREFIX, known)
          : literal(first, firstEnd, LITERAL_INDEXED, LITERAL_INDEXED_PREFIX, field);
      secondEnd = writeInteger(second, secondEnd, INDEXED, INDEX_PREFIX, number);
    }
  }
  return [first.subarray(0, firstEnd), second.subarray(0, secondEnd)];
}

const scratch = Buffer.alloc(65_536);
const [first, second] = requestBlocks();

function decode(decoder, block) {
  const fields = [];
  const outcome = decoder.decode(block, 0, block.length, 65_536, 260, fields);
  if (outcome !== HpackOutcome.OK || fields.length !== request.length * 2)
    throw new Error(`outcome ${outcome}`);
  return fields;
}

const response = (etag, id) =>
  Buffer.from(
    [
      'Server: nginx/1.22.1',
      'Content-Type: application/json; charset=utf-8',
      'Vary: Accept-Encoding',
      'Cache-Control: private, max-age=0, must-revalidate',
      `ETag: W/"5f3c-18d2a7b${etag}"`,
      'X-Content-Type-Options: nosniff',
      'Strict-Transport-Security: max-age=31536000; includeSubDomains',
      `X-Request-Id: 0f9c2b7e-5d41-4c5b-9a3e-00000000${id}`,
    ].join('\r\n'),
  );
const heads = Array.from({ length: 64 }, (_, i) => response(1000 + i, 1000 + i));
const date = 'Tue, 04 Aug 2026 10:00:00 GMT';
const out = Buffer.alloc(worstCase(heads[0].length));
const encode = (encoder, i) => encoder.response(out, 0, 200, date, heads[i & 63], 1000 + i);

const warm = new HpackDecoder(4096, scratch);
decode(warm, first);
const used = new HpackEncoder();
const firstOctets = encode(used, 0);
const nextOctets = encode(used, 1);
console.log(`request: ${request.length} fields, ${first.length} octets at first, ${second.length} again`);
console.log(`response: ${heads[0].length} octets of lines, ${firstOctets} at first, ${nextOctets} again`);

const value = Buffer.from('W/"5f3c-18d2a7b1c40" of 25');
const coded = Buffer.alloc(64);
const codedEnd = encodeHuffman(value, 0, value.length, coded, 0);
let turn = 0;
summary(() => {
  bench('decode a head like the one before', () => do_not_optimize(decode(warm, second)));
  bench('decode the first head, with its decoder', () =>
    do_not_optimize(decode(new HpackDecoder(4096, scratch), first)),
  );
});
summary(() => {
  bench('encode a head like the one before', () => do_not_optimize(encode(used, turn++)));
  bench('encode the first head, with its encoder', () => do_not_optimize(encode(new HpackEncoder(), turn++)));
});
summary(() => {
  bench(`Huffman: code ${value.length} octets`, () => {
    const length = encodedLength(value, 0, value.length);
    do_not_optimize(length + encodeHuffman(value, 0, value.length, out, 0));
  });
  bench(`Huffman: decode ${value.length} octets`, () =>
    do_not_optimize(decodeHuffman(coded, 0, codedEnd, out)),
  );
  bench(`copy ${value.length} octets`, () => {
    for (let i = 0; i < value.length; i++) out[i] = value[i];
    do_not_optimize(out);
  });
});
await runAgainst(() => null);

import { type ClientHttp2Session, connect, constants } from 'node:http2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HpackDecoder, HpackOutcome } from '../../src/worker/http2/hpack-decoder.ts';
import { HpackEncoder, worstCase } from '../../src/worker/http2/hpack-encoder.ts';
import { decodedRoom, decodeHuffman, encodedLength, encodeHuffman } from '../../src/worker/http2/huffman.ts';
import {
  ACK,
  END_HEADERS,
  END_STREAM,
  FrameType,
  type H2Peer,
  startH2RawOrigin,
} from '../support/h2-raw-origin.ts';
import { within } from '../support/wait-for.ts';

const RUNS = 1000;
const LIST_BYTES = 1_000_000;
const MAX_FIELDS = 1000;

const DROPPED = new Set(
  'connection content-length date http2-settings keep-alive proxy-connection te transfer-encoding upgrade'.split(
    ' ',
  ),
);
const textOf = (octet: fc.Arbitrary<string>, maxLength: number) =>
  fc.array(octet, { maxLength }).map((octets) => octets.join(''));
const valueOctet = fc.oneof(
  fc.constantFrom(...'abcXYZ019 -_=;,/"'),
  fc.integer({ min: 0x80, max: 0xff }).map((octet) => String.fromCharCode(octet)),
);
// Without blanks at the ends.
const anyValue = textOf(valueOctet, 40).map((text) => text.replace(/^ +| +$/g, ''));
/** Some come again and again, some once; some are long. */
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('', 'a', 'nginx', 'text/html; charset=utf-8', 'no-cache', 'gzip') },
  { weight: 3, arbitrary: anyValue },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 4200 }).map((length) => 'long'.repeat(length / 4)) },
);
const name = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('Server', 'content-type', 'Vary', 'ETag', 'Set-Cookie', 'X-Own', 'x-id'),
  },
  { weight: 1, arbitrary: fc.constantFrom(...DROPPED) },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.constantFrom(...'abcXYZ01-_.!~'), { minLength: 1, maxLength: 6 })
      .map((octets) => `y${octets.join('')}`),
  },
);
const lines = fc.array(fc.tuple(name, value), { maxLength: 12 });
const dates = ['', 'Tue, 04 Aug 2026 10:00:00 GMT', 'Tue, 04 Aug 2026 10:00:01 GMT'];
const response = fc.record({
  // No 204: nghttp2 takes no length with it.
  status: fc.constantFrom(200, 206, 301, 404, 503, 599),
  date: fc.constantFrom(...dates),
  lines,
  length: fc.constantFrom(-1, 0, 7, 4096, 10 ** 12),
});
type Response = typeof response extends fc.Arbitrary<infer T> ? T : never;

/** What a client is to see: [name, value] of each field. */
function expectedOf({ status, date, lines, length }: Response): string[][] {
  const kept = lines
    .map(([name, value]) => [name.toLowerCase(), value])
    .filter(([name = '']) => !DROPPED.has(name));
  return [
    [':status', String(status)],
    ...(date === '' ? [] : [['date', date]]),
    ...kept,
    ...(length < 0 ? [] : [['content-length', String(length)]]),
  ];
}

/** In memory of exactly the worst case, with what must stay as it is around it. */
function encode(encoder: HpackEncoder, { status, date, lines, length }: Response): Buffer {
  const run = Buffer.from(lines.map(([name, value]) => `${name}: ${value}`).join('\r\n'), 'latin1');
  const memory = Buffer.alloc(worstCase(run.length) + 20, 0x55);
  const out = memory.subarray(10, memory.length - 10);
  const end = encoder.response(out, 0, status, date, run, length);
  expect(end).toBeGreaterThan(0);
  expect(end).toBeLessThanOrEqual(out.length);
  expect(memory.toString('latin1', 0, 10) + memory.toString('latin1', 10 + end)).toMatch(/^U+$/);
  return out.subarray(0, end);
}

function pairs(fields: readonly string[]): string[][] {
  return Array.from({ length: fields.length / 2 }, (_, i) => fields.slice(i * 2, i * 2 + 2));
}

function decode(decoder: HpackDecoder, block: Buffer): string[][] {
  const fields: string[] = [];
  const outcome = decoder.decode(block, 0, block.length, LIST_BYTES, MAX_FIELDS, fields);
  expect(outcome).toBe(HpackOutcome.OK);
  return pairs(fields);
}

describe('hpack, both sides', () => {
  it('what is encoded is decoded, over many blocks of a connection whose table changes its size', () => {
    const tableBytes = fc.constantFrom(0, 50, 100, 500, 2000, 4096, 10_000);
    const step = fc.tuple(fc.array(tableBytes, { maxLength: 3 }), response);
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 5, arbitrary: fc.tuple(fc.constant([]), response) }, step), {
          maxLength: 15,
        }),
        (steps) => {
          const encoder = new HpackEncoder();
          const decoder = new HpackDecoder(4096, Buffer.alloc(64));
          for (const [sizes, head] of steps) {
            for (const size of sizes) encoder.limitTable(size);
            expect(decode(decoder, encode(encoder, head))).toEqual(expectedOf(head));
          }
        },
      ),
      { numRuns: RUNS / 4 },
    );
  });

  it('node:http2 reads what is encoded, and is read, on one connection', async () => {
    const request = fc.array(fc.tuple(name, value), { maxLength: 12 });
    const tableBytes = fc.option(fc.constantFrom(0, 60, 300, 4096, 8192), { freq: 9 });
    const rounds = fc.array(fc.record({ request, response, tableBytes }), { minLength: 100, maxLength: 150 });
    await fc.assert(fc.asyncProperty(rounds, talk), { numRuns: 3, endOnFailure: true });
  });
});

interface Round {
  readonly request: readonly (readonly [string, string])[];
  readonly response: Response;
  /** What the client says its table is from now on. */
  readonly tableBytes: number | null;
}

/** One connection of node:http2 to the codec, one request after the other. */
async function talk(rounds: readonly Round[]): Promise<void> {
  const got: string[][][] = [];
  const heads = rounds.map(({ response }) => response);
  const origin = await startH2RawOrigin((peer) => serve(peer, heads, got));
  const session = connect(`http://127.0.0.1:${origin.port}`);
  try {
    for (const { request, response, tableBytes } of rounds) {
      if (tableBytes !== null) session.settings({ headerTableSize: tableBytes });
      const fields = new Map(
        request
          .map(([name, value]) => [name.toLowerCase(), value] as const)
          .filter(([name]) => !DROPPED.has(name)),
      );
      const raw = await ask(session, Object.fromEntries(fields));
      expect(pairs(raw)).toEqual(expectedOf(response));
      const own = got.at(-1)?.filter(([name = '']) => !name.startsWith(':'));
      expect(own?.sort()).toEqual([...fields].map((field) => [...field]).sort());
    }
    expect(got).toHaveLength(rounds.length);
  } finally {
    session.destroy();
    await origin.close();
  }
}

/** The fields of the answer as they came. HEAD: an answer may announce any length. */
async function ask(session: ClientHttp2Session, fields: Record<string, string>): Promise<string[]> {
  const stream = session.request({ ':method': 'HEAD', ...fields }, { endStream: true });
  const answered = new Promise<string[]>((resolve, reject) => {
    stream.on('error', reject);
    stream.on('response', (_fields, _flags, raw?: string[]) => resolve(raw ?? []));
  });
  stream.resume();
  return await within(answered, { what: 'the answer', timeoutMs: 20_000 });
}

/** Answers each request of a connection with the next head, and keeps what was asked. */
async function serve(peer: H2Peer, heads: readonly Response[], got: string[][][]): Promise<void> {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder(4096, Buffer.alloc(64));
  let looked = 0;
  peer.send(FrameType.SETTINGS, 0, 0);
  for (const head of heads) {
    const { stream, payload } = await peer.next(FrameType.HEADERS);
    for (; looked < peer.frames.length; looked++) {
      const frame = peer.frames[looked];
      if (frame?.type !== FrameType.SETTINGS || (frame.flags & ACK) !== 0) continue;
      for (let at = 0; at < frame.payload.length; at += 6) {
        if (frame.payload.readUInt16BE(at) === constants.NGHTTP2_SETTINGS_HEADER_TABLE_SIZE)
          encoder.limitTable(frame.payload.readUInt32BE(at + 2));
      }
      peer.send(FrameType.SETTINGS, ACK, 0);
    }
    got.push(decode(decoder, payload));
    const block = encode(encoder, head);
    peer.send(FrameType.HEADERS, END_HEADERS | END_STREAM, stream, block);
  }
}

describe('hpack-decoder, any octets', () => {
  const octet = fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    // What begins something.
    fc.constantFrom(0x00, 0x01, 0x10, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0x82, 0xbe, 0xff),
  );
  const block = fc.array(octet, { maxLength: 60 }).map((octets) => Buffer.from(octets));

  it('have an end, keep the limits, and are malformed or not whatever is collected', () => {
    let sound = 0;
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 4 }),
        fc.integer({ min: 0, max: 400 }),
        (blocks, listBytes) => {
          const limited = new HpackDecoder(4096, Buffer.alloc(16));
          const free = new HpackDecoder(4096, Buffer.alloc(1024));
          for (const one of blocks) {
            const some: string[] = [];
            const all: string[] = [];
            const outcome = limited.decode(one, 0, one.length, listBytes, 5, some);
            const whole = free.decode(one, 0, one.length, LIST_BYTES, MAX_FIELDS, all);
            expect(outcome === HpackOutcome.COMPRESSION_ERROR).toBe(whole === HpackOutcome.COMPRESSION_ERROR);
            expect(some).toEqual(all.slice(0, some.length));
            const bytes = some.reduce((sum, text) => sum + text.length + 16, 0);
            expect(bytes).toBeLessThanOrEqual(listBytes);
            expect(some.length).toBeLessThanOrEqual(10);
            if (whole === HpackOutcome.COMPRESSION_ERROR) return;
            if (outcome === HpackOutcome.OK) expect(some).toEqual(all);
            sound++;
          }
        },
      ),
      { numRuns: RUNS * 5 },
    );
    expect(sound).toBeGreaterThan(RUNS / 10);
  });
});

describe('huffman, any octets', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (octets) => {
        const coded = Buffer.alloc(encodedLength(octets, 0, octets.length));
        expect(encodeHuffman(octets, 0, octets.length, coded, 0)).toBe(coded.length);
        const out = Buffer.alloc(decodedRoom(coded.length));
        const length = decodeHuffman(coded, 0, coded.length, out);
        expect(out.subarray(0, length)).toEqual(Buffer.from(octets));
      }),
      { numRuns: RUNS },
    );
  });

  it('have one text at most, which has no other octets', () => {
    let sound = 0;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4 }), (coded) => {
        const out = Buffer.alloc(decodedRoom(coded.length));
        const length = decodeHuffman(coded, 0, coded.length, out);
        if (length < 0) return;
        sound++;
        const again = Buffer.alloc(encodedLength(out, 0, length));
        encodeHuffman(out, 0, length, again, 0);
        expect(again).toEqual(Buffer.from(coded));
      }),
      { numRuns: RUNS * 5 },
    );
    expect(sound).toBeGreaterThan(RUNS / 10);
  });
});

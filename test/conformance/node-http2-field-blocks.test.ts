/** Field blocks: cut into frames (RFC 9113 4.3), and HPACK in both directions, right and wrong (RFC 7541). */

import { describe, expect, it } from 'vitest';
import {
  connectionError,
  expectAlive,
  HOLD,
  heldUpload,
  itHolds,
  open,
  requestOf,
  served,
  servedChunked,
  useHttp2Bed,
} from '../support/h2-conformance.ts';
import {
  AUTHORITY,
  CONNECTION,
  data,
  ErrorCode,
  Flag,
  FrameType,
  frame,
  get,
  headers,
  ping,
  requestFields,
  reset,
  Setting,
  settings,
  windowUpdate,
} from '../support/h2-frames.ts';
import {
  codedString,
  codeOf,
  FIRST_DYNAMIC,
  huffmanString,
  indexed,
  integer,
  literal,
  literals,
  sizeUpdate,
  string,
  TABLE_BYTES,
} from '../support/hpack.ts';

const { COMPRESSION_ERROR, PROTOCOL_ERROR } = ErrorCode;
const HEAD = Flag.END_HEADERS | Flag.END_STREAM;
const GET = literals(requestFields('GET', '/', [['x-a', 'b']]));
const as = served({ fields: ['x-a: b'] });

const block = (stream: number, ...parts: readonly Buffer[]): Buffer =>
  frame(FrameType.HEADERS, HEAD, stream, Buffer.concat(parts));
const begin = (part: Buffer): Buffer => frame(FrameType.HEADERS, Flag.END_STREAM, 1, part);
const more = (part: Buffer, flags = 0): Buffer => frame(FrameType.CONTINUATION, flags, 1, part);
/** GET of `/` as the static table has it, behind whatever a case begins with. */
const PSEUDO = Buffer.concat([indexed(2), indexed(6), indexed(4), literal('plain', 1, AUTHORITY)]);

const bed = useHttp2Bed();

describe('a field block in several frames, RFC 9113 4.3', () => {
  it('4.3: may be cut at every octet', async () => {
    const client = await open(bed());
    for (let at = 0; at <= GET.length; at++) {
      const stream = 1 + 2 * at;
      client.send(
        frame(FrameType.HEADERS, Flag.END_STREAM, stream, GET.subarray(0, at)),
        frame(FrameType.CONTINUATION, Flag.END_HEADERS, stream, GET.subarray(at)),
      );
    }
    for (let at = 0; at <= GET.length; at++) expect((await client.answer(1 + 2 * at)).status).toBe(200);
    const all = bed().origin.requests();
    expect(all).toHaveLength(GET.length + 1);
    for (const { head } of all)
      expect(head).toMatch(/^GET \/ HTTP\/1\.1\r\nHost: example\.test\r\nx-a: b\r\n/);
  });

  itHolds(bed, [
    [
      '4.3: in several frames, one of them empty',
      as,
      [
        begin(GET.subarray(0, 3)),
        more(GET.subarray(3, 20)),
        more(GET.subarray(20, 20)),
        more(GET.subarray(20, 30)),
        more(GET.subarray(30), Flag.END_HEADERS),
      ],
    ],
    [
      '4.3: with padding and priority, which are no part of it',
      as,
      [
        frame(
          FrameType.HEADERS,
          Flag.END_STREAM | Flag.PADDED | Flag.PRIORITY,
          1,
          Buffer.concat([Buffer.of(3, 0, 0, 0, 0, 9), GET.subarray(0, 5), Buffer.alloc(3)]),
        ),
        more(GET.subarray(5), Flag.END_HEADERS),
      ],
    ],
    ['4.3: DATA in between', connectionError(PROTOCOL_ERROR), [begin(GET), data(1, 'x')]],
    [
      '4.3: DATA of another stream in between',
      connectionError(PROTOCOL_ERROR),
      [heldUpload(3), begin(GET), data(3, 'x')],
    ],
    ['4.3: HEADERS in between', connectionError(PROTOCOL_ERROR), [begin(GET), get(3)]],
    [
      '4.3: HEADERS of the same stream in place of CONTINUATION',
      connectionError(PROTOCOL_ERROR),
      [begin(GET), block(1)],
    ],
    [
      '4.3: PRIORITY in between',
      connectionError(PROTOCOL_ERROR),
      [begin(GET), frame(FrameType.PRIORITY, 0, 1, Buffer.alloc(5))],
    ],
    ['4.3: RST_STREAM in between', connectionError(PROTOCOL_ERROR), [begin(GET), reset(1)]],
    ['4.3: SETTINGS in between', connectionError(PROTOCOL_ERROR), [begin(GET), settings()]],
    ['4.3: PING in between', connectionError(PROTOCOL_ERROR), [begin(GET), ping()]],
    [
      '4.3: WINDOW_UPDATE in between',
      connectionError(PROTOCOL_ERROR),
      [begin(GET), windowUpdate(CONNECTION, 1)],
    ],
    [
      '4.3: a type that nobody knows in between',
      connectionError(PROTOCOL_ERROR),
      [begin(GET), frame(0xf0, 0, 1)],
    ],
    [
      '4.3: trailers in several frames',
      servedChunked('1\r\nx\r\n0\r\nx-end: 1\r\n\r\n'),
      [
        headers(1, requestFields('POST', '/'), false),
        data(1, 'x'),
        begin(literals([['x-end', '1']]).subarray(0, 2)),
        more(literals([['x-end', '1']]).subarray(2), Flag.END_HEADERS),
      ],
    ],
  ]);
});

describe('what HPACK allows in a request, RFC 7541', () => {
  const value = '\x21 ~|{}^"[]<>=?;:,\xe9\xff\x80 z';
  itHolds(bed, [
    ['6.1: static entries', served(), [block(1, PSEUDO)]],
    [
      '6.2.1, 6.2.2, 6.2.3: each kind of literal',
      served({ fields: ['x-a: 1', 'x-b: 2', 'x-c: 3'] }),
      [
        block(
          1,
          PSEUDO,
          literal('incremental', 'x-a', '1'),
          literal('plain', 'x-b', '2'),
          literal('never', 'x-c', '3'),
        ),
      ],
    ],
    [
      '6.2: names of the static table',
      served({ fields: ['accept: a', 'user-agent: b', 'referer: c'] }),
      [
        block(
          1,
          PSEUDO,
          literal('incremental', 19, 'a'),
          literal('plain', 58, 'b'),
          literal('never', 51, 'c'),
        ),
      ],
    ],
    [
      '2.3.3: an entry of the dynamic table, the newest first',
      served({ fields: ['x-a: 1', 'x-b: 2', 'x-b: 2', 'x-a: 1'] }),
      [
        block(
          1,
          PSEUDO,
          literal('incremental', 'x-a', '1'),
          literal('incremental', 'x-b', '2'),
          indexed(FIRST_DYNAMIC),
          indexed(FIRST_DYNAMIC + 1),
        ),
      ],
    ],
    [
      '6.2.1: a name of the dynamic table',
      served({ fields: ['x-a: 1', 'x-a: 2'] }),
      [block(1, PSEUDO, literal('incremental', 'x-a', '1'), literal('plain', FIRST_DYNAMIC, '2'))],
    ],
    [
      '4.4: an entry that is larger than the table empties it, and is a field all the same',
      served({ fields: ['x-a: 1', `x-b: ${'v'.repeat(TABLE_BYTES)}`] }),
      [
        block(
          1,
          PSEUDO,
          literal('incremental', 'x-a', '1'),
          literal('incremental', 'x-b', 'v'.repeat(TABLE_BYTES)),
        ),
      ],
    ],
    [
      '4.4: an entry may be named by one that it evicts',
      served({ fields: ['x-a: 1', `x-a: ${'v'.repeat(TABLE_BYTES - 40)}`] }),
      [
        block(
          1,
          PSEUDO,
          literal('incremental', 'x-a', '1'),
          literal('incremental', FIRST_DYNAMIC, 'v'.repeat(TABLE_BYTES - 40)),
        ),
      ],
    ],
    [
      '5.2: Huffman codes, every kind of octet',
      served({ fields: [`x-a: ${value}`] }),
      [block(1, PSEUDO, literal('plain', 'x-a', value, huffmanString))],
    ],
    [
      '5.2: an empty string with Huffman codes',
      served({ fields: ['x-a: '] }),
      [block(1, PSEUDO, literal('plain', 'x-a', '', huffmanString))],
    ],
    [
      '5.1: an integer with octets that it does not need',
      served({ fields: ['x-a: b'] }),
      [block(1, PSEUDO, Buffer.of(0), string('x-a'), Buffer.of(0x01), Buffer.from('b'))],
    ],
    [
      '4.2, 6.3: size updates at the beginning, down and up',
      served(),
      [block(1, sizeUpdate(0), sizeUpdate(TABLE_BYTES), PSEUDO)],
    ],
  ]);

  it('2.3.2: the table lives as long as the connection, whatever becomes of the streams', async () => {
    const client = await open(bed());
    // Malformed (RFC 9113 8.2.2): refused, and decoded all the same (4.3).
    client.send(
      block(1, PSEUDO, literal('incremental', 'connection', 'close'), literal('incremental', 'x-kept', 'k')),
    );
    // Trailers of a stream that the client has reset, or we have.
    client.send(
      headers(3, requestFields('POST', HOLD), false),
      block(3, literal('incremental', 'x-two', '2')),
    );
    client.send(
      block(5, literals(requestFields('GET', '/kept')), indexed(FIRST_DYNAMIC), indexed(FIRST_DYNAMIC + 1)),
    );
    expect((await client.answer(5)).status).toBe(200);
    expect(requestOf(bed(), '/kept')?.head).toContain('\r\nx-two: 2\r\nx-kept: k\r\n');
  });

  it('4.3: a table made smaller evicts: what was in it is an error then', async () => {
    const client = await open(bed());
    client.send(
      block(1, PSEUDO, literal('incremental', 'x-a', '1')),
      block(3, sizeUpdate(0), sizeUpdate(TABLE_BYTES), PSEUDO, indexed(FIRST_DYNAMIC)),
    );
    await client.frame(FrameType.GOAWAY);
    expect(client.goawayCode()).toBe(COMPRESSION_ERROR);
  });
});

describe('what HPACK forbids is an error of the connection, RFC 9113 4.3', () => {
  const wrong = connectionError(COMPRESSION_ERROR);
  const name = Buffer.concat([Buffer.of(0), string('x-a')]);
  itHolds(bed, [
    ['RFC 7541 6.1: index 0', wrong, [block(1, PSEUDO, indexed(0))]],
    ['RFC 7541 2.3.3: an index behind both tables', wrong, [block(1, PSEUDO, indexed(FIRST_DYNAMIC))]],
    [
      'RFC 7541 2.3.3: such an index for a name',
      wrong,
      [block(1, PSEUDO, literal('plain', FIRST_DYNAMIC, 'x'))],
    ],
    ['RFC 7541 5.1: an integer that does not end', wrong, [block(1, PSEUDO, Buffer.of(0xff, 0x80, 0x80))]],
    [
      'RFC 7541 5.1: an integer beyond every bound',
      wrong,
      [block(1, PSEUDO, Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f))],
    ],
    [
      'RFC 7541 5.2: a string that is longer than the block',
      wrong,
      [block(1, PSEUDO, name, integer(10, 7), Buffer.from('short'))],
    ],
    ['RFC 7541 5.2: a block that ends behind a name', wrong, [block(1, PSEUDO, name)]],
    ['RFC 7541 5.2: EOS in a string', wrong, [block(1, PSEUDO, name, codedString(codeOf()))]],
    [
      'RFC 7541 5.2: padding of a whole octet',
      wrong,
      [block(1, PSEUDO, name, codedString(`${codeOf(0x61)}${'1'.repeat(11)}`))],
    ],
    [
      'RFC 7541 5.2: padding that is not the beginning of EOS',
      wrong,
      [block(1, PSEUDO, name, codedString(codeOf(0x61), '0'))],
    ],
    ['RFC 7541 4.2: a size update beyond the limit', wrong, [block(1, sizeUpdate(TABLE_BYTES + 1), PSEUDO)]],
    ['RFC 7541 4.2: a size update behind fields', wrong, [block(1, PSEUDO, sizeUpdate(0))]],
    [
      'RFC 7541 4.2: a size update between fields',
      wrong,
      [block(1, indexed(2), sizeUpdate(0), PSEUDO.subarray(1))],
    ],
    ['4.3: in trailers', wrong, [heldUpload(), data(1, 'x'), block(1, indexed(0))]],
    ['4.3: on a stream that was reset', wrong, [heldUpload(), reset(1), block(1, indexed(0))]],
    ['4.3: in CONTINUATION', wrong, [begin(PSEUDO), more(indexed(0), Flag.END_HEADERS)]],
  ]);
});

describe('what the client says of its own table, RFC 9113 6.5.2', () => {
  /** Twice the same answer: an encoder that uses its table has it shorter the second time. */
  async function askTwice(client: Awaited<ReturnType<typeof open>>): Promise<void> {
    for (const stream of [1, 3]) {
      client.send(get(stream));
      const { status, fields } = await client.answer(stream);
      expect([status, new Map(fields).get('content-type')]).toEqual([200, 'text/plain']);
    }
  }

  it('RFC 7541 4.2: HEADER_TABLE_SIZE of 0 is acknowledged by a size update, and kept', async () => {
    const client = await open(bed(), { settings: settings([Setting.HEADER_TABLE_SIZE, 0]) });
    client.decoder.limit = 0;
    await askTwice(client);
    expect(client.decoder.size).toBe(0);
  });

  it('RFC 7541 4.2: a limit that is lowered and raised again empties the table in between', async () => {
    const client = await open(bed());
    await askTwice(client);
    client.send(settings([Setting.HEADER_TABLE_SIZE, 0]), settings([Setting.HEADER_TABLE_SIZE, 256]));
    await client.pong();
    client.decoder.limit = 256;
    client.send(get(5));
    expect((await client.answer(5)).status).toBe(200);
    expect(client.decoder.size).toBeLessThanOrEqual(256);
    expect(client.decoder.smallest).toBe(0);
    await expectAlive(client);
  });

  it('RFC 7541 4.2: a larger limit may be used, or not', async () => {
    const client = await open(bed(), { settings: settings([Setting.HEADER_TABLE_SIZE, 65_536]) });
    client.decoder.limit = 65_536;
    await askTwice(client);
    await expectAlive(client);
  });
});

/** Streams: their states, identifiers and number (RFC 9113 5.1), and what an error of one does to the others (5.4). */

import { describe, expect, it } from 'vitest';
import {
  connectionError,
  expectAlive,
  HOLD,
  heldRequest,
  heldUpload,
  IGNORED,
  itHolds,
  open,
  requestOf,
  served,
  streamError,
  streamOrConnectionError,
  useHttp2Bed,
} from '../support/h2-conformance.ts';
import {
  CONNECTION,
  data,
  ErrorCode,
  Flag,
  FrameType,
  frame,
  get,
  headers,
  PREFACE,
  requestFields,
  reset,
  SETTINGS_ACK,
  Setting,
  settings,
  times,
  windowUpdate,
} from '../support/h2-frames.ts';
import { FIRST_DYNAMIC, indexed, literal, literals } from '../support/hpack.ts';
import { waitFor } from '../support/wait-for.ts';

const { PROTOCOL_ERROR, REFUSED_STREAM, STREAM_CLOSED } = ErrorCode;
const PRIORITY = Buffer.alloc(5);
/** What penstock says in SETTINGS_MAX_CONCURRENT_STREAMS. */
const MAX_STREAMS = 256;
const trailers = (stream: number): Buffer => headers(stream, [['x-end', '1']]);

const bed = useHttp2Bed();

describe('an idle stream, RFC 9113 5.1', () => {
  itHolds(bed, [
    ['5.1: DATA', connectionError(PROTOCOL_ERROR), [data(1, 'x', true)]],
    ['5.1: RST_STREAM', connectionError(PROTOCOL_ERROR), [reset(1)]],
    ['5.1: WINDOW_UPDATE', connectionError(PROTOCOL_ERROR), [windowUpdate(1, 1)]],
    [
      '5.1: CONTINUATION',
      connectionError(PROTOCOL_ERROR),
      [frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1)],
    ],
    ['5.1: PRIORITY is no error', served(), [frame(FrameType.PRIORITY, 0, 1, PRIORITY), get(1)]],
    [
      '5.1: DATA on a stream of ours, which is idle for ever',
      connectionError(PROTOCOL_ERROR),
      [data(2, 'x')],
    ],
    ['5.1: WINDOW_UPDATE on a stream of ours', connectionError(PROTOCOL_ERROR), [windowUpdate(2, 1)]],
    ['5.1: RST_STREAM on a stream of ours', connectionError(PROTOCOL_ERROR), [reset(2)]],
  ]);
});

describe('a stream that the client has ended: half-closed (remote), RFC 9113 5.1', () => {
  itHolds(bed, [
    ['5.1: DATA', streamOrConnectionError(STREAM_CLOSED), [heldRequest(), data(1, 'x')]],
    [
      '5.1: empty DATA with END_STREAM',
      streamOrConnectionError(STREAM_CLOSED),
      [heldRequest(), data(1, '', true)],
    ],
    [
      '5.1: DATA behind the end of a body',
      streamOrConnectionError(STREAM_CLOSED),
      [heldUpload(), data(1, 'x', true), data(1, 'y')],
    ],
    ['5.1: HEADERS', streamOrConnectionError(STREAM_CLOSED), [heldRequest(), trailers(1)]],
    [
      '5.1: HEADERS behind trailers',
      streamOrConnectionError(STREAM_CLOSED),
      [heldUpload(), trailers(1), trailers(1)],
    ],
    [
      '5.1: CONTINUATION',
      connectionError(PROTOCOL_ERROR),
      [heldRequest(), frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1)],
    ],
    ['5.1: WINDOW_UPDATE is no error', IGNORED, [heldRequest(), windowUpdate(1, 1)]],
    ['5.1: PRIORITY is no error', IGNORED, [heldRequest(), frame(FrameType.PRIORITY, 0, 1, PRIORITY)]],
    ['5.1: RST_STREAM is no error', IGNORED, [heldRequest(), reset(1)]],
  ]);
});

describe('a stream that is closed, RFC 9113 5.1', () => {
  const GONE = [heldRequest(), reset(1)];
  itHolds(bed, [
    ['5.1: PRIORITY behind RST_STREAM', IGNORED, [...GONE, frame(FrameType.PRIORITY, 0, 1, PRIORITY)]],
    ['5.1: WINDOW_UPDATE behind RST_STREAM', IGNORED, [...GONE, windowUpdate(1, 1)]],
    ['5.1: RST_STREAM twice', IGNORED, [...GONE, reset(1)]],
    [
      '5.1: CONTINUATION behind RST_STREAM',
      connectionError(PROTOCOL_ERROR),
      [...GONE, frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1)],
    ],
  ]);

  /** Nothing, or an error: 5.1 lets a receiver treat it as a connection error of STREAM_CLOSED. */
  async function expectNoSecondLife(...late: readonly Buffer[]): Promise<void> {
    const before = bed().origin.requests().length;
    const client = await open(bed());
    client.send(get(1));
    await client.answer(1);
    client.send(...late, get(3));
    await waitFor(() => client.closed || client.goawayCode() !== null || client.answerSoFar(3).status > 0, {
      what: 'something',
    });
    if (client.goawayCode() === null) expect([null, STREAM_CLOSED]).toContain(client.answerSoFar(1).reset);
    else expect([STREAM_CLOSED, PROTOCOL_ERROR]).toContain(client.goawayCode());
    const after = bed().origin.requests().slice(before);
    expect(after.length).toBeLessThanOrEqual(2);
    for (const { startLine, body } of after) expect([startLine, body.length]).toEqual(['GET / HTTP/1.1', 0]);
  }

  it('5.1: DATA behind the whole exchange', async () => {
    await expectNoSecondLife(data(1, 'x', true));
  });

  it('5.1.1: HEADERS behind the whole exchange are no second request', async () => {
    await expectNoSecondLife(get(1, '/again'));
  });

  it('5.1: frames that crossed our RST_STREAM are taken: their table, their windows', async () => {
    const client = await open(bed());
    // Reset by us, since it is malformed (RFC 9113 8.2.2).
    client.send(headers(1, requestFields('POST', '/', [['connection', 'close']]), false));
    expect(await client.resetCode(1)).toBe(PROTOCOL_ERROR);
    const full = Buffer.alloc(16_384);
    // More than the window of the connection, were it not given back.
    for (let round = 0; round < 5; round++) {
      client.send(times(16, () => data(1, full)));
      await client.pong();
    }
    const returned = client
      .of(FrameType.WINDOW_UPDATE, CONNECTION)
      .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
    expect(returned).toBeGreaterThan(1024 * 1024);
    client.send(
      frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, 1, literal('incremental', 'x-late', '1')),
    );
    const block = Buffer.concat([literals(requestFields('GET', '/late')), indexed(FIRST_DYNAMIC)]);
    client.send(frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, 3, block));
    expect((await client.answer(3)).status).toBe(200);
    expect(requestOf(bed(), '/late')?.head).toContain('\r\nx-late: 1\r\n');
  });
});

describe('identifiers of streams, RFC 9113 5.1.1', () => {
  itHolds(bed, [
    ['5.1.1: 0', connectionError(PROTOCOL_ERROR), [get(0)]],
    ['5.1.1: an even one', connectionError(PROTOCOL_ERROR), [get(2)]],
    // Not expected: PROTOCOL_ERROR; and closed, since a higher one was used: 5.1 has STREAM_CLOSED for it.
    [
      '5.1.1: a lower one than before',
      connectionError(PROTOCOL_ERROR, STREAM_CLOSED),
      [heldRequest(5), get(3)],
    ],
    [
      '5.1.1: one that opens no stream closes those below it',
      connectionError(PROTOCOL_ERROR, STREAM_CLOSED),
      [heldRequest(5), data(3, 'x')],
    ],
    ['5.1.1: the first need not be 1', served(), [get(77)], { stream: 77 }],
  ]);

  it('5.1.1: the largest that there is', async () => {
    const client = await open(bed());
    client.send(get(0x7fff_fffd), get(0x7fff_ffff));
    expect((await client.answer(0x7fff_fffd)).status).toBe(200);
    expect((await client.answer(0x7fff_ffff)).status).toBe(200);
  });
});

describe('how many streams, RFC 9113 5.1.2', () => {
  itHolds(bed, [
    [
      '5.1.2: one more than we said, of a client that knows it',
      streamError(REFUSED_STREAM, PROTOCOL_ERROR),
      [
        PREFACE,
        settings(),
        SETTINGS_ACK,
        times(MAX_STREAMS + 1, (index) => heldRequest(1 + 2 * index)),
        reset(1),
      ],
      { stream: 1 + 2 * MAX_STREAMS, client: { greet: false } },
    ],
  ]);

  it('5.1.2: one more than we said, of a client that cannot know it yet, is refused and may be asked again', async () => {
    const client = await open(bed(), { greet: false });
    client.send(PREFACE, settings());
    const told = await client.settingsTold();
    expect(told.get(Setting.MAX_CONCURRENT_STREAMS)).toBe(MAX_STREAMS);
    client.send(times(MAX_STREAMS, (index) => heldRequest(1 + 2 * index)));
    const last = 1 + 2 * MAX_STREAMS;
    const head = literals(requestFields('GET', '/refused'));
    client.send(
      frame(
        FrameType.HEADERS,
        Flag.END_HEADERS | Flag.END_STREAM,
        last,
        Buffer.concat([head, literal('incremental', 'x-told', '1')]),
      ),
    );
    expect([REFUSED_STREAM, PROTOCOL_ERROR]).toContain(await client.resetCode(last));
    client.send(reset(1));
    // Decoded although it was refused (RFC 9113 4.3).
    const again = Buffer.concat([literals(requestFields('GET', '/again')), indexed(FIRST_DYNAMIC)]);
    client.send(frame(FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, last + 2, again));
    expect((await client.answer(last + 2)).status).toBe(200);
    expect(requestOf(bed(), '/refused')).toBeUndefined();
    expect(requestOf(bed(), '/again')?.head).toContain('\r\nx-told: 1\r\n');
  });

  it('5.1.2: streams that ended do not count', async () => {
    const client = await open(bed());
    await client.settled();
    for (let round = 0; round < 2; round++) {
      const first = 1 + 2 * MAX_STREAMS * round;
      client.send(times(MAX_STREAMS, (index) => get(first + 2 * index)));
      for (let index = 0; index < MAX_STREAMS; index++)
        expect((await client.answer(first + 2 * index)).status).toBe(200);
    }
  });

  it('5.1.2: nor do those that their client has reset', async () => {
    const client = await open(bed());
    await client.settled();
    client.send(times(MAX_STREAMS, (index) => heldRequest(1 + 2 * index)));
    client.send(times(MAX_STREAMS, (index) => reset(1 + 2 * index)));
    await expectAlive(client);
  });
});

describe('streams side by side, RFC 9113 5 and 5.4', () => {
  it('5: answers come as they are ready, not in the order of the requests', async () => {
    const client = await open(bed());
    client.send(heldRequest(1), get(3), heldUpload(5), get(7));
    expect((await client.answer(7)).status).toBe(200);
    expect((await client.answer(3)).status).toBe(200);
    expect(client.answerSoFar(1).status).toBe(0);
  });

  it('5: bodies may be mixed frame by frame', async () => {
    const client = await open(bed());
    const pieces = Array.from({ length: 20 }, (_, index) => index);
    client.send(
      headers(1, requestFields('POST', '/one'), false),
      headers(3, requestFields('POST', '/two'), false),
    );
    for (const index of pieces) client.send(data(1, `a${index}`), data(3, `b${index}`));
    client.send(data(3, '', true), data(1, '', true));
    await client.answer(1);
    await client.answer(3);
    const bodies = new Map(
      bed()
        .origin.requests()
        .map(({ startLine, body }) => [startLine, body.toString()]),
    );
    expect(bodies.get('POST /one HTTP/1.1')).toBe(pieces.map((index) => `a${index}`).join(''));
    expect(bodies.get('POST /two HTTP/1.1')).toBe(pieces.map((index) => `b${index}`).join(''));
  });

  it('5.4.2: an error of one stream is nothing to the others', async () => {
    const client = await open(bed());
    let finish = (): void => {};
    const isTime = new Promise<void>((resolve) => {
      finish = resolve;
    });
    bed().scripted.on('/scripted/slow', async (connection) => {
      await isTime;
      await connection.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow');
    });
    client.send(get(1, '/scripted/slow'));
    client.send(get(3, '/', [['connection', 'close']]), headers(5, [[':method', 'GET']]), get(7));
    expect(await client.resetCode(3)).toBe(PROTOCOL_ERROR);
    expect(await client.resetCode(5)).toBe(PROTOCOL_ERROR);
    expect((await client.answer(7)).status).toBe(200);
    finish();
    expect((await client.answer(1)).body.toString()).toBe('slow');
  });

  it('5.4.1: an error of the connection ends all of them, and the origin hears of it', async () => {
    const client = await open(bed());
    const before = bed().held.length;
    client.send(heldUpload(1), data(1, 'half'));
    const connection = await waitFor(() => bed().held[before], {
      what: 'the origin to be asked',
    });
    client.send(settings([Setting.ENABLE_PUSH, 7]));
    await client.closing();
    await connection.ended;
  });

  it('5.1: a stream that its client resets ends at the origin too', async () => {
    const client = await open(bed());
    const before = bed().held.length;
    client.send(headers(1, requestFields('POST', HOLD), false), data(1, 'half'));
    const connection = await waitFor(() => bed().held[before], {
      what: 'the origin to be asked',
    });
    client.send(reset(1));
    await connection.ended;
    await expectAlive(client);
  });
});

/** What a connection can make the worker hold, and what becomes of one that breaks the protocol (RFC 9113 5.2, 5.4, 10.5). */

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BodyFraming } from '../../src/worker/listener/client-side.ts';
import { MAX_STREAMS, STREAM_WINDOW_BYTES } from '../../src/worker/listener/node/http2-options.ts';
import { answer, type Bed, expectServed, openBed, type Seen } from '../support/h2-bed.ts';
import {
  CONNECTION,
  data,
  ErrorCode,
  Flag,
  FrameClient,
  FrameType,
  frame,
  get,
  headers,
  ping,
  requestFields,
  reset,
  Setting,
  settings,
  times,
  windowUpdate,
} from '../support/h2-frames.ts';
import { literals } from '../support/hpack.ts';
import { waitFor } from '../support/wait-for.ts';

const MIB = 1024 * 1024;

let bed: Bed;
beforeEach(async () => {
  bed = await openBed();
  bed.scripts.set('/', (seen) => answer(seen, 200, 'hello'));
  bed.scripts.set('/hold', (seen) => seen.client.attach(seen));
});
afterEach(() => bed.close());

describe('a peer that takes nothing', () => {
  const noWindow = { settings: settings([Setting.INITIAL_WINDOW_SIZE, 0]) };
  const piece = Buffer.alloc(64 * 1024, 'x');

  /** Writes until it is told to wait. */
  function fill(seen: Seen): number {
    seen.client.attach(seen);
    seen.client.writeHead(200, 'OK', Buffer.alloc(0), BodyFraming.STREAM, -1, false);
    let written = 0;
    do written += piece.length;
    while (seen.client.writeBody(piece) && written < 10 * MIB);
    seen.client.flush();
    return written;
  }

  it('holds a bounded part of each response, and is cut stream by stream', async () => {
    const held: number[] = [];
    bed.scripts.set('/large', (seen) => held.push(fill(seen)));
    const client = await FrameClient.open(bed.port, noWindow);
    client.send(times(MAX_STREAMS, (index) => get(1 + 2 * index, '/large')));
    await waitFor(() => held.length === MAX_STREAMS, { what: 'all streams' });
    // It is told to wait with the first piece of which something has to.
    expect(Math.max(...held)).toBeLessThanOrEqual(piece.length);
    await client.frame(FrameType.HEADERS, 2 * MAX_STREAMS - 1);
    expect(client.of(FrameType.DATA)).toHaveLength(0);
    // As `timeouts.write` does it.
    for (const seen of bed.seen) seen.client.abort();
    for (const [index] of held.entries())
      expect(await client.resetCode(1 + 2 * index)).toBe(ErrorCode.INTERNAL_ERROR);
    expect(bed.seen.every((seen) => seen.aborts === 0)).toBe(true);
    await expectServed(bed);
    client.send(get(1 + 2 * MAX_STREAMS, '/none'));
    await client.frame(FrameType.HEADERS, 1 + 2 * MAX_STREAMS);
    client.close();
  });

  it('does not keep a response that the exchange is done with', async () => {
    const client = await FrameClient.open(bed.port, noWindow);
    client.send(get(1), get(3), get(5));
    await client.frame(FrameType.HEADERS, 5);
    client.send(reset(1));
    await bed.swept();
    bed.advance(89_000);
    await bed.swept();
    await client.pong();
    expect(client.of(FrameType.RST_STREAM)).toHaveLength(0);
    bed.advance(91_000);
    expect(await client.resetCode(3)).toBe(ErrorCode.INTERNAL_ERROR);
    expect(await client.resetCode(5)).toBe(ErrorCode.INTERNAL_ERROR);
    client.close();
  });

  it('and reads nothing from its socket either is cut in the end', async () => {
    let written = 0;
    bed.scripts.set('/large', (seen) => {
      written = fill(seen);
      seen.onDrain = () => {
        while (seen.client.writeBody(piece)) written += piece.length;
      };
    });
    const client = await FrameClient.open(bed.port, {
      settings: settings([Setting.INITIAL_WINDOW_SIZE, 0x7fffffff]),
    });
    client.send(windowUpdate(CONNECTION, 0x7fff0000 - 65_535));
    client.socket.pause();
    client.send(get(1, '/large'));
    await waitFor(() => written > 0, { what: 'the response' });
    bed.last('/large')?.client.abort();
    bed.advance(61_000);
    await bed.swept();
    bed.advance(6_000);
    await waitFor(() => bed.sweeper.size === 0, { what: 'the connection to be gone' });
    client.close();
  });
});

describe('an upload that waits', () => {
  /** The exchange takes one piece and no more. */
  const paused = (seen: Seen): void => {
    seen.onBody = () => seen.client.pauseBody();
    seen.client.attach(seen);
  };

  it('closes its window', async () => {
    bed.scripts.set('/paused', paused);
    const client = await FrameClient.open(bed.port);
    await client.settled();
    client.send(headers(1, requestFields('POST', '/paused'), false), data(1, 'first'));
    await waitFor(() => bed.last('/paused')?.pieces.length === 1, { what: 'the first piece' });
    const full = Buffer.alloc(16_384);
    client.send(times(STREAM_WINDOW_BYTES / full.length - 1, () => data(1, full)));
    await client.pong();
    expect(client.of(FrameType.WINDOW_UPDATE, 1)).toHaveLength(0);
    // One octet more than it was given.
    client.send(data(1, full), data(1, 'x'));
    // Node 22 and later end the connection for it.
    await waitFor(() => client.closed || client.of(FrameType.RST_STREAM, 1).length > 0, { what: 'the end' });
    await waitFor(() => bed.last('/paused')?.aborts === 1, { what: 'the exchange to hear of it' });
    await expectServed(bed);
  });

  it('holds no more memory than its window, however it is cut into pieces', async () => {
    bed.scripts.set('/paused', paused);
    const client = await FrameClient.open(bed.port);
    client.send(headers(1, requestFields('POST', '/paused'), false), data(1, 'first'));
    await waitFor(() => bed.last('/paused')?.pieces.length === 1, { what: 'the first piece' });
    // An upload beside it fills the reads of the socket, so that each octet comes with 60 KiB of something else.
    bed.scripts.set('/sink', (seen) => seen.client.attach(seen));
    client.send(headers(3, requestFields('POST', '/sink'), false));
    const sink = await waitFor(() => bed.last('/sink'), { what: 'the other upload' });
    sink.onBody = () => sink.pieces.pop();
    const before = process.memoryUsage().arrayBuffers;
    const rest = times(4, () => data(3, Buffer.alloc(15_000)));
    for (let round = 0; round < 3_000; round++) {
      client.send(Buffer.concat([data(1, 'x'), rest]));
      if (round % 10 === 9) await client.pong();
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(80 * MIB);
    const seen = bed.last('/paused');
    if (seen === undefined) throw new Error('no upload');
    seen.onBody = () => {};
    seen.client.resumeBody();
    await waitFor(() => seen.body.toString() === `first${'x'.repeat(3_000)}`, { what: 'the rest of it' });
    client.close();
  });
});

describe('a frame that breaks the protocol', () => {
  /** Each ends its stream or its connection; Node 20 leaves some connections to the clock. */
  const BROKEN: readonly (readonly [string, readonly Buffer[]])[] = [
    ['is larger than allowed', [frame(FrameType.DATA, 0, 1, Buffer.alloc(16_385))]],
    ['is DATA of the connection', [data(CONNECTION, 'x')]],
    ['is DATA of a stream that never was', [data(7, 'x')]],
    ['is DATA behind the end', [get(1, '/hold'), data(1, 'x')]],
    ['is padded beyond its end', [post(), frame(FrameType.DATA, Flag.PADDED, 1, Buffer.of(9, 1))]],
    ['begins an even stream', [headers(2, requestFields('GET', '/'))]],
    ['is PUSH_PROMISE', [frame(FrameType.PUSH_PROMISE, Flag.END_HEADERS, 1, Buffer.alloc(4))]],
    ['continues nothing', [frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1)]],
    [
      'interrupts a head',
      [frame(FrameType.HEADERS, Flag.END_STREAM, 1, literals(requestFields('GET', '/'))), ping()],
    ],
    [
      'holds no HPACK',
      [frame(FrameType.HEADERS, Flag.END_STREAM | Flag.END_HEADERS, 1, Buffer.alloc(5, 0xff))],
    ],
    ['is SETTINGS of half a setting', [frame(FrameType.SETTINGS, 0, CONNECTION, Buffer.alloc(5))]],
    ['sets a window that cannot be', [settings([Setting.INITIAL_WINDOW_SIZE, 0xffffffff])]],
    ['opens the window of the connection too far', [windowUpdate(CONNECTION, 0x7fffffff)]],
    ['opens the window of a stream too far', [post(), windowUpdate(1, 0x7fffffff)]],
    ['opens a window by nothing', [post(), windowUpdate(1, 0)]],
    ['resets a stream that never was', [reset(5)]],
    ['is no frame', [Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')]],
  ];

  function post(): Buffer {
    return headers(1, requestFields('POST', '/hold'), false);
  }

  it.each(BROKEN)('since it %s ends its stream or its connection', async (_what, frames) => {
    const client = await FrameClient.open(bed.port);
    await client.settled();
    client.send(...frames);
    await waitFor(
      () => client.closed || client.goawayCode() !== null || client.of(FrameType.RST_STREAM).length > 0,
      {
        what: 'an end',
      },
    );
    await expectServed(bed);
    const over = (): boolean =>
      bed.seen.every((seen) => seen.client.head.target === '/' || seen.aborts === 1);
    // Where nghttp2 gave the connection up and Node 20 does not know: it idles, or its peer does not answer.
    for (let limits = 0; limits < 6 && client.goawayCode() !== null && !client.closed; limits++) {
      bed.advance(61_000);
      await bed.swept();
    }
    await waitFor(() => over() && (client.closed || client.goawayCode() === null), { what: 'the end' });
    client.close();
  });
});

describe('frames of any kind in any order', () => {
  const RUNS = 150;
  const stream = fc.constantFrom(0, 1, 1, 3, 3, 5, 7, 2, 0x7fff_ffff);
  const octets = fc.uint8Array({ maxLength: 24 }).map((all) => Buffer.from(all));
  const small = fc.integer({ min: 0, max: 200_000 });
  /** Mostly what a client may say where it fits, so that what is odd meets something. */
  const any = fc.oneof(
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 255 }), stream, octets)
        .map((all) => frame(...all)),
    },
    {
      weight: 20,
      arbitrary: fc
        .constantFrom(1, 1, 3, 3, 5, 7, 9)
        .chain((id) =>
          fc.constantFrom(
            ...[get(id, '/hold'), get(id), headers(id, requestFields('POST', '/paused'), false)],
            headers(id, requestFields('POST', '/sink', [['content-length', '5']]), false),
            ...[headers(id, [['x-sum', '1']]), data(id, 'hello'), data(id, 'hello', true)],
            ...[data(id, Buffer.alloc(16_384)), reset(id), windowUpdate(id, 70_000)],
          ),
        ),
    },
    { weight: 2, arbitrary: fc.tuple(stream, small).map(([id, size]) => windowUpdate(id, size)) },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constantFrom(1, 2, 3, 4, 4, 4, 6), small).map((pair) => settings(pair)),
    },
    { weight: 1, arbitrary: fc.constant(ping()) },
  );

  it('end streams and connections, and nothing else', async () => {
    bed.scripts.set('/paused', (seen) => {
      seen.onBody = () => seen.client.pauseBody();
      seen.client.attach(seen);
    });
    bed.scripts.set('/sink', (seen) => {
      seen.onBody = () => {
        if (seen.bodyDone) answer(seen, 200, 'x'.repeat(100_000));
      };
      seen.client.attach(seen);
    });
    await fc.assert(
      fc.asyncProperty(fc.array(any, { minLength: 1, maxLength: 30 }), async (frames) => {
        const client = await FrameClient.open(bed.port);
        client.send(
          headers(1, requestFields('POST', '/sink', [['content-length', '5']]), false),
          headers(3, requestFields('POST', '/paused'), false),
          get(5, '/hold'),
          ...frames,
          ping(),
        );
        await waitFor(() => client.closed || client.goawayCode() !== null || client.pongs > 0, {
          what: 'an end or a pong',
        });
        client.close();
      }),
      { numRuns: RUNS },
    );
    await expectServed(bed);
    await waitFor(
      () => bed.seen.every((seen) => seen.client.head.target === '/' || seen.bodyDone || seen.aborts === 1),
      {
        what: 'every exchange to hear of the end',
      },
    );
    expect(bed.seen.length).toBeGreaterThan(3 * RUNS);
  });
});

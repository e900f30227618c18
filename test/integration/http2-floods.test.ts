/** What costs more to serve than to send (RFC 9113 10.5): it ends or bounds its own connection, and the others go on. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  NOISE_BURST_BYTES,
  RESET_BURST,
  RESETS_PER_SECOND,
} from '../../src/worker/listener/node/http2-budgets.ts';
import { answer, type Bed, expectServed, openBed } from '../support/h2-bed.ts';
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
  number32,
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

/** A flood is over at this at the latest: far more than any bound of ours. */
const MAX_BATCHES = 4_000;
const MIB = 1024 * 1024;

/** A second and a half of leaking is more than any of these tests takes. */
const MAX_RESETS = RESET_BURST + 1.5 * RESETS_PER_SECOND;

let bed: Bed;
beforeEach(async () => {
  bed = await openBed();
  bed.scripts.set('/', (seen) => answer(seen, 200, 'hello'));
  bed.scripts.set('/hold', (seen) => seen.client.attach(seen));
});
afterEach(() => bed.close());

/** Sends batches, each made anew, for as long as the connection lives. Gives their number. */
async function flood(client: FrameClient, batch: (round: number) => Buffer): Promise<number> {
  let round = 0;
  for (; round < MAX_BATCHES && !client.closed && client.goawayCode() === null; round++) {
    if (!client.send(batch(round)))
      await waitFor(() => client.closed || !client.socket.writableNeedDrain, { what: 'room', intervalMs: 1 });
    await new Promise(setImmediate);
  }
  return round;
}

/** Ended with this reason while another connection was served throughout. */
async function expectEnded(
  client: FrameClient,
  code: number,
  batch: (round: number) => Buffer,
): Promise<void> {
  const other = await FrameClient.open(bed.port);
  other.send(get(1));
  await other.ended(1);
  const flooding = flood(client, batch);
  other.send(get(3));
  expect(await other.ended(3)).toBe(true);
  expect(await flooding).toBeLessThan(MAX_BATCHES);
  await client.closing();
  expect(client.goawayCode()).toBe(code);
  other.send(get(5));
  expect(await other.ended(5)).toBe(true);
  other.close();
}

describe('rapid reset (CVE-2023-44487)', () => {
  const pairs = (path: string) => (round: number) =>
    times(50, (index) => {
      const id = 1 + 2 * (round * 50 + index);
      return Buffer.concat([get(id, path), reset(id)]);
    });

  it('ends the connection before more than a burst was begun', async () => {
    const client = await FrameClient.open(bed.port);
    await expectEnded(client, ErrorCode.ENHANCE_YOUR_CALM, pairs('/hold'));
    const begun = bed.seen.filter((seen) => seen.client.head.target === '/hold');
    expect(begun.length).toBeLessThanOrEqual(MAX_RESETS);
    expect(begun.every((seen) => seen.aborts === 1)).toBe(true);
  });

  it('begins none beyond it even if all come in one write', async () => {
    const client = await FrameClient.open(bed.port);
    client.send(times(40, pairs('/hold')));
    await client.closing();
    expect(bed.seen.length).toBeLessThanOrEqual(MAX_RESETS);
  });

  it('counts those that are answered at once', async () => {
    const client = await FrameClient.open(bed.port);
    await expectEnded(client, ErrorCode.ENHANCE_YOUR_CALM, pairs('/'));
  });

  it('counts those that the peer makes us reset (CVE-2025-8671)', async () => {
    const client = await FrameClient.open(bed.port);
    const tooFar = number32(0x7fffffff);
    const flooding = flood(client, (round) => {
      const id = 1 + 2 * round;
      return Buffer.concat([
        headers(id, requestFields('POST', '/hold'), false),
        frame(FrameType.WINDOW_UPDATE, 0, id, tooFar),
      ]);
    });
    expect(await flooding).toBeLessThan(MAX_BATCHES);
    await client.closing();
    expect(bed.seen.length).toBeLessThanOrEqual(MAX_RESETS);
    await expectServed(bed);
  });

  it('leaves a client alone that gives up all it has at once, again and again', async () => {
    const client = await FrameClient.open(bed.port);
    for (let round = 0; round < 6; round++) {
      const first = 1 + 2 * round * 100;
      client.send(times(100, (index) => get(first + 2 * index, '/hold')));
      await waitFor(() => bed.seen.length === (round + 1) * 100, { what: 'the requests' });
      client.send(times(100, (index) => reset(first + 2 * index)));
      await waitFor(() => bed.seen.every((seen) => seen.aborts === 1), { what: 'the resets' });
      bed.advance(5_000);
    }
    client.send(get(9_999));
    expect(await client.ended(9_999)).toBe(true);
    client.close();
  });
});

describe('a flood of', () => {
  const NOISE: readonly (readonly [string, (round: number) => Buffer])[] = [
    ['PRIORITY', () => times(2_000, () => frame(FrameType.PRIORITY, 0, 1, Buffer.from([0, 0, 0, 3, 7])))],
    ['WINDOW_UPDATE', () => times(2_000, () => windowUpdate(CONNECTION, 1))],
    ['frames of an unknown type', () => times(10, () => frame(0x66, 0xff, 0, Buffer.alloc(16_384)))],
    ['PING', () => times(2_000, () => ping())],
    ['SETTINGS', () => times(2_000, () => settings([Setting.MAX_CONCURRENT_STREAMS, 10]))],
  ];

  it.each(NOISE)('%s ends the connection', async (_name, batch) => {
    const client = await FrameClient.open(bed.port);
    await expectEnded(client, ErrorCode.ENHANCE_YOUR_CALM, batch);
  });

  it.each([false, true])(
    'PING that waits for its acknowledgements ends the connection as well (TLS: %s)',
    async (tls) => {
      const other = tls ? await openBed({ tls: true }) : bed;
      const client = await FrameClient.open(other.port, { tls });
      const batch = times(500, () => ping());
      let sent = 0;
      while (!client.closed && sent < 4 * NOISE_BURST_BYTES) {
        client.send(batch);
        sent += batch.length;
        await waitFor(() => client.closed || client.pongs * ping().length >= sent, {
          what: 'pongs',
          intervalMs: 1,
        });
      }
      expect(client.goawayCode()).toBe(ErrorCode.ENHANCE_YOUR_CALM);
      if (tls) await other.close();
    },
  );

  it('frames beside requests is not hidden by them', async () => {
    const client = await FrameClient.open(bed.port);
    client.send(get(1, '/hold'));
    await expectEnded(client, ErrorCode.ENHANCE_YOUR_CALM, (round) =>
      Buffer.concat([get(3 + 2 * round), times(2_000, () => windowUpdate(CONNECTION, 1))]),
    );
    expect(bed.last('/hold')?.aborts).toBe(1);
  });

  it('PINGs of which the acknowledgements are not read ends it too', async () => {
    const client = await FrameClient.open(bed.port);
    client.socket.pause();
    const flooding = flood(client, () => times(2_000, () => ping()));
    expect(await flooding).toBeLessThan(MAX_BATCHES);
    await waitFor(() => bed.sweeper.size === 0, { what: 'the connection to be gone', timeoutMs: 20_000 });
    await expectServed(bed);
  });

  it('empty DATA ends the connection', async () => {
    const client = await FrameClient.open(bed.port);
    client.send(headers(1, requestFields('POST', '/hold'), false));
    await flood(client, () => times(200, () => data(1, '')));
    await client.closing();
    expect(bed.last('/hold')?.aborts).toBe(1);
    await expectServed(bed);
  });

  it('heads without a field ends the connection, and none of them is a request', async () => {
    const client = await FrameClient.open(bed.port);
    await flood(client, (round) => times(50, (index) => headers(1 + 2 * (round * 50 + index), [])));
    await client.closing();
    expect(bed.seen).toHaveLength(0);
    await expectServed(bed);
  });
});

describe('a head that does not end', () => {
  it('of CONTINUATION frames ends the connection (CVE-2024-27316)', async () => {
    const client = await FrameClient.open(bed.port);
    client.send(frame(FrameType.HEADERS, Flag.END_STREAM, 1, literals(requestFields('GET', '/'))));
    const before = process.memoryUsage().rss;
    const more = literals([['x-more', 'v'.repeat(1_000)]]);
    await flood(client, () => times(20, () => frame(FrameType.CONTINUATION, 0, 1, more)));
    await client.closing();
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * MIB);
    expect(bed.seen).toHaveLength(0);
    await expectServed(bed);
  });

  it('that never goes on leaves with the idle connections', async () => {
    const client = await FrameClient.open(bed.port);
    client.send(frame(FrameType.HEADERS, Flag.END_STREAM, 1, literals(requestFields('GET', '/'))));
    await client.frame(FrameType.SETTINGS);
    bed.advance(61_000);
    await client.closing();
    expect(bed.seen).toHaveLength(0);
  });
});

describe('a head that is too large', () => {
  const fields = (count: number, size: number): readonly [string, string][] =>
    Array.from({ length: count }, (_, index) => [`x-${index}`, 'v'.repeat(size)]);

  it('by less than twice reaches the exchange, which answers 431', async () => {
    const client = await FrameClient.open(bed.port);
    await client.settled();
    client.send(
      get(1, '/', fields(3, 5_000)),
      ...splitHead(3, [...requestFields('GET', '/'), ...fields(10, 5_000)]),
    );
    await client.ended(3);
    expect(bed.seen.map((seen) => seen.client.head.bytes > 32_768)).toEqual([false, true]);
  });

  it('by more is reset, and the connection goes on', async () => {
    const client = await FrameClient.open(bed.port);
    await client.settled();
    client.send(...splitHead(1, [...requestFields('GET', '/'), ...fields(24, 5_000)]));
    expect(await client.resetCode(1)).toBe(ErrorCode.ENHANCE_YOUR_CALM);
    client.send(get(3));
    expect(await client.ended(3)).toBe(true);
    expect(bed.seen).toHaveLength(1);
  });

  it('in the number of its fields is reset', async () => {
    const client = await FrameClient.open(bed.port);
    client.send(get(1, '/', fields(300, 1)));
    expect(await client.resetCode(1)).toBe(ErrorCode.ENHANCE_YOUR_CALM);
  });

  /** As many CONTINUATION frames as it takes. */
  function splitHead(id: number, all: readonly (readonly [string, string])[]): Buffer[] {
    const block = literals(all);
    const frames: Buffer[] = [];
    for (let at = 0; at < block.length; at += 16_384) {
      const isLast = at + 16_384 >= block.length;
      const type = at === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
      const flags = (at === 0 ? Flag.END_STREAM : 0) | (isLast ? Flag.END_HEADERS : 0);
      frames.push(frame(type, flags, id, block.subarray(at, at + 16_384)));
    }
    return frames;
  }
});

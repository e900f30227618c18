/** Flow control: nothing is sent that was not allowed, everything that was, and both sides' windows (RFC 9113 5.2, 6.9). */

import { describe, expect, it } from 'vitest';
import { expectAlive, HOLD, open, useHttp2Bed } from '../support/h2-conformance.ts';
import {
  CONNECTION,
  data,
  ErrorCode,
  Flag,
  type FrameClient,
  FrameType,
  frame,
  get,
  headers,
  requestFields,
  Setting,
  settings,
  windowUpdate,
} from '../support/h2-frames.ts';
import { waitFor } from '../support/wait-for.ts';

/** RFC 9113 6.9.2: what every window begins with. */
const WINDOW = 65_535;
const MAX_FRAME_BYTES = 16_384;
const LARGE = 200_000;
const BODY = Buffer.from(Array.from({ length: LARGE }, (_, index) => 97 + (index % 26)));

const bed = useHttp2Bed({
  answer: ({ startLine }) => {
    const size = Number(/^\S+ \/(\d+) /.exec(startLine)?.[1] ?? 0);
    return `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${BODY.toString('latin1', 0, size)}`;
  },
});

const size = (client: FrameClient, stream: number): number => client.body(stream).length;

/** So much of a body and no more has come: a PING is answered behind it. */
async function expectStopsAt(client: FrameClient, stream: number, bytes: number): Promise<void> {
  await waitFor(() => size(client, stream) >= bytes, {
    what: `${bytes} octets on stream ${stream}`,
    intervalMs: 1,
  });
  await client.pong();
  await client.pong();
  expect(size(client, stream)).toBe(bytes);
}

async function ask(window: number, path = `/${LARGE}`): Promise<FrameClient> {
  const client = await open(bed(), { settings: settings([Setting.INITIAL_WINDOW_SIZE, window]) });
  client.send(get(1, path));
  expect(await client.status(1)).toBe(200);
  return client;
}

async function expectWhole(client: FrameClient, stream: number): Promise<void> {
  const answer = await client.answer(stream);
  expect(answer.reset).toBeNull();
  expect(answer.body.equals(BODY.subarray(0, answer.body.length))).toBe(true);
  expect(answer.body).toHaveLength(LARGE);
}

describe('the window of a stream, RFC 9113 6.9', () => {
  it.each([0, 1, 100, MAX_FRAME_BYTES + 1, WINDOW])(
    '6.9.1: of %i octets is kept to the octet',
    async (window) => {
      const client = await ask(window);
      await expectStopsAt(client, 1, window);
      client.send(windowUpdate(CONNECTION, LARGE), windowUpdate(1, LARGE));
      await expectWhole(client, 1);
    },
  );

  it('6.9: goes on by as much as each update says', async () => {
    const client = await ask(0);
    let allowed = 0;
    for (const more of [1, 2, 1_000, 16_384, 16_385]) {
      client.send(windowUpdate(1, more));
      allowed += more;
      await expectStopsAt(client, 1, allowed);
    }
  });

  it('6.9.1: fields and the end of an empty body need none', async () => {
    const client = await ask(0, '/0');
    expect(await client.answer(1)).toMatchObject({ status: 200, reset: null });
  });

  it('6.9: a body that ends where its window does is ended', async () => {
    const client = await ask(100, '/100');
    expect((await client.answer(1)).body).toHaveLength(100);
  });

  it('6.9.2: larger settings let it go on', async () => {
    const client = await ask(10);
    await expectStopsAt(client, 1, 10);
    client.send(settings([Setting.INITIAL_WINDOW_SIZE, 50]));
    await expectStopsAt(client, 1, 50);
  });

  it('6.9.2: smaller settings take its window below zero, and updates count from there', async () => {
    const client = await ask(1_000);
    await expectStopsAt(client, 1, 1_000);
    client.send(settings([Setting.INITIAL_WINDOW_SIZE, 100]), windowUpdate(1, 900));
    await expectStopsAt(client, 1, 1_000);
    client.send(windowUpdate(1, 7));
    await expectStopsAt(client, 1, 1_007);
    client.send(settings([Setting.INITIAL_WINDOW_SIZE, 200]));
    await expectStopsAt(client, 1, 1_107);
  });

  it('6.9.2: settings are nothing to the window of the connection', async () => {
    const client = await ask(LARGE);
    await expectStopsAt(client, 1, WINDOW);
    client.send(settings([Setting.INITIAL_WINDOW_SIZE, 2 * LARGE]));
    await expectStopsAt(client, 1, WINDOW);
    client.send(windowUpdate(CONNECTION, LARGE));
    await expectWhole(client, 1);
  });

  it('6.9.1: of 2^31 - 1 is one', async () => {
    const client = await ask(0x7fff_ffff);
    client.send(windowUpdate(CONNECTION, 0x7fff_ffff - WINDOW));
    await expectWhole(client, 1);
  });
});

describe('the window of a connection, RFC 9113 6.9.1', () => {
  it('6.9.1: is shared by its streams, and an update lets them go on', async () => {
    const client = await open(bed(), { settings: settings([Setting.INITIAL_WINDOW_SIZE, LARGE]) });
    const streams = [1, 3, 5];
    for (const stream of streams) client.send(get(stream, `/${LARGE}`));
    const sum = (): number => streams.reduce((all, stream) => all + size(client, stream), 0);
    await waitFor(() => sum() >= WINDOW, { what: 'the window to be used' });
    await client.pong();
    expect(sum()).toBe(WINDOW);
    client.send(windowUpdate(CONNECTION, 3 * LARGE));
    for (const stream of streams) await expectWhole(client, stream);
  });

  it('6.9.1: a stream that waits for its own window does not hold up the others', async () => {
    const client = await ask(0);
    client.send(get(3, `/${LARGE}`), windowUpdate(3, LARGE), windowUpdate(CONNECTION, LARGE));
    await expectWhole(client, 3);
    expect(size(client, 1)).toBe(0);
  });

  it('6.9: an update for a stream that has ended is none for the others', async () => {
    const client = await ask(0, '/0');
    client.send(get(3, '/100'), windowUpdate(1, 1_000));
    expect(await client.status(3)).toBe(200);
    await expectStopsAt(client, 3, 0);
  });
});

describe('frames of a response, RFC 9113 4.2 and 6.5.2', () => {
  it.each([MAX_FRAME_BYTES, 20_000, 0xff_ffff])('6.5.2: MAX_FRAME_SIZE of %i is kept', async (most) => {
    const client = await open(bed(), {
      settings: settings([Setting.MAX_FRAME_SIZE, most], [Setting.INITIAL_WINDOW_SIZE, LARGE]),
    });
    client.send(windowUpdate(CONNECTION, LARGE), get(1, `/${LARGE}`));
    await expectWhole(client, 1);
    for (const { payload } of client.frames) expect(payload.length).toBeLessThanOrEqual(most);
  });
});

describe('uploads, RFC 9113 5.2', () => {
  const post = (stream: number, path = '/0'): Buffer => headers(stream, requestFields('POST', path), false);
  const returned = (client: FrameClient, stream: number): number =>
    client.of(FrameType.WINDOW_UPDATE, stream).reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
  const full = Buffer.alloc(MAX_FRAME_BYTES, 'u');

  /** The window of a stream that penstock has told of. */
  async function told(client: FrameClient): Promise<number> {
    return (await client.settingsTold()).get(Setting.INITIAL_WINDOW_SIZE) ?? WINDOW;
  }

  it('6.9: windows are given back as the origin takes the body, padding too', async () => {
    const client = await open(bed());
    const window = await told(client);
    client.send(post(1));
    let sent = 0;
    const padded = Buffer.concat([
      Buffer.of(255),
      full.subarray(0, MAX_FRAME_BYTES - 256),
      Buffer.alloc(255),
    ]);
    const total = 6 * window;
    while (sent < total) {
      await waitFor(() => window + returned(client, 1) - sent >= padded.length, {
        what: 'room',
        intervalMs: 1,
      });
      client.send(frame(FrameType.DATA, Flag.PADDED, 1, padded));
      sent += padded.length;
    }
    client.send(data(1, '', true));
    expect((await client.answer(1)).status).toBe(200);
    expect(returned(client, CONNECTION)).toBeGreaterThan(total - WINDOW);
  });

  it('5.2: a client that takes no more than it was given is never refused, whatever the origin does', async () => {
    const client = await open(bed());
    const window = await told(client);
    client.send(post(1, HOLD));
    for (let sent = 0; sent + full.length <= window; sent += full.length) client.send(data(1, full));
    await expectAlive(client);
    expect(client.answerSoFar(1).reset).toBeNull();
  });

  it('6.9.1: one that takes more is: FLOW_CONTROL_ERROR, and the origin hears of it', async () => {
    const { held } = bed();
    const before = held.length;
    const client = await open(bed());
    client.send(post(1, HOLD));
    const connection = await waitFor(() => held[before], { what: 'the origin to be asked' });
    connection.socket.pause();
    const isOver = (): boolean => client.closed || client.answerSoFar(1).reset !== null;
    for (let round = 0; round < 2_000 && !isOver(); round++) {
      client.send(data(1, full));
      await new Promise(setImmediate);
    }
    await waitFor(isOver, { what: 'the end' });
    // RFC 9113 5.4.1: of the stream, or of the connection.
    expect(client.answerSoFar(1).reset ?? client.goawayCode()).toBe(ErrorCode.FLOW_CONTROL_ERROR);
    connection.socket.resume();
    await connection.ended;
  });

  it('6.9: empty DATA needs no window', async () => {
    const client = await open(bed());
    const window = await told(client);
    client.send(post(1, HOLD));
    for (let sent = 0; sent < window; sent += full.length)
      client.send(data(1, full.subarray(0, Math.min(full.length, window - sent))));
    client.send(data(1, ''), data(1, ''), data(1, '', true));
    await expectAlive(client);
    expect(client.answerSoFar(1).reset).toBeNull();
  });
});

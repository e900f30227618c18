/** Frames of the connection by themselves: what they may hold, and what comes back (RFC 9113 6.5 to 6.9). */

import { describe, expect, it } from 'vitest';
import {
  connectionError,
  expectAlive,
  heldRequest,
  heldUpload,
  IGNORED,
  itHolds,
  open,
  served,
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
  goaway,
  number32,
  requestFields,
  Setting,
  settings,
  windowUpdate,
} from '../support/h2-frames.ts';
import { literals } from '../support/hpack.ts';
import { waitFor } from '../support/wait-for.ts';

const { FRAME_SIZE_ERROR, FLOW_CONTROL_ERROR, NO_ERROR, PROTOCOL_ERROR } = ErrorCode;
/** RFC 9113 6.5.2: the smallest that may be said. */
const MAX_FRAME_BYTES = 16_384;
const GET = literals(requestFields('GET', '/'));
const bytes = (count: number): Buffer => Buffer.alloc(count);

const bed = useHttp2Bed();

describe('SETTINGS, RFC 9113 6.5', () => {
  itHolds(bed, [
    ['6.5: on a stream', connectionError(PROTOCOL_ERROR), [frame(FrameType.SETTINGS, 0, 1)]],
    [
      '6.5: of five octets',
      connectionError(FRAME_SIZE_ERROR),
      [frame(FrameType.SETTINGS, 0, CONNECTION, bytes(5))],
    ],
    [
      '6.5: of seven octets',
      connectionError(FRAME_SIZE_ERROR),
      [frame(FrameType.SETTINGS, 0, CONNECTION, bytes(7))],
    ],
    [
      '6.5: an acknowledgement with payload',
      connectionError(FRAME_SIZE_ERROR),
      [frame(FrameType.SETTINGS, Flag.ACK, CONNECTION, bytes(6))],
    ],
    [
      '6.5.2: ENABLE_PUSH of 0 and of 1',
      IGNORED,
      [settings([Setting.ENABLE_PUSH, 0]), settings([Setting.ENABLE_PUSH, 1])],
    ],
    ['6.5.2: ENABLE_PUSH of 2', connectionError(PROTOCOL_ERROR), [settings([Setting.ENABLE_PUSH, 2])]],
    [
      '6.5.2: INITIAL_WINDOW_SIZE of 2^31 - 1',
      IGNORED,
      [settings([Setting.INITIAL_WINDOW_SIZE, 0x7fff_ffff])],
    ],
    [
      '6.5.2: INITIAL_WINDOW_SIZE of 2^31',
      connectionError(FLOW_CONTROL_ERROR),
      [settings([Setting.INITIAL_WINDOW_SIZE, 0x8000_0000])],
    ],
    [
      '6.5.2: MAX_FRAME_SIZE of 16,383',
      connectionError(PROTOCOL_ERROR),
      [settings([Setting.MAX_FRAME_SIZE, MAX_FRAME_BYTES - 1])],
    ],
    [
      '6.5.2: MAX_FRAME_SIZE of 16,384 and of 2^24 - 1',
      IGNORED,
      [settings([Setting.MAX_FRAME_SIZE, MAX_FRAME_BYTES]), settings([Setting.MAX_FRAME_SIZE, 0xff_ffff])],
    ],
    [
      '6.5.2: MAX_FRAME_SIZE of 2^24',
      connectionError(PROTOCOL_ERROR),
      [settings([Setting.MAX_FRAME_SIZE, 0x100_0000])],
    ],
    [
      '6.5.2: MAX_CONCURRENT_STREAMS of 0, which is about push',
      served(),
      [settings([Setting.MAX_CONCURRENT_STREAMS, 0]), get(1)],
    ],
    [
      '6.5.2: MAX_HEADER_LIST_SIZE of any value',
      IGNORED,
      [settings([Setting.MAX_HEADER_LIST_SIZE, 0xffff_ffff])],
    ],
    [
      '6.5.2: settings that nobody knows',
      served(),
      [settings([0, 1], [0x0a0a, 0xffff_ffff], [0xffff, 0]), get(1)],
    ],
    [
      '6.5.3: an acknowledgement that nobody waits for',
      IGNORED,
      [frame(FrameType.SETTINGS, Flag.ACK, CONNECTION)],
    ],
    [
      '6.5.3: a wrong value that a right one follows',
      connectionError(PROTOCOL_ERROR),
      [settings([Setting.ENABLE_PUSH, 2], [Setting.ENABLE_PUSH, 0])],
    ],
  ]);

  it('6.5.3: every SETTINGS is acknowledged, an empty one too, in order', async () => {
    const client = await open(bed());
    client.send(settings(), settings([Setting.ENABLE_PUSH, 0]), settings([0x0a0a, 1]));
    await client.pong();
    const acknowledged = client.of(FrameType.SETTINGS).filter(({ flags }) => flags === Flag.ACK);
    expect(acknowledged).toHaveLength(4);
    for (const { stream, payload } of acknowledged) expect([stream, payload.length]).toEqual([CONNECTION, 0]);
  });
});

describe('PUSH_PROMISE, RFC 9113 6.6 and 8.4', () => {
  const promise = Buffer.concat([number32(2), GET]);
  itHolds(bed, [
    [
      '8.4: on a stream of the client',
      connectionError(PROTOCOL_ERROR),
      [heldUpload(), frame(FrameType.PUSH_PROMISE, Flag.END_HEADERS, 1, promise)],
    ],
    [
      '6.6: on stream 0',
      connectionError(PROTOCOL_ERROR),
      [frame(FrameType.PUSH_PROMISE, Flag.END_HEADERS, CONNECTION, promise)],
    ],
  ]);
});

describe('PING, RFC 9113 6.7', () => {
  itHolds(bed, [
    ['6.7: on a stream', connectionError(PROTOCOL_ERROR), [frame(FrameType.PING, 0, 1, bytes(8))]],
    [
      '6.7: of seven octets',
      connectionError(FRAME_SIZE_ERROR),
      [frame(FrameType.PING, 0, CONNECTION, bytes(7))],
    ],
    [
      '6.7: of nine octets',
      connectionError(FRAME_SIZE_ERROR),
      [frame(FrameType.PING, 0, CONNECTION, bytes(9))],
    ],
    ['6.7: of none', connectionError(FRAME_SIZE_ERROR), [frame(FrameType.PING, 0, CONNECTION)]],
    [
      '6.7: an acknowledgement of what nobody asked',
      IGNORED,
      [frame(FrameType.PING, Flag.ACK, CONNECTION, Buffer.from('whatever'))],
    ],
  ]);

  it('6.7: is answered with its octets, ahead of what it waits behind', async () => {
    const client = await open(bed());
    const octets = Buffer.of(0, 1, 2, 253, 254, 255, 13, 10);
    client.send(heldRequest(), frame(FrameType.PING, 0, CONNECTION, octets));
    await waitFor(() => client.pongs === 1, { what: 'the acknowledgement' });
    expect(client.lastPong).toEqual(octets);
    await expectAlive(client);
  });
});

describe('GOAWAY, RFC 9113 6.8', () => {
  itHolds(bed, [
    ['6.8: on a stream', connectionError(PROTOCOL_ERROR), [frame(FrameType.GOAWAY, 0, 1, bytes(8))]],
    [
      '6.8: of seven octets',
      connectionError(FRAME_SIZE_ERROR),
      [frame(FrameType.GOAWAY, 0, CONNECTION, bytes(7))],
    ],
  ]);

  it('6.8: ours names the last stream that was begun, and the reason', async () => {
    const client = await open(bed());
    client.send(heldRequest(1), heldRequest(5));
    await client.pong();
    client.send(data(CONNECTION, 'x'), get(7));
    const { payload } = await client.frame(FrameType.GOAWAY);
    expect([payload.readUInt32BE(0), payload.readUInt32BE(4)]).toEqual([5, PROTOCOL_ERROR]);
  });

  it("6.8: the client's own: what is under way finishes, then the connection is closed", async () => {
    const client = await open(bed());
    let finish = (): void => {};
    const isTime = new Promise<void>((resolve) => {
      finish = resolve;
    });
    bed().scripted.on('/scripted/late', async (connection) => {
      await connection.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n');
      await isTime;
      await connection.write('late');
    });
    client.send(get(1, '/scripted/late'));
    await client.status(1);
    client.send(goaway());
    await client.pong();
    expect(client.closed).toBe(false);
    finish();
    expect((await client.answer(1)).body.toString()).toBe('late');
    await client.closing();
    expect(client.goawayCode()).toBe(NO_ERROR);
  });

  it("6.8: the client's own with an error ends all", async () => {
    const client = await open(bed());
    client.send(heldRequest());
    await client.pong();
    client.send(goaway(ErrorCode.INTERNAL_ERROR));
    await client.closing();
  });
});

describe('WINDOW_UPDATE, RFC 9113 6.9', () => {
  itHolds(bed, [
    [
      '6.9: of three octets',
      connectionError(FRAME_SIZE_ERROR),
      [frame(FrameType.WINDOW_UPDATE, 0, CONNECTION, bytes(3))],
    ],
    [
      '6.9: of five octets',
      connectionError(FRAME_SIZE_ERROR),
      [frame(FrameType.WINDOW_UPDATE, 0, CONNECTION, bytes(5))],
    ],
    ['6.9: of 0 for the connection', connectionError(PROTOCOL_ERROR), [windowUpdate(CONNECTION, 0)]],
    ['6.9: of 0 for a stream', streamOrConnectionError(PROTOCOL_ERROR), [heldRequest(), windowUpdate(1, 0)]],
    ['6.9: the reserved bit before the increment', IGNORED, [windowUpdate(CONNECTION, 0x8000_0001)]],
    [
      '6.9: the reserved bit alone is an increment of 0',
      connectionError(PROTOCOL_ERROR),
      [windowUpdate(CONNECTION, 0x8000_0000)],
    ],
    ['6.9: on an idle stream', connectionError(PROTOCOL_ERROR), [windowUpdate(1, 1)]],
    [
      '6.9.1: beyond 2^31 - 1 for the connection',
      connectionError(FLOW_CONTROL_ERROR),
      [windowUpdate(CONNECTION, 0x7fff_ffff)],
    ],
    ['6.9.1: up to 2^31 - 1 for the connection', IGNORED, [windowUpdate(CONNECTION, 0x7fff_ffff - 65_535)]],
    [
      '6.9.1: beyond 2^31 - 1 for a stream',
      streamOrConnectionError(FLOW_CONTROL_ERROR),
      [heldRequest(), windowUpdate(1, 0x7fff_ffff)],
    ],
    [
      '6.9.2: settings that take a stream beyond 2^31 - 1',
      connectionError(FLOW_CONTROL_ERROR),
      [heldRequest(), windowUpdate(1, 0x7fff_ffff - 65_535), settings([Setting.INITIAL_WINDOW_SIZE, 65_536])],
    ],
  ]);
});

/** Frames of streams by themselves: sizes, flags, padding, and the streams that they are for (RFC 9113 4.1, 4.2, 6.1 to 6.4, 6.10). */

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
  servedSized,
  streamOrConnectionError,
  upload,
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
  number32,
  ping,
  requestFields,
  settings,
  windowUpdate,
} from '../support/h2-frames.ts';
import { literals } from '../support/hpack.ts';
import { waitFor } from '../support/wait-for.ts';

const { FRAME_SIZE_ERROR, PROTOCOL_ERROR } = ErrorCode;
/** RFC 9113 6.5.2: the largest payload before anybody said something else. */
const MAX_FRAME_BYTES = 16_384;
/** RFC 9113 4.1: no type of frame that is defined, nor an extension's. */
const UNKNOWN_TYPE = 0xf0;
const HEAD = Flag.END_HEADERS | Flag.END_STREAM;

const GET = literals(requestFields('GET', '/'));
const bytes = (count: number): Buffer => Buffer.alloc(count);
/** RFC 9113 6.2: exclusive bit and stream dependency, then the weight. */
const priority = (dependency: number): Buffer => Buffer.concat([number32(dependency), Buffer.of(15)]);
/** RFC 9113 6.1. */
const padded = (content: Buffer, padding: number): Buffer =>
  Buffer.concat([Buffer.of(padding), content, bytes(padding)]);
/** A frame of which the reserved bit before the stream is set (RFC 9113 4.1). */
const reserved = (one: Buffer): Buffer => {
  const copy = Buffer.from(one);
  copy[5] = (copy[5] ?? 0) | 0x80;
  return copy;
};

const bed = useHttp2Bed();

describe('frame format, RFC 9113 4.1', () => {
  itHolds(bed, [
    [
      '4.1: a type that nobody knows is ignored, on the connection',
      IGNORED,
      [frame(UNKNOWN_TYPE, 0xff, CONNECTION, bytes(8))],
    ],
    [
      '4.1: a type that nobody knows is ignored, on a stream that is idle',
      IGNORED,
      [frame(UNKNOWN_TYPE, 0, 1, bytes(8))],
    ],
    ['4.1: and so is one without payload', IGNORED, [frame(UNKNOWN_TYPE, 0, CONNECTION)]],
    [
      '4.1, 5.5: and one of an extension (ALTSVC, ORIGIN, PRIORITY_UPDATE)',
      IGNORED,
      [
        frame(0x0a, 0, CONNECTION, Buffer.from('\0\0h2=":1"')),
        frame(0x0c, 0, CONNECTION, bytes(2)),
        frame(0x10, 0, CONNECTION, Buffer.concat([number32(1), Buffer.from('u=1')])),
      ],
    ],
    [
      '4.1: unknown frames amid a request',
      servedSized('hello'),
      [upload([['content-length', '5']]), frame(UNKNOWN_TYPE, 0xff, 1, bytes(9)), data(1, 'hello', true)],
    ],
    ['4.1: flags that HEADERS does not have', served(), [frame(FrameType.HEADERS, HEAD | 0xd2, 1, GET)]],
    [
      '4.1: flags that DATA does not have',
      servedSized('hello'),
      [
        upload([['content-length', '5']]),
        frame(FrameType.DATA, Flag.END_STREAM | 0xf6, 1, Buffer.from('hello')),
      ],
    ],
    ['4.1: flags that SETTINGS does not have', IGNORED, [frame(FrameType.SETTINGS, 0xfe, CONNECTION)]],
    [
      '4.1: flags that WINDOW_UPDATE does not have',
      IGNORED,
      [frame(FrameType.WINDOW_UPDATE, 0xff, CONNECTION, number32(1))],
    ],
    ['4.1: the reserved bit before the stream', served(), [reserved(get(1))]],
    [
      '4.1: the reserved bit before stream 0',
      IGNORED,
      [reserved(settings()), reserved(windowUpdate(CONNECTION, 1))],
    ],
  ]);

  it('4.1: flags that PING does not have', async () => {
    const client = await open(bed());
    client.send(frame(FrameType.PING, 0xfe, CONNECTION, bytes(8)));
    await waitFor(() => client.pongs === 1, { what: 'the acknowledgement' });
    expect(client.lastPong).toEqual(bytes(8));
    await expectAlive(client);
  });
});

describe('frame size, RFC 9113 4.2', () => {
  itHolds(bed, [
    [
      '4.2: DATA of 16,384 octets',
      servedSized('v'.repeat(MAX_FRAME_BYTES)),
      [upload([['content-length', String(MAX_FRAME_BYTES)]]), data(1, 'v'.repeat(MAX_FRAME_BYTES), true)],
    ],
    [
      '4.2: HEADERS of 16,384 octets',
      served({ fields: [`x-a: ${'v'.repeat(MAX_FRAME_BYTES - GET.length - 8)}`] }),
      [headers(1, requestFields('GET', '/', [['x-a', 'v'.repeat(MAX_FRAME_BYTES - GET.length - 8)]]))],
    ],
    [
      '4.2: DATA beyond it',
      streamOrConnectionError(FRAME_SIZE_ERROR),
      [heldUpload(), data(1, bytes(MAX_FRAME_BYTES + 1))],
    ],
    [
      '4.2: HEADERS beyond it',
      connectionError(FRAME_SIZE_ERROR),
      [frame(FrameType.HEADERS, HEAD, 1, Buffer.concat([GET, bytes(MAX_FRAME_BYTES)]))],
    ],
    [
      '4.2: CONTINUATION beyond it',
      connectionError(FRAME_SIZE_ERROR),
      [
        frame(FrameType.HEADERS, Flag.END_STREAM, 1, GET),
        frame(
          FrameType.CONTINUATION,
          Flag.END_HEADERS,
          1,
          literals([['x-a', 'v'.repeat(MAX_FRAME_BYTES - 7)]]),
        ),
      ],
    ],
    [
      '4.2: SETTINGS beyond it',
      connectionError(FRAME_SIZE_ERROR),
      [frame(FrameType.SETTINGS, 0, CONNECTION, bytes(MAX_FRAME_BYTES + 2))],
    ],
    [
      '4.2: an unknown type beyond it',
      connectionError(FRAME_SIZE_ERROR),
      [frame(UNKNOWN_TYPE, 0, CONNECTION, bytes(MAX_FRAME_BYTES + 1))],
    ],
  ]);
});

describe('DATA, RFC 9113 6.1', () => {
  const whole = servedSized('hello');
  const head = upload([['content-length', '5']]);
  itHolds(bed, [
    ['6.1: on stream 0', connectionError(PROTOCOL_ERROR), [data(CONNECTION, 'x')]],
    [
      '6.1: padding is not content',
      whole,
      [head, frame(FrameType.DATA, Flag.END_STREAM | Flag.PADDED, 1, padded(Buffer.from('hello'), 255))],
    ],
    [
      '6.1: padding of length 0',
      whole,
      [head, frame(FrameType.DATA, Flag.END_STREAM | Flag.PADDED, 1, padded(Buffer.from('hello'), 0))],
    ],
    [
      '6.1: nothing but padding, then content',
      whole,
      [head, frame(FrameType.DATA, Flag.PADDED, 1, padded(bytes(0), 9)), data(1, 'hello', true)],
    ],
    [
      '6.1: padding as long as the payload',
      connectionError(PROTOCOL_ERROR),
      [heldUpload(), frame(FrameType.DATA, Flag.PADDED, 1, Buffer.of(4, 1, 2, 3))],
    ],
    [
      '6.1: padding longer than the payload',
      connectionError(PROTOCOL_ERROR),
      [heldUpload(), frame(FrameType.DATA, Flag.PADDED, 1, Buffer.of(255, 1, 2, 3))],
    ],
    [
      '6.1: PADDED without a pad length',
      connectionError(FRAME_SIZE_ERROR, PROTOCOL_ERROR),
      [heldUpload(), frame(FrameType.DATA, Flag.PADDED, 1)],
    ],
  ]);
});

describe('HEADERS, RFC 9113 6.2', () => {
  const flags = HEAD | Flag.PADDED;
  const prioritized = HEAD | Flag.PRIORITY;
  itHolds(bed, [
    ['6.2: on stream 0', connectionError(PROTOCOL_ERROR), [get(CONNECTION)]],
    ['6.2: with padding', served(), [frame(FrameType.HEADERS, flags, 1, padded(GET, 200))]],
    ['6.2: with padding of length 0', served(), [frame(FrameType.HEADERS, flags, 1, padded(GET, 0))]],
    [
      '6.2: with padding as long as the block',
      connectionError(PROTOCOL_ERROR),
      [frame(FrameType.HEADERS, flags, 1, Buffer.concat([Buffer.of(GET.length + 1), GET]))],
    ],
    [
      '6.2: with padding that is longer',
      connectionError(PROTOCOL_ERROR),
      [frame(FrameType.HEADERS, flags, 1, Buffer.concat([Buffer.of(255), GET]))],
    ],
    [
      '6.2: PADDED without payload',
      connectionError(FRAME_SIZE_ERROR, PROTOCOL_ERROR),
      [frame(FrameType.HEADERS, flags, 1)],
    ],
    [
      '6.2: with a priority',
      served(),
      [frame(FrameType.HEADERS, prioritized, 1, Buffer.concat([priority(0), GET]))],
    ],
    [
      '6.2: with an exclusive priority, on a stream that never was',
      served(),
      [frame(FrameType.HEADERS, prioritized, 1, Buffer.concat([priority(0x80000063), GET]))],
    ],
    [
      '6.2: with priority and padding',
      served(),
      [frame(FrameType.HEADERS, prioritized | Flag.PADDED, 1, padded(Buffer.concat([priority(0), GET]), 7))],
    ],
    [
      '6.2: PRIORITY in less than its five octets',
      connectionError(FRAME_SIZE_ERROR, PROTOCOL_ERROR),
      [frame(FrameType.HEADERS, prioritized, 1, bytes(4))],
    ],
    [
      '6.2: PRIORITY of which padding takes an octet',
      connectionError(FRAME_SIZE_ERROR, PROTOCOL_ERROR),
      [frame(FrameType.HEADERS, prioritized | Flag.PADDED, 1, padded(bytes(4), 1))],
    ],
  ]);
});

describe('PRIORITY, RFC 9113 5.3 and 6.3', () => {
  const one = (stream: number, payload: Buffer): Buffer => frame(FrameType.PRIORITY, 0, stream, payload);
  itHolds(bed, [
    ['6.3: on an idle stream', IGNORED, [one(1, priority(0))]],
    ['6.3: on an idle stream, which may be opened then', served(), [one(1, priority(0)), get(1)]],
    ['6.3: on a higher stream: a lower one is not closed by it', served(), [one(7, priority(0)), get(1)]],
    ['6.3: on a stream that is half-closed', IGNORED, [heldRequest(), one(1, priority(0))]],
    ['6.3: on stream 0', connectionError(PROTOCOL_ERROR), [one(CONNECTION, priority(1))]],
    ['6.3: of four octets', streamOrConnectionError(FRAME_SIZE_ERROR), [heldRequest(), one(1, bytes(4))]],
    ['6.3: of six octets', streamOrConnectionError(FRAME_SIZE_ERROR), [heldRequest(), one(1, bytes(6))]],
    ['6.3: on an even stream', IGNORED, [one(2, priority(0))]],
  ]);

  it('5.3: of a stream on itself is ignored, or a PROTOCOL_ERROR as RFC 7540 5.3.1 had it', async () => {
    const client = await open(bed());
    client.send(heldRequest(), one(1, priority(1)), ping());
    await waitFor(() => client.pongs > 0 || client.goawayCode() !== null, { what: 'an answer' });
    expect([null, PROTOCOL_ERROR]).toContain(client.goawayCode() ?? client.answerSoFar(1).reset);
  });
});

describe('RST_STREAM, RFC 9113 6.4', () => {
  const one = (stream: number, size: number): Buffer => frame(FrameType.RST_STREAM, 0, stream, bytes(size));
  itHolds(bed, [
    ['6.4: on stream 0', connectionError(PROTOCOL_ERROR), [one(CONNECTION, 4)]],
    ['6.4: on an idle stream', connectionError(PROTOCOL_ERROR), [one(1, 4)]],
    ['6.4: of three octets', connectionError(FRAME_SIZE_ERROR), [heldRequest(), one(1, 3)]],
    ['6.4: of five octets', connectionError(FRAME_SIZE_ERROR), [heldRequest(), one(1, 5)]],
    [
      '6.4, 7: with a code that nobody knows',
      IGNORED,
      [heldRequest(), frame(FrameType.RST_STREAM, 0, 1, number32(0xffff_fffe))],
    ],
  ]);
});

describe('CONTINUATION, RFC 9113 6.10', () => {
  itHolds(bed, [
    [
      '6.10: on stream 0',
      connectionError(PROTOCOL_ERROR),
      [
        frame(FrameType.HEADERS, Flag.END_STREAM, 1, GET),
        frame(FrameType.CONTINUATION, Flag.END_HEADERS, CONNECTION),
      ],
    ],
    [
      '6.10: behind nothing',
      connectionError(PROTOCOL_ERROR),
      [frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1, GET)],
    ],
    [
      '6.10: behind a head that has ended',
      connectionError(PROTOCOL_ERROR),
      [heldUpload(), frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1, GET)],
    ],
    [
      '6.10: behind a body',
      connectionError(PROTOCOL_ERROR),
      [heldUpload(), data(1, 'x'), frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1)],
    ],
    [
      '6.10: of another stream',
      connectionError(PROTOCOL_ERROR),
      [frame(FrameType.HEADERS, Flag.END_STREAM, 1, GET), frame(FrameType.CONTINUATION, Flag.END_HEADERS, 3)],
    ],
    [
      '6.10: without payload',
      served(),
      [frame(FrameType.HEADERS, Flag.END_STREAM, 1, GET), frame(FrameType.CONTINUATION, Flag.END_HEADERS, 1)],
    ],
    [
      '6.10: ends the stream where HEADERS said so, not by a flag of its own',
      served(),
      [
        frame(FrameType.HEADERS, Flag.END_STREAM, 1, GET.subarray(0, 9)),
        frame(FrameType.CONTINUATION, HEAD, 1, GET.subarray(9)),
      ],
    ],
  ]);
});

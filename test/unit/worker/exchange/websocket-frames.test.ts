import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CLOSE_TO_CLIENT,
  CLOSE_TO_ENDPOINT,
  FrameTracker,
} from '../../../../src/worker/exchange/websocket-frames.ts';

interface Frame {
  readonly opcode: number;
  readonly masked: boolean;
  readonly size: number;
}

/** RFC 6455 5.2, written anew. */
function encode({ opcode, masked, size }: Frame): Buffer {
  const head = [0x80 | opcode];
  const mask = masked ? 0x80 : 0;
  if (size < 126) head.push(mask | size);
  else if (size < 65_536) head.push(mask | 126, size >> 8, size & 0xff);
  else head.push(mask | 127, 0, 0, 0, 0, size >>> 24, (size >> 16) & 0xff, (size >> 8) & 0xff, size & 0xff);
  // What looks like a Close frame.
  return Buffer.concat([Buffer.from(head), Buffer.alloc(masked ? 4 : 0, 0x88), Buffer.alloc(size, 0x88)]);
}

const frames = fc.array(
  fc.record({
    opcode: fc.constantFrom(0x0, 0x1, 0x2, 0x9, 0xa),
    masked: fc.boolean(),
    size: fc.oneof(
      fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000),
      fc.integer({ min: 0, max: 300 }),
    ),
  }),
  { minLength: 1, maxLength: 6 },
);

describe('FrameTracker', () => {
  it('knows every boundary, wherever the pieces end', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1 }), (list, sizes) => {
        const bytes = Buffer.concat(list.map(encode));
        const expected: number[] = [];
        let end = 0;
        for (const frame of list) {
          end += encode(frame).length;
          expected.push(end);
        }
        const tracker = new FrameTracker();
        const found: number[] = [];
        let at = 0;
        for (let i = 0; at < bytes.length; i++) {
          const piece = bytes.subarray(at, at + (sizes[i % sizes.length] as number));
          for (let from = 0; from < piece.length; ) {
            from = tracker.follow(piece, from, true);
            if (tracker.atBoundary) found.push(at + from);
          }
          at += piece.length;
        }
        expect(found).toEqual(expected);
        expect(tracker.closeSeen).toBe(false);
      }),
    );
  });

  it.each([
    ['to a client', CLOSE_TO_CLIENT],
    ['to an endpoint', CLOSE_TO_ENDPOINT],
  ])('sees our own Close %s, octet by octet', (_name, close) => {
    const tracker = new FrameTracker();
    expect(tracker.atBoundary).toBe(true);
    for (const octet of close) {
      tracker.follow(Uint8Array.of(octet), 0, false);
    }
    expect(tracker).toMatchObject({ closeSeen: true, atBoundary: true });
  });

  it('goes through a whole read where nothing asks it to stop', () => {
    const tracker = new FrameTracker();
    const bytes = Buffer.concat([
      encode({ opcode: 1, masked: false, size: 3 }),
      encode({ opcode: 8, masked: false, size: 2 }),
      encode({ opcode: 1, masked: false, size: 9 }).subarray(0, 5),
    ]);
    expect(tracker.follow(bytes, 0, false)).toBe(bytes.length);
    expect(tracker).toMatchObject({ closeSeen: true, atBoundary: false });
  });
});

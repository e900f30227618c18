import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameEvent, FrameReader } from '../../src/worker/http2/frame-reader.ts';
import { ErrorCode, Flag, FrameType, PREFACE } from '../../src/worker/http2/protocol.ts';
import { frame } from '../support/h2-frames.ts';

const RUNS = 2_000;

interface Seen {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly size: number;
  /** Without padding where it is DATA. */
  readonly content: string;
}

interface Outcome {
  readonly frames: readonly Seen[];
  readonly error: ErrorCode;
  /** Of DATA that has not ended yet. */
  readonly open: boolean;
}

/** Reads `pieces` one after the other; each in memory that is overwritten behind it, as a worker's is. */
function readAll(pieces: readonly Buffer[]): Outcome {
  const reader = new FrameReader();
  const frames: Seen[] = [];
  let content: string | null = null;
  const seen = (text: string): void => {
    const { type, flags, stream, size } = reader;
    frames.push({ type, flags, stream, size, content: text });
  };
  for (const piece of pieces) {
    const memory = Buffer.concat([Buffer.alloc(3, 0xee), piece, Buffer.alloc(3, 0xee)]);
    let at = 3;
    let events = 0;
    for (;;) {
      const event = reader.read(memory, at, memory.length - 3);
      if (event === FrameEvent.ERROR) return { frames, error: reader.error, open: content !== null };
      if (event === FrameEvent.MORE) break;
      // Two events a frame at most, and a frame has nine octets.
      expect(++events).toBeLessThanOrEqual(2 + piece.length / 4);
      at = reader.position;
      const text = Buffer.from(reader.payload.subarray(reader.start, reader.end)).toString('latin1');
      if (event === FrameEvent.FRAME) seen(text);
      else {
        expect(content === null).toBe(reader.isFirst);
        content = (content ?? '') + text;
        if (!reader.isLast) continue;
        seen(content);
        content = null;
      }
    }
    expect(reader.position).toBe(memory.length - 3);
    memory.fill(0);
  }
  return { frames, error: ErrorCode.NO_ERROR, open: content !== null };
}

const payload = fc.oneof(
  { weight: 5, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 250, max: 16_384 }).map((size) => new Uint8Array(size).fill(7)) },
);
const streamId = fc.integer({ min: 1, max: 0x7fff_ffff });
const one = fc
  .tuple(
    fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 0x16, 0xff),
    fc.integer({ min: 0, max: 255 }),
    streamId,
    payload,
  )
  .map(([type, flags, stream, octets]): [Seen, Buffer] => {
    // A head in one frame, so that what follows it may be anything; DATA that is not padded.
    const all =
      type === FrameType.HEADERS
        ? flags | Flag.END_HEADERS
        : type === FrameType.DATA
          ? flags & ~Flag.PADDED
          : flags;
    const bytes = Buffer.from(octets);
    const known = type <= FrameType.CONTINUATION;
    const content = known ? bytes.toString('latin1') : '';
    return [{ type, flags: all, stream, size: bytes.length, content }, frame(type, all, stream, bytes)];
  });
const padded = fc
  .tuple(streamId, fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 255 }))
  .map(([stream, octets, padding]): [Seen, Buffer] => {
    const bytes = Buffer.concat([Buffer.of(padding), octets, Buffer.alloc(padding)]);
    const content = Buffer.from(octets).toString('latin1');
    const flags = Flag.PADDED;
    return [
      { type: FrameType.DATA, flags, stream, size: bytes.length, content },
      frame(FrameType.DATA, flags, stream, bytes),
    ];
  });
const split = fc
  .tuple(streamId, fc.array(payload, { minLength: 1, maxLength: 3 }))
  .map(([stream, blocks]): [Seen, Buffer][] =>
    blocks.map((block, index) => {
      const type = index === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
      const flags = index === blocks.length - 1 ? Flag.END_HEADERS : 0;
      const bytes = Buffer.from(block);
      const content = bytes.toString('latin1');
      return [{ type, flags, stream, size: bytes.length, content }, frame(type, flags, stream, bytes)];
    }),
  );
const sound = fc
  .array(
    fc.oneof(
      one.map((all) => [all]),
      padded.map((all) => [all]),
      split,
    ),
    { maxLength: 6 },
  )
  .map((all) => all.flat());
const cuts = fc.array(fc.nat(), { maxLength: 8 });

/** At the given places, each counted from the start, whatever the length. */
function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [...at.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return places.map((place, index) => bytes.subarray(index === 0 ? 0 : places[index - 1], place));
}

describe('frames of HTTP/2', () => {
  it('any split of sound frames gives the same frames', () => {
    fc.assert(
      fc.property(sound, cuts, (all, at) => {
        const bytes = Buffer.concat([PREFACE, ...all.map(([, octets]) => octets)]);
        expect(readAll(cut(bytes, at))).toEqual({
          frames: all.map(([seen]) => seen),
          error: ErrorCode.NO_ERROR,
          open: false,
        });
      }),
      { numRuns: RUNS },
    );
  });

  it('octet by octet, too', () => {
    fc.assert(
      fc.property(sound, (all) => {
        const bytes = Buffer.concat([PREFACE, ...all.map(([, octets]) => octets.subarray(0, 500))]);
        const whole = readAll([bytes]);
        expect(readAll([...bytes].map((octet) => Buffer.of(octet)))).toEqual(whole);
      }),
      { numRuns: RUNS / 20 },
    );
  });

  it('any mutation gives frames or an error, whatever the split, and always an end', () => {
    fc.assert(
      fc.property(
        sound,
        cuts,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        (all, at, damage) => {
          const bytes = Buffer.concat([PREFACE, ...all.map(([, octets]) => octets)]);
          for (const [place, octet] of damage) bytes[place % bytes.length] = octet;
          const whole = readAll([bytes]);
          expect(readAll(cut(bytes, at))).toEqual(whole);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it.each([
    ['no preface', Buffer.from('GET / HTTP/1.1\r\n\r\n'), ErrorCode.PROTOCOL_ERROR],
    [
      'a frame that is too large',
      frame(FrameType.PING, 0, 0, Buffer.alloc(16_385)),
      ErrorCode.FRAME_SIZE_ERROR,
    ],
    [
      'a frame within a head',
      Buffer.concat([frame(1, 0, 1), frame(6, 0, 0, Buffer.alloc(8))]),
      ErrorCode.PROTOCOL_ERROR,
    ],
    ['DATA within a head', Buffer.concat([frame(1, 0, 1), frame(0, 0, 1)]), ErrorCode.PROTOCOL_ERROR],
    [
      'an unknown frame within a head',
      Buffer.concat([frame(1, 0, 1), frame(0x66, 0, 1)]),
      ErrorCode.PROTOCOL_ERROR,
    ],
    [
      'a head that goes on on another stream',
      Buffer.concat([frame(1, 0, 1), frame(9, 4, 3)]),
      ErrorCode.PROTOCOL_ERROR,
    ],
    ['CONTINUATION of nothing', frame(9, 4, 1), ErrorCode.PROTOCOL_ERROR],
    [
      'CONTINUATION behind a whole head',
      Buffer.concat([frame(1, 4, 1), frame(9, 4, 1)]),
      ErrorCode.PROTOCOL_ERROR,
    ],
    [
      'padding that is as long as its frame',
      frame(0, Flag.PADDED, 1, Buffer.of(1)),
      ErrorCode.PROTOCOL_ERROR,
    ],
    ['padding without a length', frame(0, Flag.PADDED, 1), ErrorCode.FRAME_SIZE_ERROR],
  ])('%s ends it (RFC 9113 3.4, 4.2, 4.3, 6.1)', (what, bytes, error) => {
    const all = what === 'no preface' ? bytes : Buffer.concat([PREFACE, bytes]);
    expect(readAll([all]).error).toBe(error);
  });
});

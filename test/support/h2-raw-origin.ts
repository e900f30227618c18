/**
 * An HTTP/2 server made of single frames, for what no well-behaved server does. A script per connection reads the client's
 * frames one by one and writes its own; field sections it sends are literals without compression, those it gets it does not
 * read.
 */

import type { Socket } from 'node:net';
import { type Frame, frame, number32, PREFACE } from './h2-frames.ts';
import { type Field, literals } from './hpack.ts';
import { type RawOrigin, startRawOrigin } from './raw-origin.ts';
import { within } from './wait-for.ts';

/** RFC 9113 6. */
export const FrameType = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

export const END_STREAM = 0x1;
export const ACK = 0x1;
export const END_HEADERS = 0x4;

export const MAX_CONCURRENT_STREAMS = 3;

export type Fields = readonly Field[];

const HEAD_BYTES = 9;
/** The largest frame that every receiver takes (RFC 9113 6.5.2). */
const MAX_FRAME_BYTES = 16_384;

export class H2Peer {
  /** Counts from 0 in the order of arrival. */
  readonly number: number;
  readonly socket: Socket;
  /** Every frame so far. */
  readonly frames: Frame[] = [];
  #rest = Buffer.alloc(0);
  #sawPreface = false;
  #greeted = false;
  #look: () => void = () => {};
  #at = 0;

  constructor(socket: Socket, number: number) {
    this.socket = socket;
    this.number = number;
    socket.on('data', (bytes) => this.#read(bytes));
    socket.on('close', () => this.#look());
  }

  /** The next frame of a type that was not given yet; those before it are passed over. */
  next(type: number): Promise<Frame> {
    return within(
      new Promise<Frame>((resolve, reject) => {
        this.#look = () => {
          for (; this.#at < this.frames.length; this.#at++) {
            const one = this.frames[this.#at] as Frame;
            if (one.type !== type || (type === FrameType.SETTINGS && one.flags === ACK)) continue;
            this.#at++;
            this.#look = () => {};
            resolve(one);
            return;
          }
          if (this.socket.destroyed) reject(new Error(`the client was gone before a frame of type ${type}`));
        };
        this.#look();
      }),
      { what: `a frame of type ${type}`, timeoutMs: 20_000 },
    );
  }

  count(type: number): number {
    return this.frames.filter((one) => one.type === type).length;
  }

  send(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): void {
    this.socket.write(frame(type, flags, stream, payload));
  }

  /** Greets, as the first frame or later, and takes the client's own settings for agreed. */
  settings(entries: readonly (readonly [number, number])[] = []): void {
    const payload = Buffer.alloc(entries.length * 6);
    entries.forEach(([id, value], index) => {
      payload.writeUInt16BE(id, index * 6);
      payload.writeUInt32BE(value, index * 6 + 2);
    });
    this.send(FrameType.SETTINGS, 0, 0, payload);
    if (!this.#greeted) this.send(FrameType.SETTINGS, ACK, 0);
    this.#greeted = true;
  }

  /** In as many frames as it takes. */
  headers(stream: number, fields: Fields, flags: number = 0): void {
    const block = literals(fields);
    for (let at = 0; at === 0 || at < block.length; at += MAX_FRAME_BYTES) {
      const last = at + MAX_FRAME_BYTES >= block.length ? END_HEADERS : 0;
      const type = at === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
      const own = at === 0 ? flags : 0;
      this.send(type, last | own, stream, block.subarray(at, at + MAX_FRAME_BYTES));
    }
  }

  data(stream: number, text: string, flags: number = 0): void {
    this.send(FrameType.DATA, flags, stream, Buffer.from(text, 'latin1'));
  }

  /** A whole answer. */
  answer(stream: number, body: string): void {
    this.headers(stream, [[':status', '200']]);
    this.data(stream, body, END_STREAM);
  }

  reset(stream: number, code: number): void {
    this.send(FrameType.RST_STREAM, 0, stream, number32(code));
  }

  /** Lets the client send so much more, on a stream or (0) on the whole connection. */
  window(stream: number, bytes: number): void {
    this.send(FrameType.WINDOW_UPDATE, 0, stream, number32(bytes));
  }

  goaway(lastStream: number, code: number): void {
    this.send(FrameType.GOAWAY, 0, 0, Buffer.concat([number32(lastStream), number32(code)]));
  }

  #read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    if (!this.#sawPreface) {
      if (this.#rest.length < PREFACE.length) return;
      this.#sawPreface = true;
      this.#rest = this.#rest.subarray(PREFACE.length);
    }
    while (this.#rest.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < end) break;
      this.frames.push({
        type: this.#rest[3] as number,
        flags: this.#rest[4] as number,
        stream: this.#rest.readUInt32BE(5) & 0x7fffffff,
        payload: this.#rest.subarray(HEAD_BYTES, end),
      });
      this.#rest = this.#rest.subarray(end);
    }
    this.#look();
  }
}

export interface H2RawOrigin extends Pick<RawOrigin, 'port' | 'close'> {
  readonly peers: readonly H2Peer[];
}

/** `script` runs for each connection, before anything is sent: it greets with `settings()` itself. */
export async function startH2RawOrigin(script: (peer: H2Peer) => Promise<void> | void): Promise<H2RawOrigin> {
  const peers: H2Peer[] = [];
  const origin = await startRawOrigin(({ socket, number }) => {
    const peer = new H2Peer(socket, number);
    peers.push(peer);
    return script(peer);
  });
  return { port: origin.port, peers, close: origin.close };
}

/** The code of a RST_STREAM frame. */
export function resetCode({ payload }: Frame): number {
  return payload.readUInt32BE(0);
}

/**
 * A client of HTTP/2 that sends exactly the frames it is given (RFC 9113 4.1), whatever the rules say, over TCP or TLS.
 * Heads are HPACK literals without Huffman codes (RFC 7541 6.2.2). It answers nothing by itself but SETTINGS and PING, and
 * decodes every field section that comes.
 */

import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Field, HpackDecoder, literals } from './hpack.ts';
import { waitFor } from './wait-for.ts';

export const FrameType = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

export const Flag = { END_STREAM: 0x1, ACK: 0x1, END_HEADERS: 0x4, PADDED: 0x8, PRIORITY: 0x20 } as const;
const PRIORITY_BYTES = 5;
const SETTING_BYTES = 6;

/** RFC 9113 7. */
export const ErrorCode = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  SETTINGS_TIMEOUT: 4,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  ENHANCE_YOUR_CALM: 11,
} as const;

/** RFC 9113 6.5.2. */
export const Setting = {
  HEADER_TABLE_SIZE: 1,
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
} as const;

export const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
export const CONNECTION = 0;
/** The host of every request that is not given another. */
export const AUTHORITY = 'example.test';
const HEADER_BYTES = 9;
/** Milliseconds between two looks at what came. */
const LOOK_MS = 1;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** A field section: a head or trailers, whatever frames it came in. */
export interface Section {
  readonly stream: number;
  readonly fields: readonly Field[];
  readonly endStream: boolean;
}

/** Everything that came on a stream. */
export interface Answer {
  readonly status: number;
  /** Of the final head, without `:status`. */
  readonly fields: readonly Field[];
  readonly body: Buffer;
  readonly trailers: readonly Field[] | null;
  /** Statuses of the interim heads. */
  readonly interim: readonly number[];
  /** The error code of RST_STREAM; null where the stream ended, or is under way. */
  readonly reset: number | null;
}

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export function settings(...entries: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(entries.length * SETTING_BYTES);
  entries.forEach(([id, value], index) => {
    payload.writeUInt16BE(id, index * SETTING_BYTES);
    payload.writeUInt32BE(value, index * SETTING_BYTES + 2);
  });
  return frame(FrameType.SETTINGS, 0, CONNECTION, payload);
}

export const SETTINGS_ACK: Buffer = frame(FrameType.SETTINGS, Flag.ACK, CONNECTION);

/** The head of a request; `more` behind the pseudo fields. */
export function requestFields(method: string, path: string, more: readonly Field[] = []): Field[] {
  return [[':method', method], [':scheme', 'http'], [':path', path], [':authority', AUTHORITY], ...more];
}

export function headers(stream: number, fields: readonly Field[], endStream = true): Buffer {
  const flags = Flag.END_HEADERS | (endStream ? Flag.END_STREAM : 0);
  return frame(FrameType.HEADERS, flags, stream, literals(fields));
}

/** GET of a path: the whole request. */
export function get(stream: number, path = '/', more: readonly Field[] = []): Buffer {
  return headers(stream, requestFields('GET', path, more));
}

export function data(stream: number, bytes: string | Uint8Array, endStream = false): Buffer {
  return frame(FrameType.DATA, endStream ? Flag.END_STREAM : 0, stream, Buffer.from(bytes as Uint8Array));
}

export function reset(stream: number, code: number = ErrorCode.CANCEL): Buffer {
  return frame(FrameType.RST_STREAM, 0, stream, number32(code));
}

export function ping(payload = 'penstock'): Buffer {
  return frame(FrameType.PING, 0, CONNECTION, Buffer.from(payload, 'latin1'));
}

export function windowUpdate(stream: number, increment: number): Buffer {
  return frame(FrameType.WINDOW_UPDATE, 0, stream, number32(increment));
}

export function goaway(code: number = ErrorCode.NO_ERROR, lastStream = 0): Buffer {
  return frame(FrameType.GOAWAY, 0, CONNECTION, Buffer.concat([number32(lastStream), number32(code)]));
}

export function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Many frames in one piece. */
export function times(count: number, one: (index: number) => Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, index) => one(index)));
}

export interface FrameClientOptions {
  readonly tls?: boolean;
  /** The preface, empty SETTINGS and acknowledgements of the server's SETTINGS and PING are sent; true by default. */
  readonly greet?: boolean;
  /** What is sent as SETTINGS. */
  readonly settings?: Buffer;
}

/** One connection. What comes is kept as frames; the test closes it. */
export class FrameClient {
  readonly socket: Socket;
  readonly frames: Frame[];
  readonly sections: Section[];
  readonly decoder: HpackDecoder;
  /** Why a field section could not be decoded. */
  decodeError: string | null;
  /** PING acknowledgements: counted only, since floods bring many. */
  pongs: number;
  /** The octets of the last of them. */
  lastPong: Buffer;
  /** The server closed or reset the connection. */
  closed: boolean;
  #rest: Buffer;
  readonly #greets: boolean;
  /** The frames of a field section that has yet to end. */
  #block: Frame[];

  private constructor(socket: Socket, options: FrameClientOptions) {
    this.socket = socket;
    this.frames = [];
    this.sections = [];
    this.decoder = new HpackDecoder();
    this.decodeError = null;
    this.pongs = 0;
    this.lastPong = Buffer.alloc(0);
    this.closed = false;
    this.#rest = Buffer.alloc(0);
    this.#block = [];
    this.#greets = options.greet ?? true;
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      this.closed = true;
    });
    if (this.#greets) this.send(PREFACE, options.settings ?? settings());
  }

  static async open(port: number, options: FrameClientOptions = {}): Promise<FrameClient> {
    const socket =
      options.tls === true
        ? connectTls({ port, host: '127.0.0.1', ALPNProtocols: ['h2'], rejectUnauthorized: false })
        : connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      socket.once(options.tls === true ? 'secureConnect' : 'connect', () => resolve());
      socket.once('error', reject);
    });
    socket.setNoDelay(true);
    return new FrameClient(socket, options);
  }

  /** One write. False: the socket's memory is full. */
  send(...frames: readonly Buffer[]): boolean {
    return this.socket.writable && this.socket.write(Buffer.concat(frames));
  }

  /** Those of a type, of one stream or of any. */
  of(type: number, stream?: number): Frame[] {
    return this.frames.filter((one) => one.type === type && (stream === undefined || one.stream === stream));
  }

  /** Waits for the first frame of a type, of one stream or of any. */
  async frame(type: number, stream?: number): Promise<Frame> {
    const what = `a frame of type ${type}${stream === undefined ? '' : ` on stream ${stream}`}`;
    return await waitFor(() => this.of(type, stream)[0], { what, intervalMs: LOOK_MS });
  }

  /** Waits for the end of a stream: true where END_STREAM came, false where it was reset. */
  async ended(stream: number): Promise<boolean> {
    const isEnd = ({ type, flags }: Frame): boolean =>
      type <= FrameType.HEADERS && (flags & Flag.END_STREAM) !== 0;
    const last = await waitFor(
      () =>
        this.frames.find((one) => one.stream === stream && (isEnd(one) || one.type === FrameType.RST_STREAM)),
      { what: `the end of stream ${stream}`, intervalMs: LOOK_MS },
    );
    return isEnd(last);
  }

  /** Of the first head of a stream, an interim one too. */
  async status(stream: number): Promise<number> {
    const first = await waitFor(
      () => {
        if (this.decodeError !== null) throw new Error(this.decodeError);
        return this.sections.find((section) => section.stream === stream);
      },
      { what: `a head on stream ${stream}`, intervalMs: LOOK_MS },
    );
    return statusOf(first);
  }

  /** What came on a stream so far. */
  answerSoFar(stream: number): Answer {
    if (this.decodeError !== null) throw new Error(this.decodeError);
    const all = this.sections.filter((section) => section.stream === stream);
    const finalAt = all.findIndex((section) => statusOf(section) >= 200);
    const final = all[finalAt];
    return {
      status: final === undefined ? 0 : statusOf(final),
      fields: final?.fields.slice(1) ?? [],
      body: this.body(stream),
      trailers: (finalAt < 0 ? undefined : all[finalAt + 1]?.fields) ?? null,
      interim: (finalAt < 0 ? all : all.slice(0, finalAt)).map(statusOf),
      reset: this.of(FrameType.RST_STREAM, stream)[0]?.payload.readUInt32BE(0) ?? null,
    };
  }

  /** What came on a stream until it ended or was reset. */
  async answer(stream: number): Promise<Answer> {
    await this.ended(stream);
    return this.answerSoFar(stream);
  }

  body(stream: number): Buffer {
    return Buffer.concat(this.of(FrameType.DATA, stream).map(withoutPadding));
  }

  /** The first settings of the server, by their identifiers. */
  async settingsTold(): Promise<ReadonlyMap<number, number>> {
    const { payload } = await this.frame(FrameType.SETTINGS);
    const told = new Map<number, number>();
    for (let at = 0; at < payload.length; at += SETTING_BYTES)
      told.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    return told;
  }

  /** Waits until the server holds this connection to its settings: it has read our acknowledgement of them. */
  async settled(): Promise<void> {
    await this.frame(FrameType.SETTINGS);
    await this.pong();
  }

  /** Waits until the server has read everything sent so far. */
  async pong(): Promise<void> {
    const expected = this.pongs + 1;
    this.send(ping());
    await waitFor(() => this.pongs >= expected, {
      what: 'the acknowledgement of a PING',
      intervalMs: LOOK_MS,
    });
  }

  /** The error code of the RST_STREAM of a stream. */
  async resetCode(stream: number): Promise<number> {
    return (await this.frame(FrameType.RST_STREAM, stream)).payload.readUInt32BE(0);
  }

  /** The error code of the last GOAWAY; null if there is none. */
  goawayCode(): number | null {
    return this.of(FrameType.GOAWAY).at(-1)?.payload.readUInt32BE(4) ?? null;
  }

  async closing(timeoutMs = 10_000): Promise<void> {
    await waitFor(() => this.closed, {
      what: 'the server to close the connection',
      timeoutMs,
      intervalMs: LOOK_MS,
    });
  }

  close(): void {
    this.socket.destroy();
  }

  #take(bytes: Buffer): void {
    let rest = Buffer.concat([this.#rest, bytes]);
    while (rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + rest.readUIntBE(0, 3);
      if (rest.length < end) break;
      const [type = 0, flags = 0] = rest.subarray(3, 5);
      const stream = rest.readUInt32BE(5) & 0x7fffffff;
      if (type === FrameType.PING && flags === Flag.ACK) {
        this.pongs++;
        this.lastPong = Buffer.from(rest.subarray(HEADER_BYTES, end));
      } else this.#keep({ type, flags, stream, payload: Buffer.from(rest.subarray(HEADER_BYTES, end)) });
      if (this.#greets && type === FrameType.SETTINGS && flags === 0) this.send(SETTINGS_ACK);
      if (this.#greets && type === FrameType.PING && flags === 0)
        this.send(frame(FrameType.PING, Flag.ACK, CONNECTION, rest.subarray(HEADER_BYTES, end)));
      rest = rest.subarray(end);
    }
    this.#rest = rest;
  }

  #keep(one: Frame): void {
    this.frames.push(one);
    if (one.type !== FrameType.HEADERS && one.type !== FrameType.CONTINUATION) return;
    this.#block.push(one);
    if ((one.flags & Flag.END_HEADERS) === 0) return;
    const [head = one] = this.#block;
    const block = Buffer.concat(this.#block.map(withoutPadding));
    this.#block = [];
    const endStream = (head.flags & Flag.END_STREAM) !== 0;
    try {
      this.sections.push({ stream: one.stream, fields: this.decoder.decode(block), endStream });
    } catch (error) {
      this.decodeError ??= String(error);
    }
  }
}

/** The payload without padding and priority (RFC 9113 6.1, 6.2). */
function withoutPadding({ type, flags, payload }: Frame): Buffer {
  if (type === FrameType.CONTINUATION) return payload;
  const padded = (flags & Flag.PADDED) !== 0;
  const priority = type === FrameType.HEADERS && (flags & Flag.PRIORITY) !== 0 ? PRIORITY_BYTES : 0;
  const from = (padded ? 1 : 0) + priority;
  return payload.subarray(from, payload.length - (padded ? (payload[0] ?? 0) : 0));
}

/** 0 for trailers. */
function statusOf({ fields: [first] }: Section): number {
  return first?.[0] === ':status' ? Number(first[1]) : 0;
}

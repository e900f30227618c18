/**
 * A client of HTTP/2 that sends exactly the frames it is given (RFC 9113 4.1), whatever the rules say, over TCP or TLS.
 * Heads are HPACK literals without Huffman codes (RFC 7541 6.2.2). It answers nothing by itself but SETTINGS and PING.
 */

import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
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
const HEADER_BYTES = 9;
const STATIC_STATUS: readonly number[] = [200, 204, 206, 304, 400, 404, 500];

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export type Field = readonly [name: string, value: string];

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
  const payload = Buffer.alloc(entries.length * 6);
  entries.forEach(([id, value], index) => {
    payload.writeUInt16BE(id, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  });
  return frame(FrameType.SETTINGS, 0, CONNECTION, payload);
}

export const SETTINGS_ACK: Buffer = frame(FrameType.SETTINGS, Flag.ACK, CONNECTION);

/** Fields as literals that change no table, so that frames can be sent in any order and any number of times. */
export function literals(fields: readonly Field[]): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value, 'latin1');
    return Buffer.concat([integer(bytes.length, 7), bytes]);
  };
  return Buffer.concat(fields.map(([name, value]) => Buffer.concat([Buffer.of(0), text(name), text(value)])));
}

/** RFC 7541 5.1, the bits above the prefix zero. */
function integer(value: number, prefixBits: number): Buffer {
  const most = 2 ** prefixBits - 1;
  if (value < most) return Buffer.of(value);
  const octets = [most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) + 128);
  octets.push(rest);
  return Buffer.from(octets);
}

/** The head of a request; `more` behind the pseudo fields. */
export function requestFields(method: string, path: string, more: readonly Field[] = []): Field[] {
  return [[':method', method], [':scheme', 'http'], [':path', path], [':authority', 'example.test'], ...more];
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
  /** PING acknowledgements: counted only, since floods bring many. */
  pongs: number;
  /** The server closed or reset the connection. */
  closed: boolean;
  #rest: Buffer;
  readonly #greets: boolean;

  private constructor(socket: Socket, options: FrameClientOptions) {
    this.socket = socket;
    this.frames = [];
    this.pongs = 0;
    this.closed = false;
    this.#rest = Buffer.alloc(0);
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
    return await waitFor(() => this.of(type, stream)[0], { what });
  }

  /** Waits for the end of a stream: true where END_STREAM came, false where it was reset. */
  async ended(stream: number): Promise<boolean> {
    const isEnd = ({ type, flags }: Frame): boolean =>
      type <= FrameType.HEADERS && (flags & Flag.END_STREAM) !== 0;
    const last = await waitFor(
      () =>
        this.frames.find((one) => one.stream === stream && (isEnd(one) || one.type === FrameType.RST_STREAM)),
      { what: `the end of stream ${stream}` },
    );
    return isEnd(last);
  }

  async status(stream: number): Promise<number> {
    return statusOf((await this.frame(FrameType.HEADERS, stream)).payload);
  }

  body(stream: number): Buffer {
    return Buffer.concat(this.of(FrameType.DATA, stream).map(({ payload }) => payload));
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
    await waitFor(() => this.pongs >= expected, { what: 'the acknowledgement of a PING', intervalMs: 1 });
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
    await waitFor(() => this.closed, { what: 'the server to close the connection', timeoutMs });
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
      if (type === FrameType.PING && flags === Flag.ACK) this.pongs++;
      else this.frames.push({ type, flags, stream, payload: Buffer.from(rest.subarray(HEADER_BYTES, end)) });
      if (this.#greets && type === FrameType.SETTINGS && flags === 0) this.send(SETTINGS_ACK);
      if (this.#greets && type === FrameType.PING && flags === 0)
        this.send(frame(FrameType.PING, Flag.ACK, CONNECTION, rest.subarray(HEADER_BYTES, end)));
      rest = rest.subarray(end);
    }
    this.#rest = rest;
  }
}

/**
 * The status that a header block of nghttp2 begins with: an entry of the static table, or a literal of which the digits may
 * be Huffman coded (RFC 7541 appendix B). One that it put into its dynamic table before cannot be told: ask the first time.
 */
function statusOf(block: Buffer): number {
  const first = block[0] ?? 0;
  if (first >= 0x88 && first <= 0x8e) return STATIC_STATUS[first - 0x88] ?? 0;
  const length = block[1] ?? 0;
  const text = block.subarray(2, 2 + (length & 0x7f));
  return Number((length & 0x80) === 0 ? text.toString('latin1') : huffmanDigits(text));
}

/** 0 to 2 have five bits, the other digits six. */
function huffmanDigits(bytes: Buffer): string {
  const bits = [...bytes].map((octet) => octet.toString(2).padStart(8, '0')).join('');
  let digits = '';
  for (let at = 0; digits.length < 3; ) {
    const five = Number.parseInt(bits.slice(at, at + 5), 2);
    const isShort = five <= 2;
    digits += isShort ? five : Number.parseInt(bits.slice(at, at + 6), 2) - 0x19 + 3;
    at += isShort ? 5 : 6;
  }
  return digits;
}

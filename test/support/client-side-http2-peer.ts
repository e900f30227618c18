/** A client of HTTP/2 for the contract suite, on node:http2. */

import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { Socket } from 'node:net';
import { type Ask, Call, HOST, type Leaving, openSocket, type Peer, type Reply } from './client-side-peer.ts';

export class Http2Peer implements Peer {
  readonly session: ClientHttp2Session;
  readonly raw: Socket;
  closed: boolean;

  private constructor(session: ClientHttp2Session, raw: Socket) {
    this.session = session;
    this.raw = raw;
    this.closed = false;
    session.on('error', () => {});
    raw.on('close', () => {
      this.closed = true;
    });
  }

  static async connect(port: number, tls: boolean): Promise<Http2Peer> {
    const { socket, raw } = await openSocket(port, tls, 'h2');
    const scheme = tls ? 'https' : 'http';
    return new Http2Peer(connect(`${scheme}://${HOST}`, { createConnection: () => socket }), raw);
  }

  ask(ask: Ask): Http2Call {
    const { target, method = 'GET', fields = [], body } = ask;
    const head: OutgoingHttpHeaders = { ':method': method, ':path': target, ':authority': HOST };
    for (const [name, value] of fields) {
      const lower = name.toLowerCase();
      const present = head[lower];
      head[lower] = present === undefined ? value : [present, value].flat().map(String);
    }
    if (typeof body === 'number') head['content-length'] = String(body);
    const hasBody = body !== undefined && body !== 0;
    const options = { endStream: !hasBody, waitForTrailers: body === 'stream' };
    return new Http2Call(this, this.session.request(head, options), typeof body === 'number' ? body : -1);
  }

  endWriting(): void {
    this.raw.end();
  }

  close(): void {
    this.session.destroy();
    this.raw.destroy();
  }
}

export class Http2Call extends Call {
  readonly #peer: Http2Peer;
  readonly #stream: ClientHttp2Stream;
  readonly #pieces: Buffer[];
  /** Of a body of known length: still to be sent; -1: unknown. */
  #left: number;
  #status: number;
  #fields: Reply['fields'];
  #trailers: Reply['trailers'];
  #sendTrailers: OutgoingHttpHeaders;
  #continued: boolean;
  #end: Reply['end'];

  constructor(peer: Http2Peer, stream: ClientHttp2Stream, length: number) {
    super();
    this.#peer = peer;
    this.#stream = stream;
    this.#pieces = [];
    this.#left = length;
    this.#status = 0;
    this.#fields = [];
    this.#trailers = [];
    this.#sendTrailers = {};
    this.#continued = false;
    this.#end = 'open';
    let ended = false;
    stream.on('error', () => {});
    stream.on('response', (head, _flags, raw?: string[]) => {
      this.#status = Number(head[':status']);
      this.#fields = pairs(raw ?? []).filter(([name]) => !name.startsWith(':'));
    });
    stream.on('continue', () => {
      this.#continued = true;
    });
    stream.on('trailers', (_fields, _flags, raw?: string[]) => {
      this.#trailers = pairs(raw ?? []);
    });
    stream.on('wantTrailers', () => {
      if (!stream.closed) stream.sendTrailers(this.#sendTrailers);
    });
    stream.on('data', (piece: Buffer) => this.#pieces.push(piece));
    // It comes after a reset as well, which `close` tells.
    stream.on('end', () => {
      ended = true;
      if (stream.rstCode === constants.NGHTTP2_NO_ERROR && !stream.aborted) this.#end = 'whole';
    });
    stream.on('close', () => {
      const isWhole = ended && stream.rstCode === constants.NGHTTP2_NO_ERROR && this.#status !== 0;
      this.#end = isWhole ? 'whole' : 'broken';
    });
  }

  reply(): Reply {
    const pieces = this.#pieces;
    return {
      status: this.#status,
      reason: '',
      fields: this.#fields,
      trailers: this.#trailers,
      continued: this.#continued,
      end: this.#end,
      // Only for who asks: looks are many.
      get body() {
        return Buffer.concat(pieces);
      },
    };
  }

  send(bytes: Uint8Array): void {
    if (!this.#stream.writable) return;
    this.#stream.write(bytes);
    if (this.#left < 0) return;
    this.#left -= bytes.length;
    if (this.#left === 0) this.#stream.end();
  }

  finish(trailers: readonly (readonly [name: string, value: string])[] = []): void {
    for (const [name, value] of trailers) this.#sendTrailers[name.toLowerCase()] = value;
    this.#stream.end();
  }

  sendRaw(): void {
    throw new Error('node:http2 frames what it sends');
  }

  get unsent(): number {
    return this.#stream.writableLength;
  }

  stopReading(): void {
    this.#stream.pause();
  }

  readOn(): void {
    this.#stream.resume();
  }

  leave(way: Leaving): void {
    if (way === 'stream reset') this.#stream.close(constants.NGHTTP2_CANCEL);
    else if (way === 'reset') this.#peer.raw.resetAndDestroy();
    else this.#peer.raw.destroy();
  }
}

function pairs(raw: readonly string[]): (readonly [name: string, value: string])[] {
  return raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] ?? ''] as const] : [],
  );
}

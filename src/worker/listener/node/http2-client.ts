// hot: runs once per request
/**
 * One stream of an HTTP/2 connection as the exchange sees it, and the writer of its response (RFC 9113 8). The only one that
 * touches the stream. Worker thread.
 *
 * node:http2 writes once per turn of the loop whatever all streams brought, so nothing is put together here. What could make
 * it throw is looked at before each call. A stream is never reset from within a callback: nghttp2 would free what it reads.
 */

import {
  constants,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
  type ServerStreamResponseOptions,
} from 'node:http2';
import { BodyFraming, type ClientHandler, type ClientSide, Engine, Protocol } from '../client-side.ts';
import type { RequestHead } from '../request-head.ts';
import { STREAM_WINDOW_BYTES } from './http2-options.ts';
import { readTrailers } from './http2-request-head.ts';
import { responseFields, trailerFields } from './http2-response-fields.ts';
import type { EndingClient, Http2Wire } from './http2-wire.ts';

/** A stream knows its client, so that all streams share their listeners. */
export interface ClientStream extends ServerHttp2Stream {
  penstockClient?: Http2Client | undefined;
}

/** What a response may hold in memory before its reader has to catch up: two reads from an endpoint. */
export const HELD_BYTES: number = 128 * 1024;
/**
 * How long a reader may take for what is left of a response that the exchange is done with, about `HELD_BYTES` at most: as long
 * as it may take nothing of one that goes on, by the default `timeouts.write` (docs/decisions/0006).
 */
const ENDING_MS = 90_000;
/** What belongs to a piece of a body beside its octets: the header of its frame, or the two WINDOW_UPDATE frames for it. */
const FRAME_HEADER_BYTES = 9;
const WINDOW_UPDATES_BYTES = 26;
const RESET_CONTENT = 205;
const NO_BYTES: Uint8Array = new Uint8Array(0);
const CONTINUE: OutgoingHttpHeaders = Object.freeze({ ':status': 100 });

/** The reason is nobody's business: it makes node:http2 send an error. */
const BROKEN_OFF: Error = new Error('the response broke off');

const WITH_BODY: ServerStreamResponseOptions | undefined = undefined;
const WITHOUT_BODY: ServerStreamResponseOptions = Object.freeze({ endStream: true });
const WITH_TRAILERS: ServerStreamResponseOptions = Object.freeze({ waitForTrailers: true });

export class Http2Client implements ClientSide, EndingClient {
  endingIndex = -1;
  readonly head: RequestHead;
  readonly engine: Engine = Engine.NODE;
  readonly protocol: Protocol = Protocol.HTTP2;
  readonly peer: string;
  readonly tls: boolean;
  readonly localPort: number;
  trailers = '';
  readonly #wire: Http2Wire;
  readonly #stream: ClientStream;
  #handler: ClientHandler | null = null;
  /** The exchange is done, or the peer is gone: every call does nothing. */
  #dead = false;
  #uploadDone: boolean;
  #paused = false;
  /** The head that waits for the first piece of its body, or to hear that there is none. */
  #fields: OutgoingHttpHeaders | null = null;
  #framing: BodyFraming = BodyFraming.NONE;
  /** Of a LENGTH body: bytes still to come. */
  #remaining = 0;
  #ended = false;
  #cut = false;
  #blocked = false;
  #drainHeard = false;
  /** The stream asks for trailers when its body is sent. */
  #waitsForTrailers = false;
  #responseTrailers = '';
  /** On the worker's monotonic clock; 0: not set yet. */
  #endsBeforeMs = 0;

  constructor(wire: Http2Wire, stream: ClientStream, head: RequestHead) {
    const { peer, tls, localPort } = wire.facts;
    this.head = head;
    this.peer = peer;
    this.tls = tls;
    this.localPort = localPort;
    this.#wire = wire;
    this.#stream = stream;
    this.#uploadDone = stream.endAfterHeaders;
    stream.penstockClient = this;
    stream.on('close', onClose);
  }

  // ── The exchange's calls ───────────────────────────────────────────────────────────────────────────────────────────

  attach(handler: ClientHandler): void {
    if (this.#dead) return;
    this.#handler = handler;
    if (this.#uploadDone) return;
    const stream = this.#stream;
    stream.on('aborted', onAborted);
    stream.on('trailers', onTrailers);
    stream.on('data', onData);
    stream.on('end', onEnd);
    // RFC 9110 10.1.1.
    if (this.head.expectsContinue && !stream.destroyed && !stream.closed) stream.additionalHeaders(CONTINUE);
  }

  pauseBody(): void {
    if (this.#dead || this.#paused || this.#uploadDone) return;
    this.#paused = true;
    this.#wire.pausedUploads++;
    // What still comes, a window at most, is kept by the stream. As bytes each piece would hold on to the whole read of the
    // socket that it came with: a peer could make one octet of body cost 64 KiB. A string is as long as its piece.
    if (this.#stream.readableEncoding === null) this.#stream.setEncoding('latin1');
    this.#stream.pause();
  }

  resumeBody(): void {
    if (this.#dead || !this.#paused) return;
    this.#unpause();
  }

  /** There is none. */
  restartTimer(): void {}

  /** `close` means nothing here: other streams share the connection, and each has its own framing. */
  answer(status: number, fields: Uint8Array, body: Uint8Array, bodyLength: number, hasBody: boolean): void {
    if (this.#dead) return;
    const stream = this.#stream;
    const wire = this.#wire;
    const size = hasBody ? body.length : 0;
    wire.payloadBytes += fields.length + size;
    this.#ended = true;
    this.#fields = responseFields(status, wire.dateValue(), fields, bodyLength);
    this.#respond(size > 0 ? WITH_BODY : WITHOUT_BODY);
    // One call: node:http2 sends the whole body with the end of the stream.
    if (!stream.writableEnded && !this.#cut) stream.end(Buffer.from(body));
    if (!this.#uploadDone) setImmediate(stopUpload, stream);
    // Nobody waits for the reader.
    this.#finish();
  }

  /** There are no reason phrases (RFC 9113 8.3.2); for `close` see `answer`. */
  writeHead(status: number, _reason: string, fields: Uint8Array, framing: BodyFraming, length: number): void {
    if (this.#dead) return;
    this.#framing = framing === BodyFraming.LENGTH && length === 0 ? BodyFraming.NONE : framing;
    this.#remaining = framing === BodyFraming.LENGTH ? length : 0;
    // A 205 has no content (RFC 9110 15.3.6), and node:http2 lets it have none.
    const announced = framing === BodyFraming.STREAM || status === RESET_CONTENT ? -1 : length;
    this.#fields = responseFields(status, this.#wire.dateValue(), fields, announced);
    this.#wire.payloadBytes += fields.length;
  }

  writeBody(bytes: Uint8Array): boolean {
    const size = bytes.length;
    if (this.#dead || size === 0) return true;
    this.#remaining -= size;
    this.#wire.payloadBytes += size + WINDOW_UPDATES_BYTES;
    if (this.#fields !== null) this.#respond(this.#optionsForBody());
    const stream = this.#stream;
    // node:http2 ends by itself what must not have a body: HEAD, 204, 205, 304.
    if (stream.writableEnded || this.#cut) return true;
    if (stream.write(Buffer.from(bytes)) || stream.writableLength < HELD_BYTES) return true;
    this.#block();
    return false;
  }

  flush(): void {
    if (!this.#dead && this.#fields !== null) this.#respond(this.#optionsForBody());
  }

  end(trailers: string): boolean {
    if (this.#dead) return true;
    if (this.#framing === BodyFraming.LENGTH && this.#remaining !== 0) {
      // Not what was announced: the client must not take a part for the whole.
      this.abort();
      return true;
    }
    const section = this.#framing === BodyFraming.STREAM && this.head.acceptsTrailers ? trailers : '';
    this.#ended = true;
    this.#responseTrailers = section;
    if (this.#fields !== null) this.#respond(section === '' ? WITHOUT_BODY : WITH_TRAILERS);
    const stream = this.#stream;
    if (!stream.writableEnded && !this.#cut) stream.end();
    if (!this.#uploadDone && !this.#waitsForTrailers) setImmediate(stopUpload, stream);
    if (this.#blocked) {
      // No `drain` comes after the end.
      stream.on('finish', onDrain);
      return false;
    }
    this.#finish();
    return true;
  }

  /** Only the stream: the client knows that this response broke off (RFC 9113 8.1), and the others go on. */
  abort(): void {
    if (this.#dead) return;
    this.#die();
    this.#reset();
  }

  // ── The stream's events ────────────────────────────────────────────────────────────────────────────────────────────

  received(piece: Buffer | string): void {
    const bytes = typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece;
    this.#wire.payloadBytes += bytes.length + FRAME_HEADER_BYTES;
    this.#handler?.onClientBody(bytes, false);
  }

  trailersReceived(fields: readonly string[]): void {
    this.trailers = readTrailers(fields);
    this.#wire.payloadBytes += this.trailers.length;
  }

  /** A stream that broke off ends as well, but after `aborted`: nobody is told then. */
  uploadEnded(): void {
    this.#uploadDone = true;
    this.#handler?.onClientBody(NO_BYTES, true);
  }

  drained(): void {
    if (this.#dead || !this.#blocked) return;
    this.#unblock();
    const handler = this.#handler;
    if (this.#ended) this.#finish();
    handler?.onClientDrain();
  }

  sendTrailers(): void {
    const stream = this.#stream;
    // hot-ok: a Node that refuses more than `trailerFields` knows of must not end the process
    try {
      stream.sendTrailers(trailerFields(this.#responseTrailers));
    } catch {
      this.#reset();
    }
    // Sent in the next turn.
    if (!this.#uploadDone) setImmediate(stopUpload, stream);
  }

  /** The peer gave the stream up. A paused one would not close by itself. */
  aborted(): void {
    this.#leave();
    setImmediate(destroyStream, this.#stream);
  }

  /** The stream is gone, whatever the reason. */
  closed(): void {
    const wire = this.#wire;
    if (!this.#cut && (!this.#ended || this.#stream.rstCode !== constants.NGHTTP2_NO_ERROR))
      wire.streamReset();
    if (this.#paused) wire.pausedUploads--;
    this.#unblock();
    // What came of the upload and nobody read.
    if (!this.#uploadDone) wire.payloadBytes += STREAM_WINDOW_BYTES;
    this.#leave();
    wire.streamClosed(this);
  }

  /** Asked ten times a second once the response has ended. */
  limitEnding(nowMs: number): void {
    if (this.#endsBeforeMs === 0) this.#endsBeforeMs = nowMs + ENDING_MS;
    else if (nowMs >= this.#endsBeforeMs && !this.#cut) this.#reset();
  }

  // ── Steps ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Trailers have to be asked for before it is known whether there will be any. */
  #optionsForBody(): ServerStreamResponseOptions | undefined {
    if (this.#framing === BodyFraming.NONE) return WITHOUT_BODY;
    return this.#framing === BodyFraming.STREAM && this.head.acceptsTrailers ? WITH_TRAILERS : WITH_BODY;
  }

  #respond(options: ServerStreamResponseOptions | undefined): void {
    const stream = this.#stream;
    const fields = this.#fields;
    this.#fields = null;
    // `close` tells.
    if (fields === null || stream.destroyed || stream.closed) return;
    if (options === WITH_TRAILERS) {
      this.#waitsForTrailers = true;
      stream.on('wantTrailers', onWantTrailers);
    }
    // hot-ok: a Node that refuses more than `responseFields` knows of must not end the process. Nothing may be written then: Node
    // would send a 200 of its own before it.
    // hot-ok: node:http2 throws where the stream ended in between; nothing else tells
    try {
      stream.respond(fields, options);
    } catch {
      this.#reset();
    }
  }

  #block(): void {
    if (this.#blocked) return;
    this.#blocked = true;
    this.#wire.blockedResponses++;
    if (this.#drainHeard) return;
    this.#drainHeard = true;
    this.#stream.on('drain', onDrain);
  }

  #unblock(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#wire.blockedResponses--;
  }

  #unpause(): void {
    this.#paused = false;
    this.#wire.pausedUploads--;
    this.#stream.resume();
  }

  /** The exchange is done; what is left is the stream's business, for a while. */
  #finish(): void {
    if (this.#paused) this.#unpause();
    this.#die();
    this.#wire.responseEnded(this);
  }

  #leave(): void {
    if (this.#dead) return;
    const handler = this.#handler;
    this.#die();
    handler?.onClientAborted();
  }

  #die(): void {
    this.#dead = true;
    this.#handler = null;
    this.#fields = null;
  }

  #reset(): void {
    this.#cut = true;
    setImmediate(resetStream, this.#stream);
  }
}

function onClose(this: ClientStream): void {
  this.penstockClient?.closed();
  this.penstockClient = undefined;
}

function onAborted(this: ClientStream): void {
  this.penstockClient?.aborted();
}

function onData(this: ClientStream, piece: Buffer | string): void {
  this.penstockClient?.received(piece);
}

/** Names and values in turn come third. */
function onTrailers(this: ClientStream, _fields: unknown, _flags: number, raw?: readonly string[]): void {
  this.penstockClient?.trailersReceived(raw ?? []);
}

function onEnd(this: ClientStream): void {
  this.penstockClient?.uploadEnded();
}

function onDrain(this: ClientStream): void {
  this.penstockClient?.drained();
}

function onWantTrailers(this: ClientStream): void {
  this.penstockClient?.sendTrailers();
}

/** An answer before the end of the upload: once it is sent the client is told to stop (RFC 9113 8.1). */
function stopUpload(stream: ServerHttp2Stream): void {
  if (stream.destroyed) return;
  // Not where all of it has come meanwhile.
  if (stream.state.remoteClose !== 1) stream.close(constants.NGHTTP2_NO_ERROR);
  stream.resume();
}

/**
 * RST_STREAM with INTERNAL_ERROR. Not by `close`: that ends the body first, with END_STREAM, so that a part of it looks whole
 * (seen on Node 20, 22 and 24). Nothing of the stream is kept, even where the peer takes nothing.
 */
function resetStream(stream: ServerHttp2Stream): void {
  stream.destroy(BROKEN_OFF);
}

function destroyStream(stream: ServerHttp2Stream): void {
  stream.destroy();
}

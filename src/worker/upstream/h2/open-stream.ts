// hot: runs once per request
/**
 * The one place that knows the corners of node:http2's streams: it turns one into plain notices to its owner, with
 * listeners that all streams share, and takes what node:http2 throws. Worker thread.
 */

import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { Readable } from 'node:stream';
import { Flag } from '../../http2/protocol.ts';
import { RequestFraming } from '../upstream-call.ts';
import { joinRepeated, type RequestFields } from './request-fields.ts';
import type { RawFields } from './response-field-reader.ts';

/** What a stream tells. Nothing comes from within `openStream`, and nothing after `onStreamClosed`. */
export interface StreamOwner {
  /** An interim answer (1xx). */
  onInterim(): void;
  /** `ended`: nothing follows. */
  onHead(raw: RawFields, ended: boolean): void;
  onPiece(piece: Buffer): void;
  /** Before `onEnd`. */
  onTrailers(raw: RawFields): void;
  /**
   * The endpoint has sent all of its answer. What of it was not given to `onPiece` yet still is, but for a loss of the
   * session.
   */
  onEndSeen(): void;
  /** Nothing is left to take. Without `onEndSeen` before it, the answer was broken off. */
  onEnd(): void;
  /** All that was written has left, after there was too much of it. */
  onWritable(): void;
  /** The body of a CHUNKED request has left: trailers, or the mere end, are to follow (`endStream`). */
  onTrailersWanted(): void;
  /** The stream is over, for whatever reason. Always comes. */
  onStreamClosed(): void;
}

interface OwnedStream extends ClientHttp2Stream {
  owner: StreamOwner;
}

const { push } = Readable.prototype;

const WITHOUT_BODY = { endStream: true };
const WITH_BODY = { endStream: false };
const WITH_TRAILERS = { endStream: false, waitForTrailers: true };

/** Sends the head of a request. Null: the session takes none, or HTTP/2 cannot carry it; nothing was sent. */
export function openStream(
  node: ClientHttp2Session,
  fields: RequestFields,
  framing: RequestFraming,
  owner: StreamOwner,
): ClientHttp2Stream | null {
  const options =
    framing === RequestFraming.NONE
      ? WITHOUT_BODY
      : framing === RequestFraming.LENGTH
        ? WITH_BODY
        : WITH_TRAILERS;
  let stream = request(node, fields, options);
  if (stream === null && !node.closed && !node.destroyed) {
    joinRepeated(fields);
    stream = request(node, fields, options);
  }
  if (stream === null) return null;
  (stream as OwnedStream).owner = owner;
  stream.push = observedPush;
  stream.on('headers', onInterim);
  stream.on('response', onResponse as (headers: IncomingHttpHeaders, flags: number) => void);
  stream.on('trailers', onTrailers as (trailers: IncomingHttpHeaders, flags: number) => void);
  stream.on('data', onData);
  stream.on('end', onEnd);
  // The reason is in `rstCode`, and 'close' follows.
  stream.on('error', ignore);
  stream.on('close', onClose);
  if (framing !== RequestFraming.NONE) stream.on('drain', onDrain);
  if (framing === RequestFraming.CHUNKED) stream.on('wantTrailers', onWantTrailers);
  return stream;
}

/** Ends a CHUNKED request. Without fields an empty DATA frame does. */
export function endStream(stream: ClientHttp2Stream, trailers: RequestFields): void {
  // hot-ok: a stream that ended meanwhile says so by throwing
  try {
    stream.sendTrailers(trailers);
  } catch {
    stream.close();
  }
}

function request(
  node: ClientHttp2Session,
  fields: RequestFields,
  options: typeof WITHOUT_BODY,
): ClientHttp2Stream | null {
  // hot-ok: node:http2 refuses a request by throwing, before anything of it is sent
  try {
    return node.request(fields, options);
  } catch {
    return null;
  }
}

/**
 * node:http2 emits 'end' for a stream that was reset with CANCEL or NO_ERROR, or lost with its session, as for a whole one.
 * But it says where the data end by pushing null, and only for an END_STREAM flag while the stream is still open.
 */
function observedPush(this: Readable, chunk: unknown, encoding?: BufferEncoding): boolean {
  const stream = this as OwnedStream;
  if (chunk === null && !stream.closed && !stream.destroyed) stream.owner.onEndSeen();
  return push.call(stream, chunk, encoding);
}

function onInterim(this: ClientHttp2Stream): void {
  (this as OwnedStream).owner.onInterim();
}

/** The third argument is what came over the wire; the first lacks what node:http2 takes to have one value only. */
function onResponse(this: OwnedStream, _headers: IncomingHttpHeaders, flags: number, raw: RawFields): void {
  this.owner.onHead(raw, (flags & Flag.END_STREAM) !== 0);
}

function onTrailers(this: OwnedStream, _trailers: IncomingHttpHeaders, _flags: number, raw: RawFields): void {
  this.owner.onTrailers(raw);
}

function onData(this: ClientHttp2Stream, piece: Buffer): void {
  (this as OwnedStream).owner.onPiece(piece);
}

function onEnd(this: ClientHttp2Stream): void {
  (this as OwnedStream).owner.onEnd();
}

function onDrain(this: ClientHttp2Stream): void {
  (this as OwnedStream).owner.onWritable();
}

function onWantTrailers(this: ClientHttp2Stream): void {
  (this as OwnedStream).owner.onTrailersWanted();
}

function onClose(this: ClientHttp2Stream): void {
  (this as OwnedStream).owner.onStreamClosed();
}

function ignore(): void {}

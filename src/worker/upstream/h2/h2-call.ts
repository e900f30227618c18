// hot: runs once per request
/**
 * One request as a stream of HTTP/2: turns what the exchange writes into frames, and what node:http2 tells into the calls
 * of an `UpstreamHandler`. Worker thread. LIFECYCLE.md draws the states. It never decides about retries, and it starts no
 * timers.
 */

import type { ClientHttp2Stream } from 'node:http2';
import { Fault } from '../../../kit/faults.ts';
import { forwardableTrailers } from '../../http1/trailers.ts';
import type { WriteMemory } from '../../http1/write-memory.ts';
import { ErrorCode } from '../../http2/protocol.ts';
import { MAX_INTERIM_HEADS } from '../response-parser.ts';
import { RequestFraming, type UpstreamCall, WRITE_HIGH_WATER_BYTES } from '../upstream-call.ts';
import type { UpstreamHandler } from '../upstream-handler.ts';
import type { Deliverer } from './deliveries.ts';
import type { H2Ground } from './h2-ground.ts';
import type { H2Session, SessionCall } from './h2-session.ts';
import { endStream, openStream, type StreamOwner } from './open-stream.ts';
import { fitsFields, requestFields, trailerFields } from './request-fields.ts';
import { type RawFields, trailerLines } from './response-field-reader.ts';

/** Whom a call leaves that waits for a session. */
export interface CallHome {
  onLeftWaiting(call: H2Call): void;
}

export class H2Call implements UpstreamCall, SessionCall, StreamOwner, Deliverer {
  reused: boolean;
  responseStarted = false;
  /** Not for a session on which a request has just died. */
  readonly fresh: boolean;
  /** Until when it waits for a session, on the worker's monotonic clock. */
  deadlineMs = 0;
  readonly #home: CallHome;
  readonly #ground: H2Ground;
  readonly #memory: WriteMemory;
  #session: H2Session | null = null;
  #stream: ClientHttp2Stream | null = null;
  /** The endpoint may have closed the session just as this request was sent: it had served, and was idle. */
  #alone = false;
  /** Null before the beginning and once it is over. */
  #handler: UpstreamHandler | null = null;
  #over = false;
  // The request.
  #isHead = false;
  #acceptsTrailers = false;
  #text = '';
  #framing: RequestFraming = RequestFraming.NONE;
  /** Copies of what was written before there was a stream. */
  #early: Buffer[] | null = null;
  #earlyBytes = 0;
  #last = false;
  #trailers = '';
  #blocked = false;
  #lent: Buffer[] | null = null;
  #onWritten: ((error?: Error | null) => void) | null = null;
  // The answer, as far as it came and was not handed over.
  #head: RawFields | null = null;
  #endsAtHead = false;
  #pieces: Buffer[] = [];
  #trailersCame: RawFields | null = null;
  #endSeen = false;
  /** All of it is here. */
  #ended = false;
  #fault: Fault = Fault.NONE;
  #scheduled = false;
  // The answer, as far as it was handed over.
  #answered = false;
  /** Of an announced length: bytes to come; -1 = none was announced. */
  #bodyLeft = -1;
  #paused = false;
  #interims = 0;

  constructor(home: CallHome, ground: H2Ground, memory: WriteMemory, reused: boolean, fresh: boolean) {
    this.#home = home;
    this.#ground = ground;
    this.#memory = memory;
    this.reused = reused;
    this.fresh = fresh;
  }

  get connected(): boolean {
    return this.#stream !== null;
  }

  get unsentBytes(): number {
    return this.#stream === null ? this.#earlyBytes : this.#stream.writableLength;
  }

  // ── The pool's calls ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Gives it its session, which has room. */
  assign(session: H2Session): void {
    this.#session = session;
    this.#alone = session.requests > 0 && session.calls.size === 0;
    session.take(this);
    if (this.#text !== '') this.#open(session);
  }

  /** There is no session for it. The handler is told at the end of this turn. */
  refuse(fault: Fault): void {
    this.#fault = fault;
    this.#schedule();
  }

  // ── The exchange's calls ───────────────────────────────────────────────────────────────────────────────────────────

  begin(handler: UpstreamHandler, isHead: boolean, acceptsTrailers: boolean): void {
    this.#handler = handler;
    this.#isHead = isHead;
    this.#acceptsTrailers = acceptsTrailers;
  }

  writeHead(text: string, framing: RequestFraming): void {
    if (this.#over) return;
    this.#text = text;
    this.#framing = framing;
    this.#last = framing === RequestFraming.NONE;
    if (this.#session !== null) this.#open(this.#session);
  }

  writeBody(bytes: Uint8Array, last: boolean, trailers: string = ''): boolean {
    if (this.#over || this.#fault !== Fault.NONE || this.#last) return true;
    this.#last = last;
    if (last) this.#trailers = trailers;
    const stream = this.#stream;
    if (stream === null) this.#keepEarly(bytes);
    else if (!stream.destroyed && !stream.closed) this.#write(stream, bytes, last);
    else return true;
    this.#blocked = this.unsentBytes >= WRITE_HIGH_WATER_BYTES;
    return !this.#blocked;
  }

  pause(): void {
    if (this.#over || this.#paused) return;
    this.#paused = true;
    this.#stream?.pause();
  }

  resume(): void {
    if (this.#over || !this.#paused) return;
    this.#paused = false;
    this.#stream?.resume();
    if (this.#pieces.length > 0 || this.#ended) this.#schedule();
  }

  abort(): void {
    if (this.#over) return;
    this.#finish();
    const stream = this.#stream;
    if (stream !== null) stream.close(ErrorCode.CANCEL);
    else if (this.#session !== null) this.#session.release(this);
    else this.#home.onLeftWaiting(this);
  }

  // ── The request ────────────────────────────────────────────────────────────────────────────────────────────────────

  #open(session: H2Session): void {
    const { node } = session;
    const text = this.#text;
    const fits = fitsFields(text);
    this.#text = '';
    const fields = requestFields(text, session.scheme, this.#acceptsTrailers, this.#ground.names);
    const stream = node === null || !fits ? null : openStream(node, fields, this.#framing, this);
    if (stream === null) {
      session.release(this);
      this.#session = null;
      if (node === null || node.closed) this.refuse(Fault.STREAM_REFUSED);
      else this.refuse(fits ? Fault.BAD_REQUEST : Fault.HEADERS_TOO_LARGE);
      return;
    }
    this.#stream = stream;
    const early = this.#early;
    if (early !== null) {
      this.#early = null;
      for (let i = 0; i < early.length; i++) stream.write(early[i]);
      if (this.#last) stream.end();
    }
  }

  #keepEarly(bytes: Uint8Array): void {
    if (this.#early === null) this.#early = [];
    if (bytes.length === 0) return;
    this.#early.push(Buffer.from(bytes));
    this.#earlyBytes += bytes.length;
  }

  /** The last piece takes the end of the stream with it. */
  #write(stream: ClientHttp2Stream, bytes: Uint8Array, last: boolean): void {
    const size = bytes.length;
    if (size > 0) {
      if (this.#memory.lends(size)) this.#writeLent(stream, bytes);
      else stream.write(Buffer.from(bytes));
    }
    if (last) stream.end();
  }

  #writeLent(stream: ClientHttp2Stream, bytes: Uint8Array): void {
    const block = this.#memory.take();
    block.set(bytes);
    if (this.#lent === null) this.#lent = [];
    // hot-ok: once per large upload
    if (this.#onWritten === null) this.#onWritten = (error) => this.#giveBack(error);
    this.#lent.push(block);
    stream.write(block.subarray(0, bytes.length), this.#onWritten);
  }

  /** Writes end in their order. After an error the kernel or nghttp2 may still hold the block: it is not lent again. */
  #giveBack(error: Error | null | undefined): void {
    const block = this.#lent?.shift();
    if (block !== undefined && (error === null || error === undefined)) this.#memory.give(block);
  }

  onWritable(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#handler?.onUpstreamDrain();
  }

  onTrailersWanted(): void {
    if (this.#stream === null) return;
    if (fitsFields(this.#trailers))
      endStream(this.#stream, trailerFields(this.#trailers, this.#ground.names));
    else this.#break(Fault.HEADERS_TOO_LARGE);
  }

  // ── The answer comes ───────────────────────────────────────────────────────────────────────────────────────────────

  onInterim(): void {
    this.responseStarted = true;
    if (++this.#interims > MAX_INTERIM_HEADS) this.#break(Fault.BAD_RESPONSE);
  }

  onHead(raw: RawFields, ended: boolean): void {
    if (this.#head !== null || this.#answered) return;
    this.responseStarted = true;
    this.#head = raw;
    this.#endsAtHead = ended;
    this.#ended = ended;
    if (this.#session !== null) this.#session.suspect = false;
    this.#schedule();
  }

  onPiece(piece: Buffer): void {
    if (this.#over || piece.length === 0) return;
    this.#pieces.push(piece);
    this.#schedule();
  }

  onTrailers(raw: RawFields): void {
    this.#trailersCame = raw;
  }

  onEndSeen(): void {
    this.#endSeen = true;
  }

  onEnd(): void {
    if (!this.#endSeen) return;
    this.#ended = true;
    this.#schedule();
  }

  /** The slot is free again. A stream that ended before its answer did has failed. */
  onStreamClosed(): void {
    this.#session?.release(this);
    if (this.#over || this.#ended) return;
    if (this.#fault === Fault.NONE) this.#fault = this.#lossOf(this.#stream);
    this.#schedule();
  }

  salvage(): void {
    const stream = this.#stream;
    if (stream === null || this.#over || this.#ended || !this.#endSeen) return;
    // What a slow client has not taken yet waits in node:http2, which drops it. Reading it hands it to `onPiece`.
    let rest: unknown;
    do rest = stream.read();
    while (rest !== null);
    this.onEnd();
  }

  /** Why the stream ended without an answer, or in the middle of one. */
  #lossOf(stream: ClientHttp2Stream | null): Fault {
    const session = this.#session;
    if (stream === null || session === null) return Fault.STREAM_REFUSED;
    if (this.#head !== null || this.#answered) return Fault.RESPONSE_INCOMPLETE;
    const refused = stream.rstCode === ErrorCode.REFUSED_STREAM || session.disowns(stream.id);
    if (refused && !this.responseStarted) {
      session.suspect = true;
      return Fault.STREAM_REFUSED;
    }
    return session.loss !== Fault.NONE && this.#alone ? session.loss : Fault.STREAM_RESET;
  }

  // ── The answer is handed over ──────────────────────────────────────────────────────────────────────────────────────

  #schedule(): void {
    if (this.#scheduled || this.#over) return;
    this.#scheduled = true;
    this.#ground.deliveries.add(this);
  }

  /** What this turn brought, in its order. The handler may abort in each of its callbacks. */
  deliver(): void {
    this.#scheduled = false;
    if (this.#head !== null) this.#deliverHead(this.#head);
    if (!this.#paused || this.#fault !== Fault.NONE) this.#deliverPieces();
    if (this.#over) return;
    if (this.#fault !== Fault.NONE) this.#fail(this.#fault);
    else if (this.#ended && !this.#paused) this.#complete();
    else if (this.#answered) this.#handler?.onUpstreamReadEnd();
  }

  #deliverHead(raw: RawFields): void {
    const handler = this.#handler;
    const { reader } = this.#ground;
    this.#head = null;
    if (handler === null) return;
    const fault = reader.readHead(raw);
    if (fault !== Fault.NONE) {
      this.#break(fault);
      return;
    }
    const { head } = reader;
    const hasBody = !this.#endsAtHead && !this.#isHead && head.status !== 204 && head.status !== 304;
    // What follows a head that can have no body is nobody's.
    if (!hasBody) this.#ended = true;
    else this.#bodyLeft = head.contentLength;
    this.#answered = true;
    handler.onUpstreamHead(head, hasBody);
  }

  #deliverPieces(): void {
    const pieces = this.#pieces;
    for (let i = 0; i < pieces.length && !this.#over; i++) {
      const piece = pieces[i] as Buffer;
      if (this.#bodyLeft >= 0) {
        this.#bodyLeft -= piece.length;
        if (this.#bodyLeft < 0) {
          this.#break(Fault.BAD_RESPONSE_BODY);
          return;
        }
      }
      if (this.#handler?.onUpstreamBody(piece) === false) this.pause();
    }
    pieces.length = 0;
  }

  #complete(): void {
    const handler = this.#handler;
    const trailers = this.#trailersCame === null ? '' : trailerLines(this.#trailersCame);
    if (this.#bodyLeft > 0) this.#fail(Fault.RESPONSE_INCOMPLETE);
    else if (trailers === null) this.#fail(Fault.BAD_RESPONSE_BODY);
    else {
      this.#finish();
      const stream = this.#stream;
      // Answered before the whole request was sent, or with more behind an answer without a body: the rest is not wanted.
      if (stream !== null && !(stream.writableFinished && stream.readableEnded))
        stream.close(ErrorCode.CANCEL);
      handler?.onUpstreamEnd(forwardableTrailers(trailers));
    }
  }

  /** The answer cannot go on; the handler is told with what else this turn brings. */
  #break(fault: Fault): void {
    this.#fault = fault;
    this.#pieces.length = 0;
    this.#stream?.close(ErrorCode.CANCEL);
    this.#schedule();
  }

  #fail(fault: Fault): void {
    const handler = this.#handler;
    const answered = this.#answered;
    this.#finish();
    this.#stream?.close(ErrorCode.CANCEL);
    handler?.onUpstreamFault(fault, answered);
  }

  #finish(): void {
    this.#over = true;
    this.#handler = null;
    this.#early = null;
    this.#pieces.length = 0;
  }
}

// hot: runs once per request
/**
 * One stream of an HTTP/2 connection as the exchange sees it, and the writer of its response (RFC 9113 8). Worker thread. Frames
 * are put into the connection's output at once and leave at the end of the turn.
 *
 *   open ─┬─ END_STREAM sent (`outflow.ended`) ─┬─▶ done: the connection forgets it
 *         ├─ END_STREAM came (`inflow.ended`) ──┘
 *         └─ RST_STREAM sent or received ─────────▶ done
 */

import { ErrorCode } from '../../http2/protocol.ts';
import {
  BodyFraming,
  type ClientHandler,
  type ClientSide,
  type ConnectionEnds,
  type ConnectionFacts,
  Engine,
  Protocol,
  UNKNOWN_ENDS,
} from '../client-side.ts';
import { RequestBody, type RequestHead } from '../request-head.ts';
import { Inflow } from './http2-inflow.ts';
import { Outflow } from './http2-outflow.ts';
import type { Http2Sender } from './http2-sender.ts';
import type { Http2Stream, Http2Streams } from './http2-streams.ts';

/**
 * How long a reader may take for what is left of a response that the exchange is done with, one read from an endpoint at most: as
 * long as it may take nothing of one that goes on, by the default `timeouts.write` (docs/decisions/0006).
 */
const ENDING_MS = 90_000;
const RESET_CONTENT = 205;
const NO_BYTES: Uint8Array = new Uint8Array(0);

/** What all streams of a connection share. */
export interface Http2Ground {
  readonly facts: ConnectionFacts;
  readonly sender: Http2Sender;
  readonly streams: Http2Streams;
}

export class Http2Client implements ClientSide, Http2Stream {
  waitingIndex = -1;
  readonly id: number;
  readonly head: RequestHead;
  readonly engine: Engine = Engine.NODE;
  readonly protocol: Protocol = Protocol.HTTP2;
  readonly peer: string;
  readonly tls: boolean;
  readonly localPort: number;
  trailers = '';
  readonly outflow: Outflow;
  readonly #facts: ConnectionFacts;
  readonly #inflow: Inflow;
  readonly #sender: Http2Sender;
  readonly #streams: Http2Streams;
  #handler: ClientHandler | null = null;
  /** The exchange is done, or the peer is gone: its every call does nothing. */
  #dead = false;
  /** The stream is gone. */
  #gone = false;
  /** The head that waits for the first piece of its body: what is encoded cannot be taken back (RFC 7541 2.3.2). */
  #fields: Uint8Array | null = null;
  #status = 0;
  #length = 0;
  #framing: BodyFraming = BodyFraming.NONE;
  /** Of a LENGTH body: bytes still to come. */
  #remaining = 0;
  /** The exchange has said all of the response. */
  #complete = false;
  #responseTrailers = '';
  /** On the worker's monotonic clock; 0: not set yet. */
  #endsBeforeMs = 0;

  /** `window`: what the peer lets a stream send at first. `ended`: END_STREAM came with the head. */
  constructor(
    { facts, sender, streams }: Http2Ground,
    id: number,
    head: RequestHead,
    window: number,
    ended: boolean,
  ) {
    const { peer, tls, localPort } = facts;
    this.id = id;
    this.head = head;
    this.peer = peer;
    this.tls = tls;
    this.localPort = localPort;
    this.#facts = facts;
    this.#sender = sender;
    this.#streams = streams;
    this.outflow = new Outflow(sender, id, window);
    this.#inflow = new Inflow(sender, id, head.body === RequestBody.LENGTH ? head.contentLength : -1, ended);
  }

  ends(): ConnectionEnds {
    return this.#facts.ends?.() ?? UNKNOWN_ENDS;
  }

  // ── The exchange's calls ───────────────────────────────────────────────────────────────────────────────────────────

  attach(handler: ClientHandler): void {
    if (this.#dead) return;
    this.#handler = handler;
    // RFC 9110 10.1.1.
    if (this.head.expectsContinue && !this.#inflow.ended) this.#sender.continue(this.id);
  }

  pauseBody(): void {
    if (!this.#dead) this.#inflow.isPaused = true;
  }

  resumeBody(): void {
    if (this.#dead || !this.#inflow.isPaused) return;
    this.#inflow.isPaused = false;
    if (this.#inflow.isKeeping) {
      const kept = this.#inflow.takeKept();
      this.#deliver(kept, this.#inflow.ended);
    } else if (this.#inflow.ended) this.#deliver(NO_BYTES, true);
  }

  /** There is none. */
  restartTimer(): void {}

  /** `close` means nothing here: other streams share the connection, and each has its own framing. */
  answer(status: number, fields: Uint8Array, body: Uint8Array, bodyLength: number, hasBody: boolean): void {
    if (this.#dead) return;
    const ends = !hasBody || body.length === 0;
    this.#sender.head(this.id, status, fields, bodyLength, ends);
    if (ends) this.outflow.ended = true;
    else this.outflow.write(body, true);
    // Nobody waits for the reader.
    this.#complete = true;
    this.#finish();
  }

  /** There are no reason phrases (RFC 9113 8.3.2); for `close` see `answer`. */
  writeHead(status: number, _reason: string, fields: Uint8Array, framing: BodyFraming, length: number): void {
    if (this.#dead) return;
    // A 205 has no content (RFC 9110 15.3.6).
    const isBare = framing === BodyFraming.NONE || status === RESET_CONTENT;
    const ends = isBare || (framing === BodyFraming.LENGTH && length === 0);
    this.#framing = ends ? BodyFraming.NONE : framing;
    this.#remaining = framing === BodyFraming.LENGTH ? length : 0;
    this.#status = status;
    this.#fields = fields;
    this.#length = framing === BodyFraming.STREAM || status === RESET_CONTENT ? -1 : length;
  }

  writeBody(bytes: Uint8Array): boolean {
    const size = bytes.length;
    if (this.#dead || size === 0) return true;
    this.#remaining -= size;
    const { outflow } = this;
    this.flush();
    if (outflow.ended) return true;
    const ends = this.#framing === BodyFraming.LENGTH && this.#remaining === 0;
    if (outflow.write(bytes, ends)) return true;
    this.#streams.wait(this);
    return false;
  }

  /** The rest leaves at the end of the turn by itself. */
  flush(): void {
    const fields = this.#fields;
    if (fields === null) return;
    this.#fields = null;
    const ends = this.#framing === BodyFraming.NONE;
    this.#sender.head(this.id, this.#status, fields, this.#length, ends);
    if (ends) this.outflow.ended = true;
  }

  end(trailers: string): boolean {
    if (this.#dead) return true;
    if (this.#framing === BodyFraming.LENGTH && this.#remaining !== 0) {
      // Not what was announced: the client must not take a part for the whole.
      this.abort();
      return true;
    }
    const { outflow } = this;
    this.#complete = true;
    this.flush();
    const section = this.#framing === BodyFraming.STREAM && this.head.acceptsTrailers ? trailers : '';
    if (section === '') outflow.end();
    else if (outflow.isHolding) this.#responseTrailers = section;
    else this.#sendTrailers(section);
    if (!outflow.ended) {
      this.#streams.wait(this);
      return false;
    }
    this.#finish();
    return true;
  }

  /** Only the stream: the client knows that this response broke off (RFC 9113 8.1), and the others go on. */
  abort(): void {
    if (this.#dead) return;
    this.#die();
    this.cut(ErrorCode.INTERNAL_ERROR);
  }

  // ── The connection's calls ─────────────────────────────────────────────────────────────────────────────────────────

  /** END_STREAM came. */
  get uploadEnded(): boolean {
    return this.#inflow.ended;
  }

  /** A DATA frame begins; `size` with its padding, which nobody waits for. Gives why the stream has to end, or NO_ERROR. */
  beginData(size: number): ErrorCode {
    return this.#inflow.begin(size);
  }

  /** A piece of the body. `ends`: END_STREAM stands behind it. Gives why the stream has to end, or NO_ERROR. */
  receive(bytes: Uint8Array, ends: boolean): ErrorCode {
    if (this.#gone) return ErrorCode.NO_ERROR;
    const inflow = this.#inflow;
    const wrong = inflow.count(bytes.length, ends);
    if (wrong !== ErrorCode.NO_ERROR) return wrong;
    if (!inflow.isPaused) this.#deliver(bytes, ends);
    else if (bytes.length > 0) inflow.keep(bytes);
    return ErrorCode.NO_ERROR;
  }

  /** The DATA frame is whole. Gives the octets of its padding. */
  endData(): number {
    return this.#gone ? 0 : this.#inflow.finish();
  }

  /** They end the stream. Gives why it has to end otherwise, or NO_ERROR. */
  receiveTrailers(lines: string): ErrorCode {
    this.trailers = lines;
    return this.receive(NO_BYTES, true);
  }

  /** A frame of what waits. True: it may be asked again. */
  pump(): boolean {
    const { outflow } = this;
    const moved = outflow.pump();
    if (outflow.isHolding || this.#sender.output.isBackedUp) return moved;
    this.#streams.stopWaiting(this);
    if (this.#responseTrailers !== '') this.#sendTrailers(this.#responseTrailers);
    const handler = this.#handler;
    if (this.#dead) this.#closeIfDone();
    else if (this.#complete) this.#finish();
    handler?.onClientDrain();
    return false;
  }

  /** The peer gave the stream up, or broke a rule on it, or the connection is gone. */
  leave(): void {
    this.#forget();
    if (this.#dead) return;
    const handler = this.#handler;
    this.#die();
    handler?.onClientAborted();
  }

  /** RST_STREAM: nothing more is said or taken. */
  cut(code: ErrorCode): void {
    if (this.#gone) return;
    const ended = this.#inflow.ended;
    this.#forget();
    this.#streams.abandon(this.id, ended);
    this.#sender.reset(this.id, code);
  }

  /** Asked ten times a second once the response is complete and some of it waits for its reader. */
  limitEnding(nowMs: number): void {
    if (!this.#complete) return;
    if (this.#endsBeforeMs === 0) this.#endsBeforeMs = nowMs + ENDING_MS;
    else if (nowMs >= this.#endsBeforeMs) this.cut(ErrorCode.INTERNAL_ERROR);
  }

  /**
   * An answer before the end of the upload: once it is sent the client is told to stop (RFC 9113 8.1). Not where all of it has come
   * meanwhile.
   */
  stopUpload(): void {
    if (!this.#gone && !this.#inflow.ended) this.cut(ErrorCode.NO_ERROR);
  }

  // ── Steps ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #deliver(bytes: Uint8Array, last: boolean): void {
    this.#handler?.onClientBody(bytes, last);
    if (this.#gone) return;
    this.#inflow.take(bytes.length);
    if (last) this.#closeIfDone();
  }

  #sendTrailers(section: string): void {
    this.#responseTrailers = '';
    this.outflow.ended = true;
    this.#sender.trailers(this.id, section);
  }

  /** The exchange is done; what is left is the stream's business, for a while. */
  #finish(): void {
    const inflow = this.#inflow;
    inflow.isPaused = false;
    inflow.drop();
    this.#die();
    if (this.outflow.ended) this.#closeIfDone();
    else this.#streams.wait(this);
  }

  #closeIfDone(): void {
    if (this.#gone || !this.outflow.ended) return;
    if (this.#inflow.ended) {
      this.#forget();
      this.#streams.close(this.id);
      // hot-ok: once per upload that was answered early
    } else setImmediate(stopUpload, this);
  }

  #forget(): void {
    this.#gone = true;
    this.outflow.drop();
    this.#inflow.drop();
    this.#streams.stopWaiting(this);
  }

  #die(): void {
    this.#dead = true;
    this.#handler = null;
    this.#fields = null;
  }
}

function stopUpload(client: Http2Client): void {
  client.stopUpload();
}

// hot: runs once per request
/**
 * The one owner of uWebSockets.js's response object: nothing else touches it. Some broken rules of the library end the
 * whole process (no answer and no `onAborted`, use after the end), so the abort handler is armed first, before anything
 * else can happen, and `#dead` guards every call.
 *
 * uWS can close a connection after a response only if it is told when it writes the head: `end(piece, true)` later would
 * write a `Connection` line into the body. So `answer` closes by itself, and a streamed response just says that it closes.
 */

import type { HttpResponse } from '../../../native/uws-types.ts';
import { BodyFraming, type ClientHandler, type ClientSide, Engine, Protocol } from '../client-side.ts';
import type { RequestHead } from '../request-head.ts';
import { statusLine } from '../status-line.ts';
import type { CorkRunner } from './cork-runner.ts';

const EMPTY = new Uint8Array(0);
const COLON = 0x3a;
/** How long a refused upload may go on before its sender is told; see `answer`. */
const LINGER_MS = 1_000;
/** uWS itself closes after the response to a request whose Connection field has this length ("close"). */
const UWS_CLOSE_LENGTH = 5;

/** A closing answer that waits: for the engine to leave its parser, or for the end of the upload that it refuses. */
interface LateAnswer {
  readonly fields: Uint8Array;
  readonly body: Uint8Array;
  /** Ends the wait for the upload; null where there is none. */
  readonly timer: NodeJS.Timeout | null;
}

export class UwsClient implements ClientSide {
  readonly head: RequestHead;
  readonly peer: string;
  readonly tls: boolean;
  readonly localPort: number;
  readonly engine: Engine = Engine.UWS;
  /** uWS answers 505 to anything else. */
  readonly protocol: Protocol = Protocol.HTTP1_1;
  /** And to trailers. */
  readonly trailers: string = '';
  readonly #response: HttpResponse;
  readonly #corks: CorkRunner;
  #handler: ClientHandler | null = null;
  #dead = false;
  #bodyDone: boolean;
  #bodyPaused = false;
  /** The head that waits for its first piece of body. */
  #headPending = false;
  #fieldsKept = true;
  #statusLine = '';
  #fields: Uint8Array = EMPTY;
  #framing: BodyFraming = BodyFraming.NONE;
  #length = 0;
  #close = false;
  #ended = false;
  /** Bytes of a LENGTH body that uWS took. */
  #taken = 0;
  /** The piece that `writeCorked` is to write. */
  #piece: Uint8Array = EMPTY;
  /** What uWS did not take of a LENGTH body; pieces of a STREAM body are buffered by uWS itself. */
  #rest: Uint8Array | null = null;
  #blocked = false;
  #writableArmed = false;
  #late: LateAnswer | null = null;

  constructor(
    response: HttpResponse,
    head: RequestHead,
    peer: string,
    tls: boolean,
    localPort: number,
    corks: CorkRunner,
  ) {
    // hot-ok: the one closure that uWS asks of every request
    response.onAborted(() => this.#aborted());
    this.#response = response;
    this.head = head;
    this.peer = peer;
    this.tls = tls;
    this.localPort = localPort;
    this.#corks = corks;
    this.#bodyDone = !head.hasBody;
    // hot-ok: requests with a body only
    if (!this.#bodyDone) response.onData((chunk, last) => this.#data(chunk, last));
  }

  attach(handler: ClientHandler): void {
    if (!this.#dead) this.#handler = handler;
  }

  pauseBody(): void {
    if (this.#dead || this.#bodyPaused) return;
    this.#bodyPaused = true;
    this.#response.pause();
  }

  resumeBody(): void {
    if (this.#dead || !this.#bodyPaused) return;
    this.#bodyPaused = false;
    this.#response.resume();
  }

  restartTimer(): void {
    // A paused connection has no timer in uWS, and resuming it would read what the exchange cannot take.
    if (this.#dead || this.#bodyPaused) return;
    this.#response.pause();
    this.#response.resume();
  }

  answer(
    status: number,
    fields: Uint8Array,
    body: Uint8Array,
    bodyLength: number,
    hasBody: boolean,
    close: boolean,
  ): void {
    if (this.#dead) return;
    this.#handler = null;
    this.#statusLine = statusLine(status, '');
    this.#framing = hasBody ? BodyFraming.LENGTH : BodyFraming.NONE;
    this.#length = bodyLength;
    this.#close = close;
    this.#ended = true;
    if (close) {
      this.#late = { fields: Buffer.from(fields), body: Buffer.from(body), timer: this.#lingerTimer() };
      if (this.#bodyDone) this.#answerSoon();
      else this.resumeBody();
      return;
    }
    this.#fields = fields;
    this.#piece = body;
    this.#headPending = true;
    this.#corks.cork(this.#response, this);
  }

  writeHead(
    status: number,
    reason: string,
    fields: Uint8Array,
    framing: BodyFraming,
    length: number,
    close: boolean,
  ): void {
    if (this.#dead) return;
    this.#headPending = true;
    this.#statusLine = statusLine(status, reason);
    this.#fields = fields;
    this.#fieldsKept = false;
    this.#framing = framing;
    this.#length = length;
    this.#close = close;
  }

  writeBody(bytes: Uint8Array): boolean {
    if (this.#dead || bytes.length === 0) return true;
    if (this.#rest !== null) {
      // The exchange was told to stop and had one more piece in hand.
      this.#rest = Buffer.concat([this.#rest, bytes]);
      return false;
    }
    this.#piece = bytes;
    this.#corks.cork(this.#response, this);
    return !this.#blocked;
  }

  flush(): void {
    if (this.#dead || !this.#headPending || this.#fieldsKept) return;
    // uWS sends a head with the first piece of its body and not before, but the view ends with this turn.
    this.#fields = Buffer.from(this.#fields);
    this.#fieldsKept = true;
  }

  /** uWS writes the end of a chunked body by itself: trailers are dropped. */
  end(): boolean {
    if (this.#dead) return true;
    this.#ended = true;
    if (this.#blocked) return false;
    if (this.#framing === BodyFraming.LENGTH && this.#length > this.#taken) {
      // Fewer bytes than announced: the client must not take a part for the whole.
      this.abort();
      return true;
    }
    this.#corks.cork(this.#response, this);
    return true;
  }

  abort(): void {
    if (this.#dead) return;
    this.#handler = null;
    this.#die();
    this.#response.close();
  }

  /** Called by the cork runner alone: writes what is pending. */
  writeCorked(): void {
    const response = this.#response;
    const piece = this.#piece;
    this.#piece = EMPTY;
    const first = this.#headPending;
    if (first) this.#writePendingHead(response);
    if (this.#framing === BodyFraming.LENGTH) this.#writeLength(response, piece);
    else if (this.#framing === BodyFraming.STREAM) this.#writeStream(response, piece);
    else if (this.#ended) this.#writeNoBody(response);
  }

  /** One call for the whole run of lines: `writeHeader` copies both views and looks inside neither. */
  #writePendingHead(response: HttpResponse): void {
    this.#headPending = false;
    response.writeStatus(this.#statusLine);
    const fields = this.#fields;
    const colon = fields.indexOf(COLON);
    if (colon > 0) response.writeHeader(fields.subarray(0, colon), fields.subarray(colon + 2));
    this.#fields = EMPTY;
    // Where uWS is told to close it says so itself, unless the request had asked for it.
    const saidByUws = this.#ended && this.#closesAtOnce() && this.head.connection.length !== UWS_CLOSE_LENGTH;
    if (this.#close && !saidByUws) response.writeHeader('Connection', 'close');
  }

  /** Whether this is a whole answer that `end` or `endWithoutBody` closes after. */
  #closesAtOnce(): boolean {
    return this.#close && this.#handler === null && this.#bodyDone && this.#length >= 0;
  }

  #writeLength(response: HttpResponse, piece: Uint8Array): void {
    if (this.#ended && this.#taken === 0 && this.#closesAtOnce()) {
      this.#die();
      response.end(piece, true);
      return;
    }
    if (this.#length === 0) {
      this.#die();
      response.end(EMPTY);
      return;
    }
    // Asked to write nothing, uWS says that the answer is complete (seen on 20.56).
    if (piece.length === 0) return;
    const [taken, complete] = response.tryEnd(piece, this.#length);
    if (complete) {
      this.#die();
      return;
    }
    if (taken) {
      this.#taken += piece.length;
      return;
    }
    const offset = response.getWriteOffset();
    // The piece is a view of a buffer that is about to be read into again; `slice` of a Buffer would not copy it.
    this.#rest = Buffer.from(piece.subarray(offset - this.#taken));
    this.#taken = offset;
    this.#block(response);
  }

  #writeStream(response: HttpResponse, piece: Uint8Array): void {
    if (piece.length > 0 && !response.write(piece)) this.#block(response);
    if (!this.#ended || this.#blocked) return;
    this.#die();
    response.end(EMPTY);
  }

  #writeNoBody(response: HttpResponse): void {
    this.#die();
    if (this.#length >= 0) response.endWithoutBody(this.#length, this.#closesAtOnce());
    else response.endWithoutBody();
  }

  /** To close in the midst of an upload would be a reset, which can destroy the answer on its way (RFC 9112 9.6). */
  #lingerTimer(): NodeJS.Timeout | null {
    // hot-ok: refused uploads only
    return this.#bodyDone ? null : setTimeout(() => this.#answerLate(), LINGER_MS);
  }

  /**
   * uWS closes after an answer only once it has parsed all that it read, and forgets to if that held one more request. So
   * nothing that closes is answered from within its parser: a request behind a pending one makes uWS cut the connection.
   */
  #answerSoon(): void {
    // hot-ok: answers that close only
    setImmediate(() => this.#answerLate());
  }

  /** The wait is over: the answer goes out. */
  #answerLate(): void {
    const late = this.#late;
    if (this.#dead || late === null) return;
    if (late.timer !== null) clearTimeout(late.timer);
    this.#late = null;
    // What still comes in is not read any more: uWS closes the connection when it has been idle for 10 s, which leaves
    // the client time to read the answer.
    if (!this.#bodyDone) this.#response.pause();
    this.#fields = late.fields;
    this.#piece = late.body;
    this.#headPending = true;
    this.#corks.cork(this.#response, this);
  }

  #block(response: HttpResponse): void {
    this.#blocked = true;
    if (this.#writableArmed) return;
    this.#writableArmed = true;
    // hot-ok: once per response to a slow reader
    response.onWritable((offset) => this.#writable(offset));
  }

  #writable(offset: number): boolean {
    // uWS holds back what it could not send until the next write: one of nothing sends it.
    if (!this.#dead && this.#framing === BodyFraming.STREAM && !this.#ended)
      this.#corks.cork(this.#response, this);
    if (this.#dead || !this.#blocked) return true;
    this.#blocked = false;
    const rest = this.#rest;
    if (rest !== null) {
      this.#rest = null;
      this.#piece = rest.subarray(offset - this.#taken);
      this.#taken = offset;
      this.#corks.cork(this.#response, this);
      // A nested call cannot clear it.
      if (this.#blocked as boolean) return false;
    } else if (this.#ended) this.#corks.cork(this.#response, this);
    const handler = this.#handler;
    if (this.#dead) this.#handler = null;
    handler?.onClientDrain();
    return true;
  }

  #data(chunk: ArrayBuffer, last: boolean): void {
    if (last) this.#bodyDone = true;
    if (this.#late !== null) {
      if (last) this.#answerSoon();
      return;
    }
    this.#handler?.onClientBody(new Uint8Array(chunk), last);
  }

  #aborted(): void {
    if (this.#dead) return;
    this.#die();
    const handler = this.#handler;
    this.#handler = null;
    handler?.onClientAborted();
  }

  /** From here on the response object must not be touched. */
  #die(): void {
    this.#dead = true;
    this.#rest = null;
    if (this.#late !== null) {
      if (this.#late.timer !== null) clearTimeout(this.#late.timer);
      this.#late = null;
    }
  }
}

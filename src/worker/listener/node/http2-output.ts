// hot: runs once per request
/**
 * Frames on their way to the client of one HTTP/2 connection: what one turn of the loop brings, for all its streams, is put
 * together and leaves in one write at the end of the turn. Memory is lent by the worker and only while there is something in it,
 * so an idle connection has none. Worker thread.
 */

import type { Socket } from 'node:net';
import { Flag } from '../../http2/protocol.ts';

/** Holds the answers of most turns. */
const SMALL_BYTES = 16 * 1024;
/** Holds one read from an endpoint (64 KiB) with the headers of its frames. */
const LARGE_BYTES = 80 * 1024;
/** Up to this the bytes are copied into memory of their own size, so that a slow reader does not hold a block for them. */
const COPIED_BYTES = 4 * 1024;
/** Blocks kept while nobody needs them. */
const MAX_FREE_SMALL = 32;
const MAX_FREE_LARGE = 8;
/** What a socket may have yet to take before bodies wait. More than Node's own mark (64 KiB in Node 22), so that 'drain' tells. */
export const BACKLOG_BYTES: number = 64 * 1024;

/** Of a frame's flags in its header (RFC 9113 4.1). */
const FLAGS_OFFSET = 4;
const NO_BLOCK: Buffer = Buffer.alloc(0);

/** Of one worker. */
export class OutputPool {
  readonly #small: Buffer[] = [];
  readonly #large: Buffer[] = [];
  #dirty: Http2Output[] = [];
  #isScheduled = false;
  readonly #flushAll = (): void => this.flushAll();

  /** A block of at least so many bytes. */
  take(bytes: number): Buffer {
    if (bytes <= SMALL_BYTES) return this.#small.pop() ?? Buffer.allocUnsafeSlow(SMALL_BYTES);
    if (bytes <= LARGE_BYTES) return this.#large.pop() ?? Buffer.allocUnsafeSlow(LARGE_BYTES);
    return Buffer.allocUnsafeSlow(bytes);
  }

  give(block: Buffer): void {
    if (block.length === SMALL_BYTES) {
      if (this.#small.length < MAX_FREE_SMALL) this.#small.push(block);
    } else if (block.length === LARGE_BYTES && this.#large.length < MAX_FREE_LARGE) this.#large.push(block);
  }

  /** Once all that the loop has brought is served: the frames of many streams leave together. */
  flushLater(output: Http2Output): void {
    this.#dirty.push(output);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#flushAll);
  }

  flushAll(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    this.#isScheduled = false;
    for (let i = 0; i < dirty.length; i++) dirty[i]!.flush();
  }
}

export class Http2Output {
  /** Where the next frame goes: `block` from `end` on, after `reserve`. */
  block: Buffer = NO_BLOCK;
  end = 0;
  /** The frame put in last that END_STREAM may be added to: its stream, 0 for none, and where its header is. */
  lastStream = 0;
  lastFrame = 0;
  readonly #socket: Socket;
  readonly #pool: OutputPool;
  #isWaiting = false;

  constructor(socket: Socket, pool: OutputPool) {
    this.#socket = socket;
    this.#pool = pool;
  }

  /** Sees to so many bytes of room in one piece. */
  reserve(bytes: number): void {
    if (this.block.length - this.end < bytes) this.#renew(bytes);
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#pool.flushLater(this);
  }

  /** Adds END_STREAM to what was put in last, if that is a frame of this stream that has not left. False: it is not. */
  endStream(stream: number): boolean {
    if (this.lastStream !== stream) return false;
    this.lastStream = 0;
    this.block[this.lastFrame + FLAGS_OFFSET]! |= Flag.END_STREAM;
    return true;
  }

  /** The socket has yet to take more than it should: bodies wait for 'drain'. */
  get isBackedUp(): boolean {
    return this.#socket.writableLength >= BACKLOG_BYTES;
  }

  /** Bytes that the socket has yet to take. */
  get backlog(): number {
    return this.#socket.writableLength + this.end;
  }

  flush(): void {
    this.#isWaiting = false;
    this.#write();
    this.#pool.give(this.block);
    this.block = NO_BLOCK;
  }

  #renew(bytes: number): void {
    this.#write();
    if (this.block.length >= bytes) return;
    this.#pool.give(this.block);
    this.block = this.#pool.take(bytes);
  }

  /** Leaves the block empty, or none at all. */
  #write(): void {
    const { block, end } = this;
    if (end === 0) return;
    this.end = 0;
    this.lastStream = 0;
    if (end <= COPIED_BYTES) {
      const own = Buffer.allocUnsafe(end);
      block.copy(own, 0, 0, end);
      this.#socket.write(own);
      return;
    }
    const pool = this.#pool;
    this.block = NO_BLOCK;
    // hot-ok: once per 4 KiB and more
    this.#socket.write(end === block.length ? block : block.subarray(0, end), () => pool.give(block));
  }
}

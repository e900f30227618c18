// hot: runs once per request
/**
 * Where an answer is put together before it is written: head, pieces and framing of one turn become one buffer and one system
 * call. One per worker: what is put together is written before the next client's turn. Worker thread.
 */

import type { Socket } from 'node:net';
import { type Later, Written, writeBytes } from '../../http1/direct-write.ts';

/** One read from an endpoint (64 KiB) with its head and the framing of its chunks; more is written in between. */
const BLOCK_BYTES = 80 * 1024;
/** Up to this the bytes are copied into memory of their own size, so that a slow reader does not hold a block for them. */
const COPIED_BYTES = 16 * 1024;
const DIGIT_0 = 0x30;
/** Blocks kept when nobody needs them. */
const MAX_FREE = 8;

/** Whose bytes lie in the memory. */
export interface OutOwner {
  /** Writes them. */
  flush(): void;
}

export class OutMemory {
  /** What is put together: `block` from 0 to `end`. */
  block: Buffer;
  end: number;
  #owner: OutOwner | null;
  readonly #free: Buffer[];

  constructor() {
    this.block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.end = 0;
    this.#owner = null;
    this.#free = [];
  }

  /** To be called before bytes are put in. What another owner left here leaves first: it cannot have been written yet. */
  claim(owner: OutOwner): void {
    if (this.#owner === owner) return;
    if (this.end > 0) this.#owner?.flush();
    this.#owner = owner;
  }

  /** Forgets what `owner` put in and did not write. */
  drop(owner: OutOwner): void {
    if (this.#owner === owner) this.end = 0;
  }

  get room(): number {
    return BLOCK_BYTES - this.end;
  }

  /** Text of one character per byte. The caller has looked at `room`. */
  text(latin1: string): void {
    this.end += this.block.write(latin1, this.end, 'latin1');
  }

  bytes(bytes: Uint8Array): void {
    this.block.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** A short run: a loop is faster than a native copy up to some hundred bytes. */
  short(bytes: Uint8Array): void {
    const { block } = this;
    const { length } = bytes;
    let { end } = this;
    for (let i = 0; i < length; i++) block[end++] = bytes[i] as number;
    this.end = end;
  }

  /** In decimal digits. `value`: a whole number, not negative. */
  decimal(value: number): void {
    let digits = 1;
    for (let power = 10; power <= value; power *= 10) digits++;
    const { block } = this;
    this.end += digits;
    let at = this.end;
    let rest = value;
    for (; digits > 0; digits--) {
      const tens = Math.floor(rest / 10);
      block[--at] = DIGIT_0 + (rest - tens * 10);
      rest = tens;
    }
  }

  /** Hands everything to the socket. `later`: null where it cannot be written to directly. False: stop until it drains. */
  writeTo(socket: Socket, later: Later | null): boolean {
    const { block, end } = this;
    if (end === 0) return !socket.writableNeedDrain;
    this.end = 0;
    if (end <= COPIED_BYTES && later !== null) {
      const written = writeBytes(socket, block.subarray(0, end), later);
      if (written === Written.ALL) return true;
      if (written === Written.PART) {
        // Rare: the client has left more unread than the kernel holds for it. The block is libuv's until it is sent.
        this.block = this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
        return false;
      }
    }
    if (end <= COPIED_BYTES) {
      const own = Buffer.allocUnsafe(end);
      block.copy(own, 0, 0, end);
      return socket.write(own);
    }
    this.block = this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
    // hot-ok: once per 16 KiB and more
    return socket.write(block.subarray(0, end), () => {
      if (this.#free.length < MAX_FREE) this.#free.push(block);
    });
  }
}

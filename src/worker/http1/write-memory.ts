// hot: runs once per request
/**
 * Memory for large pieces of request bodies on their way to the kernel: lent for one write, given back, lent again. The
 * engine's view of a piece ends with its callback, so each must be copied, and a new allocation of up to half a megabyte for
 * every one costs page faults and 30 MiB of garbage during an upload. Worker thread.
 */

/** uWS reads 512 KiB at once; the rest is for the framing of a chunk. */
const BLOCK_BYTES: number = 512 * 1024 + 64;
/** Smaller pieces are copied into memory of their own: a block would be wasted on them. */
const LENT_FROM_BYTES = 16 * 1024;
/** What is kept when nobody needs it. */
const MAX_FREE = 4;

export class WriteMemory {
  private readonly free: Buffer[];

  constructor() {
    this.free = [];
  }

  /** Whether a block has room for so many bytes. */
  holds(size: number): boolean {
    return size <= BLOCK_BYTES;
  }

  /** Whether a piece of this size travels in a block. */
  lends(size: number): boolean {
    return size >= LENT_FROM_BYTES && size <= BLOCK_BYTES;
  }

  /** A whole block. Whoever takes it gives it back once the kernel has what was put into it. */
  take(): Buffer {
    return this.free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }

  give(block: Buffer): void {
    if (this.free.length < MAX_FREE) this.free.push(block);
  }
}

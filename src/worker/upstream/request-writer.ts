// hot: runs once per request
/**
 * Writes requests to the socket of one connection to an endpoint: frames the body, puts head and first piece together, and says when to stop.
 * Worker thread. What the kernel takes at once goes past the stream of the socket (docs/decisions/0024); all else waits in it, in order.
 *
 *   writeHead ─┬─ no body ─▶ written
 *              └─ a body follows ─▶ waits for the first piece, or the end of this turn
 */

import type { Socket } from 'node:net';
import { type Later, Written, writeBytes, writeText } from '../http1/direct-write.ts';
import type { WriteMemory } from '../http1/write-memory.ts';
import { RequestFraming, WRITE_HIGH_WATER_BYTES } from './upstream-call.ts';

/** The most that a piece's chunk size line and what follows it take. */
const CHUNK_OVERHEAD = 32;
/** A head that is longer goes by itself. */
const MAX_GATHERED_HEAD_BYTES = 16_384;

export class RequestWriter {
  private readonly socket: Socket;
  private readonly memory: WriteMemory;
  private readonly onRoom: () => void;
  /** Writes go past the socket's stream. */
  private direct: boolean;
  private framing: RequestFraming;
  /** Whoever writes was told to stop until `onRoom`. */
  private blocked: boolean;
  /** Waits for the first piece of its body; empty = none does. */
  private head: string;
  /** Blocks that the kernel does not have whole yet, in the order of their writes. */
  private readonly lent: Buffer[];
  /** Direct writes of which libuv has a part, and how long they are at most. */
  private parts: number;
  private partBytes: number;
  private readonly giveBack: () => void;
  private readonly onPartWritten: Later;
  private readonly onTextWritten: Later;
  private readonly flush: () => void;

  /** `onRoom`: everything is written, after `blocked`. */
  // hot-ok: once per connection
  constructor(socket: Socket, memory: WriteMemory, onRoom: () => void) {
    this.socket = socket;
    this.memory = memory;
    this.onRoom = onRoom;
    this.direct = false;
    this.framing = RequestFraming.NONE;
    this.blocked = false;
    this.head = '';
    this.lent = [];
    this.parts = 0;
    this.partBytes = 0;
    this.giveBack = () => this.giveBackFirst();
    this.onPartWritten = () => {
      this.giveBackFirst();
      this.partWritten();
    };
    this.onTextWritten = () => this.partWritten();
    this.flush = () => this.flushHead();
  }

  /** From now on, where the kernel takes it: the socket stands, and `writesDirectly` was true of it. */
  writeDirectly(): void {
    this.direct = true;
  }

  /** What waits in memory to be written, in bytes; at most so many, where libuv has a part of it. */
  get unsentBytes(): number {
    return this.socket.writableLength + this.partBytes + this.head.length;
  }

  /** Request line and fields with the empty line, `text` (a byte string). Before the connection stands, Node keeps it. */
  writeHead(text: string, framing: RequestFraming): void {
    this.framing = framing;
    this.blocked = false;
    if (framing === RequestFraming.NONE) this.writeText(text);
    else if (this.direct) {
      this.head = text;
      process.nextTick(this.flush);
    } else {
      this.socket.cork();
      process.nextTick(uncork, this.socket);
      this.socket.write(text, 'latin1');
    }
  }

  /**
   * A piece of the body, framed and copied during the call; with what ends a chunked one behind it, if it is the `last`. False: stop until
   * `onRoom`.
   */
  writeBody(bytes: Uint8Array, last: boolean, trailers: string): boolean {
    const isChunked = this.framing === RequestFraming.CHUNKED;
    const end = last && isChunked ? lastChunk(trailers) : '';
    // A chunk of no bytes would end the body.
    if (bytes.length === 0) this.writeEnd(end);
    else {
      if (this.head.length > MAX_GATHERED_HEAD_BYTES) this.flushHead();
      const framed = isChunked ? bytes.length + CHUNK_OVERHEAD + end.length : bytes.length;
      const room = this.head.length + framed;
      if (this.direct && this.memory.holds(room)) this.writeBlock(this.memory.take(), bytes, end);
      else this.writeThroughStream(bytes, framed, end);
    }
    this.blocked = this.parts > 0 || this.socket.writableLength >= WRITE_HIGH_WATER_BYTES;
    return !this.blocked;
  }

  /** Ends our side of the connection, once all is written. */
  end(): void {
    this.flushHead();
    this.socket.end();
  }

  /** Forgets what waits for the end of this turn: the connection is gone. */
  drop(): void {
    this.head = '';
  }

  /** Who waits for `onRoom` need not any longer: all is written, or nothing more can be. */
  unblock(): void {
    if (!this.blocked) return;
    this.blocked = false;
    this.onRoom();
  }

  /** The stream of the socket has drained. */
  onDrain(): void {
    if (this.parts === 0) this.unblock();
  }

  private writeText(text: string): void {
    const written = this.direct ? writeText(this.socket, text, this.onTextWritten) : Written.NOT;
    if (written === Written.NOT) this.socket.write(text, 'latin1');
    else if (written === Written.PART) this.addPart(text.length);
  }

  private writeEnd(end: string): void {
    const text = this.head + end;
    if (end === '') return;
    this.head = '';
    this.writeText(text);
  }

  /** Head, if one waits, and piece in one write. Most are done within it, and the block serves the next. */
  private writeBlock(block: Buffer, bytes: Uint8Array, end: string): void {
    const { head } = this;
    this.head = '';
    const at = head === '' ? 0 : block.write(head, 0, 'latin1');
    const length = this.frame(block, at, bytes, end);
    const wire = block.subarray(0, length);
    const written = writeBytes(this.socket, wire, this.onPartWritten);
    if (written === Written.PART) {
      this.lent.push(block);
      this.addPart(length);
    } else if (written === Written.NOT && this.memory.lends(length)) this.lend(block, wire);
    else {
      if (written === Written.NOT) this.socket.write(Buffer.from(wire));
      this.memory.give(block);
    }
  }

  private writeThroughStream(bytes: Uint8Array, room: number, end: string): void {
    this.flushHead();
    const lends = this.memory.lends(room);
    const memory = lends ? this.memory.take() : Buffer.allocUnsafe(room);
    const wire = memory.subarray(0, this.frame(memory, 0, bytes, end));
    if (lends) this.lend(memory, wire);
    else this.socket.write(wire);
  }

  private lend(block: Buffer, wire: Buffer): void {
    this.lent.push(block);
    this.socket.write(wire, this.giveBack);
  }

  /** Gives where it ends. */
  private frame(memory: Buffer, at: number, bytes: Uint8Array, end: string): number {
    if (this.framing === RequestFraming.CHUNKED) return writeChunk(memory, at, bytes, end);
    memory.set(bytes, at);
    return at + bytes.length;
  }

  private flushHead(): void {
    const { head } = this;
    if (head === '') return;
    this.head = '';
    this.writeText(head);
  }

  private addPart(length: number): void {
    this.parts++;
    this.partBytes += length;
  }

  private partWritten(): void {
    this.parts--;
    if (this.parts > 0) return;
    this.partBytes = 0;
    if (this.socket.writableLength < WRITE_HIGH_WATER_BYTES) this.unblock();
  }

  /** Writes end in their order, so it is the first one that was lent. */
  private giveBackFirst(): void {
    const block = this.lent.shift();
    if (block !== undefined) this.memory.give(block);
  }
}

function uncork(socket: Socket): void {
  socket.uncork();
}

/** The last chunk with the trailer section (RFC 9112 7.1.2). */
function lastChunk(trailers: string): string {
  return trailers === '' ? '0\r\n\r\n' : `0\r\n${trailers}\r\n`;
}

/** One piece in the chunked coding (RFC 9112 7.1), with what ends the body behind it. Gives where it ends. */
function writeChunk(memory: Buffer, from: number, bytes: Uint8Array, end: string): number {
  let at = from + memory.write(`${bytes.length.toString(16)}\r\n`, from, 'latin1');
  memory.set(bytes, at);
  at += bytes.length;
  at += memory.write('\r\n', at, 'latin1');
  return end === '' ? at : at + memory.write(end, at, 'latin1');
}

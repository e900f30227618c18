// hot: runs once per request
/**
 * Writes to a plain socket at once, past Node's stream: for bytes that the kernel takes whole, which almost every small write is, the
 * stream's queue, its callbacks and a request object each cost more than they do (docs/decisions/0024). Worker thread. Node has no public
 * name for this, so what is used of it is looked for first; where it is missing (another Node), or something waits in the stream, the
 * caller writes to the socket as usual. Bytes keep their order either way: both end in the same queue of libuv.
 */

import type { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';

export const Written = {
  /** Nothing was done: write to the socket. */
  NOT: 0,
  /** The kernel has it all. Or the write has failed, which the socket hears as of any other write. */
  ALL: 1,
  /** libuv sends the rest when it can; bytes have to stay as they are until then, and `later` is called. */
  PART: 2,
} as const;
export type Written = (typeof Written)[keyof typeof Written];

/** Told of a write that was PART: all of it is with the kernel now. Not called of a socket that was destroyed. */
export type Later = (socket: Socket) => void;

/** What Node calls `WriteWrap`: a write that may outlast its call. */
interface WriteRequest {
  oncomplete: (this: WriteRequest, status: number) => void;
  socket: Socket | null;
  later: Later;
  /** Kept from the garbage collector. */
  bytes: Uint8Array | null;
}

interface StreamBinding {
  readonly WriteWrap: new () => WriteRequest;
  readonly streamBaseState: Int32Array;
  readonly kLastWriteWasAsync: number;
}

/** What Node calls `TCP` or `Pipe`. Both give 0 or an error number. */
interface StreamHandle {
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
  writeLatin1String(request: WriteRequest, text: string): number;
}

const BINDING: StreamBinding | null = findBinding();
const FAILED = Symbol('failed');

interface FailingSocket extends Socket {
  [FAILED]?: true;
}

/** One does for all writes that the kernel takes whole: Node does not look at it then. */
let spare: WriteRequest | null = BINDING === null ? null : newRequest(BINDING);

function findBinding(): StreamBinding | null {
  // hot-ok: once per thread
  try {
    const { binding } = process as unknown as { binding(name: string): Partial<StreamBinding> };
    const found = binding('stream_wrap');
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = found;
    const isKnown =
      typeof WriteWrap === 'function' &&
      streamBaseState instanceof Int32Array &&
      typeof kLastWriteWasAsync === 'number';
    return isKnown ? (found as StreamBinding) : null;
  } catch {
    return null;
  }
}

function newRequest({ WriteWrap }: StreamBinding): WriteRequest {
  const request = new WriteWrap();
  request.oncomplete = completed;
  request.socket = null;
  request.later = ignore;
  request.bytes = null;
  return request;
}

/** Whether `socket` can be written to this way at all: plain, and made by a Node that is known. */
export function writesDirectly(socket: Socket): boolean {
  const handle = handleOf(socket);
  return (
    BINDING !== null &&
    handle !== null &&
    typeof handle.writeBuffer === 'function' &&
    typeof handle.writeLatin1String === 'function'
  );
}

/** Only for a socket that stands and that `writesDirectly` was true of. */
export function writeBytes(socket: Socket, bytes: Uint8Array, later: Later): Written {
  const handle = handleOf(socket);
  const request = spare;
  if (request === null || handle === null || !isClear(socket)) return Written.NOT;
  const written = outcome(socket, request, handle.writeBuffer(request, bytes), later);
  if (written === Written.PART) request.bytes = bytes;
  return written;
}

/** `text`: one character per byte. libuv keeps a copy of what is left of it. */
export function writeText(socket: Socket, text: string, later: Later): Written {
  const handle = handleOf(socket);
  const request = spare;
  if (request === null || handle === null || !isClear(socket)) return Written.NOT;
  return outcome(socket, request, handle.writeLatin1String(request, text), later);
}

/** Nothing is in front of it, and the socket has not ended. */
function isClear(socket: Socket): boolean {
  return socket.writableLength === 0 && socket.writable;
}

function outcome(socket: Socket, request: WriteRequest, status: number, later: Later): Written {
  const { streamBaseState, kLastWriteWasAsync } = BINDING as StreamBinding;
  if (status !== 0) {
    // In a turn of its own, as of every other write: whoever writes does not expect the end within its call.
    if (isFirstFailure(socket)) process.nextTick(fail, socket, status);
    return Written.ALL;
  }
  if (streamBaseState[kLastWriteWasAsync] === 0) return Written.ALL;
  request.socket = socket;
  request.later = later;
  spare = newRequest(BINDING as StreamBinding);
  return Written.PART;
}

function completed(this: WriteRequest, status: number): void {
  const { socket, later } = this;
  this.socket = null;
  this.bytes = null;
  if (socket === null || socket.destroyed) return;
  if (status >= 0) later(socket);
  else if (isFirstFailure(socket)) fail(socket, status);
}

/** A socket fails once, as with a stream: a reset is told to the first write alone, and to those behind it that the pipe is broken. */
function isFirstFailure(socket: FailingSocket): boolean {
  const isFirst = socket[FAILED] === undefined;
  socket[FAILED] = true;
  return isFirst;
}

function fail(socket: Socket, status: number): void {
  const code = getSystemErrorName(status);
  const error: NodeJS.ErrnoException = new Error(`write ${code}`);
  error.errno = status;
  error.code = code;
  error.syscall = 'write';
  socket.destroy(error);
}

function handleOf(socket: Socket): StreamHandle | null {
  return (socket as unknown as { readonly _handle: StreamHandle | null })._handle;
}

function ignore(): void {}

// cold: runs once per connection
/**
 * A connection that was accepted and is no `Socket` yet. Node makes one of each connection at once, with both its streams, which a
 * crowd of silent connections would cost some 4 KB each. Here it stays what libuv made of it until it is known who serves it
 * (docs/decisions/0014). Worker thread. Node has no public name for this, so what is used of it is looked for first, and where it is missing
 * (another Node) a connection is a `Socket` from the beginning.
 */

import { type Server, Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';

/** Whom an accepted connection tells. All calls are synchronous. */
export interface AcceptedOwner {
  /** The owner's to keep. */
  onBytes(bytes: Buffer): void;
  /** The peer sends no more, or is gone. */
  onEnd(): void;
}

export interface Accepted {
  /** −1: it has none. */
  readonly fd: number;
  /** As Node words it; undefined where the peer is gone already. Asked once. */
  remoteAddress(): string | undefined;
  /** Reads from now on. Called once. */
  read(owner: AcceptedOwner): void;
  /** Makes it a socket, paused, with nothing in it; the owner hears nothing any more. Called once, and nothing after it. */
  toSocket(): Socket;
  /** The owner hears nothing any more. May be called twice. */
  close(): void;
}

export interface SocketOptions {
  /** Of what waits to be written, in bytes. */
  readonly highWaterMark: number;
}

/** What Node calls `TCP`: a stream of libuv. */
interface TcpHandle {
  readonly fd: number;
  /** An ArrayBuffer of what was read; undefined: the end, or an error. `this`: the handle. */
  onread: (this: TcpHandle, bytes: ArrayBuffer | undefined) => void;
  getpeername(into: { address?: string }): number;
  setNoDelay(on: boolean): number;
  readStart(): number;
  close(): void;
  [ACCEPTED]?: AcceptedHandle | undefined;
}

/** A listening one. `status`: below 0, an error number. */
interface ListenHandle {
  onconnection: (status: number, handle: TcpHandle) => void;
}

/** Where a handle holds what was made of it, so that all of them share one function. */
const ACCEPTED = Symbol('accepted');

/**
 * Gives the server's connections to `taken` from now on; to be called when it listens, before it accepts. `failed`: one could not be
 * accepted, with the name of the system's error. With `bare` false they are sockets in any case.
 */
export function acceptFrom(
  server: Server,
  options: SocketOptions,
  taken: (accepted: Accepted) => void,
  failed: (reason: string) => void,
  bare: boolean = true,
): void {
  server.on('connection', (socket) => taken(new AcceptedSocket(socket)));
  const listening = (server as unknown as { readonly _handle: ListenHandle | null })._handle;
  if (!bare || typeof listening?.onconnection !== 'function') return;
  listening.onconnection = (status, handle) => {
    if (status < 0) failed(getSystemErrorName(status));
    else taken(new AcceptedHandle(handle, options));
  };
}

class AcceptedHandle implements Accepted {
  readonly #handle: TcpHandle;
  readonly #options: SocketOptions;
  #owner: AcceptedOwner | null = null;

  constructor(handle: TcpHandle, options: SocketOptions) {
    this.#handle = handle;
    this.#options = options;
    handle.setNoDelay(true);
  }

  get fd(): number {
    return this.#handle.fd;
  }

  remoteAddress(): string | undefined {
    const name: { address?: string } = {};
    return this.#handle.getpeername(name) === 0 ? name.address : undefined;
  }

  read(owner: AcceptedOwner): void {
    this.#owner = owner;
    this.#handle[ACCEPTED] = this;
    this.#handle.onread = tellRead;
    if (this.#handle.readStart() !== 0) owner.onEnd();
  }

  toSocket(): Socket {
    this.#owner = null;
    const handle = this.#handle;
    handle[ACCEPTED] = undefined;
    // What Node itself gives for a connection of a server. It takes `onread`, and stops the reading. The last three it would add to its copy
    // of this: with them in place the copy has the same shape, and a socket costs 2 KB less.
    const options = {
      handle,
      allowHalfOpen: true,
      pauseOnCreate: true,
      readable: true,
      writable: true,
      highWaterMark: this.#options.highWaterMark,
      emitClose: false,
      autoDestroy: true,
      decodeStrings: false,
    };
    return new Socket(options);
  }

  close(): void {
    this.#owner = null;
    this.#handle.close();
  }

  tell(bytes: ArrayBuffer | undefined): void {
    if (bytes === undefined) this.#owner?.onEnd();
    else this.#owner?.onBytes(Buffer.from(bytes));
  }
}

function tellRead(this: TcpHandle, bytes: ArrayBuffer | undefined): void {
  this[ACCEPTED]?.tell(bytes);
}

class AcceptedSocket implements Accepted {
  readonly #socket: Socket;
  #owner: AcceptedOwner | null = null;

  /** `socket`: paused, and nothing was read from it. */
  constructor(socket: Socket) {
    this.#socket = socket;
    // 'close' follows every error.
    socket.on('error', ignore);
  }

  get fd(): number {
    return (this.#socket as unknown as { readonly _handle: TcpHandle | null })._handle?.fd ?? -1;
  }

  remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  read(owner: AcceptedOwner): void {
    this.#owner = owner;
    this.#socket.on('data', this.#onData).on('close', this.#onEnd).on('end', this.#onEnd).resume();
  }

  toSocket(): Socket {
    this.#owner = null;
    this.#socket.off('data', this.#onData).off('close', this.#onEnd).off('end', this.#onEnd).pause();
    return this.#socket;
  }

  close(): void {
    this.#owner = null;
    this.#socket.destroy();
  }

  readonly #onData = (bytes: Buffer): void => this.#owner?.onBytes(bytes);
  readonly #onEnd = (): void => this.#owner?.onEnd();
}

function ignore(): void {}

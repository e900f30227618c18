// cold: runs once per connection
/**
 * TLS on Node's sockets: takes accepted connections over, handshakes with the certificate of the server name, and hands the
 * secured ones on. Worker thread. Nothing that a client does throws or goes unheard, and a certificate that is replaced
 * changes the next handshake and no connection.
 *
 *   accept ─▶ pending: handshake ─▶ secured: onSecure, the socket is its owner's
 *                   ├─ error, garbage, reset ─▶ failed ┐
 *                   └─ handshakeTimeoutMs ─▶ timeout ──┴▶ destroyed
 *
 * Each TLSSocket is made here and not by a `tls.Server`, which costs the same (about 1 ms of CPU for a full handshake and
 * 28 KB, both ways, Node 20), since that offers no way to its default context or from a TLSSocket to what it was accepted with. So three
 * things are done here that `tls.Server` does behind its API: hearing 'secure' and '_tlsError', and ending `secureConnecting`.
 */

import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket, type TLSSocketOptions } from 'node:tls';
import { messageOf } from '../../../kit/errors.ts';
import { CertificateContexts, type ServedCertificates } from './certificate-contexts.ts';
import { makeAskForEveryName } from './certificate-request.ts';

/** `ok`: a full handshake. `failed`: whatever else ended it, the client's leaving included. */
export type HandshakeResult = 'ok' | 'resumed' | 'failed' | 'timeout';

export interface TlsServerOptions {
  readonly snapshot: ServedCertificates;
  /** `WorkerData.ticketKeys`. */
  readonly ticketKeys: SharedArrayBuffer;
  /** ALPN, best first: `['h2', 'http/1.1']` or `['http/1.1']`. */
  readonly protocols: readonly string[];
  /**
   * The handshake is done; `socket.alpnProtocol` is false where the client offered none. Nothing has been read from it, and
   * errors are heard already: 'close' follows each. Called inside the handshake, once for a connection.
   */
  onSecure(socket: TLSSocket, context: unknown): void;
  /** Called once for every connection that was accepted. */
  onHandshake(result: HandshakeResult): void;
  /** Something that is for the log. */
  report(message: string): void;
  /** Milliseconds from accept to the end of the handshake, however busy the client is meanwhile. */
  readonly handshakeTimeoutMs: number;
}

interface Pending {
  readonly context: unknown;
  readonly timer: NodeJS.Timeout;
}

export class TlsServer {
  readonly #options: TlsServerOptions;
  readonly #contexts: CertificateContexts;
  /** Handshakes under way. */
  readonly #pending = new Map<TLSSocket, Pending>();
  /** In the form of RFC 7301 section 3.1: each name after its length. */
  #protocols: Buffer;
  #closed = false;
  // Made once, so that a connection costs no closure. `this` of the first three is the TLSSocket.
  readonly #onSecure: (this: TLSSocket) => void;
  readonly #onEnd: (this: TLSSocket) => void;
  readonly #onClose: (this: TLSSocket) => void;
  readonly #onLate: (socket: TLSSocket) => void;
  readonly #chooseContext: NonNullable<TLSSocketOptions['SNICallback']>;
  readonly #fallback: () => SecureContext | null;
  readonly #askForEveryName = makeAskForEveryName();

  constructor(options: TlsServerOptions) {
    this.#options = options;
    this.#contexts = new CertificateContexts(options.snapshot, options.ticketKeys, options.report);
    this.#protocols = protocolList(options.protocols);
    const server = this;
    this.#onSecure = function onSecure() {
      server.#secured(this);
    };
    // A socket that may be half open would wait for its timeout.
    this.#onEnd = function onEnd() {
      if (server.#pending.has(this)) this.destroy();
    };
    this.#onClose = function onClose() {
      if (server.#settle(this) !== null) options.onHandshake('failed');
    };
    this.#onLate = (socket) => {
      if (this.#settle(socket) === null) return;
      options.onHandshake('timeout');
      socket.destroy();
    };
    this.#chooseContext = (name, done) => done(null, this.#contextFor(name) ?? undefined);
    this.#fallback = () => this.#contexts.fallback();
  }

  /** Handshakes under way. */
  get pending(): number {
    return this.#pending.size;
  }

  /**
   * Takes over an accepted connection; `first` is what was read from it already (a ClientHello, or its beginning) and comes
   * before what the socket still brings. It is copied. `context` comes back in `onSecure`. Nobody else reads from it or writes to it any more.
   */
  accept(socket: Socket, first: Uint8Array | null, context: unknown): void {
    // What the client has ended or reset meanwhile cannot be wrapped: nothing would come of it, not even its end.
    if (this.#closed || socket.destroyed || socket.readableEnded) {
      socket.on('error', ignore);
      socket.destroy();
      this.#options.onHandshake('failed');
      return;
    }
    this.#contexts.refreshKeys();
    // A flowing socket would lose `first`: TLSSocket fetches it with `read` on the next tick.
    socket.pause();
    if (first !== null && first.length > 0) socket.unshift(Buffer.from(first));
    const secured = new TLSSocket(socket, {
      isServer: true,
      secureContext: this.#contexts.base,
      SNICallback: this.#chooseContext,
      ALPNProtocols: this.#protocols,
    });
    this.#askForEveryName(secured, this.#fallback);
    const timer = setTimeout(this.#onLate, this.#options.handshakeTimeoutMs, secured);
    this.#pending.set(secured, { context, timer });
    secured.on('secure', this.#onSecure);
    secured.on('_tlsError', destroyWith);
    secured.on('end', this.#onEnd);
    secured.on('close', this.#onClose);
  }

  /** Certificates for handshakes from now on. */
  adopt(snapshot: ServedCertificates): void {
    this.#contexts.adopt(snapshot);
  }

  /** ALPN for connections from now on, best first. */
  setProtocols(protocols: readonly string[]): void {
    this.#protocols = protocolList(protocols);
  }

  /** Cuts the handshakes under way and takes no more connections. Secured ones go on. */
  close(): void {
    this.#closed = true;
    for (const socket of this.#pending.keys()) socket.destroy();
  }

  #contextFor(serverName: string): SecureContext | null {
    try {
      return this.#contexts.forName(serverName);
    } catch (error) {
      this.#options.report(`no certificate could be looked up for a handshake: ${messageOf(error)}`);
      return null;
    }
  }

  #secured(socket: TLSSocket): void {
    const pending = this.#settle(socket);
    if (pending === null) return;
    // Node's http2 waits for an event of clients where this is true.
    (socket as { secureConnecting?: boolean }).secureConnecting = false;
    this.#options.onHandshake(socket.isSessionReused() ? 'resumed' : 'ok');
    this.#options.onSecure(socket, pending.context);
  }

  /** Ends the wait for a handshake; null if it is over already. */
  #settle(socket: TLSSocket): Pending | null {
    const pending = this.#pending.get(socket);
    if (pending === undefined) return null;
    this.#pending.delete(socket);
    clearTimeout(pending.timer);
    return pending;
  }
}

function ignore(): void {}

/**
 * An error of TLS itself, in the handshake or at any time after (a damaged record). Node destroys the socket only in the
 * former case. TLSSocket listens to 'error' as long as control is not released to a `tls.Server`, so it is never unheard.
 */
function destroyWith(this: TLSSocket, error: Error): void {
  this.destroy(error);
}

function protocolList(protocols: readonly string[]): Buffer {
  return Buffer.concat(
    protocols.map((name) => Buffer.from(`${String.fromCharCode(name.length)}${name}`, 'latin1')),
  );
}

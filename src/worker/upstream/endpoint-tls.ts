// cold: runs once per connection
/**
 * TLS to one endpoint: whom it has to be, what is shown to it, and the session that the next handshake may resume
 * (RFC 8446 2.2). Worker thread. Nothing of a request leaves before the endpoint is verified.
 */

import { connect as connectTcp, type NetConnectOpts, Socket } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { UpstreamTls } from '../../bridge/snapshot/model.ts';
import type { Address } from '../../kit/address.ts';
import { Fault } from '../../kit/faults.ts';
import { identityOptions } from '../../kit/tls-identity.ts';
import type { PoolGround } from './pool-ground.ts';
import { connectFault, type SocketOwner, targetOf, watchSocket } from './upstream-socket.ts';

/**
 * How long sessions may follow from one handshake with a certificate. A resumed one shows none, so without a bound one that
 * has expired or was taken back would be trusted for as long as the endpoint renews its tickets.
 */
export const SESSION_LIFE_MS = 3_600_000;

const ALPN = ['http/1.1'];

/** Options of `tls.connect` that its types leave out. */
type DocumentedOptions = Pick<NetConnectOpts, 'allowHalfOpen' | 'onread'>;

export class EndpointTls {
  readonly #tls: UpstreamTls;
  readonly #ground: PoolGround;
  /** The newest one alone: an endpoint that takes a ticket takes it again. */
  #session: Buffer | null = null;
  /** When a certificate was last verified, on the worker's monotonic clock. */
  #verifiedMs = 0;

  constructor(tls: UpstreamTls, ground: PoolGround) {
    this.#tls = tls;
    this.#ground = ground;
  }

  /** Like `openSocket`: the connection stands once the endpoint is verified. `preamble` is sent before the handshake, in the clear. */
  open(address: Address, preamble: string, owner: SocketOwner, readBuffer: Uint8Array): Socket {
    const secureContext = this.#ground.contexts.of(this.#tls);
    if (typeof secureContext === 'string') {
      process.nextTick(() => owner.onConnectFailed(Fault.TLS_FAILED, secureContext));
      return new Socket();
    }
    const session = this.#resumable();
    const options: ConnectionOptions = {
      ...identityOptions(address, this.#tls),
      secureContext,
      ALPNProtocols: ALPN,
      ...(session !== null && { session }),
    };
    const tcp = preamble === '' ? null : openTcp(address, preamble);
    const socket =
      tcp === null
        ? connect({ ...options, ...targetOf(address), ...readInto(readBuffer, owner) })
        : connect({ ...options, socket: tcp });
    if (tcp !== null) copyReads(socket, readBuffer, owner);
    // `tls.connect` does not pass it on.
    socket.setNoDelay(true);
    // What is written waits here until the endpoint is known to be the right one.
    socket.cork();
    socket.on('session', (ticket) => this.#keep(socket, ticket));
    this.#tell(socket, tcp ?? socket, owner);
    return socket;
  }

  #tell(socket: TLSSocket, tcp: Socket, owner: SocketOwner): void {
    let reached = false;
    let stands = false;
    tcp.once('connect', () => {
      reached = true;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (stands) owner.onSocketError(error);
      else if (reached) {
        this.#session = null;
        owner.onConnectFailed(handshakeFault(socket), error.message);
      } else owner.onConnectFailed(connectFault(error), error.message);
    });
    socket.once('secureConnect', () => {
      stands = true;
      watchSocket(socket, owner);
      owner.onConnected();
      socket.uncork();
    });
  }

  #resumable(): Buffer | null {
    if (this.#ground.coarseNowMs - this.#verifiedMs >= SESSION_LIFE_MS) this.#session = null;
    return this.#session;
  }

  #keep(socket: TLSSocket, session: Buffer): void {
    if (!socket.isSessionReused()) this.#verifiedMs = this.#ground.coarseNowMs;
    this.#session = session;
  }
}

/** What is written first is sent first: TLS begins when the connection stands, and this waits for the same. */
function openTcp(address: Address, preamble: string): Socket {
  const tcp = connectTcp({ ...targetOf(address), allowHalfOpen: true });
  // TLS tells of its errors.
  tcp.on('error', ignore);
  tcp.write(preamble, 'latin1');
  return tcp;
}

function readInto(buffer: Uint8Array, owner: SocketOwner): DocumentedOptions {
  const callback = (length: number): boolean => {
    owner.onRead(length);
    return true;
  };
  return { allowHalfOpen: true, onread: { buffer, callback } };
}

/** TLS over a socket that is there already takes no `onread`. */
function copyReads(socket: TLSSocket, buffer: Uint8Array, owner: SocketOwner): void {
  socket.on('data', (bytes: Buffer) => {
    for (let at = 0; at < bytes.length && !socket.destroyed; at += buffer.length) {
      const piece = bytes.subarray(at, at + buffer.length);
      buffer.set(piece);
      owner.onRead(piece.length);
    }
  });
}

function ignore(): void {}

/** TCP stood, so it is the handshake. Nothing of a request was sent. */
export function handshakeFault(socket: TLSSocket): Fault {
  // Set where the handshake was fine but the certificate is not.
  return socket.authorizationError ? Fault.CERTIFICATE_UNTRUSTED : Fault.TLS_FAILED;
}

/** Whether connections made with one setting may serve the other. */
export function equalTls(a: UpstreamTls | null, b: UpstreamTls | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  return (
    a.serverName === b.serverName &&
    a.caPem === b.caPem &&
    a.verify === b.verify &&
    a.certPem === b.certPem &&
    a.keyPem === b.keyPem
  );
}

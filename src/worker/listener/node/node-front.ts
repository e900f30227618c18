// cold: runs once per connection
/** The Node engine's connections of one listening address: HTTP/1 and HTTP/2, plain and TLS. Worker thread. */

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { ConnectionKind, Handshake } from '../../../bridge/memory/gauges.ts';
import type { Snapshot } from '../../../bridge/snapshot/model.ts';
import type { Fault } from '../../../kit/faults.ts';
import { Sweeper, type Swept } from '../../sweeper.ts';
import type { ConnectionFacts } from '../client-side.ts';
import type { EngineGround } from './engine-ground.ts';
import { Http1Connection } from './http1-connection.ts';
import { Http2Connection } from './http2-connection.ts';
import { Inlet, NOBODY } from './inlet.ts';
import { type HandshakeResult, TlsServer } from './tls-server.ts';

/** A connection, whatever it speaks. */
interface Served extends Swept {
  drain(): void;
  close(): void;
}

export interface NodeFrontOptions {
  readonly ground: EngineGround;
  /** Memory that all sockets of the worker are read into. */
  readonly memory: Buffer;
  readonly ticketKeys: SharedArrayBuffer;
  readonly onHandshake: (result: Handshake) => void;
  /** It is known what a connection speaks. `socket`: as it was accepted. */
  readonly onKind: (socket: Socket, kind: ConnectionKind) => void;
  readonly report: (message: string) => void;
}

/** What comes back with a connection that was secured. */
interface Accepted {
  readonly socket: Socket;
  readonly facts: ConnectionFacts;
}

const HANDSHAKES: Readonly<Record<HandshakeResult, Handshake>> = {
  ok: Handshake.OK,
  resumed: Handshake.RESUMED,
  failed: Handshake.FAILED,
  timeout: Handshake.TIMEOUT,
};

/** ALPN (RFC 7301), best first. */
const WITH_HTTP2: readonly string[] = ['h2', 'http/1.1'];
const WITHOUT_HTTP2: readonly string[] = ['http/1.1'];

export class NodeFront {
  readonly #options: NodeFrontOptions;
  readonly #sweeper: Sweeper<Served>;
  readonly #tls: TlsServer | null;
  #isDraining = false;

  constructor(tls: boolean, snapshot: Snapshot, options: NodeFrontOptions) {
    this.#options = options;
    this.#sweeper = new Sweeper(options.ground.clock);
    this.#tls = tls
      ? new TlsServer({
          snapshot,
          ticketKeys: options.ticketKeys,
          protocols: snapshot.http2 ? WITH_HTTP2 : WITHOUT_HTTP2,
          handshakeTimeoutMs: snapshot.timeouts.readMs,
          onSecure: (socket, context) => this.#secured(socket, context as Accepted),
          onHandshake: (result) => options.onHandshake(HANDSHAKES[result]),
          report: options.report,
        })
      : null;
  }

  adopt(snapshot: Snapshot): void {
    this.#tls?.adopt(snapshot);
    this.#tls?.setProtocols(snapshot.http2 ? WITH_HTTP2 : WITHOUT_HTTP2);
  }

  /** `first`: what was read already, valid during the call only. */
  serveHttp1(inlet: Inlet, facts: ConnectionFacts, first: Buffer | null): void {
    this.#options.onKind(inlet.socket, ConnectionKind.NODE_HTTP1);
    this.#beginHttp1(inlet, facts, first);
  }

  /** Tells the client what is wrong with what it sent, and closes. */
  refuse(inlet: Inlet, facts: ConnectionFacts, fault: Fault): void {
    new Http1Connection(inlet, facts, this.#options.ground, this.#sweeper).refuse(fault);
  }

  /** HTTP/2 by prior knowledge (RFC 9113 3.3). `first` holds the preface. */
  serveHttp2(inlet: Inlet, facts: ConnectionFacts, first: Buffer): void {
    this.#options.onKind(inlet.socket, ConnectionKind.NODE_HTTP2);
    this.#beginHttp2(inlet, facts, first);
  }

  /** `first` holds the ClientHello. */
  serveTls(inlet: Inlet, facts: ConnectionFacts, first: Buffer): void {
    inlet.release();
    if (this.#tls === null) inlet.socket.destroy();
    else this.#tls.accept(inlet.socket, first, { socket: inlet.socket, facts });
  }

  /** Those that are served from now on end alike. */
  drain(): void {
    this.#isDraining = true;
    for (const connection of this.#connections()) connection.drain();
  }

  close(): void {
    this.#tls?.close();
    for (const connection of this.#connections()) connection.close();
  }

  #secured(secured: TLSSocket, { socket, facts }: Accepted): void {
    const { memory, onKind } = this.#options;
    const inlet = new Inlet(secured, memory, NOBODY, false);
    if (secured.alpnProtocol === 'h2') {
      onKind(socket, ConnectionKind.NODE_HTTP2);
      this.#beginHttp2(inlet, facts, null);
      return;
    }
    onKind(socket, ConnectionKind.NODE_HTTP1);
    this.#beginHttp1(inlet, facts, null);
  }

  #beginHttp1(inlet: Inlet, facts: ConnectionFacts, first: Buffer | null): void {
    const connection = new Http1Connection(inlet, facts, this.#options.ground, this.#sweeper);
    if (this.#isDraining) connection.drain();
    connection.begin(first);
  }

  #beginHttp2(inlet: Inlet, facts: ConnectionFacts, first: Buffer | null): void {
    const connection = new Http2Connection(inlet, facts, this.#options.ground, this.#sweeper);
    connection.begin(first);
    if (this.#isDraining) connection.drain();
  }

  /** A copy: one that closes leaves the list. */
  #connections(): readonly Served[] {
    return [...this.#sweeper.all];
  }
}

/** A TlsServer behind a plain listener in this process, and a client that reports what it negotiated. */

import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { TICKET_KEYS_BUFFER_BYTES, TicketKeyWriter } from '../../src/bridge/memory/ticket-keys.ts';
import type { Snapshot } from '../../src/bridge/snapshot/model.ts';
import {
  type HandshakeResult,
  TlsServer,
  type TlsServerOptions,
} from '../../src/worker/listener/node/tls-server.ts';
import { waitFor, within } from './wait-for.ts';

export interface TlsBedOptions extends Partial<Pick<TlsServerOptions, 'protocols' | 'handshakeTimeoutMs'>> {
  readonly snapshot: Snapshot;
  /** Hands a connection to the server; by default at once, with nothing read and no context. */
  readonly accept?: (server: TlsServer, socket: Socket) => void;
  readonly allowHalfOpen?: boolean;
}

export class TlsBed {
  readonly server: TlsServer;
  readonly results: HandshakeResult[] = [];
  readonly reports: string[] = [];
  readonly secured: { readonly socket: TLSSocket; readonly context: unknown }[] = [];
  readonly keys: TicketKeyWriter;
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: TlsBedOptions) {
    const ticketKeys = new SharedArrayBuffer(TICKET_KEYS_BUFFER_BYTES);
    this.keys = new TicketKeyWriter(ticketKeys);
    this.keys.rotate(crypto.getRandomValues(new Uint8Array(64)));
    this.server = new TlsServer({
      snapshot: options.snapshot,
      ticketKeys,
      protocols: options.protocols ?? ['h2', 'http/1.1'],
      handshakeTimeoutMs: options.handshakeTimeoutMs ?? 10_000,
      onSecure: (socket, context) => {
        this.secured.push({ socket, context });
        socket.on('data', (bytes) => socket.write(bytes));
      },
      onHandshake: (result) => this.results.push(result),
      report: (message) => this.reports.push(message),
    });
    const accept = options.accept ?? ((server, socket) => server.accept(socket, null, undefined));
    this.#listener = createServer(
      { pauseOnConnect: true, allowHalfOpen: options.allowHalfOpen ?? false },
      (socket) => {
        this.#sockets.add(socket);
        socket.on('close', () => this.#sockets.delete(socket));
        accept(this.server, socket);
      },
    );
  }

  static async open(options: TlsBedOptions): Promise<TlsBed> {
    const bed = new TlsBed(options);
    bed.#listener.listen(0, '127.0.0.1');
    await once(bed.#listener, 'listening');
    return bed;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** A connection on which nothing is said by itself. */
  async tcp(): Promise<Socket> {
    const socket = connectTcp(this.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  /** Until `count` connections were accepted, and each was counted and is closed. */
  async ended(count: number): Promise<void> {
    const done = (): boolean =>
      this.results.length === count && this.#sockets.size === 0 && this.server.pending === 0;
    await waitFor(done, { what: `${count} connections to be counted and closed` });
  }

  async close(): Promise<void> {
    this.server.close();
    this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#listener, 'close');
  }
}

export interface TlsAsk {
  readonly servername?: string;
  readonly version?: SecureVersion;
  readonly session?: Buffer;
  readonly alpn?: readonly string[];
  /** Left open, for `TlsAnswer.socket`. */
  readonly keep?: boolean;
}

export interface TlsAnswer {
  readonly socket: TLSSocket;
  readonly reused: boolean;
  /** Of the certificate that the server sent; empty where a session was resumed. */
  readonly commonName: string;
  readonly protocol: string | null;
  readonly alpn: string | false | null;
  /** The last session that the server gave out; under TLS 1.2 also the one that goes on. */
  readonly session: Buffer | undefined;
  /** What the server will be shown for it. */
  readonly ticket: Buffer | undefined;
}

/**
 * One handshake and an echo. Rejects with the error that ended it.
 * Without `servername` none is sent. Any certificate is taken.
 */
export async function askTls(port: number, ask: TlsAsk = {}): Promise<TlsAnswer> {
  const { version, session, alpn } = ask;
  const sessions: Buffer[] = [];
  const socket = connect({
    host: '127.0.0.1',
    port,
    rejectUnauthorized: false,
    servername: ask.servername ?? '',
    ...(version === undefined ? {} : { minVersion: version, maxVersion: version }),
    ...(session === undefined ? {} : { session }),
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
  });
  socket.on('session', (made: Buffer) => sessions.push(made));
  try {
    await within(
      new Promise<void>((resolve, reject) => {
        // An echo: the handshake is over for both sides, and tickets (sent after it under TLS 1.3) have come.
        socket.once('secureConnect', () => socket.write('ping'));
        socket.once('data', () => resolve());
        socket.once('error', reject);
        socket.once('close', () => reject(new Error('closed without an answer')));
      }),
      { what: 'an echo' },
    );
    return {
      socket,
      reused: socket.isSessionReused(),
      commonName: String(socket.getPeerCertificate().subject?.CN ?? ''),
      protocol: socket.getProtocol(),
      alpn: socket.alpnProtocol,
      // OpenSSL tells a client of TLS 1.2 nothing of a ticket that is renewed.
      session: socket.getProtocol() === 'TLSv1.2' ? socket.getSession() : sessions.at(-1),
      ticket: socket.getTLSTicket(),
    };
  } finally {
    socket.on('error', () => {});
    if (ask.keep !== true) socket.destroy();
  }
}

/** What comes back on a secured connection. */
export async function echo(socket: Socket, words: string): Promise<string> {
  const answer = once(socket, 'data');
  socket.write(words);
  const [bytes] = (await within(answer, { what: 'the echo' })) as [Buffer];
  return bytes.toString();
}

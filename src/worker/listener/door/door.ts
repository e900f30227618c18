// cold: runs once per connection
/**
 * One listening address of a worker: accepts, looks at the first bytes of each connection, and gives it to the engine that serves
 * it best. Worker thread. Nothing behind it knows how a connection came in.
 *
 *   listen socket ─▶ admitted? ─▶ first bytes ─┬─ PROXY header of a trusted peer: taken off, its addresses count
 *   (SO_REUSEPORT)                             ├─ plain: HTTP/2 preface ─▶ Node engine, HTTP/2
 *                                              ├─ plain: anything else  ─▶ HTTP/1 engine
 *                                              ├─ TLS: ClientHello      ─▶ Node engine, or the HTTP/1 engine's own TLS
 *                                              └─ TLS: plain text       ─▶ 400 that says so
 *
 * With the engine `uws` the bytes are looked at and left in the kernel, since that engine reads from the descriptor; what it
 * does not serve (HTTP/2, a PROXY header) goes to the Node engine. Otherwise they are read and handed on.
 */

import { createServer, type Server, type Socket } from 'node:net';
import { REFUSED, UNCOUNTED } from '../../../bridge/memory/connection-table.ts';
import { ConnectionKind, Rejection } from '../../../bridge/memory/gauges.ts';
import type { CertificateChange } from '../../../bridge/messages.ts';
import type { Listener, Snapshot } from '../../../bridge/snapshot/model.ts';
import { formatAddress } from '../../../kit/address.ts';
import { Fault } from '../../../kit/faults.ts';
import { canOpenListenSockets } from '../../../native/listen-socket.ts';
import { setReceiveBuffer } from '../../../native/receive-buffer.ts';
import { listenReusePort, reusePortMeans } from '../../../native/reuse-port.ts';
import { duplicateFd } from '../../../native/socket-peek.ts';
import { Sweeper } from '../../sweeper.ts';
import type { ConnectionFacts } from '../client-side.ts';
import type { EngineListener, SocketTaker } from '../engine-listener.ts';
import { NodeFront } from '../node/node-front.ts';
import { Arrival, type ArrivalHome } from './arrival.ts';
import type { DoorContext } from './door-context.ts';
import { MAX_OPENING_BYTES, type Opening, OpeningKind, OpeningOutcome, readOpening } from './opening.ts';
import { PeekedArrival, type PeekedHome } from './peeked-arrival.ts';

/** A write says "wait" once so much waits in memory. */
const WRITE_HIGH_WATER_BYTES = 65_536;
/**
 * uWS reads a connection again at once, paused or not, for as long as each read fills its buffer of 512 KiB. A client on a fast
 * line would have a whole upload read into memory that way. The kernel doubles this and then never holds as much as that.
 */
const UWS_RECEIVE_BUFFER_BYTES = 256 * 1024;

/** What the door knows of an accepted socket. */
interface Guest {
  kind: ConnectionKind;
  readonly listenerSlot: number;
  addressSlot: number;
  /** While its first bytes are looked at. */
  peeked: PeekedArrival | null;
}

export class Door implements EngineListener, ArrivalHome, PeekedHome {
  readonly listener: Listener;
  readonly #context: DoorContext;
  readonly #server: Server;
  readonly #front: NodeFront;
  readonly #arrivals: Sweeper<Arrival>;
  readonly #peeked: Sweeper<PeekedArrival>;
  /** Every accepted socket that the Node engine has, or nobody yet. */
  readonly #guests = new Map<Socket, Guest>();
  /** Where openings are looked at: as long as one can be. */
  readonly #peekMemory: Uint8Array;
  /** Listens to every accepted socket: one function for all of them, which are thousands in a flood. */
  readonly #onClose: (this: Socket) => void;
  #taker: SocketTaker | null = null;
  #snapshot: Snapshot;

  /** `done` is called once, with a sentence where the address cannot be had. */
  static open(
    listener: Listener,
    context: DoorContext,
    snapshot: Snapshot,
    done: (opened: Door | string) => void,
  ): void {
    const door = new Door(listener, context, snapshot);
    const means = canOpenListenSockets() ? 'koffi' : reusePortMeans();
    listenReusePort(
      door.#server,
      listener,
      (error) => {
        if (error === null) done(door);
        else {
          door.close();
          done(cannotListen(listener, error));
        }
      },
      means,
    );
  }

  private constructor(listener: Listener, context: DoorContext, snapshot: Snapshot) {
    this.listener = listener;
    this.#context = context;
    this.#snapshot = snapshot;
    this.#arrivals = new Sweeper(context.ground.clock);
    this.#peeked = new Sweeper(context.ground.clock);
    this.#front = new NodeFront(listener.tls, snapshot, {
      ground: context.ground,
      memory: context.memory,
      ticketKeys: context.ticketKeys,
      onHandshake: (result) => context.gauges.countHandshake(result),
      onKind: (socket, kind) => this.#become(socket, kind),
      report: context.report,
    });
    this.#peekMemory = context.memory.subarray(0, MAX_OPENING_BYTES);
    const left = (socket: Socket): void => this.#left(socket);
    this.#onClose = function () {
      left(this);
    };
    this.#useEngine(snapshot);
    this.#server = createServer({
      allowHalfOpen: true,
      pauseOnConnect: true,
      noDelay: true,
      highWaterMark: WRITE_HIGH_WATER_BYTES,
    });
    this.#server.on('connection', (socket) => this.#accept(socket));
    // No descriptor left, or no memory: connections wait in the kernel meanwhile.
    this.#server.on('error', (error) => context.report(`a connection cannot be accepted: ${error.message}`));
  }

  get connections(): number {
    return this.#guests.size + (this.#taker?.connections ?? 0);
  }

  adopt(snapshot: Snapshot, change: CertificateChange | null): void {
    this.#snapshot = snapshot;
    this.#front.adopt(snapshot);
    this.#taker?.adopt(snapshot, change);
    this.#useEngine(snapshot);
  }

  stopAccepting(): void {
    this.#server.close();
  }

  drain(): void {
    this.#front.drain();
    for (const arrival of [...this.#arrivals.all, ...this.#peeked.all]) arrival.close();
  }

  close(): void {
    this.#server.close();
    this.#taker?.close();
    this.#front.close();
    for (const socket of [...this.#guests.keys()]) socket.destroy();
  }

  /** The taker stays when the engine changes: its connections go on. */
  #useEngine(snapshot: Snapshot): void {
    if (snapshot.engine !== 'uws' || this.#taker !== null) return;
    const { tls } = this.listener;
    this.#taker = this.#context
      .uws()
      .takerFor(this.listener, snapshot, (change) =>
        this.#context.gauges.addConnections(tls, ConnectionKind.UWS_HTTP1, change),
      );
  }

  // ── Connections ────────────────────────────────────────────────────────────────────────────────────────────────────

  #accept(socket: Socket): void {
    const { gauges, limits, ground } = this.#context;
    const { tls, id } = this.listener;
    const { remoteAddress } = socket;
    const slot = limits.enterListener(id, this.#snapshot.limits.connections);
    if (slot === REFUSED || remoteAddress === undefined) {
      // The latter: reset before it was accepted.
      if (slot === REFUSED) gauges.countRejection(tls, Rejection.LISTENER_LIMIT);
      limits.leave(slot);
      socket.destroy();
      return;
    }
    const guest: Guest = {
      kind: ConnectionKind.UNDECIDED,
      listenerSlot: slot,
      addressSlot: UNCOUNTED,
      peeked: null,
    };
    this.#guests.set(socket, guest);
    gauges.addConnections(tls, ConnectionKind.UNDECIDED, 1);
    socket.on('close', this.#onClose);
    const peer = peerText(remoteAddress);
    const deadlineMs = ground.clock.nowMs() + this.#snapshot.timeouts.readMs;
    if (this.#taker === null || this.#snapshot.engine !== 'uws') {
      this.#read(socket, peer, deadlineMs);
      return;
    }
    const memory = this.#peekMemory;
    const fd = descriptorOf(socket);
    guest.peeked = new PeekedArrival(socket, fd, memory, peer, this, this.#peeked, deadlineMs);
    guest.peeked.look();
  }

  #read(socket: Socket, peer: string, deadlineMs: number): void {
    new Arrival(socket, this.#context.memory, peer, this, this.#arrivals, deadlineMs);
    socket.resume();
  }

  #left(socket: Socket): void {
    const guest = this.#guests.get(socket);
    if (guest === undefined) return;
    this.#guests.delete(socket);
    guest.peeked?.leave();
    this.#context.gauges.addConnections(this.listener.tls, guest.kind, -1);
    this.#context.limits.leave(guest.listenerSlot);
    this.#context.limits.leave(guest.addressSlot);
  }

  /** The Node engine knows now what this connection speaks. */
  #become(socket: Socket, kind: ConnectionKind): void {
    const guest = this.#guests.get(socket);
    if (guest === undefined) return;
    const { gauges } = this.#context;
    gauges.addConnections(this.listener.tls, guest.kind, -1);
    gauges.addConnections(this.listener.tls, kind, 1);
    guest.kind = kind;
  }

  // ── Where they go ──────────────────────────────────────────────────────────────────────────────────────────────────

  read(peer: string, bytes: Uint8Array): Opening | OpeningOutcome {
    return readOpening(bytes, {
      tls: this.listener.tls,
      http2: this.#snapshot.http2,
      proxyTrusted: this.#context.trusts(peer),
    });
  }

  decided(arrival: Arrival, opening: Opening, bytes: Buffer): void {
    const { inlet, peer } = arrival;
    const { kind, proxy } = opening;
    if (kind === OpeningKind.MALFORMED) {
      this.#reject(inlet.socket, Rejection.MALFORMED);
      return;
    }
    const facts: ConnectionFacts = {
      peer: proxy?.source ?? peer,
      tls: this.listener.tls,
      localPort: proxy === null || proxy.destination === null ? this.listener.port : proxy.destinationPort,
    };
    if (!this.#admitAddress(inlet.socket, facts.peer)) {
      this.#reject(inlet.socket, Rejection.ADDRESS_LIMIT);
      return;
    }
    const rest = proxy === null ? bytes : bytes.subarray(proxy.length);
    if (kind === OpeningKind.HTTP1) this.#front.serveHttp1(inlet, facts, rest);
    else if (kind === OpeningKind.HTTP2) this.#front.serveHttp2(inlet, facts, rest);
    else if (kind === OpeningKind.TLS) this.#front.serveTls(inlet, facts, rest);
    else this.#front.refuse(inlet, { ...facts, tls: false }, Fault.PLAIN_ON_TLS);
  }

  looked(arrival: PeekedArrival, bytes: Uint8Array): boolean {
    const opening = this.read(arrival.peer, bytes);
    if (opening === OpeningOutcome.MORE) return false;
    this.#stopPeeking(arrival);
    if (this.#taker === null || !this.#isForTaker(opening as Opening)) {
      this.#read(arrival.socket, arrival.peer, arrival.deadlineMs);
      return true;
    }
    const fd = duplicateFd(arrival.fd);
    if (fd >= 0) {
      setReceiveBuffer(fd, UWS_RECEIVE_BUFFER_BYTES);
      this.#taker.take(fd);
    } else this.#context.report('a connection cannot be handed over: no file descriptor is left');
    // Closes our own descriptor of it, not the connection.
    arrival.socket.destroy();
    return true;
  }

  tooSlow(arrival: PeekedArrival): void {
    this.#stopPeeking(arrival);
    this.#read(arrival.socket, arrival.peer, arrival.deadlineMs);
  }

  #stopPeeking(arrival: PeekedArrival): void {
    arrival.leave();
    const guest = this.#guests.get(arrival.socket);
    if (guest !== undefined) guest.peeked = null;
  }

  #isForTaker({ kind, proxy, hello }: Opening): boolean {
    if (proxy !== null) return false;
    if (kind === OpeningKind.HTTP1) return true;
    return kind === OpeningKind.TLS && !(this.#snapshot.http2 && hello?.offersHttp2 === true);
  }

  /** False: this address has its fill. */
  #admitAddress(socket: Socket, peer: string): boolean {
    const slot = this.#context.limits.enterAddress(peer, this.#snapshot.limits.connectionsPerAddress);
    const guest = this.#guests.get(socket);
    if (guest === undefined || slot === REFUSED) {
      this.#context.limits.leave(slot);
      return slot !== REFUSED;
    }
    guest.addressSlot = slot;
    return true;
  }

  expired(socket: Socket): void {
    this.#reject(socket, Rejection.TIMEOUT);
  }

  #reject(socket: Socket, reason: Rejection): void {
    this.#context.gauges.countRejection(this.listener.tls, reason);
    socket.destroy();
  }
}

/** An IPv4-mapped address as IPv4. */
function peerText(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

/** The descriptor of a socket that Node has accepted; -1 if it has none. */
function descriptorOf(socket: Socket): number {
  return (socket as unknown as { readonly _handle: { readonly fd: number } | null })._handle?.fd ?? -1;
}

function cannotListen({ host, port }: Listener, { code, message }: NodeJS.ErrnoException): string {
  const address = formatAddress({ kind: 'tcp', host, port });
  if (code === 'EADDRINUSE') return `cannot listen on ${address}: the address is in use`;
  if (code === 'EADDRNOTAVAIL') return `cannot listen on ${address}: the address is not of this machine`;
  return `cannot listen on ${address}: ${message}`;
}

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
import type { HandedSocket } from '../../../bridge/handed-sockets.ts';
import { REFUSED, UNCOUNTED } from '../../../bridge/memory/connection-table.ts';
import { ConnectionKind, Rejection } from '../../../bridge/memory/gauges.ts';
import type { CertificateChange } from '../../../bridge/messages.ts';
import type { Listener, Snapshot } from '../../../bridge/snapshot/model.ts';
import { formatAddress } from '../../../kit/address.ts';
import { Fault } from '../../../kit/faults.ts';
import { canOpenListenSockets } from '../../../native/listen-socket.ts';
import { setReceiveBuffer } from '../../../native/receive-buffer.ts';
import { duplicateListening, listenOn, listenReusePort, reusePortMeans } from '../../../native/reuse-port.ts';
import { duplicateFd } from '../../../native/socket-peek.ts';
import { Sweeper } from '../../sweeper.ts';
import type { EngineListener, SocketTaker } from '../engine-listener.ts';
import { Inlet, NOBODY } from '../node/inlet.ts';
import { NodeFront } from '../node/node-front.ts';
import { type Accepted, acceptFrom } from './accepted.ts';
import { Arrival, type ArrivalHome, type Visit } from './arrival.ts';
import { connectionFacts } from './connection-facts.ts';
import type { DoorContext } from './door-context.ts';
import { MAX_OPENING_BYTES, type Opening, OpeningKind, OpeningOutcome, readOpening } from './opening.ts';
import { PeekedArrival, type PeekedHome } from './peeked-arrival.ts';

/** A write says "wait" once so much waits in memory. */
const SOCKET_OPTIONS = { highWaterMark: 65_536 } as const;
/**
 * uWS reads a connection again at once, paused or not, for as long as each read fills its buffer of 512 KiB. A client on a fast
 * line would have a whole upload read into memory that way. The kernel doubles this and then never holds as much as that.
 */
const UWS_RECEIVE_BUFFER_BYTES = 256 * 1024;

/** What the door knows of a connection that the Node engine has. */
interface Guest {
  kind: ConnectionKind;
  readonly listenerSlot: number;
  readonly addressSlot: number;
}

export class Door implements EngineListener, ArrivalHome, PeekedHome {
  readonly listener: Listener;
  readonly #context: DoorContext;
  readonly #server: Server;
  /** It, and maybe others of the same address. */
  readonly #servers: Server[] = [];
  readonly #front: NodeFront;
  readonly #arrivals: Sweeper<Arrival>;
  readonly #peeked: Sweeper<PeekedArrival>;
  /**
   * The places of connections that the taker has. It tells how many it has and not which has closed, so each gives any of them back: they are
   * places of one listener.
   */
  readonly #takenSlots: number[] = [];
  /** What the Node engine has. */
  readonly #guests = new Map<Socket, Guest>();
  /** Where openings are looked at: as long as one can be. */
  readonly #peekMemory: Uint8Array;
  /** One function for all sockets, which are thousands in a flood. */
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
    const settle = (error: NodeJS.ErrnoException | null): void => {
      if (error === null) {
        door.#beginAccepting();
        done(door);
      } else {
        door.close();
        done(cannotListen(listener, error));
      }
    };
    const [first, ...more] = takeHanded(context.handed, listener.id);
    for (const fd of more) door.#addServer(fd);
    if (first !== undefined) {
      listenOn(door.#server, first, settle);
      return;
    }
    const means = canOpenListenSockets() ? 'koffi' : reusePortMeans();
    listenReusePort(door.#server, listener, settle, means);
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
    this.#server = this.#makeServer();
  }

  #makeServer(): Server {
    const server = createServer({
      allowHalfOpen: true,
      pauseOnConnect: true,
      noDelay: true,
      ...SOCKET_OPTIONS,
    });
    server.on('error', (error) => this.#notAccepted(error.message));
    this.#servers.push(server);
    return server;
  }

  /** Accepts from one more socket of the same address: a process before this one had more workers. */
  #addServer(fd: number): void {
    const server = this.#makeServer();
    listenOn(server, fd, (error) => {
      if (error !== null) this.#notAccepted(error.message);
    });
  }

  get connections(): number {
    return this.#arrivals.size + this.#peeked.size + this.#guests.size + (this.#taker?.connections ?? 0);
  }

  adopt(snapshot: Snapshot, change: CertificateChange | null): void {
    this.#snapshot = snapshot;
    this.#front.adopt(snapshot);
    this.#taker?.adopt(snapshot, change);
    this.#useEngine(snapshot);
  }

  share(): number[] {
    return this.#servers.flatMap((server) => duplicateListening(server) ?? []);
  }

  stopAccepting(): void {
    for (const server of this.#servers) server.close();
  }

  drain(patient: boolean): void {
    this.#front.drain();
    if (!patient) this.#closeUndecided();
  }

  close(): void {
    this.stopAccepting();
    this.#closeUndecided();
    this.#taker?.close();
    this.#front.close();
    for (const socket of [...this.#guests.keys()]) socket.destroy();
  }

  /** The taker stays when the engine changes: its connections go on. */
  #useEngine(snapshot: Snapshot): void {
    if (snapshot.engine !== 'uws' || this.#taker !== null) return;
    const { tls } = this.listener;
    this.#taker = this.#context.uws().takerFor(this.listener, snapshot, (change) => {
      this.#context.gauges.addConnections(tls, ConnectionKind.UWS_HTTP1, change);
      if (change < 0) this.#leaveTaken();
    });
  }

  // ── Connections ────────────────────────────────────────────────────────────────────────────────────────────────────

  #beginAccepting(): void {
    const failed = (reason: string): void => this.#notAccepted(reason);
    for (const server of this.#servers)
      acceptFrom(server, SOCKET_OPTIONS, (accepted) => this.#accept(accepted), failed);
  }

  /** No descriptor left, or no memory: connections wait in the kernel meanwhile. */
  #notAccepted(reason: string): void {
    this.#context.report(`a connection cannot be accepted: ${reason}`);
  }

  #accept(accepted: Accepted): void {
    const { gauges, limits, ground } = this.#context;
    const { tls, id } = this.listener;
    const remoteAddress = accepted.remoteAddress();
    const listenerSlot = limits.enterListener(id, this.#snapshot.limits.connections);
    if (listenerSlot === REFUSED || remoteAddress === undefined) {
      // The latter: reset before it was accepted.
      if (listenerSlot === REFUSED) gauges.countRejection(tls, Rejection.LISTENER_LIMIT);
      limits.leave(listenerSlot);
      accepted.close();
      return;
    }
    gauges.addConnections(tls, ConnectionKind.UNDECIDED, 1);
    const deadlineMs = ground.clock.nowMs() + this.#snapshot.timeouts.readMs;
    const visit: Visit = { accepted, peer: peerText(remoteAddress), listenerSlot, deadlineMs };
    if (this.#taker === null || this.#snapshot.engine !== 'uws') this.#read(visit);
    else new PeekedArrival(visit, this.#peekMemory, this, this.#peeked);
  }

  #read(visit: Visit): void {
    new Arrival(visit, this, this.#arrivals);
  }

  /** Nobody serves it. */
  #dismiss({ accepted, listenerSlot }: Visit): void {
    accepted.close();
    this.#leaveUndecided(listenerSlot);
  }

  #leaveUndecided(listenerSlot: number): void {
    this.#context.gauges.addConnections(this.listener.tls, ConnectionKind.UNDECIDED, -1);
    this.#context.limits.leave(listenerSlot);
  }

  #closeUndecided(): void {
    for (const arrival of [...this.#arrivals.all, ...this.#peeked.all]) arrival.close();
  }

  /** The Node engine has it from now on. */
  #admit({ accepted, listenerSlot }: Visit, addressSlot: number): Inlet {
    const socket = accepted.toSocket();
    this.#guests.set(socket, { kind: ConnectionKind.UNDECIDED, listenerSlot, addressSlot });
    socket.on('close', this.#onClose);
    return new Inlet(socket, this.#context.memory, NOBODY, true);
  }

  #left(socket: Socket): void {
    const guest = this.#guests.get(socket);
    if (guest === undefined) return;
    this.#guests.delete(socket);
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

  decided(visit: Visit, opening: Opening, bytes: Buffer): void {
    const { kind, proxy } = opening;
    if (kind === OpeningKind.MALFORMED) {
      this.#reject(visit, Rejection.MALFORMED);
      return;
    }
    const peer = proxy?.source ?? visit.peer;
    const { limits } = this.#context;
    const addressSlot = limits.enterAddress(peer, this.#snapshot.limits.connectionsPerAddress);
    if (addressSlot === REFUSED) {
      this.#reject(visit, Rejection.ADDRESS_LIMIT);
      return;
    }
    const inlet = this.#admit(visit, addressSlot);
    const facts = connectionFacts(this.listener, peer, proxy, inlet.socket);
    const rest = proxy === null ? bytes : bytes.subarray(proxy.length);
    if (kind === OpeningKind.HTTP1) this.#front.serveHttp1(inlet, facts, rest);
    else if (kind === OpeningKind.HTTP2) this.#front.serveHttp2(inlet, facts, rest);
    else if (kind === OpeningKind.TLS) this.#front.serveTls(inlet, facts, rest);
    else this.#front.refuse(inlet, { ...facts, tls: false }, Fault.PLAIN_ON_TLS);
  }

  looked(visit: Visit, bytes: Uint8Array): boolean {
    const opening = this.read(visit.peer, bytes);
    if (opening === OpeningOutcome.MORE) return false;
    if (this.#taker === null || !this.#isForTaker(opening as Opening)) {
      this.#read(visit);
      return true;
    }
    const fd = duplicateFd(visit.accepted.fd);
    if (fd >= 0) {
      setReceiveBuffer(fd, UWS_RECEIVE_BUFFER_BYTES);
      this.#takenSlots.push(visit.listenerSlot);
      this.#taker.take(fd);
      this.#leaveTaken();
      // Closes our own descriptor of it, not the connection.
      visit.accepted.close();
      this.#leaveUndecided(UNCOUNTED);
    } else {
      this.#context.report('a connection cannot be handed over: no file descriptor is left');
      this.#dismiss(visit);
    }
    return true;
  }

  /** Gives back the places of connections that the taker has no more, or never had: the client may have reset one meanwhile. */
  #leaveTaken(): void {
    const connections = this.#taker?.connections ?? 0;
    while (this.#takenSlots.length > connections)
      this.#context.limits.leave(this.#takenSlots.pop() as number);
  }

  tooSlow(visit: Visit): void {
    this.#read(visit);
  }

  failed(visit: Visit): void {
    this.#dismiss(visit);
  }

  expired(visit: Visit): void {
    this.#reject(visit, Rejection.TIMEOUT);
  }

  #reject(visit: Visit, reason: Rejection): void {
    this.#context.gauges.countRejection(this.listener.tls, reason);
    this.#dismiss(visit);
  }

  #isForTaker({ kind, proxy, hello }: Opening): boolean {
    if (proxy !== null) return false;
    if (kind === OpeningKind.HTTP1) return true;
    return kind === OpeningKind.TLS && !(this.#snapshot.http2 && hello?.offersHttp2 === true);
  }
}

/** The descriptors of one listener's sockets, taken out of `handed`. */
function takeHanded(handed: HandedSocket[], listener: string): number[] {
  const taken: number[] = [];
  for (let i = handed.length - 1; i >= 0; i--)
    if (handed[i]?.listener === listener) taken.push(...handed.splice(i, 1).map(({ fd }) => fd));
  return taken;
}

/** An IPv4-mapped address as IPv4. */
function peerText(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

function cannotListen({ host, port }: Listener, { code, message }: NodeJS.ErrnoException): string {
  const address = formatAddress({ kind: 'tcp', host, port });
  if (code === 'EADDRINUSE') return `cannot listen on ${address}: the address is in use`;
  if (code === 'EADDRNOTAVAIL') return `cannot listen on ${address}: the address is not of this machine`;
  return `cannot listen on ${address}: ${message}`;
}

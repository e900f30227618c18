/**
 * A door of one engine, from source and in this process, with exchanges that a test scripts: what `client-side.ts` promises is
 * tested at the place where the real exchange stands. Close each bed: a uWS app that is open at the end aborts the process.
 */

import {
  ConnectionTable,
  connectionTableBytes,
  initConnectionTable,
} from '../../src/bridge/memory/connection-table.ts';
import { GAUGE_BUFFER_BYTES, WorkerGauges } from '../../src/bridge/memory/gauges.ts';
import {
  TICKET_KEY_BYTES,
  TICKET_KEYS_BUFFER_BYTES,
  TicketKeyWriter,
} from '../../src/bridge/memory/ticket-keys.ts';
import { decodeSnapshot, encodeContent, seal } from '../../src/bridge/snapshot/codec.ts';
import type { Certificate, Snapshot } from '../../src/bridge/snapshot/model.ts';
import { systemClock } from '../../src/kit/clock.ts';
import type { Fault } from '../../src/kit/faults.ts';
import { buildRouteTable } from '../../src/primary/compile/build-route-table.ts';
import type { BodyFraming, ClientHandler, ClientSide } from '../../src/worker/listener/client-side.ts';
import { ConnectionLimits } from '../../src/worker/listener/door/connection-limits.ts';
import { Door } from '../../src/worker/listener/door/door.ts';
import { EngineGround } from '../../src/worker/listener/node/engine-ground.ts';
import { UwsEngine } from '../../src/worker/listener/uws/uws-engine.ts';
import { makeCertificate } from './cert-maker.ts';
import { Http1Peer } from './client-side-http1-peer.ts';
import { Http2Peer } from './client-side-http2-peer.ts';
import type { Ask, Call, Peer } from './client-side-peer.ts';
import { freePort } from './free-port.ts';
import { GOLDEN_CONTENT } from './golden-content.ts';
import { waitFor } from './wait-for.ts';

/** One column of the matrix. */
export interface Variant {
  readonly name: string;
  /** What differences are listed under. */
  readonly kind: 'uws HTTP/1' | 'node HTTP/1' | 'node HTTP/2';
  readonly tls: boolean;
}

export const VARIANTS: readonly Variant[] = (['uws HTTP/1', 'node HTTP/1', 'node HTTP/2'] as const).flatMap(
  (kind) => [
    { name: `${kind}, plain`, kind, tls: false },
    { name: `${kind}, TLS`, kind, tls: true },
  ],
);

/** Memory that all sockets of a worker are read into. */
const READ_BYTES = 65_536;
const ROUNDS = 3;

/** One exchange: the client side that it was given, and all that it was told, in order. */
export class Told implements ClientHandler {
  readonly client: ClientSide;
  /** `body`, `last`, `fault`, `aborted`, `drain`. */
  readonly events: string[];
  readonly pieces: Buffer[];
  faults: Fault[];
  onBody: (bytes: Uint8Array, last: boolean) => void;
  onDrain: () => void;

  constructor(client: ClientSide) {
    this.client = client;
    this.events = [];
    this.pieces = [];
    this.faults = [];
    this.onBody = () => {};
    this.onDrain = () => {};
  }

  get body(): Buffer {
    return Buffer.concat(this.pieces);
  }

  count(event: string): number {
    return this.events.filter((one) => one === event).length;
  }

  /** Waits until it was told of `event` at least `times` times. */
  async heard(event: string, times = 1): Promise<void> {
    await waitFor(() => this.count(event) >= times, {
      what: `"${event}" to be told ${times} times (was told ${this.events.slice(-10).join(', ')})`,
    });
  }

  /** `fields` and a body as text, with no handler told. */
  answer(status: number, body: string, fields = 'Content-Type: text/plain', close = false): void {
    const bytes = Buffer.from(body);
    this.client.answer(status, latin1(fields), bytes, bytes.length, true, close);
  }

  head(framing: BodyFraming, length: number, fields = 'X-Test: yes', status = 200, close = false): void {
    this.client.writeHead(status, 'OK', latin1(fields), framing, length, close);
  }

  onClientBody(bytes: Uint8Array, last: boolean): void {
    // A copy: the view is promised for the call only.
    this.pieces.push(Buffer.from(bytes));
    this.events.push(last ? 'last' : 'body');
    this.onBody(bytes, last);
  }

  onClientFault(fault: Fault): void {
    this.faults.push(fault);
    this.events.push('fault');
  }

  onClientAborted(): void {
    this.events.push('aborted');
  }

  onClientDrain(): void {
    this.events.push('drain');
    this.onDrain();
  }
}

export type Script = (told: Told) => void;

export class ClientSideBed {
  readonly variant: Variant;
  readonly port: number;
  /** Every exchange, in the order in which they began. */
  readonly exchanges: Told[];
  /** What scripts threw: a client side must not. */
  readonly thrown: unknown[];
  readonly #scripts = new Map<string, Script>();
  readonly #peers: Peer[] = [];
  #door: Door | null = null;
  #rounds = 0;

  private constructor(variant: Variant, port: number) {
    this.variant = variant;
    this.port = port;
    this.exchanges = [];
    this.thrown = [];
  }

  static async open(variant: Variant): Promise<ClientSideBed> {
    const bed = new ClientSideBed(variant, await freePort());
    const start = (client: ClientSide): void => bed.#start(client);
    const snapshot = await snapshotFor(variant, bed.port);
    const { limits, timeouts } = snapshot;
    const connections = new SharedArrayBuffer(connectionTableBytes(1));
    initConnectionTable(connections, 1);
    const ticketKeys = new SharedArrayBuffer(TICKET_KEYS_BUFFER_BYTES);
    new TicketKeyWriter(ticketKeys).rotate(crypto.getRandomValues(new Uint8Array(TICKET_KEY_BYTES)));
    const report = (message: string): void => {
      bed.thrown.push(new Error(message));
    };
    const context = {
      ground: new EngineGround(systemClock, start, { ...limits, ...timeouts }),
      memory: Buffer.alloc(READ_BYTES),
      ticketKeys,
      gauges: new WorkerGauges(new SharedArrayBuffer(GAUGE_BUFFER_BYTES)),
      limits: new ConnectionLimits(new ConnectionTable(connections, 0, 1)),
      uws: () => new UwsEngine(start, report),
      handed: [],
      trusts: () => false,
      report,
    };
    const listener = snapshot.listeners[0];
    if (listener === undefined) throw new Error('the snapshot has no listener');
    const opened = await new Promise<Door | string>((resolve) => {
      Door.open(listener, context, snapshot, resolve);
    });
    if (typeof opened === 'string') throw new Error(opened);
    bed.#door = opened;
    return bed;
  }

  /** What is to be done with the requests of a target, in the turn in which they begin. Set before they come. */
  script(target: string, script: Script): void {
    this.#scripts.set(target, script);
  }

  /** A connection of its own. Closed with the bed, if not before. */
  async connect(): Promise<Peer> {
    const { kind, tls } = this.variant;
    const peer = await (kind === 'node HTTP/2' ? Http2Peer : Http1Peer).connect(this.port, tls);
    this.#peers.push(peer);
    return peer;
  }

  /** One request on a connection of its own, and the exchange that began with it. */
  async begin(ask: Ask, script: Script = () => {}): Promise<{ peer: Peer; call: Call; told: Told }> {
    this.script(ask.target, script);
    const peer = await this.connect();
    const call = peer.ask(ask);
    return { peer, call, told: await this.told(ask.target) };
  }

  /** The last exchange of a target, as soon as it has begun. */
  async told(target: string): Promise<Told> {
    return await waitFor(() => this.exchanges.findLast(({ client }) => client.head.target === target), {
      what: `a request of ${target}`,
      intervalMs: 1,
    });
  }

  /** Waits until other connections were served some rounds: what was on its way before has come by then. */
  async settle(): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) {
      const target = `/settle/${this.#rounds++}`;
      this.script(target, (told) => told.answer(200, 'ok'));
      const peer = await this.connect();
      await peer.ask({ target }).whole();
      peer.close();
    }
  }

  /** Closes every connection of a client. */
  cut(): void {
    for (const peer of this.#peers) peer.close();
  }

  async close(): Promise<void> {
    this.cut();
    await waitFor(() => this.#peers.every(({ closed }) => closed), { what: 'the connections to close' });
    this.#door?.close();
  }

  #start(client: ClientSide): void {
    const told = new Told(client);
    this.exchanges.push(told);
    try {
      this.#scripts.get(client.head.target)?.(told);
    } catch (error) {
      this.thrown.push(error);
    }
  }
}

export function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

async function snapshotFor({ kind, tls }: Variant, port: number): Promise<Snapshot> {
  const certificates = tls ? [await certificate()] : [];
  const content = encodeContent({
    ...GOLDEN_CONTENT,
    listeners: [{ id: 'test', tls, host: '127.0.0.1', port }],
    engine: kind === 'uws HTTP/1' ? 'uws' : 'node',
    http2: kind === 'node HTTP/2',
    routes: [],
    routeTable: buildRouteTable([]),
    services: [],
    certificates,
    serverNames: new Map(),
    defaultCertificate: tls ? 0 : null,
  });
  return decodeSnapshot(seal(content, 1, 0).bytes);
}

async function certificate(): Promise<Certificate> {
  const { certPem, keyPem } = await makeCertificate({ hosts: ['127.0.0.1'] });
  const origin = { file: 'test', line: 1, column: 1 };
  return { id: 'test', hosts: [], chainPem: certPem, keyPem, notAfterMs: 0, source: 'manual', origin };
}

/**
 * The engine's HTTP/2 alone, from source: `Http2Connection` behind a plain or TLS socket, and exchanges that a test
 * scripts.
 */

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { expect } from 'vitest';
import { type Clock, systemClock } from '../../src/kit/clock.ts';
import type { Fault } from '../../src/kit/faults.ts';
import { BodyFraming, type ClientHandler, type ClientSide } from '../../src/worker/listener/client-side.ts';
import { EngineGround, type EngineSettings } from '../../src/worker/listener/node/engine-ground.ts';
import { Http2Connection } from '../../src/worker/listener/node/http2-connection.ts';
import { Inlet, NOBODY } from '../../src/worker/listener/node/inlet.ts';
import { Sweeper } from '../../src/worker/sweeper.ts';
import { makeCertificate } from './cert-maker.ts';
import { FrameClient, get } from './h2-frames.ts';
import { waitFor } from './wait-for.ts';

/** One request as a scripted exchange saw it. */
export class Seen implements ClientHandler {
  readonly client: ClientSide;
  /** What came of the body. */
  readonly pieces: Buffer[];
  bodyDone: boolean;
  aborts: number;
  drains: number;
  faults: Fault[];
  /** Called with each piece and at the end. */
  onBody: (seen: Seen) => void;
  onDrain: (seen: Seen) => void;

  constructor(client: ClientSide) {
    this.client = client;
    this.pieces = [];
    this.bodyDone = false;
    this.aborts = 0;
    this.drains = 0;
    this.faults = [];
    this.onBody = () => {};
    this.onDrain = () => {};
  }

  get body(): Buffer {
    return Buffer.concat(this.pieces);
  }

  onClientBody(bytes: Uint8Array, last: boolean): void {
    this.pieces.push(Buffer.from(bytes));
    this.bodyDone = last;
    this.onBody(this);
  }

  onClientFault(fault: Fault): void {
    this.faults.push(fault);
  }

  onClientAborted(): void {
    this.aborts++;
  }

  onClientDrain(): void {
    this.drains++;
    this.onDrain(this);
  }
}

export type Script = (seen: Seen) => void;

export interface BedOptions {
  readonly settings?: Partial<EngineSettings>;
  /** TLS with ALPN. */
  readonly tls?: boolean;
  /** Reads the first bytes itself and hands the socket over with them, as the door does. */
  readonly door?: boolean;
}

export interface Bed {
  readonly port: number;
  /** By target: what is to be done with its requests. Others get 404. Set before they come. */
  readonly scripts: Map<string, Script>;
  readonly seen: Seen[];
  readonly connections: Http2Connection[];
  readonly sweeper: Sweeper;
  readonly ground: EngineGround;
  /** Milliseconds go by, for all limits at once. */
  advance(ms: number): void;
  /** Waits until the sweeper has been round. */
  swept(): Promise<void>;
  /** The last request of a target. */
  last(target: string): Seen | undefined;
  close(): Promise<void>;
}

const SETTINGS: EngineSettings = {
  headerBytes: 32_768,
  urlBytes: 16_384,
  readMs: 30_000,
  keepAliveMs: 60_000,
};
/** Memory that all sockets of a worker are read into. */
const READ_BYTES = 65_536;

export async function openBed(options: BedOptions = {}): Promise<Bed> {
  const scripts = new Map<string, Script>();
  const seen: Seen[] = [];
  const connections: Http2Connection[] = [];
  let ahead = 0;
  const clock: Clock = { epochMs: systemClock.epochMs, nowMs: () => systemClock.nowMs() + ahead };
  const sweeper = new Sweeper(clock);
  const start = (client: ClientSide): void => {
    const one = new Seen(client);
    seen.push(one);
    const script = scripts.get(client.head.target);
    if (script === undefined) answer(one, 404, 'nothing here\n');
    else script(one);
  };
  const ground = new EngineGround(clock, start, { ...SETTINGS, ...options.settings });
  const memory = Buffer.alloc(READ_BYTES);
  const serve = (inlet: Inlet, first: Buffer | null): void => {
    const facts = { peer: '127.0.0.1', tls: options.tls === true, localPort: 1 };
    const connection = new Http2Connection(inlet, facts, ground, sweeper);
    connections.push(connection);
    connection.begin(first);
  };
  const server: Server =
    options.tls !== true
      ? createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => {
          if (options.door === true) throughDoor(socket, memory, serve);
          else serve(new Inlet(socket, memory, NOBODY, true), null);
        })
      : createTlsServer({ ...(await certificate()), ALPNProtocols: ['h2'] }, (socket) =>
          serve(new Inlet(socket, memory, NOBODY, false), null),
        );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    scripts,
    seen,
    connections,
    sweeper,
    ground,
    advance: (ms) => {
      ahead += ms;
    },
    swept: async () => {
      let rounds = 0;
      const probe = { sweepIndex: -1, sweep: () => rounds++ };
      sweeper.add(probe);
      await waitFor(() => rounds > 1, { what: 'two sweeps' });
      sweeper.remove(probe);
    },
    last: (target) => seen.findLast(({ client }) => client.head.target === target),
    close: async () => {
      for (const connection of connections) connection.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function certificate(): Promise<{ readonly key: string; readonly cert: string }> {
  const { keyPem, certPem } = await makeCertificate({ hosts: ['127.0.0.1'] });
  return { key: keyPem, cert: certPem };
}

function throughDoor(socket: Socket, memory: Buffer, serve: (inlet: Inlet, first: Buffer) => void): void {
  const inlet = new Inlet(
    socket,
    memory,
    {
      ...NOBODY,
      onBytes: (bytes, length) => {
        socket.pause();
        serve(inlet, bytes.subarray(0, length));
      },
    },
    true,
  );
  socket.resume();
}

/** A connection of its own gets its answer. The script of `/` says hello. */
export async function expectServed(bed: Bed): Promise<void> {
  const other = await FrameClient.open(bed.port);
  other.send(get(1));
  expect(await other.ended(1)).toBe(true);
  expect(other.body(1).toString()).toBe('hello');
  other.close();
}

/** A whole answer of penstock's own. */
export function answer(seen: Seen, status: number, body: string, fields = 'Content-Type: text/plain'): void {
  const bytes = Buffer.from(body);
  const hasBody = seen.client.head.method !== 'HEAD';
  seen.client.answer(status, Buffer.from(fields, 'latin1'), bytes, bytes.length, hasBody, false);
}

/** A streamed answer: head, pieces and end in one turn. `length`: -1 for a body of unknown length. */
export function stream(
  seen: Seen,
  length: number,
  pieces: readonly string[],
  trailers = '',
  fields = '',
): void {
  const { client } = seen;
  client.writeHead(
    200,
    'OK',
    Buffer.from(fields, 'latin1'),
    length < 0 ? BodyFraming.STREAM : BodyFraming.LENGTH,
    length,
    false,
  );
  for (const piece of pieces) client.writeBody(Buffer.from(piece, 'latin1'));
  client.end(trailers);
}

/** Reads the whole body, then does the rest. */
export function afterBody(then: Script): Script {
  return (seen) => {
    seen.onBody = () => {
      if (seen.bodyDone) then(seen);
    };
    if (seen.client.head.hasBody) seen.client.attach(seen);
    else then(seen);
  };
}

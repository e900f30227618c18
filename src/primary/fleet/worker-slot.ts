/**
 * One place in the fleet: a worker thread and whoever takes its place when it dies. Primary thread. The place keeps its
 * number, its columns of the counters and its gauges; see LIFECYCLE.md.
 */

import { Worker } from 'node:worker_threads';
import type { HandedSocket } from '../../bridge/handed-sockets.ts';
import { ConnectionTable } from '../../bridge/memory/connection-table.ts';
import { EndpointTable } from '../../bridge/memory/endpoint-table.ts';
import { GAUGE_BUFFER_BYTES, WorkerGauges } from '../../bridge/memory/gauges.ts';
import { LimiterTable } from '../../bridge/memory/limiter-table.ts';
import type {
  ChallengesMessage,
  FromWorker,
  SnapshotMessage,
  ToWorker,
  WorkerData,
} from '../../bridge/messages.ts';
import { messageOf } from '../../kit/errors.ts';
import { WORKER_ENTRY } from '../../kit/program-files.ts';
import { closeFd } from '../../native/listen-socket.ts';
import type { WorkerStatus } from '../control.ts';

/** A worker is at another request for milliseconds at most. */
const SHARE_MS = 5_000;

export type SlotState = WorkerStatus['state'];

/** What a slot tells the fleet. */
export interface SlotEvents {
  /** `null`: it serves the snapshot; else why it does not. */
  onAnswer(slot: WorkerSlot, version: number, reason: string | null): void;
  /** The thread has ended. `wanted`: it was told to. */
  onExit(slot: WorkerSlot, wanted: boolean, words: string): void;
  onLog(slot: WorkerSlot, message: Extract<FromWorker, { type: 'log' }>): void;
  onEndpointFailing(key: string, reason: string): void;
  /** `challengesNumber` has grown. */
  onChallenges(): void;
}

/** What all workers have in common. */
export interface FleetCommons {
  /** `bridge/memory/ticket-keys.ts`. */
  readonly ticketKeys: SharedArrayBuffer;
  /** Signs sticky cookies. */
  readonly stickyKey: Uint8Array;
  /** `bridge/memory/connection-table.ts`. */
  readonly connections: SharedArrayBuffer;
  /** Segments of `bridge/memory/endpoint-table.ts`: all there are, in a list that grows. */
  readonly endpoints: readonly SharedArrayBuffer[];
}

export class WorkerSlot {
  readonly id: number;
  readonly gauges: WorkerGauges;
  state: SlotState = 'dead';
  snapshotVersion = 0;
  /** The set of challenges that it answers. */
  challengesNumber = 0;
  restarts = 0;
  /** When the thread of now began to serve, monotonic milliseconds; null before. Kept by the fleet. */
  servesSinceMs: number | null = null;
  /** Deaths in a row; the back-off grows with them. Kept by the fleet. */
  failures = 0;
  readonly #gaugeBuffer = new SharedArrayBuffer(GAUGE_BUFFER_BYTES);
  readonly #workers: number;
  readonly #commons: FleetCommons;
  readonly #events: SlotEvents;
  #worker: Worker | null = null;
  #wantedEnd = false;
  #words = '';
  /** Of the last snapshot. */
  #limiter: SharedArrayBuffer | null = null;
  /** Waits for the sockets of the thread of now. */
  #sharing: ((sockets: readonly HandedSocket[]) => void) | null = null;

  constructor(id: number, workers: number, commons: FleetCommons, events: SlotEvents) {
    this.id = id;
    this.#workers = workers;
    this.#commons = commons;
    this.#events = events;
    this.gauges = new WorkerGauges(this.#gaugeBuffer);
  }

  /** Starts a thread with a whole snapshot; it listens once it has adopted it, with the sockets that are handed to it or with new ones. */
  spawn(
    snapshot: SnapshotMessage,
    challenges: ChallengesMessage,
    handed: readonly HandedSocket[] = [],
  ): void {
    this.state = 'starting';
    this.snapshotVersion = 0;
    this.challengesNumber = challenges.number;
    this.servesSinceMs = null;
    this.#wantedEnd = false;
    this.#words = '';
    this.#forgetShare();
    this.#limiter = snapshot.memory.limiter;
    const data: WorkerData = {
      id: this.id,
      workers: this.#workers,
      gauges: this.#gaugeBuffer,
      ticketKeys: this.#commons.ticketKeys,
      stickyKey: this.#commons.stickyKey,
      connections: this.#commons.connections,
      snapshot,
      challenges,
      handed,
    };
    const worker = new Worker(WORKER_ENTRY, {
      workerData: data,
      name: `penstock-worker-${this.id}`,
      // Memory files of certificates are opened and closed by number, which Node would warn about.
      trackUnmanagedFds: false,
    });
    this.#worker = worker;
    worker.on('message', (message: FromWorker) => this.#receive(message));
    worker.on('error', (error) => {
      this.#words = messageOf(error);
    });
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.state = 'dead';
      this.#sharing?.([]);
      this.#forgetShare();
      this.#events.onExit(this, this.#wantedEnd, this.#words);
    });
  }

  get alive(): boolean {
    return this.#worker !== null;
  }

  send(message: ToWorker): void {
    if (message.type === 'drain' || message.type === 'stop') this.#wantedEnd = true;
    if (message.type === 'drain' && this.#worker !== null) this.state = 'draining';
    if (message.type === 'snapshot') this.#limiter = message.memory.limiter;
    this.#worker?.postMessage(message);
  }

  /** Ends a thread that cannot serve, so that another one tries. */
  giveUp(): void {
    this.#words = 'it could not serve';
    this.#worker?.postMessage({ type: 'stop' } satisfies ToWorker);
  }

  /** Copies of the sockets that it listens with, the caller's to close; none where there is no thread, or it is too busy to say. */
  shareSockets(): Promise<readonly HandedSocket[]> {
    if (this.#worker === null) return Promise.resolve([]);
    return new Promise((resolve) => {
      const settle = (sockets: readonly HandedSocket[]): void => {
        clearTimeout(timer);
        this.#sharing = null;
        resolve(sockets);
      };
      const timer = setTimeout(() => settle([]), SHARE_MS);
      this.#sharing = settle;
      this.send({ type: 'share-sockets' });
    });
  }

  status(): WorkerStatus {
    return {
      id: this.id,
      state: this.state,
      snapshotVersion: this.snapshotVersion,
      connections: this.gauges.connections(false) + this.gauges.connections(true),
      requestsInFlight: this.gauges.inFlight,
      restarts: this.restarts,
    };
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'ack':
        this.snapshotVersion = message.version;
        if (this.state === 'starting') this.state = 'serving';
        this.#events.onAnswer(this, message.version, null);
        return;
      case 'challenges-ack':
        this.challengesNumber = message.number;
        this.#events.onChallenges();
        return;
      case 'nack':
        this.#events.onAnswer(this, message.version, message.reason);
        return;
      case 'log':
        this.#events.onLog(this, message);
        return;
      case 'sockets':
        if (this.#sharing !== null) this.#sharing(message.sockets);
        else for (const { fd } of message.sockets) closeFd(fd);
        return;
      case 'endpoint-failing':
        this.#events.onEndpointFailing(message.key, message.reason);
        return;
      case 'ended':
        if (message.message !== '') this.#words = message.message;
        return;
    }
  }

  /** What a worker that is no more had open and under way. */
  #forgetShare(): void {
    this.gauges.clearLive();
    ConnectionTable.clearWorker(this.#commons.connections, this.id, this.#workers);
    EndpointTable.clearWorker(this.#commons.endpoints, this.id);
    if (this.#limiter !== null) LimiterTable.clearWorker(this.#limiter, this.id);
  }
}

/**
 * The workers: started, given every snapshot, replaced when they die, drained at the end. Primary thread. See LIFECYCLE.md.
 */

import { randomInt } from 'node:crypto';
import { type HandedSocket, shareOf } from '../../bridge/handed-sockets.ts';
import { connectionTableBytes, initConnectionTable } from '../../bridge/memory/connection-table.ts';
import type { ChallengeToken, SnapshotMessage } from '../../bridge/messages.ts';
import type { Clock } from '../../kit/clock.ts';
import { PenstockError } from '../../kit/errors.ts';
import type { WorkerStatus } from '../control.ts';
import { ChallengeSet } from './challenge-set.ts';
import { type FleetCommons, type SlotEvents, WorkerSlot } from './worker-slot.ts';

export interface FleetEvents {
  onLog(worker: number, level: 'debug' | 'info' | 'warn' | 'error', message: string): void;
  /** Requests to the endpoint with this key fail; `reason`: the last time. */
  onEndpointFailing(key: string, reason: string): void;
}

/** A snapshot as each worker gets it: the same bytes, its own columns. */
export type SnapshotFor = (worker: number) => SnapshotMessage;

export interface Delivery {
  /** Workers that refused it, with their reason. */
  readonly refused: readonly { readonly worker: number; readonly reason: string }[];
  /** Workers that did not answer in time. */
  readonly silent: readonly number[];
}

/** A worker that has not answered by then is reported; it may still do. */
const ANSWER_MS = 10_000;
const FIRST_BACK_OFF_MS = 100;
const LAST_BACK_OFF_MS = 5_000;
/** A worker that served this long was sound: the next death is a first one again. */
const SOUND_AFTER_MS = 10_000;
/** After the drain's own deadline, for closing and flushing. */
const END_GRACE_MS = 2_000;

export class Fleet {
  readonly #slots: WorkerSlot[];
  readonly #events: FleetEvents;
  readonly #challenges = new ChallengeSet(() => this.#slots);
  readonly #clock: Pick<Clock, 'nowMs'>;
  #snapshotFor: SnapshotFor | null = null;
  #version = 0;
  #starting = false;
  #stopping = false;
  #answer: ((slot: WorkerSlot, version: number, reason: string | null) => void) | null = null;
  #exited: (() => void) | null = null;

  /** `given`: what others make; the table of connections is the fleet's own. */
  constructor(
    size: number,
    clock: Pick<Clock, 'nowMs'>,
    given: Omit<FleetCommons, 'connections'>,
    events: FleetEvents,
  ) {
    this.#clock = clock;
    this.#events = events;
    const connections = new SharedArrayBuffer(connectionTableBytes(size));
    initConnectionTable(connections, randomInt(2 ** 32));
    const commons: FleetCommons = { ...given, connections };
    const slotEvents: SlotEvents = {
      onAnswer: (slot, version, reason) => {
        if (reason === null) slot.servesSinceMs ??= this.#clock.nowMs();
        else this.#log(slot, 'error', `does not serve snapshot ${version}: ${reason}`);
        if (this.#answer !== null) this.#answer(slot, version, reason);
        // A replacement that cannot listen: nobody else would have it try again.
        else if (slot.state === 'starting') slot.giveUp();
      },
      onExit: (slot, wanted, words) => this.#onExit(slot, wanted, words),
      onLog: (slot, { level, message }) => this.#log(slot, level, message),
      onEndpointFailing: (key, reason) => events.onEndpointFailing(key, reason),
      onChallenges: () => this.#challenges.look(),
    };
    this.#slots = Array.from({ length: size }, (_, id) => new WorkerSlot(id, size, commons, slotEvents));
  }

  get size(): number {
    return this.#slots.length;
  }

  status(): WorkerStatus[] {
    return this.#slots.map((slot) => slot.status());
  }

  get slots(): readonly WorkerSlot[] {
    return this.#slots;
  }

  /** True once every worker serves the current snapshot. */
  get ready(): boolean {
    return this.#slots.every((slot) => slot.state === 'serving' && slot.snapshotVersion === this.#version);
  }

  /**
   * Starts all workers with their first snapshot. `handed`: sockets that they listen with in place of new ones; theirs from now on.
   * @throws PenstockError PENSTOCK_WORKER_FAILED if one does not come to serve; all have ended by then
   */
  async start(
    version: number,
    snapshotFor: SnapshotFor,
    handed: readonly HandedSocket[] = [],
  ): Promise<void> {
    this.#snapshotFor = snapshotFor;
    this.#version = version;
    this.#starting = true;
    const delivery = await this.#collect(version, () => {
      for (const slot of this.#slots)
        slot.spawn(snapshotFor(slot.id), this.#challenges.message, shareOf(handed, slot.id, this.size));
    });
    this.#starting = false;
    const refusal = delivery.refused[0];
    if (refusal === undefined && delivery.silent.length === 0) return;
    await this.stop();
    const reason = refusal?.reason ?? `worker ${delivery.silent.join(', ')} did not start in time`;
    throw new PenstockError('PENSTOCK_WORKER_FAILED', `the workers cannot serve: ${reason}`);
  }

  /** Gives every worker a snapshot and collects the answers. A worker that starts later gets it at once. */
  async publish(version: number, snapshotFor: SnapshotFor): Promise<Delivery> {
    this.#snapshotFor = snapshotFor;
    this.#version = version;
    return await this.#collect(version, () => {
      for (const slot of this.#slots) slot.send(snapshotFor(slot.id));
    });
  }

  /**
   * What authorities are answered on plain listeners, in place of what they were answered before. Resolves once every worker does; a worker that takes
   * a dead one's place begins with it. Rejects with a PenstockError that names the workers that do not within 5 s.
   */
  async setChallenges(tokens: readonly ChallengeToken[]): Promise<void> {
    const message = this.#challenges.replace(tokens);
    for (const slot of this.#slots) slot.send(message);
    await this.#challenges.answered();
  }

  /** Copies of every socket that workers listen with, the caller's to close. */
  async shareSockets(): Promise<readonly HandedSocket[]> {
    return (await Promise.all(this.#slots.map((slot) => slot.shareSockets()))).flat();
  }

  reopenLogs(): void {
    for (const slot of this.#slots) slot.send({ type: 'reopen-log' });
  }

  /** For fault tests: the worker throws where nothing catches. */
  fail(worker: number): void {
    this.#slots[worker]?.send({ type: 'fail' });
  }

  /** Stops accepting, lets exchanges end, at the latest after `deadlineMs`; then every thread has ended. `patient`: see `ToWorker`. */
  async drain(deadlineMs: number, patient: boolean): Promise<void> {
    this.#stopping = true;
    for (const slot of this.#slots) slot.send({ type: 'drain', deadlineMs, patient });
    await this.#allExited(deadlineMs + END_GRACE_MS);
  }

  /** Cuts everything; every thread has ended afterwards. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const slot of this.#slots) slot.send({ type: 'stop' });
    await this.#allExited(END_GRACE_MS);
  }

  /** Waits for what is still alive. A thread is never terminated: that would abort the process. */
  #allExited(timeoutMs: number): Promise<void> {
    const alive = (): boolean => this.#slots.some((slot) => slot.alive);
    if (!alive()) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#exited = () => {
        if (alive()) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #collect(version: number, send: () => void): Promise<Delivery> {
    return new Promise((resolve) => {
      const waiting = new Set(this.#slots.map((slot) => slot.id));
      const refused: { worker: number; reason: string }[] = [];
      const done = (): void => {
        clearTimeout(timer);
        this.#answer = null;
        resolve({ refused, silent: [...waiting] });
      };
      const timer = setTimeout(done, ANSWER_MS);
      this.#answer = (slot, answered, reason) => {
        if (answered !== version) return;
        waiting.delete(slot.id);
        if (reason !== null) refused.push({ worker: slot.id, reason });
        if (waiting.size === 0) done();
      };
      send();
    });
  }

  #onExit(slot: WorkerSlot, wanted: boolean, words: string): void {
    this.#challenges.look();
    if (this.#stopping || wanted) {
      this.#exited?.();
      return;
    }
    if (this.#starting) {
      // A start that fails is over: nothing is replaced.
      this.#answer?.(slot, this.#version, words || 'its thread ended');
      return;
    }
    const soundMs = slot.servesSinceMs === null ? 0 : this.#clock.nowMs() - slot.servesSinceMs;
    slot.restarts++;
    slot.failures = soundMs >= SOUND_AFTER_MS ? 1 : slot.failures + 1;
    // At once the first time, so that its share of the connections is away for as short as can be.
    const delayMs =
      slot.failures === 1 ? 0 : Math.min(LAST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (slot.failures - 2));
    this.#log(slot, 'error', `died and is replaced${delayMs === 0 ? '' : ` in ${delayMs} ms`}: ${words}`);
    setTimeout(() => {
      if (this.#stopping || this.#snapshotFor === null) return;
      slot.spawn(this.#snapshotFor(slot.id), this.#challenges.message);
    }, delayMs);
    // A worker that dies before it served its first snapshot will not answer for it.
    if (slot.restarts > 0 && slot.snapshotVersion === 0)
      this.#answer?.(slot, this.#version, words || 'its thread ended');
  }

  #log(slot: WorkerSlot, level: 'debug' | 'info' | 'warn' | 'error', message: string): void {
    this.#events.onLog(slot.id, level, message);
  }
}

/**
 * The listening addresses of one worker. Worker thread. A snapshot's addresses are opened before anything else of it is
 * adopted; addresses that it no longer names stop accepting, and their connections end after what they are at.
 */

import type { HandedSocket } from '../bridge/handed-sockets.ts';
import type { CertificateChange } from '../bridge/messages.ts';
import type { Listener, Snapshot } from '../bridge/snapshot/model.ts';
import type { EngineListener } from './listener/engine-listener.ts';

/** How often a closed address is looked at for its last connection. */
const RETIRE_INTERVAL_MS = 1_000;

/** Opens an address; `done` gets a sentence where it cannot be had. Called once, maybe before the call returns. */
export type OpenListener = (
  listener: Listener,
  snapshot: Snapshot,
  done: (opened: EngineListener | string) => void,
) => void;

export class Listeners {
  readonly #openListener: OpenListener;
  #open = new Map<string, EngineListener>();
  readonly #retired = new Set<EngineListener>();
  #timer: NodeJS.Timeout | null = null;

  constructor(open: OpenListener) {
    this.#openListener = open;
  }

  /**
   * Opens what is new. On a failure everything is as before, and the sentence that `done` gets says why. `done` is called once,
   * maybe before the call returns; until then there must be no other call.
   */
  prepare(snapshot: Snapshot, done: (next: Map<string, EngineListener> | string) => void): void {
    const next = new Map<string, EngineListener>();
    const fresh: EngineListener[] = [];
    let failure: string | null = null;
    // One more than there are, so that it is not over before the last was begun.
    let waiting = 1;
    const settle = (): void => {
      waiting--;
      if (waiting > 0) return;
      if (failure !== null) for (const one of fresh) one.close();
      done(failure ?? next);
    };
    for (const listener of snapshot.listeners) {
      const known = this.#open.get(listener.id);
      if (known !== undefined && known.listener.port === listener.port) {
        next.set(listener.id, known);
        continue;
      }
      waiting++;
      this.#openListener(listener, snapshot, (opened) => {
        if (typeof opened === 'string') failure ??= opened;
        else {
          fresh.push(opened);
          next.set(listener.id, opened);
        }
        settle();
      });
    }
    settle();
  }

  /** Makes what `prepare` gave the open addresses, as `snapshot` wants them. `change`: null where it is not known. */
  adopt(next: Map<string, EngineListener>, snapshot: Snapshot, change: CertificateChange | null): void {
    const before = this.#open;
    this.#open = next;
    const kept = new Set(next.values());
    for (const listener of before.values()) if (!kept.has(listener)) this.#retire(listener);
    for (const listener of next.values()) listener.adopt(snapshot, change);
  }

  /** Copies of the sockets that it listens with, the caller's to close. */
  share(): HandedSocket[] {
    return [...this.#open.values()].flatMap((open) => {
      const { id, host, port } = open.listener;
      return open.share().map((fd) => ({ listener: id, host, port, fd }));
    });
  }

  /** Of all addresses, those that are closed included. */
  get connections(): number {
    let sum = 0;
    for (const { connections } of [...this.#open.values(), ...this.#retired]) sum += connections;
    return sum;
  }

  /** Stops accepting; see `EngineListener.drain`. */
  drain(patient: boolean): void {
    for (const listener of this.#open.values()) listener.stopAccepting();
    for (const listener of this.#open.values()) listener.drain(patient);
  }

  /** Cuts everything. Must be called before the thread ends. */
  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    for (const listener of [...this.#open.values(), ...this.#retired]) listener.close();
    this.#open.clear();
    this.#retired.clear();
  }

  #retire(listener: EngineListener): void {
    listener.stopAccepting();
    listener.drain(false);
    this.#retired.add(listener);
    this.#timer ??= setInterval(() => this.#closeEmpty(), RETIRE_INTERVAL_MS).unref();
  }

  #closeEmpty(): void {
    for (const listener of this.#retired) {
      if (listener.connections > 0) continue;
      this.#retired.delete(listener);
      listener.close();
    }
    if (this.#retired.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}

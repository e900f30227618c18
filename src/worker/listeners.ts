/**
 * The listening addresses of one worker. Worker thread. A snapshot's addresses are opened before anything else of it is
 * adopted; addresses that it no longer names stop accepting, and their connections go on until they end by themselves.
 */

import type { CertificateChange } from '../bridge/messages.ts';
import type { Snapshot } from '../bridge/snapshot/model.ts';
import type { EngineListener, UwsEngine } from './listener/uws/uws-engine.ts';

/** How often a closed address is looked at for its last connection. */
const RETIRE_INTERVAL_MS = 1_000;

export class Listeners {
  readonly #engine: UwsEngine;
  #open = new Map<string, EngineListener>();
  readonly #retired = new Set<EngineListener>();
  #timer: NodeJS.Timeout | null = null;

  constructor(engine: UwsEngine) {
    this.#engine = engine;
  }

  /** Opens what is new. On a failure everything is as before, and the sentence that is returned says why. */
  prepare(snapshot: Snapshot): Map<string, EngineListener> | string {
    const next = new Map<string, EngineListener>();
    const fresh: EngineListener[] = [];
    for (const listener of snapshot.listeners) {
      const known = this.#open.get(listener.id);
      if (known !== undefined && known.listener.port === listener.port) {
        next.set(listener.id, known);
        continue;
      }
      const opened = this.#engine.listen(listener, snapshot);
      if (typeof opened === 'string') {
        for (const one of fresh) one.close();
        return opened;
      }
      fresh.push(opened);
      next.set(listener.id, opened);
    }
    return next;
  }

  /** Makes what `prepare` gave the open addresses, with the certificates of `snapshot`. `change`: null where it is not known. */
  adopt(next: Map<string, EngineListener>, snapshot: Snapshot, change: CertificateChange | null): void {
    const before = this.#open;
    this.#open = next;
    const kept = new Set(next.values());
    for (const listener of before.values()) if (!kept.has(listener)) this.#retire(listener);
    for (const listener of next.values()) listener.adopt(snapshot, change);
  }

  stopAccepting(): void {
    for (const listener of this.#open.values()) listener.stopAccepting();
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

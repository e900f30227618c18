/** The pool in which keys are made and certificate requests signed. Primary thread. Threads start when there is work and end when there is none. */

import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import type { KeyAndRequest, KeyTask } from '../../key-worker.ts';

/** Names wait for the authority most of the time: two make keys faster than any authority signs them. */
const MAX_THREADS = 2;
/** A thread takes a third of a second to start: names that come one after the other find it. */
const IDLE_MS = 10_000;
/** Of keys and one library; more would be a fault. */
const MAX_HEAP_MB = 128;

export interface KeyMaker {
  /** A key and the request for a certificate of a host. */
  make(task: KeyTask, signal: AbortSignal): Promise<KeyAndRequest>;
  close(): Promise<void>;
}

export class KeyPool implements KeyMaker {
  readonly #entry: URL;
  #pool: Promise<Piscina<KeyTask, KeyAndRequest>> | null = null;
  #closed = false;

  /** `entry`: `KEY_WORKER_ENTRY`, but in tests of the sources. */
  constructor(entry: URL) {
    this.#entry = entry;
  }

  async make(task: KeyTask, signal: AbortSignal): Promise<KeyAndRequest> {
    if (this.#closed) throw new Error('the pool that makes keys is closed');
    this.#pool ??= this.#start();
    const pool = await this.#pool;
    return await pool.run(task, { signal });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const pool = await this.#pool?.catch(() => null);
    await pool?.destroy();
  }

  /** One that does not start is not the last: the system may have lacked files or memory. */
  async #start(): Promise<Piscina<KeyTask, KeyAndRequest>> {
    try {
      return await startPool(this.#entry);
    } catch (error) {
      this.#pool = null;
      throw error;
    }
  }
}

/** The library is loaded only when a key is to be made. */
async function startPool(entry: URL): Promise<Piscina<KeyTask, KeyAndRequest>> {
  const { Piscina } = await import('piscina');
  return new Piscina<KeyTask, KeyAndRequest>({
    filename: fileURLToPath(entry),
    minThreads: 0,
    maxThreads: MAX_THREADS,
    idleTimeout: IDLE_MS,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    // Nothing of the primary's environment is needed, and secrets may be in it.
    env: {},
    execArgv: [],
  });
}

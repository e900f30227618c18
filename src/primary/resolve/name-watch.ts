/**
 * Keeps the addresses of names: each is looked up again when its time to live is over. An answer holds until there is a better one, so a
 * name server that fails takes nothing away. Primary thread. Its timers keep no process alive.
 */

import { messageOf } from '../../kit/errors.ts';
import type { ResolveName } from './resolve-name.ts';

export interface NameGround {
  readonly resolve: ResolveName;
  /** A name has other addresses than before. */
  onChange(name: string, addresses: readonly string[]): void;
  /** A name can no longer be looked up; `kept`: how many addresses it keeps. Once, until it can again. */
  onFailure(name: string, reason: string, kept: number): void;
}

/** How long a start or a reload waits for names that it brings. */
const FIRST_ANSWER_MS = 1_000;
/** Shorter times to live would be a load, longer ones keep addresses that have long changed. */
const MIN_TTL_MS = 1_000;
const MAX_TTL_MS = 300_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

interface Watched {
  addresses: readonly string[];
  /** In a row. */
  failures: number;
  timer: NodeJS.Timeout | null;
}

export class NameWatch {
  readonly #ground: NameGround;
  readonly #names = new Map<string, Watched>();
  #closed = false;

  constructor(ground: NameGround) {
    this.#ground = ground;
  }

  /** Begins with those that are new. Resolves when each has had its first look-up, or after a second. Never rejects. */
  async know(names: ReadonlySet<string>): Promise<void> {
    if (this.#closed) return;
    const fresh = [...names].filter((name) => !this.#names.has(name)).map((name) => this.#begin(name));
    if (fresh.length === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FIRST_ANSWER_MS);
    });
    await Promise.race([Promise.all(fresh), late]);
    clearTimeout(timer);
  }

  /** These are all names there are. */
  settle(names: ReadonlySet<string>): void {
    for (const [name, watched] of this.#names) {
      if (names.has(name)) continue;
      this.#names.delete(name);
      if (watched.timer !== null) clearTimeout(watched.timer);
    }
  }

  /** None where it never resolved. */
  addresses(name: string): readonly string[] {
    return this.#names.get(name)?.addresses ?? [];
  }

  close(): void {
    this.#closed = true;
    this.settle(new Set());
  }

  #begin(name: string): Promise<void> {
    const watched: Watched = { addresses: [], failures: 0, timer: null };
    this.#names.set(name, watched);
    return this.#look(name, watched);
  }

  async #look(name: string, watched: Watched): Promise<void> {
    watched.timer = null;
    const delayMs = await this.#ground.resolve(name).then(
      ({ addresses, ttlMs }) => this.#take(name, watched, addresses, ttlMs),
      (error) => this.#fail(name, watched, messageOf(error)),
    );
    // It may have left meanwhile.
    if (this.#names.get(name) !== watched) return;
    watched.timer = setTimeout(() => void this.#look(name, watched), delayMs).unref();
  }

  /** Gives how long to wait. */
  #take(name: string, watched: Watched, addresses: readonly string[], ttlMs: number): number {
    watched.failures = 0;
    const changed = addresses.join() !== watched.addresses.join();
    watched.addresses = addresses;
    if (changed && this.#names.get(name) === watched) this.#ground.onChange(name, addresses);
    return Math.min(MAX_TTL_MS, Math.max(MIN_TTL_MS, ttlMs));
  }

  #fail(name: string, watched: Watched, reason: string): number {
    watched.failures++;
    if (watched.failures === 1 && this.#names.get(name) === watched)
      this.#ground.onFailure(name, reason, watched.addresses.length);
    return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (watched.failures - 1));
  }
}

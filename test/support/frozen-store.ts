/** A store whose process dies at a chosen moment: after so many values were put nothing is written any more, and nobody gets an answer. */

import type { Lease, Store, Watch } from '../../src/primary/store/store.ts';

export class FrozenStore implements Store {
  readonly #store: Store;
  #left: number;
  /** Keys in the order in which they were put. */
  readonly puts: string[] = [];
  /** The moment has come. */
  isFrozen = false;

  constructor(store: Store, puts: number) {
    this.#store = store;
    this.#left = puts;
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    await this.#alive();
    if (this.#left === 0) {
      this.isFrozen = true;
      await this.#alive();
    }
    this.#left -= 1;
    this.puts.push(key);
    await this.#store.put(key, value);
  }

  async get(key: string): Promise<Buffer | null> {
    await this.#alive();
    return this.#store.get(key);
  }

  async delete(key: string): Promise<void> {
    await this.#alive();
    return this.#store.delete(key);
  }

  async list(prefix: string): Promise<string[]> {
    await this.#alive();
    return this.#store.list(prefix);
  }

  async lock(name: string, leaseMs: number): Promise<Lease | null> {
    await this.#alive();
    return this.#store.lock(name, leaseMs);
  }

  async setAside(key: string): Promise<string | null> {
    await this.#alive();
    return this.#store.setAside(key);
  }

  watch(_prefix: string, _onChange: (key: string) => void): Watch {
    return { close: () => {} };
  }

  async #alive(): Promise<void> {
    if (this.isFrozen) await new Promise(() => {});
  }
}

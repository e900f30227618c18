/**
 * Fake interleavings: something of the test's happens between two atomic operations of the code under test, in the same
 * thread, so that every point at which threads may meet can be tried in turn. Where one waits for another, it waits in vain.
 */

const { load, store, compareExchange, wait } = Atomics;

export class AtomicSteps {
  /** How often `Atomics.wait` was called. */
  waits = 0;
  #step: ((operation: number) => void) | null = null;
  #operation = 0;
  #inside = false;

  /** Takes the place of the real operations, until `restore`. Spies of vitest remember every call: there are millions. */
  install(): void {
    type Call = (cells: Int32Array, index: number, a?: number, b?: number) => number;
    const stepping =
      (call: unknown): Call =>
      (cells, index, a, b) => {
        this.#pass();
        return (call as Call)(cells, index, a, b);
      };
    Object.assign(Atomics, {
      load: stepping(load),
      store: stepping(store),
      compareExchange: stepping(compareExchange),
      wait: () => {
        this.waits++;
        return 'timed-out';
      },
    });
  }

  restore(): void {
    Object.assign(Atomics, { load, store, compareExchange, wait });
  }

  /**
   * Runs `body` with `step` called before each of its atomic operations, numbered from 0. What `step` does is not interrupted
   * in its turn; where it throws, `body` ends there, as a thread does that dies.
   */
  disturb(step: (operation: number) => void, body: () => void): void {
    this.#operation = 0;
    this.#step = step;
    try {
      body();
    } finally {
      this.#step = null;
    }
  }

  #pass(): void {
    if (this.#step === null || this.#inside) return;
    this.#inside = true;
    try {
      this.#step(this.#operation++);
    } finally {
      this.#inside = false;
    }
  }
}

/** Work of one key runs one after the other, work of different keys side by side. Any thread; holds nothing once the work is done. */
export class KeyedQueue {
  /** Of each key, what its next work has to wait for. Never rejects. */
  readonly #tails = new Map<string, Promise<void>>();

  /** The outcome of `work`, which begins when all earlier work of `key` has ended, well or not. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const outcome = (this.#tails.get(key) ?? Promise.resolve()).then(work);
    const tail: Promise<void> = outcome.then(
      () => this.#forget(key, tail),
      () => this.#forget(key, tail),
    );
    this.#tails.set(key, tail);
    return outcome;
  }

  #forget(key: string, tail: Promise<void>): void {
    if (this.#tails.get(key) === tail) this.#tails.delete(key);
  }
}

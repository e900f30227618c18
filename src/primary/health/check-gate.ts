/** Lets a bounded number of checks run at once, the others in their order. Primary thread; no clock, no sockets. */

export class CheckGate {
  readonly #places: number;
  readonly #queue = new Set<() => void>();
  #inside = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /**
   * Calls `run` at once or when it is its turn, with what gives its place back; that may be called more than once. Gives what takes it
   * out of the queue.
   */
  enter(run: (leave: () => void) => void): () => void {
    const begin = (): void => {
      this.#inside++;
      let inside = true;
      run(() => {
        if (!inside) return;
        inside = false;
        this.#inside--;
        this.#next();
      });
    };
    if (this.#inside < this.#places) {
      begin();
      return () => {};
    }
    this.#queue.add(begin);
    return () => this.#queue.delete(begin);
  }

  #next(): void {
    const [first] = this.#queue;
    if (first === undefined || this.#inside >= this.#places) return;
    this.#queue.delete(first);
    first();
  }
}

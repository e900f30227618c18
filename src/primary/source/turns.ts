/** Takes some of many things at a time, so that each comes round. Pure. */

export class Turns<T> {
  #items: readonly T[] = [];
  #at = 0;

  /** From now on it is about these; it goes on at the place in the list where it was. */
  of(items: readonly T[]): void {
    this.#items = items;
    if (this.#at >= items.length) this.#at = 0;
  }

  /** Calls back for the next `count` of them, once for each at most. */
  next(count: number, use: (item: T) => void): void {
    const { length } = this.#items;
    for (let left = Math.min(count, length); left > 0; left--) {
      const item = this.#items[this.#at] as T;
      this.#at = (this.#at + 1) % length;
      use(item);
    }
  }
}

// hot: runs once per request
/** The endpoints that a choice is made among: indices into a service's list, in its order. Used anew for every choice. */

export class Candidates {
  /** The first `count` of them count. */
  indices: Int32Array;
  count = 0;
  /** Some of them are in a slow start. */
  starting = false;

  constructor(capacity: number) {
    this.indices = new Int32Array(capacity);
  }

  /** None, with room for so many. */
  clear(capacity: number): void {
    this.count = 0;
    this.starting = false;
    if (capacity > this.indices.length) this.indices = new Int32Array(2 * capacity);
  }

  /** All of `count` things: 0, 1, 2, … */
  static all(count: number): Candidates {
    const all = new Candidates(count);
    for (let index = 0; index < count; index++) all.indices[index] = index;
    all.count = count;
    return all;
  }

  /** Takes one out; the others keep their order. */
  remove(index: number): void {
    const { indices, count } = this;
    let at = 0;
    while (at < count && indices[at] !== index) at++;
    if (at === count) return;
    for (; at < count - 1; at++) indices[at] = indices[at + 1] as number;
    this.count = count - 1;
  }
}

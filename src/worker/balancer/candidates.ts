// hot: runs once per request
/** The endpoints that a choice is made among: indices into a service's list, in its order. */

export class Candidates {
  /** The first `count` of them count. */
  indices: Int32Array;
  count = 0;
  /** Some of them are in a slow start. */
  starting = false;
  /** By what number `PartitionOwners` knows them; 0: by none yet. */
  serial = 0;
  #sums: Float64Array = new Float64Array(0);
  #hasSums = false;

  constructor(capacity: number) {
    this.indices = new Int32Array(capacity);
  }

  /** All of `count` things: 0, 1, 2, … */
  static all(count: number): Candidates {
    const all = new Candidates(count);
    for (let index = 0; index < count; index++) all.indices[index] = index;
    all.count = count;
    return all;
  }

  /** Room for so many; those that there are stay. */
  reserve(capacity: number): void {
    if (capacity <= this.indices.length) return;
    const indices = new Int32Array(2 * capacity);
    indices.set(this.indices);
    this.indices = indices;
  }

  /** `indices` was filled with so many. */
  renew(count: number): void {
    this.count = count;
    this.serial = 0;
    this.#hasSums = false;
  }

  copy({ indices, count, starting }: Candidates): void {
    this.reserve(count);
    for (let i = 0; i < count; i++) this.indices[i] = indices[i] as number;
    this.renew(count);
    this.starting = starting;
  }

  /** Takes one out; the others keep their order. */
  remove(index: number): void {
    const { indices, count } = this;
    let at = 0;
    while (at < count && indices[at] !== index) at++;
    if (at === count) return;
    for (; at < count - 1; at++) indices[at] = indices[at + 1] as number;
    this.renew(count - 1);
  }

  /** Of all weights together. */
  total(weights: Float64Array): number {
    return this.count === 0 ? 0 : (this.sums(weights)[this.count - 1] as number);
  }

  /** For each place the weights up to and with it; `weights` are those of the service's list. Added up once for as long as they stay. */
  sums(weights: Float64Array): Float64Array {
    return this.#hasSums ? this.#sums : this.#addUp(weights);
  }

  #addUp(weights: Float64Array): Float64Array {
    const { indices, count } = this;
    if (this.#sums.length < count) this.#sums = new Float64Array(indices.length);
    const sums = this.#sums;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      sum += weights[indices[i] as number] as number;
      sums[i] = sum;
    }
    this.#hasSums = true;
    return sums;
  }
}

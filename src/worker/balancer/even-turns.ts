// hot: runs once per request
/**
 * Whose turn it is among many of the same weight: who stands next in the list, from its end again at its beginning. What `SmoothWeights` comes to
 * for them, without its walk over all. One instance per worker and list; not shared.
 */

import type { Candidates } from './candidates.ts';

export class EvenTurns {
  /** The index that had the last turn. */
  #last: number;
  /** Its place among the candidates, as long as they stay the same. */
  #at = -1;

  /** `start`: turns to skip, so that workers do not begin with the same candidate. */
  constructor(start: number) {
    this.#last = start - 1;
  }

  /** The index of the next of the candidates, of which there is at least one. */
  next({ indices, count }: Candidates): number {
    const at = this.#at;
    const next =
      at >= 0 && at < count && indices[at] === this.#last ? at + 1 : this.#placeAfter(indices, count);
    this.#at = next < count ? next : 0;
    const index = indices[this.#at] as number;
    this.#last = index;
    return index;
  }

  /** Of the first that stands behind the last one; `count` where none does. */
  #placeAfter(indices: Int32Array, count: number): number {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((indices[middle] as number) > this.#last) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

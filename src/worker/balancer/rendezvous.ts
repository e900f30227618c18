// hot: runs once per request
/**
 * Weighted rendezvous hashing (Thaler and Ravishankar, 1998; the weights as Schindelhauer and Schomaker, 2005): every endpoint gets
 * a score for the key, the best takes it. An endpoint that leaves gives away its own keys and no others, one that comes takes its
 * share and moves no others, and a changed weight moves keys to or from that endpoint alone. No table to build when health changes.
 *
 * Scores depend on the key and the endpoint's id only, under fixed keys: workers, restarts and other machines agree.
 */

import { halfSipHash } from '../../bridge/memory/half-sip-hash.ts';
import type { Endpoint } from '../../bridge/snapshot/model.ts';
import type { Candidates } from './candidates.ts';

/** Any numbers, but the same for ever: others would move nearly every key. */
const KEY_0 = 0x70656e73;
const KEY_1 = 0x746f636b;

const UINT32 = 2 ** 32;

/** The endpoints of one service, as they score. */
export class Rendezvous {
  readonly #seeds: Int32Array;
  /** 1 / weight. */
  readonly #shares: Float64Array;
  /** All that have a weight have the same: the logarithm keeps the order, so it is not needed. */
  readonly #even: boolean;
  readonly #digest: Int32Array = new Int32Array(2);

  // hot-ok: once per snapshot and service
  constructor(endpoints: readonly Pick<Endpoint, 'id' | 'weight'>[]) {
    this.#seeds = Int32Array.from(endpoints, ({ id }) => this.#hash(id));
    this.#shares = Float64Array.from(endpoints, ({ weight }) => 1 / weight);
    this.#even = new Set(endpoints.map(({ weight }) => weight).filter((weight) => weight > 0)).size <= 1;
  }

  /** The index of the candidate that a key belongs to. There is at least one, and each has a weight. */
  choose({ indices, count }: Candidates, key: string): number {
    const hash = this.#hash(key);
    let best = -1;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const index = indices[i] as number;
      const drawn = mix(hash ^ (this.#seeds[index] as number));
      // Uniform in (0, 1), then as if one of weight 2 had drawn twice and kept the better.
      const score = this.#even ? drawn : Math.log((drawn + 0.5) / UINT32) * (this.#shares[index] as number);
      if (score > bestScore) {
        best = index;
        bestScore = score;
      }
    }
    return best;
  }

  #hash(text: string): number {
    halfSipHash(KEY_0, KEY_1, text, this.#digest);
    return this.#digest[0] as number;
  }
}

/** The finish of MurmurHash3 (Appleby): one bit of input changes each bit of output with even odds. Unsigned. */
function mix(bits: number): number {
  let word = bits;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}

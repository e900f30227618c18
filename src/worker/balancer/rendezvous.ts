// hot: runs once per request
/**
 * Weighted rendezvous hashing (Thaler and Ravishankar, 1998; the weights as Schindelhauer and Schomaker, 2005). A key falls into one of
 * many partitions; every endpoint gets a score for the partition, the best takes it. An endpoint that leaves gives away its own
 * partitions and no others, one that comes takes its share and moves no others, and a changed weight moves partitions to or from that
 * endpoint alone. There is no table to build when health changes: who owns a partition is worked out when it is asked for, and
 * `PartitionOwners` remembers it.
 *
 * Scores depend on the partition and the endpoint's id only, under fixed keys: workers, restarts and other machines agree.
 */

import { halfSipHash } from '../../bridge/memory/half-sip-hash.ts';
import type { Endpoint } from '../../bridge/snapshot/model.ts';
import type { Candidates } from './candidates.ts';

/** Any numbers, but the same for ever: others would move nearly every key. */
const KEY_0 = 0x70656e73;
const KEY_1 = 0x746f636b;

/** The same for ever too. A hundred for each of 1,300 endpoints: of 100, each gets its share within some 3 %. */
const PARTITION_BITS = 17;
export const PARTITIONS: number = 1 << PARTITION_BITS;

const UINT32 = 2 ** 32;

/** Where a hash is written, which spares an array per key. */
const digest: Int32Array = new Int32Array(2);

/** From 0 to below PARTITIONS. */
export function partitionOf(key: string): number {
  return hash(key) >>> (32 - PARTITION_BITS);
}

/** The endpoints of one service, as they score. */
export class Rendezvous {
  readonly #seeds: Int32Array;
  /** 1 / weight. */
  readonly #shares: Float64Array;

  // hot-ok: once per snapshot and service
  constructor(endpoints: readonly Pick<Endpoint, 'id' | 'weight'>[]) {
    this.#seeds = Int32Array.from(endpoints, ({ id }) => hash(id));
    this.#shares = Float64Array.from(endpoints, ({ weight }) => 1 / weight);
  }

  /** The index of the candidate that owns a partition. There is at least one, and each has a weight. */
  ownerOf(partition: number, { indices, count }: Candidates): number {
    const seeds = this.#seeds;
    const shares = this.#shares;
    const drawnBy = partition << (32 - PARTITION_BITS);
    let owner = -1;
    let best = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const index = indices[i] as number;
      // Uniform in (0, 1), then as if one of weight 2 had drawn twice and kept the better.
      const uniform = (mix(drawnBy ^ (seeds[index] as number)) + 0.5) / UINT32;
      const share = shares[index] as number;
      // The logarithm of x is below x - 1. Most lose by that already, and it is the dear part.
      if ((uniform - 1) * share <= best) continue;
      const score = Math.log(uniform) * share;
      if (score > best) {
        owner = index;
        best = score;
      }
    }
    return owner;
  }
}

function hash(text: string): number {
  halfSipHash(KEY_0, KEY_1, text, digest);
  return digest[0] as number;
}

/** The finish of MurmurHash3 (Appleby): one bit of input changes each bit of output with even odds. Unsigned. */
function mix(bits: number): number {
  let word = bits;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}

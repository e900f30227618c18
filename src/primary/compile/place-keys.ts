/**
 * Makes the hash table of the compiled router: gives every node's key a slot. Runs in the primary. Linear probing with at
 * most half of the slots taken; the longest probe is bounded, so that no request, however chosen, makes a lookup long.
 */

import { hashFinish, hashStart, hashStep } from '../../bridge/snapshot/route-table.ts';
import { PenstockError } from '../../kit/errors.ts';

/** Slots that a lookup may look at behind its first one; where a key would lie further, another seed is tried. */
const MAX_PROBES = 64;
const MIN_SLOTS = 16;
const MAX_SEEDS = 64;
/** A fixed start: the same routes must give the same bytes. */
const FIRST_SEED = 0x5bd1_e995;
const NEXT_SEED = 0x9e37_79b1;

export interface Key {
  /** Word offset of the node that the key leads to. */
  readonly at: number;
  /** Offset of its parent, or one of `Parent`. */
  readonly parent: number;
  readonly text: string;
}

export interface Placement {
  readonly seed: number;
  readonly offsetMask: number;
  /** How far the worst key lies behind the slot that its hash names. */
  readonly probes: number;
  readonly slots: Uint32Array;
}

/** A power of two, at least twice the number of keys. */
export function slotCountFor(keyCount: number): number {
  let slotCount = MIN_SLOTS;
  while (slotCount < keyCount * 2) slotCount *= 2;
  return slotCount;
}

/** `end`: above every offset; `slotCount`: from `slotCountFor`. */
export function placeKeys(keys: readonly Key[], slotCount: number, end: number): Placement {
  const offsetMask = 0xffff_ffff >>> Math.clz32(end);
  for (let attempt = 0; attempt < MAX_SEEDS; attempt += 1) {
    const seed = (FIRST_SEED + Math.imul(attempt, NEXT_SEED)) >>> 0;
    const placed = tryPlace(keys, slotCount, offsetMask, seed);
    if (placed !== null) return { seed, offsetMask, ...placed };
  }
  // Scores of keys in one place under each of 64 hash functions: no accident.
  throw new PenstockError(
    'PENSTOCK_CONFIG_INVALID',
    'the hosts and paths of the routes cannot be hashed: too many of them collide',
  );
}

function tryPlace(
  keys: readonly Key[],
  slotCount: number,
  offsetMask: number,
  seed: number,
): Pick<Placement, 'probes' | 'slots'> | null {
  const slots = new Uint32Array(slotCount);
  const slotMask = slotCount - 1;
  let probes = 0;
  for (const { at, parent, text } of keys) {
    const hash = hashOf(seed, parent, text);
    let slot = hash & slotMask;
    let steps = 0;
    while (slots[slot] !== 0) {
      slot = (slot + 1) & slotMask;
      steps += 1;
      if (steps > MAX_PROBES) return null;
    }
    if (steps > probes) probes = steps;
    slots[slot] = (hash & ~offsetMask) | at;
  }
  return { probes, slots };
}

function hashOf(seed: number, parent: number, text: string): number {
  let hash = hashStart(seed, parent);
  for (let at = 0; at < text.length; at += 1) hash = hashStep(hash, text.charCodeAt(at));
  return hashFinish(hash);
}

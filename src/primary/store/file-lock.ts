/**
 * A lock with a lease, in files that any process of this machine can see. Primary thread.
 *
 *   <folder>/<generation>    JSON: who has it (lock-owner.ts), until when, and for how long it was taken
 *
 * The file with the highest number is the lock. To take it is to create the next number, which one alone can; a number is never used twice,
 * since the highest file always stays. Who created one looks again whether it is the highest: a process that slept between looking and
 * creating may have made one that was used and taken away meanwhile.
 */

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createFileAtomic, writeFileAtomic } from '../../kit/atomic-write.ts';
import type { Clock } from '../../kit/clock.ts';
import { isGone, lockOwner } from './lock-owner.ts';
import type { Lease } from './store.ts';

const FILE_MODE = 0o600;

export class FileLock implements Lease {
  readonly #folder: string;
  readonly #generation: number;
  readonly #leaseMs: number;
  readonly #clock: Clock;
  #released = false;

  private constructor(folder: string, generation: number, leaseMs: number, clock: Clock) {
    this.#folder = folder;
    this.#generation = generation;
    this.#leaseMs = leaseMs;
    this.#clock = clock;
  }

  /** Null: somebody has it. The folder must exist. */
  static take(folder: string, leaseMs: number, clock: Clock): FileLock | null {
    const latest = latestOf(folder);
    if (latest > 0 && isHeld(folder, latest, clock.epochMs())) return null;
    const lock = new FileLock(folder, latest + 1, leaseMs, clock);
    if (!createFileAtomic(lock.#file, lock.#content(leaseMs), FILE_MODE)) return null;
    if (latestOf(folder) !== lock.#generation) {
      rmSync(lock.#file, { force: true });
      return null;
    }
    for (let older = lock.#generation - 1; older > 0 && removed(folder, older); older--);
    return lock;
  }

  async renew(): Promise<boolean> {
    if (this.#released || latestOf(this.#folder) !== this.#generation) return false;
    writeFileAtomic(this.#file, this.#content(this.#leaseMs), FILE_MODE);
    return latestOf(this.#folder) === this.#generation;
  }

  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    // Not removed: the next holder's number must be a new one.
    if (latestOf(this.#folder) === this.#generation) writeFileAtomic(this.#file, this.#content(0), FILE_MODE);
  }

  get #file(): string {
    return join(this.#folder, String(this.#generation));
  }

  #content(leaseMs: number): Buffer {
    const until = leaseMs === 0 ? 0 : this.#clock.epochMs() + leaseMs;
    return Buffer.from(JSON.stringify({ owner: lockOwner(), until, leaseMs }));
  }
}

/** 0 where nobody ever had it. */
function latestOf(folder: string): number {
  return readdirSync(folder).reduce((latest, name) => {
    const generation = /^[1-9]\d{0,14}$/.test(name) ? Number(name) : 0;
    return Math.max(latest, generation);
  }, 0);
}

/**
 * A file that is gone or damaged holds nothing. Nor does one that would for longer than its lease: the clock was set back since; nor one whose
 * holder was killed.
 */
function isHeld(folder: string, generation: number, nowMs: number): boolean {
  try {
    const { owner, until, leaseMs } = JSON.parse(readFileSync(join(folder, String(generation)), 'utf8'));
    return until > nowMs && until <= nowMs + leaseMs && !isGone(owner);
  } catch {
    return false;
  }
}

function removed(folder: string, generation: number): boolean {
  try {
    rmSync(join(folder, String(generation)));
    return true;
  } catch {
    return false;
  }
}

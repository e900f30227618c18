/** Which limiter table the workers have: a small one until a route has a limit, then one for the rest of penstock's life. Primary thread. */

import { randomInt } from 'node:crypto';
import { NO_WORKER } from '../../bridge/memory/endpoint-table.ts';
import {
  type Allowance,
  initLimiterTable,
  LimiterTable,
  limiterTableBytes,
} from '../../bridge/memory/limiter-table.ts';
import type { SnapshotContent } from '../../bridge/snapshot/content.ts';
import { systemSharedClock } from '../../kit/clock.ts';
import type { BucketView } from '../control.ts';

/** In use at a time. 24 MB, of which a page is resident once a key has come to it. */
const KEYS = 1_000_000;
/** Where no route has a limit nobody comes to the table. */
const NO_KEYS = 1;

export class LimiterPlan {
  #buffer: SharedArrayBuffer = newTable(NO_KEYS);
  #table: LimiterTable = new LimiterTable(this.#buffer, NO_WORKER);
  #isLarge = false;

  /** Goes with every snapshot. */
  get buffer(): SharedArrayBuffer {
    return this.#buffer;
  }

  /** Before a snapshot is published. A table that was made for limits stays when they are taken out: they may come back. */
  makeRoom({ routes }: Pick<SnapshotContent, 'routes'>): void {
    if (this.#isLarge || routes.every(({ rateLimits }) => rateLimits.length === 0)) return;
    this.#buffer = newTable(KEYS);
    this.#table = new LimiterTable(this.#buffer, NO_WORKER);
    this.#isLarge = true;
  }

  /** What a request under the key would find now. Counts nothing. */
  bucket(limit: Allowance, key: string): BucketView {
    const waitMs = this.#table.peek(limit, key, systemSharedClock.sharedMs());
    return { left: this.#table.left, waitMs };
  }
}

function newTable(keys: number): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(limiterTableBytes(keys));
  initLimiterTable(buffer, randomInt(2 ** 48 - 1), systemSharedClock.sharedMs());
  return buffer;
}

/** The self-signed certificates of each state directory that a penstock has had. Primary thread. */

import type { Clock } from '../kit/clock.ts';
import { type SelfSignedStore, selfSignedStore } from './certs/self-signed.ts';
import type { Log } from './log.ts';
import { prepareStateDir } from './publish/last-good.ts';

export class SelfSignedStores {
  readonly #clock: Clock;
  readonly #log: Log['logger'];
  readonly #stores = new Map<string, SelfSignedStore>();

  constructor(clock: Clock, log: Log['logger']) {
    this.#clock = clock;
    this.#log = log;
  }

  /** @throws PenstockError PENSTOCK_STATE_UNWRITABLE */
  of(stateDir: string): SelfSignedStore {
    const known = this.#stores.get(stateDir);
    if (known !== undefined) return known;
    prepareStateDir(stateDir);
    const store = selfSignedStore(stateDir, this.#clock, (file, reason) =>
      this.#log.warn({ file }, `a damaged certificate was set aside: ${reason}`),
    );
    this.#stores.set(stateDir, store);
    return store;
  }
}

/**
 * After a swap, closes what the new snapshot no longer names: idle upstream connections and turns of the balancer. Worker
 * thread. Walks the services a slice at a time between the worker's other work, so that a swap never holds it up.
 */

import type { Snapshot } from '../bridge/snapshot/model.ts';

const SLICE = 128;

export interface Tidied {
  readonly endpointKeys: ReadonlySet<string>;
  readonly serviceNames: ReadonlySet<string>;
}

/** Calls `done` once every service was looked at; `isCurrent` false ends the walk (another swap came). */
export function collectIdentities(
  snapshot: Snapshot,
  isCurrent: () => boolean,
  done: (tidied: Tidied) => void,
): void {
  const endpointKeys = new Set<string>();
  const serviceNames = new Set<string>();
  let next = 0;
  const slice = (): void => {
    if (!isCurrent()) return;
    const end = Math.min(next + SLICE, snapshot.serviceCount);
    for (; next < end; next++) {
      const identity = snapshot.serviceIdentity(next);
      serviceNames.add(identity.name);
      for (const key of identity.endpointKeys) endpointKeys.add(key);
    }
    if (next < snapshot.serviceCount) setImmediate(slice);
    else done({ endpointKeys, serviceNames });
  };
  setImmediate(slice);
}

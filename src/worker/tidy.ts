/**
 * After a swap, finds what the new snapshot no longer names, so that idle upstream connections and turns of the balancer can go. Worker
 * thread. Walks the services a slice of time at a time between the worker's other work: a swap never holds it up.
 */

import type { Snapshot } from '../bridge/snapshot/model.ts';
import type { Clock } from '../kit/clock.ts';

/** A slice ends after this. What follows it waits for what it does to the heap, too: the budget of all is 5 ms. */
const SLICE_MS = 0.5;
/** The clock is read once for so many services: code that runs once a swap is not compiled, and takes up to 30 µs for one. */
const SERVICES_A_LOOK = 8;

/** Names under which a worker keeps something across snapshots. */
export interface Kept {
  readonly endpointKeys: Set<string>;
  readonly serviceNames: Set<string>;
}

/**
 * Calls `done` once all that the snapshot names was taken out of `kept`. What comes to be known meanwhile is not in there: it is of this
 * snapshot, or of an exchange that began before, and then the next swap finds it. `isCurrent` false ends the walk (another swap came).
 */
export function findLeft(
  snapshot: Pick<Snapshot, 'serviceCount' | 'serviceIdentity'>,
  { endpointKeys, serviceNames }: Kept,
  clock: Pick<Clock, 'nowMs'>,
  isCurrent: () => boolean,
  done: () => void,
): void {
  let next = 0;
  const slice = (): void => {
    if (!isCurrent()) return;
    const endMs = clock.nowMs() + SLICE_MS;
    do {
      const end = Math.min(next + SERVICES_A_LOOK, snapshot.serviceCount);
      for (; next < end; next++) {
        const identity = snapshot.serviceIdentity(next);
        serviceNames.delete(identity.name);
        for (const key of identity.endpointKeys) endpointKeys.delete(key);
      }
    } while (next < snapshot.serviceCount && clock.nowMs() < endMs);
    if (next < snapshot.serviceCount) setImmediate(slice);
    else done();
  };
  setImmediate(slice);
}

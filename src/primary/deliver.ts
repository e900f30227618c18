/** Hands a publication to all workers, or to none. Primary thread. */

import { PenstockError } from '../kit/errors.ts';
import { LogField } from '../kit/names.ts';
import type { Delivery, Fleet } from './fleet/fleet.ts';
import type { MemoryPlan } from './fleet/memory-plan.ts';
import type { Log } from './log.ts';
import { messageFor, type Publication } from './publish/publication.ts';

export interface DeliveryGround {
  readonly fleet: Fleet;
  readonly memory: MemoryPlan;
  readonly log: Log['logger'];
}

/**
 * `before` is what serves.
 * @throws PenstockError PENSTOCK_WORKER_FAILED if a worker cannot serve it; `before` serves on
 */
export async function deliver(
  publication: Publication,
  before: Publication,
  { fleet, memory, log }: DeliveryGround,
): Promise<void> {
  const send = (what: Publication): Promise<Delivery> =>
    fleet.publish(what.version, (worker) => messageFor(what, memory.buffers(worker)));
  const { refused, silent } = await send(publication);
  const [refusal] = refused;
  if (refusal !== undefined) {
    await send(before);
    throw new PenstockError('PENSTOCK_WORKER_FAILED', `worker ${refusal.worker}: ${refusal.reason}`);
  }
  if (silent.length > 0)
    log.warn({ [LogField.WORKER]: silent }, 'has not answered yet whether it serves the snapshot');
}

/** The fleet of a penstock that starts, with what its workers have in common. Primary thread. */

import type { Clock } from '../kit/clock.ts';
import { LogField } from '../kit/names.ts';
import { stickyKeyOf } from './certs/sticky-key.ts';
import { Fleet } from './fleet/fleet.ts';
import type { FleetCommons } from './fleet/worker-slot.ts';
import type { HealthMonitor } from './health/monitor.ts';
import type { Log } from './log.ts';

export interface FleetGround extends Pick<FleetCommons, 'ticketKeys'> {
  readonly stateDir: string;
  readonly log: Log['logger'];
  readonly health: HealthMonitor;
}

/** `size`: workers. */
export function makeFleet(
  size: number,
  clock: Clock,
  ground: FleetGround,
  endpoints: FleetCommons['endpoints'],
): Fleet {
  const { stateDir, log, health, ticketKeys } = ground;
  const stickyKey = stickyKeyOf(stateDir, (file) =>
    log.warn({ file }, 'a damaged key was set aside: clients get new sticky cookies'),
  );
  return new Fleet(
    size,
    clock,
    { ticketKeys, endpoints, stickyKey },
    {
      onLog: (worker, level, message) => log[level]({ [LogField.WORKER]: worker }, message),
      onEndpointFailing: (key, reason) => health.failing(key, reason),
    },
  );
}

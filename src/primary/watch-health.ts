/** The monitor of endpoints as a running penstock has it: its clock, its network, its log. Primary thread. */

import { systemClock, systemRandom } from '../kit/clock.ts';
import { LogField } from '../kit/names.ts';
import { TlsContexts } from '../kit/tls-contexts.ts';
import { CheckGate } from './health/check-gate.ts';
import { HealthMonitor, type HealthTable } from './health/monitor.ts';
import { makeProbe } from './health/probe.ts';
import type { Log } from './log.ts';

/** Checks at once: what is left of the usual 1024 descriptors serves clients. */
const MAX_CHECKS = 256;

/** `table`: the one of now; a start replaces it once. */
export function watchHealth(log: Log['logger'], table: () => HealthTable): HealthMonitor {
  return new HealthMonitor({
    clock: systemClock,
    random: systemRandom,
    gate: new CheckGate(MAX_CHECKS),
    probe: makeProbe(new TlsContexts()),
    table: {
      setState: (slot, state) => table().setState(slot, state),
      clearFailures: (slot) => table().clearFailures(slot),
    },
    onChange: (service, endpoint, healthy, reason) => {
      const fields = {
        [LogField.COMPONENT]: 'health',
        [LogField.SERVICE]: service,
        [LogField.ENDPOINT]: endpoint,
      };
      if (healthy) log.info(fields, `the endpoint serves again: ${reason}`);
      else log.warn(fields, `the endpoint is out: ${reason}`);
    },
  });
}

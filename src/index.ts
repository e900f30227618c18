/**
 * penstock as a library: `start` runs it in this process, with the calling thread as its primary. The command
 * `penstock run` is a thin shell over it.
 */

import { type Penstock, type StartOptions, startProcess } from './start-process.ts';

export { type ErrorCode, PenstockError } from './kit/errors.ts';
export type { Origin, Problem } from './kit/problem.ts';
export type {
  Control,
  ReloadResult,
  ReloadTrigger,
  Status,
  UpgradeResult,
  WorkerStatus,
} from './primary/control.ts';
export type {
  LatencyStatus,
  LatencySummary,
  RouteLatency,
  ServiceLatency,
} from './primary/latency-status.ts';
export type { Log } from './primary/log.ts';
export type { Penstock, StartOptions } from './start-process.ts';

/**
 * Resolves once every worker serves the configuration.
 * Rejects with a `PenstockError`: PENSTOCK_CONFIG_INVALID (its `detail.problems` says what, where and how to mend it),
 * PENSTOCK_NATIVE_UNAVAILABLE, PENSTOCK_ADDRESS_UNAVAILABLE, PENSTOCK_STATE_UNWRITABLE or PENSTOCK_WORKER_FAILED.
 */
export async function start(options: StartOptions): Promise<Penstock> {
  return await startProcess(options);
}

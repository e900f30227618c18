/**
 * penstock as a library: `start` runs it in this process, with the calling thread as its primary. The command
 * `penstock run` is a thin shell over it.
 */

import { resolve } from 'node:path';
import { systemClock } from './kit/clock.ts';
import { LogField } from './kit/names.ts';
import type { Control } from './primary/control.ts';
import { createLog, type Log } from './primary/log.ts';
import { Primary } from './primary/main.ts';

export { type ErrorCode, PenstockError } from './kit/errors.ts';
export type { Origin, Problem } from './kit/problem.ts';
export type { Control, ReloadResult, ReloadTrigger, Status, WorkerStatus } from './primary/control.ts';
export type {
  LatencyStatus,
  LatencySummary,
  RouteLatency,
  ServiceLatency,
} from './primary/latency-status.ts';
export type { Log } from './primary/log.ts';

export interface StartOptions {
  /** Path of the configuration; a relative one starts at the working directory. */
  readonly configFile: string;
  /** Where to log; standard error by default. */
  readonly log?: Log;
  /** What `${env:NAME}` is looked up in; the process's own environment by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A running penstock. */
export interface Penstock {
  readonly control: Control;
  /** Stops accepting, lets requests under way end, up to `timeouts.drain`. Every thread has ended afterwards. */
  close(): Promise<void>;
  /** Cuts everything at once. */
  kill(): void;
  /** For fault tests: lets a worker die of an exception. */
  failWorker(worker: number): void;
}

/**
 * Resolves once every worker serves the configuration.
 * Rejects with a `PenstockError`: PENSTOCK_CONFIG_INVALID (its `detail.problems` says what, where and how to mend it),
 * PENSTOCK_NATIVE_UNAVAILABLE, PENSTOCK_ADDRESS_UNAVAILABLE, PENSTOCK_STATE_UNWRITABLE or PENSTOCK_WORKER_FAILED.
 */
export async function start(options: StartOptions): Promise<Penstock> {
  const log = options.log ?? (await createLog({ level: 'info', format: 'auto' }));
  const acmeLog = log.logger.child({ [LogField.COMPONENT]: 'acme' });
  const primary = await Primary.start({
    configFile: resolve(options.configFile),
    env: options.env ?? process.env,
    log,
    // A fifth of the program, which most configurations do without.
    makeIssuer: async (ground) => {
      const { AcmeIssuer } = await import('./primary/acme-issuer.ts');
      return new AcmeIssuer(ground, systemClock, acmeLog);
    },
  });
  return {
    control: primary,
    close: () => primary.close(),
    kill: () => primary.kill(),
    failWorker: (worker) => primary.failWorker(worker),
  };
}

/**
 * Starts penstock in this process, with the calling thread as its primary: for the library, and for the command, which can hand the work over to a process
 * after it.
 */

import { resolve } from 'node:path';
import type { HandedSocket } from './bridge/handed-sockets.ts';
import { systemClock } from './kit/clock.ts';
import { LogField } from './kit/names.ts';
import type { Control } from './primary/control.ts';
import { InheritedSockets } from './primary/inherited-sockets.ts';
import { createLog, type Log } from './primary/log.ts';
import { Primary } from './primary/main.ts';
import type { Succession } from './primary/succession.ts';

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

export interface ProcessOptions extends StartOptions {
  /** Sockets of the process before this one. */
  readonly handed?: readonly HandedSocket[];
  readonly succession?: Succession;
}

export async function startProcess(options: ProcessOptions): Promise<Penstock> {
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
    inherited: new InheritedSockets(options.handed ?? []),
    succession: options.succession ?? null,
  });
  return {
    control: primary,
    close: () => primary.close(),
    kill: () => primary.kill(),
    failWorker: (worker) => primary.failWorker(worker),
  };
}

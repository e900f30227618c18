/**
 * `penstock run --supervise`: a small process that starts the real one and starts it anew when native code or
 * memory takes it down, which nothing inside the process could survive. It opens no port and reads no configuration.
 *
 *   supervisor ── spawn (stdio inherited, IPC) ──────────────▶ penstock run
 *       │  SIGTERM, SIGINT, SIGHUP, SIGUSR2 ───────────────────▶│
 *       │◀─────────────────────── `ready` message, exit ────────│   the IPC channel closes when the supervisor
 *       └─ a second SIGTERM or SIGINT: SIGKILL                      dies, and the child then stops by itself
 */

import { type ChildProcess, spawn } from 'node:child_process';
import type { Logger } from 'pino';
import type { HandedSocket } from '../bridge/handed-sockets.ts';
import type { Clock } from '../kit/clock.ts';
import { messageOf } from '../kit/errors.ts';
import { LogField } from '../kit/names.ts';
import { closeFd } from '../native/listen-socket.ts';
import { isFailedMessage, READY_MESSAGE, tellParent } from './child-messages.ts';
import { ExitStatus, statusOfSignal } from './exit-status.ts';
import { inheritanceOf } from './handed-sockets.ts';
import { type ChildExit, nextDelayMs, shouldRestart, statusOf } from './restart-policy.ts';

export interface SuperviseOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly log: Logger;
  readonly clock: Clock;
  /** Sockets of a process before this one, for the first child. */
  readonly handed?: readonly HandedSocket[];
}

/** Set in the child's environment: it tells `run` that a supervisor listens. */
export const SUPERVISED_VARIABLE = 'PENSTOCK_SUPERVISED';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** Reload, upgrade. */
const PASSED_SIGNALS = ['SIGHUP', 'SIGUSR2'] as const;

/** Runs the child until it ends for good; the exit status to end with. Listens to signals meanwhile. */
export function supervise(options: SuperviseOptions): Promise<number> {
  const { log, clock } = options;
  return new Promise((resolve) => {
    let { handed = [] } = options;
    let child: ChildProcess | null = null;
    let everReady = false;
    let delayMs: number | null = null;
    let stopSignal: NodeJS.Signals | null = null;
    let killedBy: NodeJS.Signals | null = null;
    let restart: NodeJS.Timeout | null = null;
    /** Of the child that runs now; null until it serves. */
    let readyAtMs: number | null = null;

    const stop = (signal: NodeJS.Signals): void => {
      if (stopSignal !== null) {
        killedBy = signal;
        child?.kill('SIGKILL');
        return;
      }
      stopSignal = signal;
      if (restart !== null) {
        // Between two runs nothing serves: there is nothing to drain.
        clearTimeout(restart);
        finish(ExitStatus.DONE);
        return;
      }
      child?.kill(signal);
    };
    const passOn = (signal: NodeJS.Signals): void => {
      // A child that does not serve yet reads the configuration anyway, and may not catch the signal yet.
      if (readyAtMs !== null) child?.kill(signal);
    };

    const finish = (status: number): void => {
      for (const signal of STOP_SIGNALS) process.off(signal, stop);
      for (const signal of PASSED_SIGNALS) process.off(signal, passOn);
      resolve(status);
    };

    const onExit = (exit: ChildExit): void => {
      const servedMs = readyAtMs === null ? 0 : clock.nowMs() - readyAtMs;
      child = null;
      readyAtMs = null;
      if (killedBy !== null || !shouldRestart(exit, everReady, stopSignal !== null)) {
        finish(killedBy === null ? statusOf(exit) : statusOfSignal(killedBy));
        return;
      }
      delayMs = nextDelayMs(delayMs, servedMs);
      log.error(
        { [LogField.STATUS]: statusOf(exit), [LogField.SIGNAL]: exit.signal },
        `the process ended unasked; it is started anew in ${delayMs} ms`,
      );
      restart = setTimeout(start, delayMs);
    };

    const start = (): void => {
      restart = null;
      const { fds, env } = inheritanceOf(handed);
      child = spawn(options.command, options.args, {
        stdio: ['inherit', 'inherit', 'inherit', 'ipc', ...fds],
        env: { ...options.env, ...env, [SUPERVISED_VARIABLE]: '1' },
      });
      // The child's alone: an address that it gives up must not stay open here.
      for (const fd of fds) closeFd(fd);
      handed = [];
      child.on('message', (message) => {
        if (isFailedMessage(message)) void tellParent(message);
        if (message !== READY_MESSAGE) return;
        everReady = true;
        readyAtMs = clock.nowMs();
        void tellParent(message);
      });
      const spawned = child.pid !== undefined;
      child.on('error', (error) => {
        log.error({ err: error }, `trouble with the process: ${messageOf(error)}`);
        // One that could not be spawned has no exit to wait for; any other error is followed by one.
        if (!spawned) onExit({ code: ExitStatus.FAILED, signal: null });
      });
      child.on('exit', (code, signal) => onExit({ code, signal }));
    };

    for (const signal of STOP_SIGNALS) process.on(signal, stop);
    for (const signal of PASSED_SIGNALS) process.on(signal, passOn);
    start();
  });
}

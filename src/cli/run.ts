/**
 * `penstock run`: a thin shell over `start` of the library: signals in, log lines and one `ready` line out.
 * The first SIGTERM or SIGINT drains and ends with 0; the second ends at once by that very signal, so that a shell
 * sees 143 or 130; SIGHUP reloads; SIGUSR2 hands over to a new process.
 */

import { resolve } from 'node:path';
import { Command } from 'commander';
import { systemClock } from '../kit/clock.ts';
import { messageOf } from '../kit/errors.ts';
import { LogField } from '../kit/names.ts';
import { notifyService } from '../native/service-notify.ts';
import type { Log } from '../primary/log.ts';
import type { Penstock } from '../start-process.ts';
import { failedMessage, READY_MESSAGE, tellParent } from './child-messages.ts';
import { configOption } from './config-option.ts';
import { ExitStatus } from './exit-status.ts';
import { takeInherited } from './handed-sockets.ts';
import type { Done, Io } from './io.ts';
import { ownCommand } from './own-command.ts';
import { readyLine } from './ready-line.ts';
import { type SuccessorProgram, successorStarter } from './start-successor.ts';
import { SUPERVISED_VARIABLE, supervise } from './supervise.ts';

interface RunOptions {
  readonly config: string;
  readonly supervise?: true;
}

export function runCommand(io: Io, done: Done): Command {
  return new Command('run')
    .description('serve the configuration until a signal ends it')
    .addOption(configOption())
    .option('--supervise', 'start the process anew, with back-off, when native code or memory takes it down')
    .addHelpText(
      'after',
      '\nSignals: SIGTERM and SIGINT drain and stop, a second one ends at once; SIGHUP reloads; SIGUSR2 upgrades.\n\nExample:\n  penstock run -c penstock.yaml\n',
    )
    .action(async (options: RunOptions) => {
      done(await (options.supervise === true ? runSupervised(options, io) : run(options, io)));
    });
}

/** Loaded here, as the other commands log nothing. */
async function makeLog(): Promise<Log> {
  const { createLog } = await import('../primary/log.ts');
  return await createLog({ level: 'info', format: 'auto' });
}

async function runSupervised(options: RunOptions, io: Io): Promise<number> {
  const { logger } = await makeLog();
  const log = logger.child({ [LogField.COMPONENT]: 'supervisor' });
  const handed = takeInherited(process.env);
  return await supervise({ ...programOf(options, false, io), log, clock: systemClock, handed });
}

/** This very program, as it is called for another process. */
function programOf({ config }: RunOptions, isSupervised: boolean, io: Io): SuccessorProgram {
  const { command, args } = ownCommand();
  const { [SUPERVISED_VARIABLE]: _, ...env } = io.env;
  return {
    command,
    args: [...args, 'run', ...(isSupervised ? ['--supervise'] : []), '--config', config],
    env,
  };
}

async function run(options: RunOptions, io: Io): Promise<number> {
  const handed = takeInherited(process.env);
  // Loaded here, so that the other commands do not pay for the whole data plane.
  const { startProcess } = await import('../start-process.ts');
  const startedMs = systemClock.nowMs();
  const log = await makeLog();
  const signals = listenToSignals(io);
  const isSupervised = io.env[SUPERVISED_VARIABLE] === '1';
  let onHandedOver: () => void = () => {};
  const handedOver = new Promise<void>((resolveHandedOver) => {
    onHandedOver = resolveHandedOver;
  });
  const penstock = await startProcess({
    configFile: resolve(options.config),
    log,
    env: io.env,
    handed,
    succession: {
      start: successorStarter(programOf(options, isSupervised, io)),
      onHandedOver: (pid) => {
        notifyService([`MAINPID=${pid}`]);
        onHandedOver();
      },
    },
  }).catch(async (error: unknown) => {
    await tellParent(failedMessage(messageOf(error)));
    throw error;
  });
  signals.serve(penstock);
  surviveExceptions(log);
  io.stderr(`${readyLine(penstock.control.status(), systemClock.nowMs() - startedMs)}\n`);
  // First the manager of services: of the process that takes over it is to hear from both in this order.
  notifyService(['READY=1']);
  void tellParent(READY_MESSAGE);
  const signal = await Promise.race([signals.stopped, handedOver]);
  if (signal !== undefined) {
    notifyService(['STOPPING=1']);
    log.logger.info({ [LogField.SIGNAL]: signal }, 'stopping');
  }
  await penstock.close();
  // Nothing may hold the process back now, and nothing is left that an exit could hurt: all workers are gone.
  process.exit(ExitStatus.DONE);
}

/**
 * An exception that nothing caught is a bug of the primary thread, which no request passes through. The workers serve what
 * they have; ending the process would cut every connection for it.
 */
function surviveExceptions({ logger }: Log): void {
  const report = (error: unknown): void => {
    logger.fatal(
      { err: error },
      'an unexpected exception in the primary thread: the workers go on, please report it',
    );
  };
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);
}

interface Signals {
  /** From now on there is something to reload and to kill. */
  serve(penstock: Penstock): void;
  /** The first signal that asks to stop, also if it came while penstock was starting. */
  readonly stopped: Promise<NodeJS.Signals>;
}

function listenToSignals(io: Io): Signals {
  let penstock: Penstock | null = null;
  let stopping = false;
  const supervised = io.env[SUPERVISED_VARIABLE] === '1' && process.connected === true;
  const stopped = new Promise<NodeJS.Signals>((resolveStopped) => {
    const stop = (signal: NodeJS.Signals): void => {
      if (!stopping) {
        stopping = true;
        resolveStopped(signal);
        return;
      }
      // A supervisor forwards each signal once, while a terminal and systemd signal every process as well: what looks
      // like a second signal may be the first one again. The supervisor itself ends us at its second one.
      if (supervised && process.connected === true) return;
      penstock?.kill();
      endBySignal(signal, stop);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    if (supervised) {
      // The supervisor died: a new one would start a second penstock on the same ports.
      process.on('disconnect', () => {
        if (!stopping) stop('SIGTERM');
      });
      // A listener keeps the channel open; it must not keep the process alive.
      process.channel?.unref();
    }
  });
  process.on('SIGHUP', () => {
    void penstock?.control.reload('signal');
  });
  process.on('SIGUSR2', () => {
    void penstock?.control.upgrade();
  });
  return {
    stopped,
    serve(started) {
      penstock = started;
    },
  };
}

/**
 * Ends the process by the signal's own default action. Unlike `process.exit`, this runs no exit handlers, which
 * abort where a worker still has native handles open; and the parent sees the signal.
 */
function endBySignal(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): void {
  process.off(signal, listener);
  process.kill(process.pid, signal);
}

/**
 * Starts the process that takes over at an upgrade: the same program with the same arguments, as it lies on the disk now. Primary thread of the old one.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { messageOf } from '../kit/errors.ts';
import type { StartSuccessor, Successor } from '../primary/succession.ts';
import { isFailedMessage, READY_MESSAGE } from './child-messages.ts';
import { inheritanceOf } from './handed-sockets.ts';

export interface SuccessorProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/** As long as a start may take with very many routes and names. */
const READY_MS = 60_000;
/** For one that was told to end. */
const END_MS = 5_000;

export function successorStarter({ command, args, env }: SuccessorProgram): StartSuccessor {
  return (sockets, signal) => {
    const inheritance = inheritanceOf(sockets);
    const child = spawn(command, args, {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc', ...inheritance.fds],
      env: { ...env, ...inheritance.env },
    });
    return watch(child, signal);
  };
}

function watch(child: ChildProcess, signal: AbortSignal): Promise<Successor> {
  return new Promise((resolve) => {
    let reason: string | null = null;
    const settle = (successor: Successor): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      child.removeAllListeners();
      // It outlives us from now on.
      if (child.connected) child.disconnect();
      child.unref();
      resolve(successor);
    };
    const end = (why: string): void => {
      reason ??= why;
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), END_MS).unref();
    };
    const cancel = (): void => end('it was told to stop meanwhile');
    const timer = setTimeout(
      () => end(`the new process did not serve within ${READY_MS / 1_000} s`),
      READY_MS,
    );
    signal.addEventListener('abort', cancel);
    child.on('message', (message) => {
      if (message === READY_MESSAGE && reason === null && child.pid !== undefined) settle({ pid: child.pid });
      else if (isFailedMessage(message)) reason ??= message.reason;
    });
    child.on('error', (error) => {
      reason ??= messageOf(error);
      if (child.pid === undefined) settle({ failure: `the new process cannot be started: ${reason}` });
    });
    // After its last message, unlike `exit`.
    child.on('close', (code, by) =>
      settle({
        failure: reason ?? `the new process ended with ${by ?? `status ${code}`}; its log says more`,
      }),
    );
  });
}

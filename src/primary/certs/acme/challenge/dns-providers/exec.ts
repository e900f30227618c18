/**
 * A program that writes the records: `COMMAND present|cleanup NAME VALUE`. Primary thread. Its contract is in docs/automatic-certificates-dns.md:
 * no shell, nothing on standard input, PATH and HOME alone in its environment, exit status 0 when it is done. It and what it
 * started end after a time.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { challengeError } from '../challenge-problem.ts';
import type { DnsProvider } from './provider.ts';

/** For a program that waits for its provider. */
const RUN_MS = 120_000;
/** Between the request to end and the end. */
const GRACE_MS = 5_000;
const MAX_STDERR_CHARACTERS = 4_096;
const LAST_LINES = 5;

/** `runMs`: other than two minutes in tests. */
export function makeExec(command: string, runMs: number = RUN_MS): DnsProvider {
  return {
    present: (name, value, signal) => run(command, ['present', name, value], runMs, signal),
    cleanUp: (name, value, signal) => run(command, ['cleanup', name, value], runMs, signal),
  };
}

function run(command: string, args: readonly string[], runMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const { PATH = '/usr/local/bin:/usr/bin:/bin', HOME = '/' } = process.env;
    // A process group of its own: what it started has to end with it.
    const child = spawn(command, args, {
      env: { PATH, HOME },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    const called = `${command} ${args.slice(0, 2).join(' ')}`;
    let stderr = '';
    let late = false;
    let grace: NodeJS.Timeout | undefined;
    const stop = (): void => {
      endGroup(child, 'SIGTERM');
      grace = setTimeout(() => endGroup(child, 'SIGKILL'), GRACE_MS);
    };
    const timer = setTimeout(() => {
      late = true;
      stop();
    }, runMs);
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      clearTimeout(grace);
      signal.removeEventListener('abort', stop);
      outcome();
    };
    signal.addEventListener('abort', stop, { once: true });
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      stderr = (stderr + piece).slice(-MAX_STDERR_CHARACTERS);
    });
    child.once('error', (error: NodeJS.ErrnoException) =>
      settle(() =>
        reject(
          challengeError('dns_provider', `${command} cannot be run: ${startWords(error)}`, { cause: error }),
        ),
      ),
    );
    // `exit` and not `close`: a process that it left behind may hold its standard error open for ever.
    child.once('exit', (status, name) =>
      settle(() => {
        child.stderr.destroy();
        // What it started may not listen to the request to end.
        if (late || signal.aborted) endGroup(child, 'SIGKILL');
        if (signal.aborted) reject(signal.reason);
        else if (status === 0) resolve();
        else {
          const how = late
            ? `did not end within ${runMs / 1000} s`
            : status === null
              ? `was ended by ${name}`
              : `failed with exit status ${status}`;
          reject(challengeError('dns_provider', `${called} ${how}${lastWords(stderr)}`));
        }
      }),
    );
  });
}

function endGroup({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // It is gone.
  }
}

function startWords({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT')
    return 'there is no such file (acme.dns.credentials.command wants the path of a program)';
  return code === 'EACCES' ? 'it is not executable (chmod +x)' : message;
}

/** The last lines that are not empty, without control characters. */
function lastWords(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/\p{Cc}+/gu, ' ').trim())
    .filter((line) => line !== '')
    .slice(-LAST_LINES);
  return lines.length === 0 ? ', without a word on standard error' : `: ${lines.join(' | ')}`;
}

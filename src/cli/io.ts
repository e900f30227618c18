/** What a command may touch of the process, so that tests can run commands without one. */

import { ExitStatus } from './exit-status.ts';

export interface Io {
  /** For data: what the command was asked for. */
  stdout(text: string): void;
  /** For people: problems, warnings, usage. */
  stderr(text: string): void;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Whether problems on standard error are coloured. */
  readonly colour: boolean;
}

/** Told the exit status by the command that ran. */
export type Done = (status: number) => void;

/** The real one. A reader that closes its end early (`penstock routes | head`) ends the command quietly. */
export function processIo(): Io {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    process.stderr.write(`error: cannot write to standard output: ${error.message}\n`);
    process.exit(ExitStatus.FAILED);
  });
  // Nobody is left to be told; what runs must not end because its log has no reader.
  process.stderr.on('error', () => {});
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    env: process.env,
    // https://no-color.org: set and not empty.
    colour: process.stderr.isTTY === true && !process.env.NO_COLOR,
  };
}

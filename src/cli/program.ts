/**
 * The table of commands. Each lives in its own file and is given the process's surroundings as `Io`;
 * here is only what they share: usage errors, help, and the way from a thrown error to an exit status.
 */

import { Command, CommanderError } from 'commander';
import { certsCommand } from './certs.ts';
import { checkCommand } from './check.ts';
import { domainsCommand } from './domains.ts';
import { eventsCommand } from './events.ts';
import { ExitStatus } from './exit-status.ts';
import { explainCommand } from './explain.ts';
import { initCommand } from './init.ts';
import type { Done, Io } from './io.ts';
import { reloadCommand } from './reload.ts';
import { reportError } from './report-error.ts';
import { routesCommand } from './routes.ts';
import { runCommand } from './run.ts';
import { statusCommand } from './status.ts';
import { upgradeCommand } from './upgrade.ts';
import { upstreamsCommand } from './upstreams.ts';
import { versionCommand, versionLine } from './version.ts';

/** Makes one command. */
export type CommandMaker = (io: Io, done: Done) => Command;

const COMMANDS: readonly CommandMaker[] = [
  runCommand,
  checkCommand,
  routesCommand,
  explainCommand,
  initCommand,
  reloadCommand,
  upgradeCommand,
  statusCommand,
  upstreamsCommand,
  certsCommand,
  domainsCommand,
  eventsCommand,
  versionCommand,
];

/** Runs one command line (without the interpreter and the script) and returns its exit status. Never rejects. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  let status: number = ExitStatus.DONE;
  const done: Done = (next) => {
    status = next;
  };
  const program = new Command('penstock')
    .description('An ingress data plane: routing, TLS and hot reload in front of your services.')
    .version(versionLine(), '-V, --version', 'print the version')
    .addHelpText('after', '\nExample:\n  penstock init && penstock run\n');
  for (const make of COMMANDS) program.addCommand(make(io, done));
  prepare(program, 'penstock', io);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    return error instanceof CommanderError ? usageStatus(error) : reportError(error, io);
  }
  return status;
}

/** What commands share. They do not take it from the one that they are added to. */
function prepare(command: Command, call: string, io: Io): void {
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .showHelpAfterError(`(${call} --help shows the usage)`)
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr, getErrHasColors: () => io.colour });
  for (const below of command.commands) prepare(below, `${call} ${below.name()}`, io);
}

/** Commander ends by throwing also where all is well: help and version that were asked for. */
function usageStatus(error: CommanderError): number {
  return error.exitCode === 0 ? ExitStatus.DONE : ExitStatus.WRONG;
}

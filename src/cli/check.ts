/** `penstock check`: reads, checks and compiles a configuration as `run` would, and serves nothing. */

import { Command } from 'commander';
import { formatProblems } from '../kit/format-problems.ts';
import { configOption, jsonOption } from './config-option.ts';
import { ExitStatus } from './exit-status.ts';
import type { Done, Io } from './io.ts';
import { type Loaded, tryConfiguration } from './load-configuration.ts';

interface CheckOptions {
  readonly config: string;
  readonly json?: true;
}

export function checkCommand(io: Io, done: Done): Command {
  return new Command('check')
    .description('check a configuration: every problem with its place, or OK')
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExit status: 0 OK, 2 wrong.\n\nExample:\n  penstock check -c penstock.yaml\n')
    .action(async (options: CheckOptions) => {
      const { loaded, problems, warnings } = await tryConfiguration(options.config, io);
      if (options.json === true) {
        const summary = loaded === null ? null : counts(loaded);
        io.stdout(`${JSON.stringify({ ok: loaded !== null, problems, warnings, ...summary })}\n`);
      } else {
        io.stderr(formatProblems([...problems, ...warnings], { color: io.colour }));
        if (loaded === null) io.stderr(`${counted(problems.length, 'problem')} in ${options.config}\n`);
        else io.stdout(`${okLine(loaded, warnings.length)}\n`);
      }
      done(loaded === null ? ExitStatus.WRONG : ExitStatus.DONE);
    });
}

interface Counts {
  readonly routes: number;
  readonly services: number;
  readonly certificates: number;
}

function counts({ draft, snapshot }: Loaded): Counts {
  return {
    routes: snapshot.routeCount,
    services: snapshot.serviceCount,
    certificates: draft.certificates.length,
  };
}

function okLine(loaded: Loaded, warnings: number): string {
  const { routes, services, certificates } = counts(loaded);
  const parts = [
    counted(routes, 'route'),
    counted(services, 'service'),
    counted(certificates, 'certificate'),
  ];
  return `OK: ${parts.join(', ')}${warnings === 0 ? '' : `, ${counted(warnings, 'warning')}`}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

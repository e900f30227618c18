/** `penstock reload`: has a running penstock read its configuration again, and waits for what became of it. */

import { Command } from 'commander';
import { PenstockError } from '../kit/errors.ts';
import { formatProblems } from '../kit/format-problems.ts';
import type { ReloadResult } from '../primary/control.ts';
import { askAdmin } from './admin-client.ts';
import { type AdminOptions, adminTarget } from './admin-target.ts';
import { adminOption, configOption, jsonOption, tokenOption } from './config-option.ts';
import { ExitStatus } from './exit-status.ts';
import type { Done, Io } from './io.ts';

/** A reload waits for every worker's acknowledgement. */
const TIMEOUT_MS = 60_000;

export function reloadCommand(io: Io, done: Done): Command {
  return new Command('reload')
    .description('have a running penstock take over its configuration anew')
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(tokenOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExit status: 0 applied or unchanged, 2 the configuration is wrong (the old one goes on serving), 1 failed.\n\nExample:\n  penstock reload -c penstock.yaml\n',
    )
    .action(async (options: AdminOptions & { readonly json?: true }) => {
      const target = adminTarget(options, io);
      const { body } = await askAdmin(target, 'POST', '/v1/reload', TIMEOUT_MS);
      if (!isReloadResult(body)) {
        throw new PenstockError(
          'PENSTOCK_ADMIN_UNREACHABLE',
          `${target.url.origin} did not answer as penstock does`,
        );
      }
      if (options.json === true) io.stdout(`${JSON.stringify(body)}\n`);
      else printResult(body, io);
      done(statusOfOutcome(body.outcome));
    });
}

function printResult(result: ReloadResult, io: Io): void {
  io.stderr(formatProblems(result.problems, { color: io.colour }));
  const line = `${result.outcome}: ${result.message} (snapshot ${result.version}, ${Math.round(result.durationMs)} ms)\n`;
  if (result.outcome === 'applied' || result.outcome === 'unchanged') io.stdout(line);
  else io.stderr(line);
}

function statusOfOutcome(outcome: ReloadResult['outcome']): number {
  switch (outcome) {
    case 'applied':
    case 'unchanged':
      return ExitStatus.DONE;
    case 'rejected':
      return ExitStatus.WRONG;
    case 'failed':
      return ExitStatus.FAILED;
  }
}

const OUTCOMES: readonly unknown[] = [
  'applied',
  'unchanged',
  'rejected',
  'failed',
] satisfies ReloadResult['outcome'][];

function isReloadResult(value: unknown): value is ReloadResult {
  return (
    typeof value === 'object' &&
    value !== null &&
    'outcome' in value &&
    OUTCOMES.includes(value.outcome) &&
    'problems' in value &&
    Array.isArray(value.problems)
  );
}

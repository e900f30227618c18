/** `penstock status`: how a running penstock does. */

import { Command } from 'commander';
import { systemClock } from '../kit/clock.ts';
import { askStatus } from './admin-answers.ts';
import { type AdminOptions, adminTarget } from './admin-target.ts';
import { adminOption, configOption, jsonOption, tokenOption } from './config-option.ts';
import { ExitStatus } from './exit-status.ts';
import { formatStatus } from './format-status.ts';
import type { Done, Io } from './io.ts';

const TIMEOUT_MS = 10_000;

export function statusCommand(io: Io, done: Done): Command {
  return new Command('status')
    .description('print how a running penstock does')
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(tokenOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  penstock status --admin http://127.0.0.1:9180 --json\n')
    .action(async (options: AdminOptions & { readonly json?: true }) => {
      const status = await askStatus(adminTarget(options, io), TIMEOUT_MS);
      io.stdout(
        options.json === true ? `${JSON.stringify(status)}\n` : formatStatus(status, systemClock.epochMs()),
      );
      done(ExitStatus.DONE);
    });
}

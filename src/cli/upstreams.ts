/** `penstock upstreams`: the services of a running penstock, their endpoints and what is under way there. */

import { Command } from 'commander';
import { formatTable } from '../kit/table.ts';
import { askServices } from './admin-answers.ts';
import { type AdminOptions, adminTarget } from './admin-target.ts';
import { adminOption, configOption, jsonOption, tokenOption } from './config-option.ts';
import { ExitStatus } from './exit-status.ts';
import type { Done, Io } from './io.ts';
import { SERVICE_TITLES, serviceCells } from './service-cells.ts';

const TIMEOUT_MS = 10_000;

export function upstreamsCommand(io: Io, done: Done): Command {
  return new Command('upstreams')
    .description('print the endpoints of a running penstock and how many requests are under way at each')
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(tokenOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  penstock upstreams --admin http://127.0.0.1:9180\n')
    .action(async (options: AdminOptions & { readonly json?: true }) => {
      const answer = await askServices(adminTarget(options, io), TIMEOUT_MS);
      io.stdout(
        options.json === true
          ? `${JSON.stringify(answer)}\n`
          : formatTable(SERVICE_TITLES, answer.services.flatMap(serviceCells)),
      );
      done(ExitStatus.DONE);
    });
}

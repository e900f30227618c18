/** `penstock routes`: the routes of a configuration as a table, in the order of the file. */

import { Command } from 'commander';
import { createSecretMask } from '../kit/secret-mask.ts';
import { formatTable } from '../kit/table.ts';
import { routeRows } from '../primary/admin/route-rows.ts';
import { configOption, jsonOption } from './config-option.ts';
import { ExitStatus } from './exit-status.ts';
import type { Done, Io } from './io.ts';
import { loadConfiguration } from './load-configuration.ts';
import { ROUTE_TITLES, routeCells } from './route-cells.ts';

interface RoutesOptions {
  readonly config: string;
  readonly json?: true;
}

export function routesCommand(io: Io, done: Done): Command {
  return new Command('routes')
    .description('print the routes of a configuration')
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  penstock routes -c penstock.yaml\n')
    .action(async (options: RoutesOptions) => {
      const { draft, snapshot } = await loadConfiguration(options.config, io);
      const secrets = createSecretMask();
      secrets.set(draft.secretValues);
      const rows = routeRows(snapshot);
      if (options.json === true) {
        io.stdout(secrets.json(`${JSON.stringify({ routes: rows })}\n`));
      } else {
        const cells = rows.map((row) => routeCells(row, process.cwd()));
        io.stdout(secrets.text(formatTable(ROUTE_TITLES, cells)));
      }
      done(ExitStatus.DONE);
    });
}

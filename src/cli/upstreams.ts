/** `penstock upstreams`: the services of a running penstock, their endpoints and what is under way there. */

import { Command } from 'commander';
import { PenstockError } from '../kit/errors.ts';
import { formatTable } from '../kit/table.ts';
import type { ServiceRow } from '../primary/admin/service-rows.ts';
import { askAdmin } from './admin-client.ts';
import { type AdminOptions, adminTarget } from './admin-target.ts';
import { adminOption, configOption, jsonOption, tokenOption } from './config-option.ts';
import { ExitStatus } from './exit-status.ts';
import type { Done, Io } from './io.ts';
import { SERVICE_TITLES, serviceCells } from './service-cells.ts';

const TIMEOUT_MS = 10_000;
const HTTP_OK = 200;

export function upstreamsCommand(io: Io, done: Done): Command {
  return new Command('upstreams')
    .description('print the endpoints of a running penstock and how many requests are under way at each')
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(tokenOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  penstock upstreams --admin http://127.0.0.1:9180\n')
    .action(async (options: AdminOptions & { readonly json?: true }) => {
      const target = adminTarget(options, io);
      const { status, body } = await askAdmin(target, 'GET', '/v1/services', TIMEOUT_MS);
      if (status !== HTTP_OK || !isServices(body)) {
        throw new PenstockError(
          'PENSTOCK_ADMIN_UNREACHABLE',
          `${target.url.origin} did not answer as penstock does (status ${status})`,
        );
      }
      io.stdout(
        options.json === true
          ? `${JSON.stringify(body)}\n`
          : formatTable(SERVICE_TITLES, body.services.flatMap(serviceCells)),
      );
      done(ExitStatus.DONE);
    });
}

function isServices(value: unknown): value is { readonly services: readonly ServiceRow[] } {
  return typeof value === 'object' && value !== null && 'services' in value && Array.isArray(value.services);
}

/** `penstock status`: how a running penstock does. */

import { Command } from 'commander';
import { systemClock } from '../kit/clock.ts';
import { PenstockError } from '../kit/errors.ts';
import type { Status } from '../primary/control.ts';
import { askAdmin } from './admin-client.ts';
import { type AdminOptions, adminTarget } from './admin-target.ts';
import { adminOption, configOption, jsonOption, tokenOption } from './config-option.ts';
import { ExitStatus } from './exit-status.ts';
import { formatStatus } from './format-status.ts';
import type { Done, Io } from './io.ts';

const TIMEOUT_MS = 10_000;
const HTTP_OK = 200;

export function statusCommand(io: Io, done: Done): Command {
  return new Command('status')
    .description('print how a running penstock does')
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(tokenOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  penstock status --admin http://127.0.0.1:9180 --json\n')
    .action(async (options: AdminOptions & { readonly json?: true }) => {
      const target = adminTarget(options, io);
      const { status, body } = await askAdmin(target, 'GET', '/v1/status', TIMEOUT_MS);
      if (status !== HTTP_OK || !isStatus(body)) {
        throw new PenstockError(
          'PENSTOCK_ADMIN_UNREACHABLE',
          `${target.url.origin} did not answer as penstock does (status ${status})`,
        );
      }
      io.stdout(
        options.json === true ? `${JSON.stringify(body)}\n` : formatStatus(body, systemClock.epochMs()),
      );
      done(ExitStatus.DONE);
    });
}

function isStatus(value: unknown): value is Status {
  return (
    typeof value === 'object' &&
    value !== null &&
    'snapshot' in value &&
    'listeners' in value &&
    Array.isArray(value.listeners) &&
    'workers' in value &&
    Array.isArray(value.workers)
  );
}

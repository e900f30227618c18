/** `penstock upgrade`: has a running penstock hand its work over to a new process of the program as it lies on the disk now. */

import { Command } from 'commander';
import { PenstockError } from '../kit/errors.ts';
import { isRecord } from '../kit/is-record.ts';
import type { UpgradeResult } from '../primary/control.ts';
import { askAdmin } from './admin-client.ts';
import { type AdminOptions, adminTarget } from './admin-target.ts';
import { adminOption, configOption, jsonOption, tokenOption } from './config-option.ts';
import { ExitStatus } from './exit-status.ts';
import type { Done, Io } from './io.ts';

/** Longer than a new process may take. */
const TIMEOUT_MS = 90_000;

export function upgradeCommand(io: Io, done: Done): Command {
  return new Command('upgrade')
    .description('replace a running penstock by a new process of it, without losing a connection')
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(tokenOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nThe new process is started as the old one was, with the program and the configuration as they are now, on the same sockets. Once it serves, the old one ends ' +
        'with its last request, after timeouts.drain at the latest. Where it does not come to serve, the old one goes on.\n' +
        '\nExit status: 0 handed over, 1 the old one goes on.\n\nExample:\n  penstock upgrade -c penstock.yaml\n',
    )
    .action(async (options: AdminOptions & { readonly json?: true }) => {
      const target = adminTarget(options, io);
      const { body } = await askAdmin(target, 'POST', '/v1/upgrade', TIMEOUT_MS);
      if (!isUpgradeResult(body)) {
        throw new PenstockError(
          'PENSTOCK_ADMIN_UNREACHABLE',
          `${target.url.origin} did not answer as penstock does`,
        );
      }
      const isDone = body.outcome === 'handed_over';
      if (options.json === true) io.stdout(`${JSON.stringify(body)}\n`);
      else (isDone ? io.stdout : io.stderr)(`${body.outcome}: ${body.message}\n`);
      done(isDone ? ExitStatus.DONE : ExitStatus.FAILED);
    });
}

function isUpgradeResult(value: unknown): value is UpgradeResult {
  return isRecord(value) && (value.outcome === 'handed_over' || value.outcome === 'failed');
}

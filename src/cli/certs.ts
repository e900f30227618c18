/** `penstock certs`: the certificates of a running penstock, what becomes of automatic ones, and a new one on demand. */

import { Command } from 'commander';
import { systemClock } from '../kit/clock.ts';
import { askCertificates, askRenewal } from './admin-answers.ts';
import { type AdminOptions, adminTarget } from './admin-target.ts';
import { adminOption, configOption, jsonOption, tokenOption } from './config-option.ts';
import { ExitStatus } from './exit-status.ts';
import { type FoundCertificate, findCertificate, hostOf } from './find-certificate.ts';
import { formatCertificateStatus } from './format-certificate-status.ts';
import { formatCertificates, formatServedCertificate } from './format-certificates.ts';
import type { Done, Io } from './io.ts';

type CertsOptions = AdminOptions & { readonly json?: true };

const TIMEOUT_MS = 10_000;

export function certsCommand(io: Io, done: Done): Command {
  return new Command('certs')
    .description('print the certificates of a running penstock')
    .addCommand(listCommand(io, done), { isDefault: true })
    .addCommand(statusCommand(io, done))
    .addCommand(renewCommand(io, done))
    .addHelpText('after', '\nExample:\n  penstock certs\n  penstock certs status www.example.com\n');
}

function listCommand(io: Io, done: Done): Command {
  return withOptions(new Command('list').description('print all of them; what `penstock certs` alone does'))
    .addHelpText('after', '\nExample:\n  penstock certs list --json\n')
    .action(async (options: CertsOptions) => {
      const answer = await askCertificates(adminTarget(options, io), TIMEOUT_MS);
      io.stdout(
        options.json === true
          ? `${JSON.stringify(answer)}\n`
          : formatCertificates(answer, systemClock.epochMs()),
      );
      done(ExitStatus.DONE);
    });
}

function statusCommand(io: Io, done: Done): Command {
  return withOptions(
    new Command('status')
      .description('print how it stands with the certificate of a host, and why it has none')
      .argument('<host>', 'such as www.example.com or "*.example.com"'),
  )
    .addHelpText(
      'after',
      '\nExit status: 0 done, 1 there is no such host.\n\nExample:\n  penstock certs status www.example.com\n',
    )
    .action(async (written: string, options: CertsOptions) => {
      const answer = await askCertificates(adminTarget(options, io), TIMEOUT_MS);
      const found = findCertificate(answer, hostOf(written));
      if (typeof found === 'string') {
        io.stderr(`error: ${found}\n`);
        done(ExitStatus.FAILED);
        return;
      }
      io.stdout(
        options.json === true ? `${JSON.stringify(found.automatic ?? found.served)}\n` : textOf(found),
      );
      done(ExitStatus.DONE);
    });
}

function renewCommand(io: Io, done: Done): Command {
  return withOptions(
    new Command('renew')
      .description('obtain a new automatic certificate for a host')
      .argument('<host>', 'such as www.example.com')
      .option('--force', 'also where the one that serves is not due yet'),
  )
    .addHelpText(
      'after',
      '\nExit status: 0 it is on its way, 1 it is not.\n\nExample:\n  penstock certs renew www.example.com --force\n',
    )
    .action(async (written: string, options: CertsOptions & { readonly force?: true }) => {
      const host = hostOf(written);
      const refusal = await askRenewal(adminTarget(options, io), host, options.force === true, TIMEOUT_MS);
      if (refusal !== null) {
        io.stderr(`error: ${refusal}\n`);
        done(ExitStatus.FAILED);
        return;
      }
      io.stdout(
        options.json === true
          ? `${JSON.stringify({ host, renewal: 'started' })}\n`
          : `a new certificate for ${host} is on its way; see: penstock certs status ${host}\n`,
      );
      done(ExitStatus.DONE);
    });
}

function textOf({ automatic, served }: FoundCertificate): string {
  if (automatic !== undefined) return formatCertificateStatus(automatic, systemClock.epochMs());
  return served === undefined ? '' : formatServedCertificate(served, systemClock.epochMs());
}

function withOptions(command: Command): Command {
  return command
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(tokenOption())
    .addOption(jsonOption());
}

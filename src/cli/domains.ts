/** `penstock domains`: the domains of a running penstock, and the proof of each. */

import { Command } from 'commander';
import { formatTable } from '../kit/table.ts';
import type { DomainRow } from '../primary/admin/domain-endpoints.ts';
import { askDomain, askDomains } from './admin-answers.ts';
import { type AdminOptions, adminTarget } from './admin-target.ts';
import { adminOption, configOption, jsonOption, tokenOption } from './config-option.ts';
import { ExitStatus } from './exit-status.ts';
import type { Done, Io } from './io.ts';

type DomainsOptions = AdminOptions & { readonly json?: true };

const TIMEOUT_MS = 10_000;
/** Several name servers are asked in turn, each more than once. */
const VERIFY_TIMEOUT_MS = 60_000;
const TITLES = ['HOST', 'STATE', 'SINCE', 'RECORD (TXT)', 'VALUE'];

export function domainsCommand(io: Io, done: Done): Command {
  return new Command('domains')
    .description('verify that domains are yours')
    .addCommand(listCommand(io, done))
    .addCommand(
      changeCommand(io, done, {
        name: 'add',
        description: 'have a domain verified: prints the DNS record to create',
        ask: (target, host) => askDomain(target, 'POST', '/v1/domains', TIMEOUT_MS, { host }),
        text: recordText,
      }),
    )
    .addCommand(
      changeCommand(io, done, {
        name: 'verify',
        description: 'look the DNS record of a domain up',
        ask: (target, host) =>
          askDomain(target, 'POST', `/v1/domains/${encodeURIComponent(host)}/verify`, VERIFY_TIMEOUT_MS),
        text: ({ host, verifiedAt }) => `${host} is verified, since ${verifiedAt}\n`,
      }),
    )
    .addCommand(
      changeCommand(io, done, {
        name: 'remove',
        description: 'forget a domain and its proof',
        ask: (target, host) =>
          askDomain(target, 'DELETE', `/v1/domains/${encodeURIComponent(host)}`, TIMEOUT_MS),
        text: ({ host }) => `${host} is removed; its DNS record is of no use any more\n`,
      }),
    )
    .addHelpText(
      'after',
      '\nExample:\n  penstock domains add example.com && penstock domains verify example.com\n',
    );
}

function listCommand(io: Io, done: Done): Command {
  return withOptions(new Command('list').description('print the domains'))
    .addHelpText('after', '\nExample:\n  penstock domains list --json\n')
    .action(async (options: DomainsOptions) => {
      const domains = await askDomains(adminTarget(options, io), TIMEOUT_MS);
      io.stdout(
        options.json === true ? `${JSON.stringify({ domains })}\n` : formatTable(TITLES, domains.map(cells)),
      );
      done(ExitStatus.DONE);
    });
}

interface Change {
  readonly name: string;
  readonly description: string;
  ask(target: ReturnType<typeof adminTarget>, host: string): Promise<DomainRow | string>;
  /** For people. */
  text(row: DomainRow): string;
}

function changeCommand(io: Io, done: Done, { name, description, ask, text }: Change): Command {
  return withOptions(
    new Command(name)
      .description(description)
      .argument('<host>', 'such as example.com; it stands for *.example.com, too'),
  )
    .addHelpText(
      'after',
      `\nExit status: 0 done, 1 not done.\n\nExample:\n  penstock domains ${name} example.com\n`,
    )
    .action(async (host: string, options: DomainsOptions) => {
      const row = await ask(adminTarget(options, io), host);
      if (typeof row === 'string') {
        io.stderr(`error: ${row}\n`);
        done(ExitStatus.FAILED);
        return;
      }
      io.stdout(options.json === true ? `${JSON.stringify(row)}\n` : text(row));
      done(ExitStatus.DONE);
    });
}

function withOptions(command: Command): Command {
  return command
    .addOption(configOption())
    .addOption(adminOption())
    .addOption(tokenOption())
    .addOption(jsonOption());
}

function recordText({ host, verified, record }: DomainRow): string {
  if (verified) return `${host} is verified already\n`;
  return (
    `create this DNS record, then run: penstock domains verify ${host}\n\n` +
    `  ${record.name}.  ${record.type}  "${record.value}"\n`
  );
}

function cells({ host, verified, addedAt, verifiedAt, record }: DomainRow): readonly string[] {
  return [host, verified ? 'verified' : 'pending', verifiedAt ?? addedAt, record.name, record.value];
}

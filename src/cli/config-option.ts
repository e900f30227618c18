/** The options that several commands share, worded once. */

import { Option } from 'commander';

export const DEFAULT_CONFIG_FILE = './penstock.yaml';

export function configOption(): Option {
  return new Option('-c, --config <file>', 'the configuration').default(DEFAULT_CONFIG_FILE);
}

export function jsonOption(): Option {
  return new Option('--json', 'as JSON, for programs');
}

export function adminOption(): Option {
  return new Option(
    '--admin <url>',
    "address of the admin endpoints (default: the configuration's listen.admin)",
  );
}

export function tokenOption(): Option {
  return new Option(
    '--token <token>',
    "the admin token (default: PENSTOCK_TOKEN, else the configuration's admin_token; on a shared machine prefer these, since arguments can be seen)",
  );
}

/**
 * Where a running penstock is reached: `--admin` and `--token`, else PENSTOCK_TOKEN, else what its configuration says.
 * The configuration is only looked into, not checked: `reload` must reach penstock also with a wrong file on the
 * disk, for it is the running one that reports what is wrong.
 */

import { resolve } from 'node:path';
import { parseAddress } from '../kit/address.ts';
import { PenstockError } from '../kit/errors.ts';
import { readConfig } from '../primary/source/read-config.ts';
import type { AdminTarget } from './admin-client.ts';
import type { Io } from './io.ts';

export interface AdminOptions {
  readonly config: string;
  readonly admin?: string;
  readonly token?: string;
}

const DEFAULT_ADDRESS = '127.0.0.1:9180';
const WILDCARD_HOSTS: Readonly<Record<string, string>> = Object.freeze({
  '': '127.0.0.1',
  '0.0.0.0': '127.0.0.1',
  '::': '::1',
});

/** Throws PENSTOCK_USAGE for an address that none can be. */
export function adminTarget(options: AdminOptions, io: Io): AdminTarget {
  const token = options.token ?? io.env.PENSTOCK_TOKEN;
  if (options.admin !== undefined && token !== undefined) {
    return { url: parseUrl(options.admin), token, from: '--admin' };
  }
  const configuration = readConfig(resolve(options.config), io.env).document?.value;
  const known = token ?? textOf(entryOf(configuration, 'admin_token'));
  if (options.admin !== undefined) return { url: parseUrl(options.admin), token: known, from: '--admin' };
  const written = entryOf(entryOf(configuration, 'listen'), 'admin');
  if (written === 'off' || written === false) {
    throw new PenstockError(
      'PENSTOCK_USAGE',
      `${options.config} turns the admin endpoints off (listen.admin); send SIGHUP to reload`,
    );
  }
  const address = textOf(written);
  return {
    url: new URL(`http://${reachable(address ?? DEFAULT_ADDRESS, options.config)}`),
    token: known,
    from: address === null ? 'the default' : options.config,
  };
}

function parseUrl(text: string): URL {
  const written = /^https?:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(written)) {
    throw new PenstockError(
      'PENSTOCK_USAGE',
      `--admin ${text} is no URL; give one such as http://${DEFAULT_ADDRESS}`,
    );
  }
  return new URL(written);
}

/** The address to connect to for one to listen on: the loopback one for every interface. */
function reachable(written: string, config: string): string {
  const address = parseAddress(written);
  if (typeof address === 'string' || address.kind === 'unix') {
    throw new PenstockError(
      'PENSTOCK_USAGE',
      `listen.admin in ${config} is no address to connect to; name it with --admin URL`,
    );
  }
  const host = WILDCARD_HOSTS[address.host] ?? address.host;
  return `${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function entryOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

/** The forms of those credentials that have one: read for the validation, and for the providers. Pure. */

import { isIP } from 'node:net';
import { normalName } from '../../../../dns/dns-name.ts';
import { TSIG_HASHES } from './tsig.ts';

export const DNS_PORT = 53;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What is wrong with a value, in words that do not show it; null: nothing. */
export type FaultOf = (value: string) => string | null;

export const endpointFault: FaultOf = (value) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    return 'expected a URL that begins with https:// or http://';
  return `${url.username}${url.password}${url.search}${url.hash}` === ''
    ? null
    : 'a base URL has a host and maybe a path: no user, no password, no query, no fragment';
};

export const serverFault: FaultOf = (value) =>
  readServer(value) === null
    ? 'expected a name server: host, host:port, an IP address, [IPv6] or [IPv6]:port'
    : null;

export const algorithmFault: FaultOf = (value) =>
  !Object.hasOwn(TSIG_HASHES, normalName(value))
    ? `expected one of ${Object.keys(TSIG_HASHES).join(', ')}; make a new key of hmac-sha256 where the server has one of hmac-md5`
    : null;

export const base64Fault: FaultOf = (value) =>
  BASE64.test(value) ? null : 'expected base64, as in the key file of the server';

/** `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address; null for anything else. */
export function readServer(text: string): { readonly host: string; readonly port: number } | null {
  if (isIP(text) !== 0) return { host: text, port: DNS_PORT };
  const match = /^(?:\[([\da-f:.]+)\]|([^:[\]\s/]+))(?::(\d{1,5}))?$/i.exec(text);
  const port = match?.[3] === undefined ? DNS_PORT : Number(match[3]);
  if (match === null || port === 0 || port > 65_535) return null;
  return { host: match[1] ?? match[2] ?? '', port };
}

/** From `acme.dns` to who writes the records. Primary thread; asks nobody. */

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Clock, systemClock } from '../../../../../kit/clock.ts';
import { PenstockError } from '../../../../../kit/errors.ts';
import { DnsClient } from '../../../../dns/dns-client.ts';
import { normalName } from '../../../../dns/dns-name.ts';
import { zoneOf } from '../../../../dns/zone.ts';
import type { AcmeDnsDraft } from '../../acme-draft.ts';
import { makeCloudflare } from './cloudflare.ts';
import { makeDigitalOcean } from './digitalocean.ts';
import { makeExec } from './exec.ts';
import { makeHetzner } from './hetzner.ts';
import { makeHostinger } from './hostinger.ts';
import type { DnsProvider } from './provider.ts';
import { makeRfc2136 } from './rfc2136.ts';
import { makeRoute53 } from './route53.ts';
import { TSIG_HASHES, type TsigKey } from './tsig.ts';

const DNS_PORT = 53;
const DEFAULT_ALGORITHM = 'hmac-sha256';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Throws PENSTOCK_CONFIG_INVALID for credentials that are of no use; those that are missing were refused before. */
export function makeProvider(dns: AcmeDnsDraft, clock: Clock = systemClock): DnsProvider {
  const { credentials } = dns;
  const given = (name: string): string => credentials[name] ?? '';
  const optional = (name: string): string | undefined => given(name) || undefined;
  const client = new DnsClient(dns.resolvers);
  switch (dns.provider) {
    case 'cloudflare':
      return makeCloudflare(given('api_token'), endpointOf(credentials));
    case 'digitalocean':
      return makeDigitalOcean(given('api_token'), endpointOf(credentials));
    case 'hostinger':
      return makeHostinger(
        given('api_token'),
        (name, signal) => zoneOf(client, name, signal),
        endpointOf(credentials),
      );
    case 'hetzner':
      return makeHetzner(given('api_token'), endpointOf(credentials));
    case 'route53':
      return makeRoute53({
        credentials: {
          accessKeyId: given('access_key_id'),
          secretAccessKey: given('secret_access_key'),
          sessionToken: given('session_token'),
        },
        region: optional('region'),
        hostedZoneId: optional('hosted_zone_id')?.replace(/^\/?hostedzone\//, ''),
        base: endpointOf(credentials),
        clock,
      });
    case 'rfc2136': {
      const { host, port } = serverOf(given('server'));
      const zone = optional('zone');
      return makeRfc2136({
        host,
        port,
        key: keyOf(credentials),
        zoneOf:
          zone === undefined
            ? (name, signal) => zoneAt(host, port, client, name, signal)
            : async () => normalName(zone),
        clock,
      });
    }
    case 'exec':
      return makeExec(given('command'));
  }
}

/** The zone as the server that takes the update knows it; where that does not answer questions, as everybody sees it. */
async function zoneAt(
  host: string,
  port: number,
  dns: DnsClient,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  try {
    const address = isIP(host) === 0 ? (await lookup(host)).address : host;
    return await zoneOf(
      new DnsClient([isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`]),
      name,
      signal,
    );
  } catch {
    signal.throwIfAborted();
    return await zoneOf(dns, name, signal);
  }
}

function endpointOf({ endpoint }: Readonly<Record<string, string>>): string | undefined {
  if (endpoint === undefined || endpoint === '') return undefined;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw invalid('endpoint', 'has to be a URL that begins with https:// or http://');
  if (`${url.username}${url.password}${url.search}${url.hash}` !== '')
    throw invalid('endpoint', 'has a host and maybe a path: no user, no password, no query, no fragment');
  return url.href.replace(/\/+$/, '');
}

/** `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address. */
function serverOf(server: string): { readonly host: string; readonly port: number } {
  if (isIP(server) !== 0) return { host: server, port: DNS_PORT };
  const match = /^(?:\[([\da-f:.]+)\]|([^:[\]\s/]+))(?::(\d{1,5}))?$/i.exec(server);
  const port = match?.[3] === undefined ? DNS_PORT : Number(match[3]);
  if (match === null || port === 0 || port > 65_535)
    throw invalid('server', `is a name server, host or host:port, not ${JSON.stringify(server)}`);
  return { host: match[1] ?? match[2] ?? '', port };
}

function keyOf(credentials: Readonly<Record<string, string>>): TsigKey | null {
  const {
    key_name: name = '',
    key_secret: secret = '',
    key_algorithm: algorithm = DEFAULT_ALGORITHM,
  } = credentials;
  if (name === '' && secret === '') return null;
  if (name === '' || secret === '')
    throw invalid(name === '' ? 'key_name' : 'key_secret', 'is missing: a TSIG key has both');
  const hash = normalName(algorithm);
  if (TSIG_HASHES[hash] === undefined)
    throw invalid(
      'key_algorithm',
      `is one of ${Object.keys(TSIG_HASHES).join(', ')}; make a new key of hmac-sha256 where the server has one of hmac-md5`,
    );
  if (!BASE64.test(secret)) throw invalid('key_secret', 'has to be base64, as in the key file of the server');
  return { name: normalName(name), algorithm: hash, secret: Buffer.from(secret, 'base64') };
}

function invalid(name: string, words: string): PenstockError {
  return new PenstockError('PENSTOCK_CONFIG_INVALID', `acme.dns.credentials.${name} ${words}`);
}

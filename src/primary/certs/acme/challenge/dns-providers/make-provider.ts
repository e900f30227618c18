/** From `acme.dns` to who writes the records. Primary thread; asks nobody. */

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Clock, systemClock } from '../../../../../kit/clock.ts';
import { DnsClient } from '../../../../dns/dns-client.ts';
import { normalName } from '../../../../dns/dns-name.ts';
import { zoneOf } from '../../../../dns/zone.ts';
import type { AcmeDnsDraft } from '../../acme-draft.ts';
import { makeCloudflare } from './cloudflare.ts';
import { DNS_PORT, readServer } from './credential-forms.ts';
import { makeDigitalOcean } from './digitalocean.ts';
import { makeExec } from './exec.ts';
import { makeHetzner } from './hetzner.ts';
import { makeHostinger } from './hostinger.ts';
import type { DnsProvider } from './provider.ts';
import { makeRfc2136 } from './rfc2136.ts';
import { makeRoute53 } from './route53.ts';
import type { TsigKey } from './tsig.ts';

const DEFAULT_ALGORITHM = 'hmac-sha256';

/** Of credentials that the validation has found right. Never throws. */
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
      const { host, port } = readServer(given('server')) ?? { host: given('server'), port: DNS_PORT };
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
  return endpoint === undefined ? undefined : new URL(endpoint).href.replace(/\/+$/, '');
}

/** Null: updates are not signed. */
function keyOf({
  key_name: name = '',
  key_secret: secret = '',
  key_algorithm: algorithm = DEFAULT_ALGORITHM,
}: Readonly<Record<string, string>>): TsigKey | null {
  if (name === '' || secret === '') return null;
  return { name: normalName(name), algorithm: normalName(algorithm), secret: Buffer.from(secret, 'base64') };
}

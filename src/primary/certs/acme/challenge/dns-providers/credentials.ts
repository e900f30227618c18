/**
 * What each DNS provider wants to be given under `acme.dns.credentials`. The one table for the validation, for what must never be printed and
 * for the providers themselves. Primary thread; pure.
 */

import type { DnsProviderName } from '../../acme-draft.ts';
import { algorithmFault, base64Fault, endpointFault, type FaultOf, serverFault } from './credential-forms.ts';

export interface CredentialField {
  readonly required: boolean;
  /** Never printed. What is not secret helps to read a log: a region, a server. */
  readonly secret: boolean;
  /** What it is, in a few words. */
  readonly meaning: string;
  /** Of one that has a form. */
  readonly faultOf?: FaultOf;
}

export type CredentialFields = Readonly<Record<string, CredentialField>>;

const secret = (meaning: string): CredentialField => ({ required: true, secret: true, meaning });
const needed = (meaning: string): CredentialField => ({ required: true, secret: false, meaning });
const optional = (meaning: string): CredentialField => ({ required: false, secret: false, meaning });

/** Of every provider that is reached over HTTP: for proxies and tests. */
const ENDPOINT: CredentialField = Object.freeze({
  ...optional("base URL of its API, in place of the provider's own"),
  faultOf: endpointFault,
});
const TOKEN: CredentialFields = Object.freeze({ api_token: secret('API token'), endpoint: ENDPOINT });

export const CREDENTIALS: Readonly<Record<DnsProviderName, CredentialFields>> = Object.freeze({
  cloudflare: TOKEN,
  route53: Object.freeze({
    access_key_id: needed('access key'),
    secret_access_key: secret('secret of the access key'),
    session_token: { required: false, secret: true, meaning: 'token of temporary credentials' },
    region: optional('region that requests are signed for'),
    hosted_zone_id: optional('hosted zone, where it is not to be looked for'),
    endpoint: ENDPOINT,
  }),
  digitalocean: TOKEN,
  hostinger: TOKEN,
  hetzner: TOKEN,
  rfc2136: Object.freeze({
    server: { ...needed('name server that takes updates: host or host:port'), faultOf: serverFault },
    key_name: optional('name of the TSIG key'),
    key_algorithm: {
      ...optional('algorithm of the TSIG key, such as hmac-sha256'),
      faultOf: algorithmFault,
    },
    key_secret: {
      required: false,
      secret: true,
      meaning: 'secret of the TSIG key, in base64',
      faultOf: base64Fault,
    },
    zone: optional('zone, where it is not to be looked for'),
  }),
  exec: Object.freeze({ command: needed('path of the program') }),
});

export const DNS_PROVIDERS: readonly DnsProviderName[] = Object.keys(CREDENTIALS) as DnsProviderName[];

/** Those values among the credentials of a provider that must not be printed. */
export function secretCredentials(
  provider: DnsProviderName,
  credentials: Readonly<Record<string, string>>,
): readonly string[] {
  const fields = CREDENTIALS[provider];
  return Object.entries(credentials).flatMap(([name, value]) =>
    fields[name]?.secret === true ? [value] : [],
  );
}

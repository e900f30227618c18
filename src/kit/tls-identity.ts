/** Whom an endpoint has to be over TLS. Any thread; pure. */

import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import type { Address } from './address.ts';

export interface IdentityRules {
  /** A host name or an IP address; empty = the endpoint's own host. */
  readonly serverName: string;
  /** False: any certificate is taken. */
  readonly verify: boolean;
}

/** For `tls.connect`: the configured name, else the endpoint's own host. */
export function identityOptions(
  address: Address,
  { serverName, verify }: IdentityRules,
): Pick<ConnectionOptions, 'servername' | 'rejectUnauthorized' | 'checkServerIdentity'> {
  const name = serverName !== '' || address.kind === 'unix' ? serverName : (address.name ?? address.host);
  return {
    // RFC 6066 3: SNI holds no addresses.
    servername: isIP(name) === 0 ? name : '',
    rejectUnauthorized: verify,
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  };
}

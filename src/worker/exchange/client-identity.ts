// hot: runs once per request
/** Who asks: the client's address, whether its peer is believed, whether it speaks TLS, and the request's id. Pure but for new ids. */

import type { ClientSide } from '../listener/client-side.ts';
import type { TrustedProxies } from '../policies/trusted-proxies.ts';
import { requestIdOf } from './request-id.ts';

export interface ClientIdentity {
  /** The peer is a trusted proxy. */
  readonly trusted: boolean;
  /** The client's address, for access lists, limits and the log. */
  readonly address: string;
  /** It speaks TLS to us, or to a trusted proxy in front of us. */
  readonly secure: boolean;
  readonly requestId: string;
}

export function identify(
  client: Pick<ClientSide, 'peer' | 'head' | 'tls'>,
  proxies: TrustedProxies,
): ClientIdentity {
  const { peer, head, tls } = client;
  const trusted = proxies.trusts(peer);
  if (!trusted) return { trusted, address: peer, secure: tls, requestId: requestIdOf('', false) };
  const { forwarding } = head;
  return {
    trusted,
    address: proxies.clientOf(peer, joined(forwarding, 'x-forwarded-for')),
    secure: tls || joined(forwarding, 'x-forwarded-proto') === 'https',
    requestId: requestIdOf(head.requestId, true),
  };
}

/** The value of a field, several lines joined by a comma; empty if there is none. */
function joined(forwarding: readonly string[] | null, name: string): string {
  if (forwarding === null) return '';
  let value = '';
  for (let i = 0; i < forwarding.length; i += 2) {
    if (forwarding[i] !== name) continue;
    value = value === '' ? (forwarding[i + 1] as string) : `${value},${forwarding[i + 1]}`;
  }
  return value;
}

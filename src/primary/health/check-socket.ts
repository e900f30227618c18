/** The connection of one active check, with the service's TLS. Primary thread. */

import { connect as connectTcp, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Service } from '../../bridge/snapshot/model.ts';
import type { Address } from '../../kit/address.ts';
import type { TlsContexts } from '../../kit/tls-contexts.ts';
import { identityOptions } from '../../kit/tls-identity.ts';

/** Stands at `connect`, or, with TLS, at `secureConnect`. What is wrong comes as `error`, never in this turn. */
export function openCheckSocket(
  address: Address,
  { protocol, tls }: Pick<Service, 'protocol' | 'tls'>,
  contexts: TlsContexts,
): Socket {
  const target =
    address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
  if (tls === null) return connectTcp(target);
  const secureContext = contexts.of(tls);
  if (typeof secureContext === 'string') return new Socket().destroy(new Error(secureContext));
  const socket = connectTls({
    ...target,
    ...identityOptions(address, tls),
    secureContext,
    ALPNProtocols: [protocol === 'http1' ? 'http/1.1' : 'h2'],
  });
  // An endpoint that knows no ALPN speaks HTTP/1.1.
  socket.once('secureConnect', () => {
    if (protocol === 'h2' && socket.alpnProtocol !== 'h2')
      socket.destroy(new Error('it does not speak HTTP/2'));
  });
  return socket;
}

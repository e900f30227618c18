/** The connection of one active check, with the service's PROXY header and TLS. Primary thread. */

import { connect as connectTcp, type NetConnectOpts, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Service } from '../../bridge/snapshot/model.ts';
import type { Address } from '../../kit/address.ts';
import { proxyHeader } from '../../kit/proxy-header.ts';
import type { TlsContexts } from '../../kit/tls-contexts.ts';
import { identityOptions } from '../../kit/tls-identity.ts';

/** Stands at `connect`, or, with TLS, at `secureConnect`. What is wrong comes as `error`, never in this turn. */
export function openCheckSocket(
  address: Address,
  { protocol, tls, proxyProtocol }: Pick<Service, 'protocol' | 'tls' | 'proxyProtocol'>,
  contexts: TlsContexts,
): Socket {
  const target =
    address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
  if (tls === null) return openTcp(target, proxyProtocol);
  const secureContext = contexts.of(tls);
  if (typeof secureContext === 'string') return new Socket().destroy(new Error(secureContext));
  const socket = connectTls({
    ...(proxyProtocol === 0 ? target : { socket: openTcp(target, proxyProtocol) }),
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

/** A check carries nobody's requests, and says so. What is written first is sent first. */
function openTcp(target: NetConnectOpts, proxyProtocol: Service['proxyProtocol']): Socket {
  const socket = connectTcp(target);
  if (proxyProtocol === 0) return socket;
  // With TLS on top, that tells of its errors.
  socket.on('error', () => {});
  socket.write(proxyHeader(null), 'latin1');
  return socket;
}

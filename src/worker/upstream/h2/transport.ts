// cold: runs once per session
/**
 * Connects to an endpoint, with TLS where it is wanted, up to the point where HTTP/2 can be spoken. Worker thread. It says
 * once what came of it; a failure leaves nothing behind.
 */

import type { ClientHttp2Session } from 'node:http2';
import { connect as connectTcp, Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { UpstreamTls } from '../../../bridge/snapshot/model.ts';
import type { Address } from '../../../kit/address.ts';
import { messageOf } from '../../../kit/errors.ts';
import { Fault } from '../../../kit/faults.ts';
import type { TlsContexts } from '../../../kit/tls-contexts.ts';
import { identityOptions } from '../../../kit/tls-identity.ts';
import { handshakeFault } from '../endpoint-tls.ts';
import { connectFault, targetOf } from '../upstream-socket.ts';
import { SESSION_OPTIONS, SESSION_WINDOW_BYTES } from './session-settings.ts';

export interface TransportOwner {
  onTransport(socket: Socket): void;
  /** Never in the turn of `openTransport`. `reason`: for whoever runs penstock. */
  onTransportFailed(fault: Fault, reason: string): void;
}

/** What an endpoint has to choose (RFC 9113 3.2). */
const ALPN = 'h2';

/** The caller may destroy what it gets as long as it was told nothing; it hears nothing then. */
export function openTransport(
  address: Address,
  tls: UpstreamTls | null,
  contexts: TlsContexts,
  owner: TransportOwner,
): Socket {
  return tls === null ? openPlain(address, owner) : openTls(address, tls, contexts, owner);
}

function openPlain(address: Address, owner: TransportOwner): Socket {
  const socket = connectTcp(targetOf(address));
  const onError = (error: NodeJS.ErrnoException): void =>
    owner.onTransportFailed(connectFault(error), error.message);
  socket.once('error', onError);
  socket.on('error', ignore);
  socket.once('connect', () => {
    socket.off('error', onError);
    owner.onTransport(socket);
  });
  return socket;
}

function openTls(address: Address, tls: UpstreamTls, contexts: TlsContexts, owner: TransportOwner): Socket {
  const secureContext = contexts.of(tls);
  if (typeof secureContext === 'string') {
    process.nextTick(() => owner.onTransportFailed(Fault.TLS_FAILED, secureContext));
    return new Socket();
  }
  const socket: TLSSocket = connectTls({
    ...targetOf(address),
    ...identityOptions(address, tls),
    secureContext,
    ALPNProtocols: [ALPN],
  });
  let stands = false;
  socket.once('connect', () => {
    stands = true;
  });
  const onError = (error: NodeJS.ErrnoException): void =>
    owner.onTransportFailed(stands ? tlsFault(socket, error) : connectFault(error), error.message);
  socket.once('error', onError);
  socket.on('error', ignore);
  socket.once('secureConnect', () => {
    socket.off('error', onError);
    if (socket.alpnProtocol === ALPN) {
      owner.onTransport(socket);
      return;
    }
    socket.destroy();
    owner.onTransportFailed(Fault.NOT_HTTP2, 'it did not choose h2 in the TLS handshake');
  });
  return socket;
}

/** HTTP/2 over a transport that stands, or why not. The session is the socket's owner from now on. */
export function startSession(socket: Socket, scheme: 'http' | 'https'): ClientHttp2Session | string {
  try {
    // Loaded with the first session: most workers have none, and it takes each of them memory and time to start.
    const { connect: connectHttp2 } = process.getBuiltinModule('node:http2');
    // The authority is for requests that name no host.
    const session = connectHttp2(`${scheme}://endpoint`, {
      ...SESSION_OPTIONS,
      createConnection: () => socket,
    });
    session.once('connect', () => {
      if (!session.destroyed) session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    });
    return session;
  } catch (error) {
    return messageOf(error);
  }
}

/** TCP stood, so it is the handshake. Nothing of a request was sent. */
function tlsFault(socket: TLSSocket, error: NodeJS.ErrnoException): Fault {
  if (error.code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL') return Fault.NOT_HTTP2;
  return handshakeFault(socket);
}

function ignore(): void {}

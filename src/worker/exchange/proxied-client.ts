// hot: runs once per request
/** The PROXY header by which an endpoint learns the client of a request: the one that access lists and limits know. Pure. */

import { proxyHeader } from '../../kit/proxy-header.ts';
import { type ClientSide, UNKNOWN_ENDS } from '../listener/client-side.ts';
import type { ClientIdentity } from './client-identity.ts';

export function proxiedClient(client: ClientSide, { address }: ClientIdentity): string {
  const { peerPort, localAddress } = client.ends?.() ?? UNKNOWN_ENDS;
  return proxyHeader({
    source: address,
    // X-Forwarded-For tells no port.
    sourcePort: address === client.peer ? peerPort : 0,
    destination: localAddress,
    destinationPort: client.localPort,
  });
}

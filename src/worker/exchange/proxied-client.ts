// hot: runs once per request
/** The PROXY header by which an endpoint learns the client of a request: the one that access lists and limits know. Pure. */

import { proxyHeader } from '../../kit/proxy-header.ts';
import { type ClientSide, UNKNOWN_ENDS } from '../listener/client-side.ts';

/** `address`: of the client, as access lists know it. */
export function proxiedClient(client: ClientSide, address: string): string {
  const { peerPort, localAddress } = client.ends?.() ?? UNKNOWN_ENDS;
  return proxyHeader({
    source: address,
    // X-Forwarded-For tells no port.
    sourcePort: address === client.peer ? peerPort : 0,
    destination: localAddress,
    destinationPort: client.localPort,
  });
}

// cold: runs once per connection
/** What every request over a connection shares, from the connection itself or the PROXY header that it began with. Worker thread. */

import type { Socket } from 'node:net';
import type { Listener } from '../../../bridge/snapshot/model.ts';
import type { ConnectionEnds, ConnectionFacts } from '../client-side.ts';
import type { ProxyHeader } from './proxy-header.ts';

/** `peer`: whom the header names, else the connection's own. `socket`: as it was accepted. */
export function connectionFacts(
  { tls, port }: Pick<Listener, 'tls' | 'port'>,
  peer: string,
  proxy: ProxyHeader | null,
  socket: Socket,
): ConnectionFacts {
  if (proxy === null || proxy.destination === null)
    return { peer, tls, localPort: port, ends: () => endsOf(socket) };
  const ends = { peerPort: proxy.sourcePort, localAddress: proxy.destination };
  return { peer, tls, localPort: proxy.destinationPort, ends: () => ends };
}

/** Node asks the system once for each and keeps what it says. A socket that is gone tells nothing. */
function endsOf({ remotePort = 0, localAddress = '' }: Socket): ConnectionEnds {
  return { peerPort: remotePort, localAddress };
}

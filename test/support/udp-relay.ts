/** Makes a UDP server of 127.0.0.1 answer at another loopback address too: some listen at addresses of interfaces alone, and 127.0.0.2 is none. */

import { createSocket, type Socket } from 'node:dgram';
import { endBehindEachFile } from './leftovers.ts';

export interface UdpRelay {
  close(): void;
}

const relays = new Set<UdpRelay>();
endBehindEachFile(() => {
  for (const relay of relays) relay.close();
});

export async function startUdpRelay(address: string, port: number, targetPort: number): Promise<UdpRelay> {
  const front = createSocket('udp4');
  // One socket for each client, so that answers find their way back.
  const backs = new Map<string, Socket>();
  front.on('message', (message, { address: client, port: clientPort }) => {
    const key = `${client}:${clientPort}`;
    const back = backs.get(key) ?? createSocket('udp4');
    if (!backs.has(key)) {
      backs.set(key, back);
      back.on('message', (answer) => front.send(answer, clientPort, client));
    }
    back.send(message, targetPort, '127.0.0.1');
  });
  await new Promise<void>((resolve, reject) => {
    front.once('error', reject);
    front.bind(port, address, resolve);
  });
  const relay = {
    close: () => {
      if (!relays.delete(relay)) return;
      for (const socket of [front, ...backs.values()]) socket.close();
    },
  };
  relays.add(relay);
  return relay;
}

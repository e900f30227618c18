/**
 * A TCP proxy in front of penstock, as HAProxy would stand there: it begins every connection with bytes of its own (a PROXY
 * header), comes from an address of its own, hands on what either side says and that it has said all, and can reset.
 */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface FrontProxyWish {
  /** Sent before anything of the client. */
  readonly header?: Uint8Array;
  /** 127.0.0.1 by default; any address of 127.0.0.0/8 will do. */
  readonly localAddress?: string;
}

export class FrontProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #onwards: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>, onwards: Set<Socket>) {
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#sockets = sockets;
    this.#onwards = onwards;
  }

  static async open(targetPort: number, { header, localAddress }: FrontProxyWish = {}): Promise<FrontProxy> {
    const sockets = new Set<Socket>();
    const onwards = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      const target = connect({
        port: targetPort,
        host: '127.0.0.1',
        allowHalfOpen: true,
        noDelay: true,
        ...(localAddress === undefined ? {} : { localAddress }),
      });
      onwards.add(target);
      if (header !== undefined) target.write(header);
      for (const [socket, peer] of [
        [client, target],
        [target, client],
      ] as const) {
        sockets.add(socket);
        socket.on('error', () => {});
        // A reset goes on as an end: `close` without one.
        socket.on('close', () => peer.destroySoon());
        socket.pipe(peer);
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FrontProxy(server, sockets, onwards);
  }

  /** Resets every connection to the target. */
  reset(): void {
    for (const socket of this.#onwards) if (!socket.destroyed) socket.resetAndDestroy();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** A TCP relay between a client and a server of this machine that spoils what the client sends, or resets, at a chosen byte. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface RelayWish {
  /** So many bytes of each client go through as they are. All, if left out. */
  readonly limit?: number;
  /** What befalls the byte after them: `spoil` turns one bit of it over and lets the rest through. */
  readonly then?: 'reset' | 'spoil';
}

export class TcpRelay {
  readonly port: number;
  readonly #listener: Server;
  readonly #sockets: Set<Socket>;
  readonly #up: Set<Socket>;

  private constructor(listener: Server, sockets: Set<Socket>, up: Set<Socket>) {
    this.port = (listener.address() as AddressInfo).port;
    this.#listener = listener;
    this.#sockets = sockets;
    this.#up = up;
  }

  static async open(
    targetPort: number,
    { limit = Number.POSITIVE_INFINITY, then }: RelayWish = {},
  ): Promise<TcpRelay> {
    const sockets = new Set<Socket>();
    const toTarget = new Set<Socket>();
    const listener = createServer((client) => {
      const target = connect(targetPort, '127.0.0.1');
      toTarget.add(target);
      for (const [socket, peer] of [
        [client, target],
        [target, client],
      ] as const) {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => peer.destroy());
      }
      target.pipe(client);
      let passed = 0;
      client.on('data', (bytes: Buffer) => {
        const at = limit - passed;
        passed += bytes.length;
        if (at < 0 || at >= bytes.length || then === undefined) {
          target.write(bytes);
          return;
        }
        if (then === 'reset') {
          target.write(bytes.subarray(0, at), () => target.resetAndDestroy());
          return;
        }
        bytes[at] = (bytes[at] as number) ^ 1;
        target.write(bytes);
      });
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new TcpRelay(listener, sockets, toTarget);
  }

  /** Sends the target bytes that no client sent, on every connection. */
  inject(bytes: Uint8Array): void {
    for (const socket of this.#up) socket.write(bytes);
  }

  /** Resets every connection to the target. */
  reset(): void {
    for (const socket of this.#up) socket.resetAndDestroy();
  }

  close(): void {
    this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
